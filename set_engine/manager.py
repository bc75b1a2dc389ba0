"""Runs in background threads: the only file of the engine that starts any."""

from __future__ import annotations

import atexit
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from set_engine.config import TrainingConfig
from set_engine.control import RunControl
from set_engine.cores import (
    available_cores,
    kernel_cores,
    leave_cores_to_kernels,
    use_cores,
)
from set_engine.data.dataset import Dataset
from set_engine.observer import Observer, Observers
from set_engine.progress import Progress, ProgressObserver
from set_engine.recording import record_run
from set_engine.run_record import FailureInfo, RunStatus
from set_engine.run_writer import RunWriter
from set_engine.store import RunStore
from set_engine.training import Resumption
from set_engine.turns import Turns


class NotLiveError(LookupError):
    """A run that does not train in this process, and so cannot be steered from here."""


@dataclass(eq=False)
class _LiveRun:
    control: RunControl = field(default_factory=RunControl)
    progress: ProgressObserver = field(default_factory=ProgressObserver)
    failure: FailureInfo | None = None
    thread: threading.Thread | None = None


class _CoreShare(Observer):
    """Gives the thread of a run an equal share of the cores, as others begin and end beside it.

    Each run for itself on all cores would leave every parallel loop waiting for the other's.

    Args:
        n_training: how many runs train at present.
        n_wanted: cores that others want at present.
    """

    def __init__(self, n_training: Callable[[], int], n_wanted: Callable[[], int]) -> None:
        self._n_training, self._n_wanted = n_training, n_wanted
        self._share = kernel_cores()

    def step(self, epoch: int, done: int, n_steps: int) -> None:  # noqa: ARG002
        """See `Observer`."""
        cores = kernel_cores() - self._n_wanted()
        share = max(1, cores // max(1, self._n_training()))
        if share != self._share:
            use_cores(share)
            self._share = share


class RunManager:
    """Starts runs in threads of this process and passes on what is asked of them.

    A thread publishes through the store alone; readers pull from there. Any thread may call. Runs
    that train at the same time share the cores; where there are more than `most_at_once`, the
    others are QUEUED, see `Turns`. When the process ends in good order, so do its runs, as if
    stopped.

    Args:
        store: where the runs are written.
        most_at_once: runs that train at a time; as many as cores if None.

    Raises:
        ValueError: if `most_at_once` is below 1.
    """

    def __init__(self, store: RunStore, most_at_once: int | None = None) -> None:
        leave_cores_to_kernels()
        self.store = store
        self._turns = Turns(available_cores() if most_at_once is None else most_at_once)
        self._runs: dict[str, _LiveRun] = {}
        self._guard = threading.Lock()
        self._gives_way_until = -math.inf  # by the monotonic clock
        # A thread that is inside a kernel when the interpreter ends would abort the process.
        atexit.register(self.close)

    def start(self, config: TrainingConfig, dataset: Dataset | None = None) -> str:
        """Begin to train in the background, when it is the run's turn; the id of the new run.

        Args:
            config: what to train.
            dataset: already loaded samples; the thread loads `config.dataset` if None.

        Raises:
            OSError: if the store cannot be written.
        """
        return self._launch(self.store.create(config), config, dataset, None)

    def resume_run(self, run_id: str) -> str:
        """Go on in the background with a run of the store that broke off; its id.

        Raises:
            RunNotFoundError, NotResumableError, DamagedRunError, CheckpointError: as
                `RunStore.resume`.
            OSError: if the store cannot be written.
        """
        # Read first: from the resumption on, only the thread gives the run's lock back.
        config = self.store.record(run_id).config
        writer, resumption = self.store.resume(run_id)
        assert isinstance(config, TrainingConfig), "the store resumes no other runs"
        return self._launch(writer, config, None, resumption)

    def _launch(
        self,
        writer: RunWriter,
        config: TrainingConfig,
        dataset: Dataset | None,
        resumption: Resumption | None,
    ) -> str:
        run = _LiveRun()
        self._turns.enter(run.control)
        share = _CoreShare(self._turns.n_training, self._n_wanted)
        followers = Observers(run.progress, share, self._turns)
        arguments = (run, self._turns, followers, writer, config, dataset, resumption)
        # A daemon: a dashboard that is shut down does not wait for a training of hours.
        run.thread = threading.Thread(
            target=_work, args=arguments, name=f"run {writer.run_id}", daemon=True
        )
        with self._guard:
            self._runs[writer.run_id] = run
        run.thread.start()
        return writer.run_id

    def give_way(self, seconds: float) -> None:
        """Leave a core to others for so long, from the next steps on, if there is more than one.

        No result depends on it.
        """
        until = time.monotonic() + seconds
        self._gives_way_until = max(self._gives_way_until, until)

    def _n_wanted(self) -> int:
        return int(time.monotonic() < self._gives_way_until)

    def is_live(self, run_id: str) -> bool:
        """Whether the run trains in this process now, or waits for its turn."""
        run = self._runs.get(run_id)
        return run is not None and run.thread is not None and run.thread.is_alive()

    def progress(self, run_id: str) -> Progress | None:
        """The latest progress of a run started here; None for any other."""
        run = self._runs.get(run_id)
        return run.progress.now if run else None

    def failure(self, run_id: str) -> FailureInfo | None:
        """The error that ended a run started here, also when it could not be written down."""
        run = self._runs.get(run_id)
        return run.failure if run else None

    def queue_place(self, run_id: str) -> int | None:
        """The place in the queue of a run started here, from 1; None if it waits no more."""
        run = self._runs.get(run_id)
        return self._turns.place(run.control) if run else None

    def start_now(self, run_id: str) -> None:
        """Let a queued run begin, whoever else trains. Raises NotLiveError as all that steer do."""
        self._turns.start_now(self._live(run_id).control)

    def pause(self, run_id: str) -> None:
        """Hold the run before its next step."""
        self._live(run_id).control.pause()

    def resume(self, run_id: str) -> None:
        """Let a paused run go on."""
        self._live(run_id).control.resume()

    def step_epoch(self, run_id: str) -> None:
        """Let a run go on to the end of an epoch and hold it there."""
        self._live(run_id).control.step_epoch()

    def stop(self, run_id: str) -> None:
        """End the run before its next step; what was trained is kept."""
        self._live(run_id).control.stop()
        self._turns.look_again()

    def wait(self, run_id: str, timeout: float | None = None) -> bool:
        """Wait until the run has ended; whether it has within `timeout` seconds."""
        run = self._runs.get(run_id)
        if run is not None and run.thread is not None:
            run.thread.join(timeout)
        return not self.is_live(run_id)

    def close(self, timeout: float = 5.0) -> None:
        """Stop every run and give each up to `timeout` seconds to write what it has."""
        live = [run_id for run_id in list(self._runs) if self.is_live(run_id)]
        for run_id in live:
            self._runs[run_id].control.stop()
        self._turns.look_again()
        for run_id in live:
            self.wait(run_id, timeout)

    def _live(self, run_id: str) -> _LiveRun:
        if not self.is_live(run_id):
            raise NotLiveError(f"run {run_id!r} does not train in this process")
        return self._runs[run_id]


def _work(
    run: _LiveRun,
    turns: Turns,
    followers: Observer,
    writer: RunWriter,
    config: TrainingConfig,
    dataset: Dataset | None,
    resumption: Resumption | None,
) -> None:
    # The outermost frame of the thread: any error becomes data.
    try:
        if not turns.is_due(run.control):
            writer.queued()
        turns.wait(run.control)
        try:
            if run.control.stop_requested:
                writer.finish(RunStatus.STOPPED)
                return
            record_run(
                writer,
                config,
                dataset=dataset,
                control=run.control,
                observer=followers,
                resumption=resumption,
            )
        finally:
            turns.leave(run.control)
    except BaseException as error:
        run.failure = FailureInfo.of(error)
