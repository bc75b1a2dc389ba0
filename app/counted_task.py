"""A slow analysis that counts how much of it is done."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.newest import Newest
from app.services import analysis_pool, newest_analysis


@dataclass(frozen=True)
class CountedTask:
    """What the pool is to compute; whoever asks for the same is given the same.

    Attributes:
        name: of the analysis, the same while what it is of changes.
        key: what it is of now.
        n_steps: that it counts, at least 1.
        function: of a module; its last argument is a `ProgressFile`.
        arguments: those before it.
    """

    name: Hashable
    key: Hashable
    n_steps: int
    function: Callable[..., Any]
    arguments: tuple[Any, ...]

    @property
    def compute(self) -> Callable[[], Any]:
        """What another process calls."""
        report = analysis_pool().progress_of((self.name, self.key))
        return partial(self.function, *self.arguments, report)

    def now(self) -> Newest:
        """What there is of it; it is begun if need be."""
        return newest_analysis(self.name).of(self.key, self.compute)

    def try_again(self) -> None:
        """Forget what it came to, so that it is computed anew."""
        newest_analysis(self.name).try_again()

    def n_done(self, key: Hashable) -> int:
        """Steps that are done of the analysis of a key."""
        return min(self.n_steps, analysis_pool().progress_of((self.name, key)).read())

    def share(self, key: Hashable) -> float:
        """The share that is done of it, in [0, 1]."""
        return self.n_done(key) / self.n_steps
