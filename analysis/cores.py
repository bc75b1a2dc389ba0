"""Work that is shared out among the cores: threads, in kernels that let go of the GIL.

Numba's own parallel loops need a threading layer that not every machine has a safe one of; a loop
over parts of the work needs none.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numba

_Part = TypeVar("_Part")
_Found = TypeVar("_Found")

_of_thread = threading.local()


def cores() -> int:
    """Cores that an analysis may take: all of this process, or what NUMBA_NUM_THREADS says.

    >>> cores() >= 1
    True
    """
    return int(numba.config.NUMBA_NUM_THREADS)


def map_on_cores(
    task: Callable[[_Part], _Found], parts: Iterable[_Part], most: int | None = None
) -> Iterator[_Found]:
    """What `task` gives for each part of the work, in order, from as many threads as cores.

    Within such a thread the parts are taken one after the other: the cores are shared out already.

    Args:
        task: is called with a part.
        parts: of the work.
        most: threads, where they shall be fewer.

    >>> list(map_on_cores(abs, [-1, -2]))
    [1, 2]
    """
    parts, threads = list(parts), min(cores(), most or cores())
    if len(parts) < 2 or threads < 2 or getattr(_of_thread, "shares", False):
        yield from map(task, parts)
        return
    with ThreadPoolExecutor(min(threads, len(parts)), initializer=_share) as pool:
        yield from pool.map(task, parts)


def _share() -> None:
    _of_thread.shares = True
