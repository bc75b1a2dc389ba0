"""The folder of runs: plain files, readable while they grow and without setscope."""

from __future__ import annotations

import os
import re
import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout
from pydantic import ValidationError

from set_engine.checkpoint import Checkpoint
from set_engine.config import ConfigError, TrainingConfig, methods_of_others
from set_engine.methods import METHODS
from set_engine.metrics import EpochMetrics
from set_engine.reconstruction import Reconstructions
from set_engine.run_notes import RunNotes
from set_engine.run_record import RecordedConfig, RunRecord, RunStatus
from set_engine.run_writer import RunWriter
from set_engine.training import Resumption
from topology import TopologySnapshot, load_topology, write_atomically

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
_PROBING = threading.Lock()
_SNAPSHOT = re.compile(r"epoch_(\d+)\.npz")
_NOTES, _BASELINE = "notes.json", "baseline"


class RunNotFoundError(LookupError):
    """There is no such run, or no such epoch of it; the message quotes what was asked for."""


class NotResumableError(RuntimeError):
    """A run that is still active, has ended for good, or was trained by another program."""


class DamagedRunError(ValueError):
    """A run whose files cannot be understood; the message names the file."""


@dataclass(frozen=True)
class RunListing:
    """All runs of a store, newest first, and a sentence for each folder that is damaged."""

    records: tuple[RunRecord, ...]
    problems: tuple[str, ...]


FileStamp = tuple[int, int, int]
"""Inode, size in bytes and moment in ns of a file: what is replaced has another inode."""

_NO_FILE: FileStamp = (0, 0, 0)


class RunStamp(NamedTuple):
    """When the files of a run were written."""

    record: FileStamp
    log: FileStamp
    notes: FileStamp
    wirings: FileStamp


