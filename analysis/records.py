"""What every measurement returns: a frozen record of numbers and read-only arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Record:
    """Base of all records: arrays (also inside tuples) are read-only copies; equal by content.

    A record reads the same for ever, also after travelling to another process by pickle.

    >>> @dataclass(frozen=True, eq=False)
    ... class Sizes(Record):
    ...     sizes: np.ndarray
    >>> record = Sizes(np.array([3, 1]))
    >>> record.sizes.flags.writeable, record == Sizes(np.array([3, 1]))
    (False, True)
    """

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, _frozen(getattr(self, field.name)))

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and _equal(_content(self), _content(other))

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        # Through the constructor, so that the arrays are read-only in another process too.
        return (type(self), _content(self))


def _content(record: Any) -> tuple[Any, ...]:
    return tuple(getattr(record, field.name) for field in fields(record))


def _frozen(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, np.ndarray):
        value = value.copy()
        value.setflags(write=False)
    return value


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other)
    return bool(one == other)
