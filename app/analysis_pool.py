"""Slow analyses in processes of their own, each computed once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any

import loky

_KEPT = 256
_IDLE_SECONDS = 120


class AnalysisPool:
    """Futures by key: asking again for the same key gives the same future.

    loky's processes do not run the main script again, as those of the standard library would run
    the page's script.

    Args:
        workers: processes at most; they end by themselves when idle.
    """

    def __init__(self, workers: int = 1) -> None:
        self._executor = loky.ProcessPoolExecutor(max_workers=workers, timeout=_IDLE_SECONDS)
        self._futures: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._guard = threading.Lock()

    def submit(
        self, key: Hashable, function: Callable[..., Any], *arguments: Any, **options: Any
    ) -> Future[Any]:
        """The future of `function(*arguments, **options)`, started if `key` is new.

        What failed is tried again when asked for again.
        """
        with self._guard:
            future = self._futures.get(key)
            if future is None or (future.done() and future.exception() is not None):
                future = self._executor.submit(function, *arguments, **options)
                self._futures[key] = future
            self._futures.move_to_end(key)
            while len(self._futures) > _KEPT:
                self._futures.popitem(last=False)
        return future

    def close(self) -> None:
        """End the processes; what is not done yet is given up."""
        self._executor.shutdown(kill_workers=True)