class RunStore:
    """Runs under one root folder, each in `root/<id>/`.

    A run is `run.json` (a `RunRecord`), `metrics.jsonl` (an `EpochMetrics` a line),
    `topology/epoch_*.npz`, `checkpoint/model.safetensors`, and, once somebody said something of it,
    `notes.json` (`RunNotes`). `root/baseline` names the run that is pinned. A run's owner holds
    `lock` for as long as it lives, so that a reader sees an active run without an owner as
    INTERRUPTED. What a method returns never changes under the caller.

    Args:
        root: the folder; made when the first run is created.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)

    def create(
        self, config: TrainingConfig | RecordedConfig, *, checkpoint_seconds: float = 60.0
    ) -> RunWriter:
        """Begin a run; the writer must be finished, and owns the run until then.

        Args:
            config: what will be trained.
            checkpoint_seconds: time between two checkpoints.

        Raises:
            OSError: if the folder cannot be made.
        """
        folder = self._new_folder(config)
        record = RunRecord(id=folder.name, config=_resolved(config))
        return RunWriter(folder, record, checkpoint_seconds=checkpoint_seconds)

    def resume(
        self, run_id: str, *, checkpoint_seconds: float = 60.0
    ) -> tuple[RunWriter, Resumption | None]:
        """Take over a run that broke off, and where to go on with it.

        What it recorded after its last checkpoint is trained once more, and goes when that begins.
        Without a checkpoint it begins anew: equal seeds give equal runs.

        Args:
            run_id: of a run that is neither active nor finished.
            checkpoint_seconds: time between two checkpoints.

        Returns:
            The run's new writer, and None in the place of a resumption from the very beginning.

        Raises:
            RunNotFoundError: if there is no such run.
            NotResumableError: if it is active or finished, or a `Recorder` wrote it.
            CheckpointError: if its checkpoint is damaged.
            DamagedRunError: if its log or record is.
        """
        record, folder = self.record(run_id), self.folder(run_id)
        if isinstance(record.config, RecordedConfig):
            raise NotResumableError(
                f"run {run_id!r} was trained by a program of its own, which recorded it here; only "
                "that program can go on with it"
            )
        if record.status.is_active or record.status is RunStatus.FINISHED:
            raise NotResumableError(
                f"run {run_id!r} is {record.status}; there is nothing to resume"
            )
        if record.config.method not in METHODS:
            raise NotResumableError(
                f"run {run_id!r} was trained by method {record.config.method!r}, which is unknown "
                "here; import the module that defines it"
            )
        checkpoint = _read_checkpoint(folder)
        epochs = checkpoint.epoch if checkpoint else 0
        metrics = self.metrics(run_id)[1][:epochs]
        if len(metrics) < epochs:
            raise DamagedRunError(
                f"{folder / 'metrics.jsonl'} has {len(metrics)} rows, but the checkpoint is of "
                f"epoch {epochs}"
            )
        try:
            writer = RunWriter(
                folder,
                record.changed_to(RunStatus.PENDING).taken_over(),
                checkpoint_seconds=checkpoint_seconds,
            )
        except Timeout:
            raise NotResumableError(f"run {run_id!r} is being trained; it has an owner") from None
        return writer, Resumption(checkpoint, metrics) if checkpoint else None

    def record(self, run_id: str) -> RunRecord:
        """The run's record as of now.

        Raises:
            RunNotFoundError: if there is no such run.
            DamagedRunError: if its `run.json` is no run record.
        """
        path = self.folder(run_id) / "run.json"
        try:
            record = _read_record(path)
        except FileNotFoundError:
            raise RunNotFoundError(f"there is no run {run_id!r} in {self.root}") from None
        except (ValidationError, ConfigError, OSError) as error:
            raise DamagedRunError(f"{path} is no run record: {error}") from error
        if record.status.is_active and not _is_owned(path.parent):
            # It may have ended between the two looks.
            record = _read_record(path)
            if record.status.is_active:
                return record.model_copy(update={"status": RunStatus.INTERRUPTED})
        return record

    def records(self) -> RunListing:
        """Every run, newest first; a damaged folder is a problem in the listing, not an error."""
        records, problems = [], []
        for path in self.root.glob("*/run.json"):
            try:
                records.append(self.record(path.parent.name))
            except (DamagedRunError, RunNotFoundError) as error:
                problems.append(str(error))
        records.sort(key=lambda record: record.created, reverse=True)
        return RunListing(tuple(records), tuple(problems))

    def record_stamps(self) -> dict[str, FileStamp]:
        """A stamp for each run, another one whenever its record is written."""
        return {
            run_id: stamp
            for run_id, folder in self._folders()
            if (stamp := _file_stamp(f"{folder}/run.json")) != _NO_FILE
        }

    def stamps(self) -> dict[str, RunStamp]:
        """A stamp for each run, another one whenever its record, log, notes or wirings change.

        Whether a run that is active has an owner left, its stamp does not say.
        """
        return {
            run_id: RunStamp(
                record,
                _file_stamp(f"{folder}/metrics.jsonl"),
                _file_stamp(f"{folder}/{_NOTES}"),
                _file_stamp(f"{folder}/topology"),
            )
            for run_id, folder in self._folders()
            if (record := _file_stamp(f"{folder}/run.json")) != _NO_FILE
        }

    def _folders(self) -> list[tuple[str, str]]:
        """Name and path of all that may be a run. (`Path` takes three times as long.)"""
        try:
            with os.scandir(self.root) as entries:
                return [(entry.name, entry.path) for entry in entries]
        except (FileNotFoundError, NotADirectoryError):
            return []

    def metrics(self, run_id: str, cursor: int = 0) -> tuple[int, tuple[EpochMetrics, ...]]:
        """The rows of the run's log after `cursor`, and the cursor to ask with next time.

        A half line at the end, still being written or left by a crash, is not read.

        Raises:
            RunNotFoundError: if there is no such run.
            DamagedRunError: if a whole line is no row of metrics.
        """
        path = self.folder(run_id) / "metrics.jsonl"
        try:
            with path.open("rb") as file:
                file.seek(cursor)
                content = file.read()
        except FileNotFoundError:
            return cursor, ()
        whole = content[: content.rfind(b"\n") + 1]
        try:
            rows = tuple(EpochMetrics.model_validate_json(line) for line in whole.splitlines())
        except ValidationError as error:
            raise DamagedRunError(f"{path} has a line that is no metrics: {error}") from error
        return cursor + len(whole), rows

    def epochs(self, run_id: str) -> tuple[int, ...]:
        """The epochs whose wiring is recorded, ascending.

        Raises:
            RunNotFoundError: if there is no such run.
        """
        found = (_SNAPSHOT.fullmatch(path.name) for path in self.folder(run_id).glob("topology/*"))
        return tuple(sorted(int(match[1]) for match in found if match))

    def snapshot(self, run_id: str, epoch: int) -> TopologySnapshot:
        """The wiring recorded at an epoch.

        Raises:
            RunNotFoundError: if it is not recorded.
            TopologyFileError: if its file is damaged.
        """
        try:
            return load_topology(RunWriter.snapshot_path(self.folder(run_id), epoch))
        except FileNotFoundError:
            known = self.epochs(run_id)
            reach = f"from {known[0]} to {known[-1]}" if known else "none yet"
            raise RunNotFoundError(
                f"epoch {epoch} of run {run_id!r} is not recorded; {len(known)} are, {reach}"
            ) from None

    def reconstructions(self, run_id: str) -> Reconstructions | None:
        """The latest reconstructions of an RBM; None if there are none.

        Raises:
            RunNotFoundError: if there is no such run.
            DamagedRunError: if their file is damaged.
        """
        path = RunWriter.reconstructions_path(self.folder(run_id))
        try:
            return Reconstructions.load(path)
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise DamagedRunError(str(error)) from error

    def notes(self, run_id: str) -> RunNotes:
        """What was said of the run; nothing if nobody said anything.

        Raises:
            RunNotFoundError: if there is no such run.
            DamagedRunError: if its `notes.json` holds no notes.
        """
        path = self.folder(run_id) / _NOTES
        try:
            return RunNotes.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return RunNotes()
        except (ValidationError, OSError) as error:
            raise DamagedRunError(f"{path} holds no notes of a run: {error}") from error

    def write_notes(self, run_id: str, notes: RunNotes) -> None:
        """Keep this of the run in the place of what was said before.

        Raises:
            RunNotFoundError: if there is no such run.
            OSError: if it cannot be written.
        """
        content = notes.model_dump_json(indent=2).encode()
        write_atomically(self.folder(run_id) / _NOTES, lambda file: file.write(content))

    @property
    def baseline(self) -> str | None:
        """Id of the run that the others are set beside; None if none is pinned, or it is gone."""
        try:
            run_id = (self.root / _BASELINE).read_text(encoding="utf-8").strip()
            return self.folder(run_id).name
        except (OSError, UnicodeDecodeError, RunNotFoundError):
            return None

    def pin_baseline(self, run_id: str | None) -> None:
        """Set the other runs beside this one from now on; beside none if None.

        Raises:
            RunNotFoundError: if there is no such run.
            OSError: if it cannot be written.
        """
        path = self.root / _BASELINE
        if run_id is None:
            path.unlink(missing_ok=True)
            return
        name = self.folder(run_id).name.encode()
        write_atomically(path, lambda file: file.write(name))

    def folder(self, run_id: str) -> Path:
        """Where the run is kept.

        Raises:
            RunNotFoundError: if there is no such run.
        """
        # Ids come from links, too: they must not lead out of the store.
        if not _RUN_ID.fullmatch(run_id) or not (self.root / run_id).is_dir():
            raise RunNotFoundError(f"there is no run {run_id!r} in {self.root}")
        return self.root / run_id

    def _new_folder(self, config: TrainingConfig | RecordedConfig) -> Path:
        self.root.mkdir(parents=True, exist_ok=True)
        while True:
            folder = self.root / _new_id(config)
            try:
                folder.mkdir()
            except FileExistsError:
                continue  # another run of this second drew the same id
            return folder


def _new_id(config: TrainingConfig | RecordedConfig) -> str:
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    name = config.name if isinstance(config, RecordedConfig) else Path(config.dataset).name
    plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:40] or "data"
    return f"{moment}-{plain}-{secrets.token_hex(2)}"


def _read_record(path: Path) -> RunRecord:
    with methods_of_others():
        record = RunRecord.model_validate_json(path.read_bytes())
    # The folder's name is the id, also where somebody copied or renamed it.
    return record.model_copy(update={"id": path.parent.name})


def _file_stamp(path: str) -> FileStamp:
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return _NO_FILE
    return (status.st_ino, status.st_size, status.st_mtime_ns)


def _resolved(config: TrainingConfig | RecordedConfig) -> TrainingConfig | RecordedConfig:
    """With the whole path of the data, so that a run can be resumed from any working directory."""
    # `digits` is the data set, whatever else is called so in the working directory.
    if isinstance(config, RecordedConfig) or config.dataset == "digits":
        return config
    try:
        path = Path(config.dataset).resolve(strict=True)
    except OSError:  # not there, or no name of a file at all
        return config
    return config.model_copy(update={"dataset": str(path)})


def _read_checkpoint(folder: Path) -> Checkpoint | None:
    try:
        return Checkpoint.load(RunWriter.checkpoint_path(folder))
    except FileNotFoundError:
        return None


def _is_owned(folder: Path) -> bool:
    path = folder / RunWriter.LOCK
    if not path.exists():
        return False
    try:
        # One at a time: two that probe would take each other for the owner.
        with _PROBING, FileLock(path, timeout=0, thread_local=False):
            return False
    except (Timeout, PermissionError):
        # Without permission to probe, what the record says stands.
        return True
