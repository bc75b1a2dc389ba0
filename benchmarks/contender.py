"""A process of its own for each side of a comparison, timed in turns with the others."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from types import TracebackType
from typing import Any

Step = Callable[[], object]
_step: Step


class Contender:
    """A step made and repeated in a process that nobody else's settings reach.

    Threads that spin or sleep while they wait, and how many there are, are settings of a process,
    inherited through the environment: so the process that compares imports no engine, and each
    side has its own best.

    Args:
        make: a function of a module, which makes the step.
        arguments: of `make`.
    """

    def __init__(self, make: Callable[..., Step], *arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._process = ProcessPoolExecutor(1, context, _prepare, (make, arguments))
        self.seconds: list[float] = []

    def repeat(self, times: int, *, counted: bool = True) -> None:
        """Take so many steps, and note how long each took."""
        seconds = self._process.submit(_timed, times).result()
        if counted:
            self.seconds += seconds

    @property
    def median(self) -> float:
        """Seconds of a step."""
        return statistics.median(self.seconds)

    def __enter__(self) -> Contender:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.shutdown()


def alternate(contenders: Sequence[Contender], *, rounds: int, steps: int) -> None:
    """Let all take their steps in turns, so that what else the machine does meets all alike."""
    for contender in contenders:
        contender.repeat(steps, counted=False)
    for _ in range(rounds):
        for contender in contenders:
            contender.repeat(steps)


def in_a_process(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function of a module gives in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as process:
        return process.submit(function, *arguments).result()


def _prepare(make: Callable[..., Step], arguments: tuple[Any, ...]) -> None:
    global _step
    _step = make(*arguments)


def _timed(times: int) -> list[float]:
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        _step()
        seconds.append(time.perf_counter() - start)
    return seconds
