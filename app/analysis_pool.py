"""Slow analyses in processes of their own, each computed once."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import loky

_KEPT = 256
_IDLE_SECONDS = 120


@dataclass(frozen=True)
class ProgressFile:
    """A number that another process counts up, in a file of its own."""

    path: Path

    def __call__(self, done: int) -> None:
        """So much is done."""
        self.path.write_text(str(done), encoding="ascii")

    def read(self) -> int:
        """What is done; 0 before the first word of it."""
        try:
            return int(self.path.read_text(encoding="ascii") or 0)  # empty while it is written
        except FileNotFoundError:
            return 0


class AnalysisPool:
    """Futures by key: asking again for the same key gives the same future, also if it failed.

    loky's processes do not run the main script again, as those of the standard library would run
    the page's script.

    Args:
        workers: processes at most; they end by themselves when idle.
    """

    def __init__(self, workers: int = 1) -> None:
        self._workers = workers
        self._executor = self._new_executor()
        self._futures: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._guard = threading.Lock()
        self._reports = TemporaryDirectory(prefix="setscope-")

    def submit(
        self, key: Hashable, function: Callable[..., Any], *arguments: Any, **options: Any
    ) -> Future[Any]:
        """The future of `function(*arguments, **options)`, started if `key` is new."""
        with self._guard:
            if key not in self._futures:
                self._futures[key] = self._start(function, *arguments, **options)
            self._futures.move_to_end(key)
            while len(self._futures) > _KEPT:
                self._futures.popitem(last=False)
            return self._futures[key]

    def progress_of(self, key: Hashable) -> ProgressFile:
        """Where the function that is submitted under `key` may count what it has done."""
        name = hashlib.sha256(repr(key).encode()).hexdigest()
        return ProgressFile(Path(self._reports.name) / name)

    def forget(self, key: Hashable) -> None:
        """Start anew when `key` is asked for again."""
        with self._guard:
            self._futures.pop(key, None)

    def close(self) -> None:
        """End the processes; what is not done yet is given up."""
        self._executor.shutdown(kill_workers=True)
        self._reports.cleanup()

    def _start(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> Future[Any]:
        future: Future[Any]
        try:
            future = self._executor.submit(function, *arguments, **options)
        except BrokenExecutor:
            # A process was killed, for want of memory for instance, and took the executor with it.
            self._executor = self._new_executor()
            future = self._executor.submit(function, *arguments, **options)
        return future

    def _new_executor(self) -> loky.ProcessPoolExecutor:
        return loky.ProcessPoolExecutor(max_workers=self._workers, timeout=_IDLE_SECONDS)
