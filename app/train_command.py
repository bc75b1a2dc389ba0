"""Training without a page: a progress bar in the terminal, the run in the store."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from set_engine import (
    ConfigError,
    DatasetError,
    DivergedError,
    EpochMetrics,
    Observer,
    RunControl,
    RunStore,
    TrainingConfig,
    TrainingResult,
    check_fit,
    leave_cores_to_kernels,
    load_dataset,
    record_run,
)


@dataclass(frozen=True)
class Outcome:
    """How a training ended: stopped by Ctrl-C, with an error in words, or well."""

    stopped: bool = False
    error: str | None = None


def train_into(folder: Path, config: TrainingConfig) -> Outcome:
    """Train into the store at `folder` and show progress on the terminal.

    An error of the data or the settings comes back in words; one of the program is raised.
    """
    leave_cores_to_kernels()
    console = Console(highlight=False)
    control = RunControl()
    try:
        with console.status("Reading the data set"):
            dataset = load_dataset(config.dataset)
        check_fit(config, dataset)
        writer = RunStore(folder).create(config)
        console.print(f"Run {writer.run_id} in {folder.resolve()}", soft_wrap=True)
        with _progress_bar(console, config) as bar, _stopped_by_interrupt(control):
            result = record_run(writer, config, dataset=dataset, control=control, observer=bar)
    except (ConfigError, DatasetError, DivergedError, OSError) as error:
        return Outcome(error=str(error))
    console.print(_summary(result), soft_wrap=True)
    return Outcome(stopped=result.stopped)


class _Bar(Observer):
    """Shows a training on a rich progress bar."""

    def __init__(self, console: Console, progress: Progress, epochs: int) -> None:
        self._console, self._progress = console, progress
        self._task = progress.add_task("Starting", total=epochs, accuracy="")

    def phase(self, what: str) -> None:
        self._progress.update(self._task, description=what.split(";")[0])

    def notice(self, text: str) -> None:
        self._console.print(f"Note: {text}", soft_wrap=True)

    def step(self, epoch: int, done: int, n_steps: int) -> None:
        self._progress.update(self._task, completed=epoch - 1 + done / n_steps)

    def epoch(self, metrics: EpochMetrics) -> None:
        accuracy = f"test accuracy {metrics.test_accuracy:.2%}"
        self._progress.update(self._task, completed=metrics.epoch, accuracy=accuracy)


@contextmanager
def _progress_bar(console: Console, config: TrainingConfig) -> Iterator[_Bar]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("epoch {task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[accuracy]}"),
    )
    with Progress(*columns, console=console) as progress:
        yield _Bar(console, progress, config.epochs)


@contextmanager
def _stopped_by_interrupt(control: RunControl) -> Iterator[None]:
    """Ctrl-C asks for a stop; a second one interrupts at once."""

    def ask(_signal: int, _frame: FrameType | None) -> None:
        if control.stop_requested:
            raise KeyboardInterrupt
        control.stop()

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _summary(result: TrainingResult) -> str:
    ended = "Stopped" if result.stopped else "Finished"
    if not result.metrics:
        return f"{ended} before the first epoch was complete"
    last = result.metrics[-1]
    best = max(result.metrics, key=lambda metrics: metrics.test_accuracy)
    seconds = sum(metrics.seconds for metrics in result.metrics)
    return (
        f"{ended} after epoch {last.epoch} in {seconds:.1f} s: test accuracy "
        f"{last.test_accuracy:.2%}, best {best.test_accuracy:.2%} at epoch {best.epoch}; "
        f"{last.n_connections:,} connections"
    )
