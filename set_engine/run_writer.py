"""The one writer of a run's folder."""

from __future__ import annotations

from pathlib import Path

import safetensors.torch
from filelock import FileLock
from torch import nn

from set_engine.metrics import EpochMetrics
from set_engine.observer import Observer
from set_engine.run_record import FailureInfo, RunRecord, RunStatus
from topology import TopologySnapshot, save_topology, write_atomically


class RunWriter(Observer):
    """Writes what it observes of a training into the run's folder, and owns it until `finish`.

    Args:
        folder: the run's own, new folder.
        record: what `run.json` says at first.
    """

    LOCK = "lock"

    def __init__(self, folder: Path, record: RunRecord) -> None:
        self._folder = folder
        self._record = record
        # The thread that makes a writer is not the one that finishes it.
        self._lock = FileLock(folder / self.LOCK, thread_local=False)
        self._lock.acquire()
        (folder / "topology").mkdir()
        self._log = (folder / "metrics.jsonl").open("ab")
        # Written last: a folder without it is not yet a run.
        self._write_record(record)

    @staticmethod
    def snapshot_path(folder: Path, epoch: int) -> Path:
        """Where a run's folder keeps the wiring of an epoch."""
        return folder / "topology" / f"epoch_{epoch:06d}.npz"

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return self._record.id

    def begin(self) -> None:
        """The run's training begins."""
        self._write_record(self._record.changed_to(RunStatus.RUNNING))

    def notice(self, text: str) -> None:
        """See `Observer`."""
        notices = (*self._record.notices, text)
        self._write_record(self._record.model_copy(update={"notices": notices}))

    def paused(self, is_paused: bool) -> None:
        """See `Observer`."""
        status = RunStatus.PAUSED if is_paused else RunStatus.RUNNING
        self._write_record(self._record.changed_to(status))

    def epoch(self, metrics: EpochMetrics) -> None:
        """See `Observer`."""
        self._log.write(metrics.model_dump_json().encode() + b"\n")
        self._log.flush()

    def snapshot(self, snapshot: TopologySnapshot) -> None:
        """See `Observer`."""
        save_topology(snapshot, self.snapshot_path(self._folder, snapshot.epoch))

    def save_model(self, model: nn.Module) -> None:
        """Write the model's state as `checkpoint/model.safetensors`."""
        folder = self._folder / "checkpoint"
        folder.mkdir(exist_ok=True)
        tensors = {name: value.contiguous() for name, value in model.state_dict().items()}
        content = safetensors.torch.save(tensors)
        write_atomically(folder / "model.safetensors", lambda file: file.write(content))

    def finish(self, status: RunStatus, failure: FailureInfo | None = None) -> None:
        """Write the last status and give the run's folder free."""
        try:
            self._log.close()
            self._write_record(self._record.changed_to(status, failure))
        finally:
            self._lock.release()

    def _write_record(self, record: RunRecord) -> None:
        content = record.model_dump_json(indent=2).encode()
        write_atomically(self._folder / "run.json", lambda file: file.write(content))
        self._record = record
