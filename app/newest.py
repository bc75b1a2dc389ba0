"""The newest result of an analysis of something that changes while it is analysed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from app.analysis_pool import AnalysisPool


@dataclass(frozen=True)
class Newest:
    """What there is at present.

    Attributes:
        key: what the result is about; None as long as there is none.
        result: of the analysis; None also if it failed.
        error: why it failed.
        pending_key: what is being computed; None if nothing is.
    """

    key: Hashable = None
    result: Any = None
    error: BaseException | None = None
    pending_key: Hashable = None

    @property
    def is_pending(self) -> bool:
        """Whether something newer is being computed."""
        return self.pending_key is not None


class NewestAnalysis:
    """Computes one at a time: where things change faster, those in between are passed over.

    Safe to call from any thread.

    Args:
        pool: where it is computed.
        name: tells it from other analyses of the pool.
    """

    def __init__(self, pool: AnalysisPool, name: Hashable) -> None:
        self._pool, self._name = pool, name
        self._guard = threading.Lock()
        self._done: tuple[Hashable, Future[Any]] | None = None
        self._pending: tuple[Hashable, Future[Any]] | None = None

    def of(self, key: Hashable, compute: Callable[[], Any]) -> Newest:
        """The newest result, and `compute` begun in the pool if it is not that of `key`.

        Args:
            key: what there is to analyse now, not None; the same key has the same result.
            compute: is called in another process.
        """
        with self._guard:
            self._settle()
            if self._pending is None and (self._done is None or self._done[0] != key):
                future = self._pool.submit((self._name, key), compute)
                self._pending = (key, future)
                self._settle()
            return self._newest()

    def try_again(self) -> None:
        """Forget the newest result, so that it is computed anew."""
        with self._guard:
            if self._done is not None:
                self._pool.forget((self._name, self._done[0]))
            self._done = None

    def _settle(self) -> None:
        if self._pending is not None and self._pending[1].done():
            self._done, self._pending = self._pending, None

    def _newest(self) -> Newest:
        pending_key = self._pending[0] if self._pending is not None else None
        if self._done is None:
            return Newest(pending_key=pending_key)
        key, future = self._done
        error = future.exception()
        return Newest(key, None if error else future.result(), error, pending_key)
