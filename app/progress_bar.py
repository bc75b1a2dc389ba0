"""A training on a progress bar in the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from app.scores import score
from set_engine import EpochMetrics, Observer


class ProgressBar(Observer):
    """Shows what it observes; made by `progress_bar`."""

    def __init__(self, progress: Progress, completed: int, epochs: int) -> None:
        self._progress = progress
        self._task = progress.add_task("Starting", completed=completed, total=epochs, score="")

    def phase(self, what: str) -> None:
        """See `Observer`."""
        self._progress.update(self._task, description=what.split(";")[0])

    def notice(self, text: str) -> None:
        """See `Observer`."""
        self._progress.console.print(f"Note: {text}", soft_wrap=True, markup=False)

    def step(self, epoch: int, done: int, n_steps: int) -> None:
        """See `Observer`."""
        self._progress.update(self._task, completed=epoch - 1 + done / n_steps)

    def epoch(self, metrics: EpochMetrics) -> None:
        """See `Observer`."""
        self._progress.update(self._task, completed=metrics.epoch, score=score(metrics))


@contextmanager
def progress_bar(console: Console, completed: int, epochs: int) -> Iterator[ProgressBar]:
    """Show a bar from `completed` to `epochs` for as long as the context lasts."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("epoch {task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[score]}"),
    )
    with Progress(*columns, console=console) as progress:
        yield ProgressBar(progress, completed, epochs)
