"""Training without a page: a progress bar in the terminal, the run in the store."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.text import Text

from app.locations import default_store
from app.progress_bar import progress_bar
from app.scores import best_epoch, score
from set_engine import (
    CheckpointError,
    ConfigError,
    DamagedRunError,
    Dataset,
    DatasetError,
    DivergedError,
    NotResumableError,
    Resumption,
    RunControl,
    RunNotFoundError,
    RunStore,
    RunWriter,
    TrainingConfig,
    TrainingResult,
    check_fit,
    leave_cores_to_kernels,
    load_data,
    record_run,
)

# What is wrong with the data, the settings or the store; anything else is an error of the program.
_EXPECTED = (
    CheckpointError,
    ConfigError,
    DamagedRunError,
    DatasetError,
    DivergedError,
    NotResumableError,
    OSError,
    RunNotFoundError,
)


@dataclass(frozen=True)
class Outcome:
    """How a training ended: stopped by Ctrl-C, with an error in words, or well."""

    stopped: bool = False
    error: str | None = None


def train_into(folder: Path, config: TrainingConfig, checkpoint_seconds: float) -> Outcome:
    """Train into the store at `folder` and show progress on the terminal.

    Data and settings are checked before the run is made. An error of theirs comes back in words;
    one of the program is raised.

    Args:
        folder: of the store; made if it is not there.
        config: what to train.
        checkpoint_seconds: time between two checkpoints.
    """
    console = _console()
    try:
        dataset = _fitting_data(console, config)
        writer = RunStore(folder).create(config, checkpoint_seconds=checkpoint_seconds)
        console.print(f"Run {writer.run_id} in {folder.resolve()}", soft_wrap=True)
        return _record(console, folder, writer, config, dataset, None)
    except _EXPECTED as error:
        return Outcome(error=str(error))


def resume_in(folder: Path, run_id: str, checkpoint_seconds: float) -> Outcome:
    """Go on with a run of the store at `folder` that broke off, as `train_into` does.

    Args:
        folder: of the store.
        run_id: of a run that is neither active nor finished.
        checkpoint_seconds: time between two checkpoints.
    """
    console, store = _console(), RunStore(folder)
    try:
        config = store.record(run_id).config
        # Loaded first: without its data the run stays as it was.
        dataset = _fitting_data(console, config) if isinstance(config, TrainingConfig) else None
        writer, resumption = store.resume(run_id, checkpoint_seconds=checkpoint_seconds)
        assert isinstance(config, TrainingConfig), "the store resumes no other runs"
        where = f"after epoch {resumption.checkpoint.epoch}" if resumption else "from the beginning"
        console.print(f"Run {run_id} in {folder.resolve()} goes on {where}", soft_wrap=True)
        return _record(console, folder, writer, config, dataset, resumption)
    except _EXPECTED as error:
        return Outcome(error=str(error))


def _console() -> Console:
    leave_cores_to_kernels()
    return Console(highlight=False, markup=False)


def _fitting_data(console: Console, config: TrainingConfig) -> Dataset:
    with console.status("Reading the data set") as status:
        # As Text: a name of data may look like markup.
        dataset = load_data(config, lambda phase: status.update(Text(phase)))
    check_fit(config, dataset)
    return dataset


def _record(
    console: Console,
    folder: Path,
    writer: RunWriter,
    config: TrainingConfig,
    dataset: Dataset | None,
    resumption: Resumption | None,
) -> Outcome:
    control = RunControl()
    completed = resumption.checkpoint.epoch if resumption else 0
    try:
        with (
            progress_bar(console, completed, config.epochs) as bar,
            _stopped_by_interrupt(control),
        ):
            result = record_run(
                writer,
                config,
                dataset=dataset,
                control=control,
                observer=bar,
                resumption=resumption,
            )
    except KeyboardInterrupt:
        console.print("Interrupted")
        stopped = True
    else:
        console.print(_summary(result), soft_wrap=True)
        stopped = result.stopped
    if stopped:
        console.print(f"To go on: {_resume_command(folder, writer.run_id)}", soft_wrap=True)
    return Outcome(stopped=stopped)


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


def _resume_command(folder: Path, run_id: str) -> str:
    store = [] if folder == default_store() else ["--store", str(folder)]
    return shlex.join(["setscope", "resume", run_id, *store])


def _summary(result: TrainingResult) -> str:
    ended, best = "Stopped" if result.stopped else "Finished", best_epoch(result.metrics)
    if best is None:
        return f"{ended} before the first epoch was complete"
    last, seconds = result.metrics[-1], sum(metrics.seconds for metrics in result.metrics)
    return (
        f"{ended} after epoch {last.epoch} in {seconds:.1f} s: {score(last)}, best {score(best)} "
        f"at epoch {best.epoch}; {last.n_connections:,} connections"
    )
