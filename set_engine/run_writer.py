"""The one writer of a run's folder."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import safetensors.torch
from filelock import FileLock
from torch import nn

from set_engine.checkpoint import Checkpoint, CheckpointError
from set_engine.config import TrainingConfig
from set_engine.data.dataset import Dataset
from set_engine.metrics import EpochMetrics
from set_engine.observer import Observer
from set_engine.reconstruction import Reconstructions
from set_engine.recording_policy import is_recorded
from set_engine.run_record import DatasetInfo, FailureInfo, RunRecord, RunStatus
from topology import TopologySnapshot, save_topology, write_atomically

_PATIENCE = 1.0


class RunWriter(Observer):
    """Writes what it observes of a training into the run's folder, and owns it until `finish`.

    Args:
        folder: the run's own folder.
        record: what `run.json` says at first.
        checkpoint_seconds: time between two checkpoints.

    Raises:
        filelock.Timeout: if the run has an owner already.
    """

    LOCK = "lock"

    def __init__(
        self, folder: Path, record: RunRecord, *, checkpoint_seconds: float = 60.0
    ) -> None:
        self._folder = folder
        self._record = record
        self._checkpoint_seconds = checkpoint_seconds
        self._last_checkpoint = time.monotonic()
        # The thread that makes a writer is not the one that finishes it.
        self._lock = FileLock(folder / self.LOCK, thread_local=False)
        # Not at once: a reader that looks whether there is an owner has it for a moment.
        self._lock.acquire(timeout=_PATIENCE)
        (folder / "topology").mkdir(exist_ok=True)
        self._log = (folder / "metrics.jsonl").open("ab")
        # Written last: a folder without it is not yet a run.
        self._write_record(record)

    @staticmethod
    def snapshot_path(folder: Path, epoch: int) -> Path:
        """Where a run's folder keeps the wiring of an epoch."""
        return folder / "topology" / f"epoch_{epoch:06d}.npz"

    @staticmethod
    def reconstructions_path(folder: Path) -> Path:
        """Where the run of an RBM keeps its latest reconstructions."""
        return folder / "reconstructions.npz"

    @staticmethod
    def checkpoint_path(folder: Path) -> Path:
        """Where a run's folder keeps the state to go on from."""
        return folder / "checkpoint" / "training.safetensors"

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return self._record.id

    def queued(self) -> None:
        """The run waits for its turn."""
        self._write_record(self._record.changed_to(RunStatus.QUEUED))

    def begin(self) -> None:
        """The run's training begins."""
        self._write_record(self._record.changed_to(RunStatus.RUNNING))

    def dataset(self, dataset: Dataset) -> None:
        """See `Observer`.

        Raises:
            CheckpointError: if the run was trained on other samples before it broke off.
        """
        before, now = self._record.data, DatasetInfo.of(dataset)
        if before is not None and before.digest != now.digest:
            raise CheckpointError(
                f"{now.name} has changed since the run was trained on it: its digest is "
                f"{now.digest}, not {before.digest}"
            )
        self._write_record(self._record.model_copy(update={"data": now}))

    def notice(self, text: str) -> None:
        """See `Observer`; a run that begins anew says the same again."""
        if text not in self._record.notices:
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

    def reconstructions(self, reconstructions: Reconstructions) -> None:
        """See `Observer`; only the latest are kept."""
        reconstructions.save(self.reconstructions_path(self._folder))

    def wants_checkpoint(self) -> bool:
        """See `Observer`."""
        return time.monotonic() - self._last_checkpoint >= self._checkpoint_seconds

    def checkpoint(self, checkpoint: Checkpoint) -> None:
        """See `Observer`; the log is on disk before the checkpoint that counts on it."""
        os.fsync(self._log.fileno())
        path = self.checkpoint_path(self._folder)
        path.parent.mkdir(exist_ok=True)
        checkpoint.save(path)
        self._last_checkpoint = time.monotonic()

    def begins_after(self, metrics: Sequence[EpochMetrics]) -> None:
        """See `Observer`; what was recorded after the last of these epochs is trained once more."""
        config = self._record.config
        assert isinstance(config, TrainingConfig), "the store resumes no other runs"
        every, changes = config.record_every, config.changes_wiring
        last = metrics[-1].epoch if metrics else 0
        for path in (self._folder / "topology").glob("epoch_*.npz"):
            epoch = int(path.stem.removeprefix("epoch_"))
            # What a stop recorded out of turn goes as well, so that no trace of it is left.
            if epoch > last or not is_recorded(epoch, every, changes=changes):
                path.unlink()
        content = b"".join(row.model_dump_json().encode() + b"\n" for row in metrics)
        self._log.close()
        log = self._folder / "metrics.jsonl"
        write_atomically(log, lambda file: file.write(content))
        self._log = log.open("ab")

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
