"""The folder of runs: plain files, readable while they grow and without setscope."""

from __future__ import annotations

import re
import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import ValidationError

from set_engine.config import ConfigError, TrainingConfig
from set_engine.metrics import EpochMetrics
from set_engine.run_record import RunRecord, RunStatus
from set_engine.run_writer import RunWriter
from topology import TopologySnapshot, load_topology

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
_PROBING = threading.Lock()
_SNAPSHOT = re.compile(r"epoch_(\d+)\.npz")


class RunNotFoundError(LookupError):
    """There is no such run, or no such epoch of it; the message quotes what was asked for."""


class DamagedRunError(ValueError):
    """A run whose files cannot be understood; the message names the file."""


@dataclass(frozen=True)
class RunListing:
    """All runs of a store, newest first, and a sentence for each folder that is damaged."""

    records: tuple[RunRecord, ...]
    problems: tuple[str, ...]


class RunStore:
    """Runs under one root folder, each in `root/<id>/`.

    A run is `run.json` (a `RunRecord`), `metrics.jsonl` (an `EpochMetrics` a line),
    `topology/epoch_*.npz` and `checkpoint/model.safetensors`. Its owner holds `lock` for as long as
    it lives, so that a reader sees an active run without an owner as INTERRUPTED. What a method
    returns never changes under the caller.

    Args:
        root: the folder; made when the first run is created.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)

    def create(self, config: TrainingConfig) -> RunWriter:
        """Begin a run; the writer must be finished, and owns the run until then.

        Raises:
            OSError: if the folder cannot be made.
        """
        record = RunRecord(id=_new_id(config), config=config)
        folder = self.root / record.id
        folder.mkdir(parents=True)
        return RunWriter(folder, record)

    def record(self, run_id: str) -> RunRecord:
        """The run's record as of now.

        Raises:
            RunNotFoundError: if there is no such run.
            DamagedRunError: if its `run.json` is no run record.
        """
        path = self._folder(run_id) / "run.json"
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

    def metrics(self, run_id: str, cursor: int = 0) -> tuple[int, tuple[EpochMetrics, ...]]:
        """The rows of the run's log after `cursor`, and the cursor to ask with next time.

        A half line at the end, still being written or left by a crash, is not read.

        Raises:
            RunNotFoundError: if there is no such run.
            DamagedRunError: if a whole line is no row of metrics.
        """
        path = self._folder(run_id) / "metrics.jsonl"
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
        found = (_SNAPSHOT.fullmatch(path.name) for path in self._folder(run_id).glob("topology/*"))
        return tuple(sorted(int(match[1]) for match in found if match))

    def snapshot(self, run_id: str, epoch: int) -> TopologySnapshot:
        """The wiring recorded at an epoch.

        Raises:
            RunNotFoundError: if it is not recorded.
            TopologyFileError: if its file is damaged.
        """
        try:
            return load_topology(RunWriter.snapshot_path(self._folder(run_id), epoch))
        except FileNotFoundError:
            known = self.epochs(run_id)
            reach = f"from {known[0]} to {known[-1]}" if known else "none yet"
            raise RunNotFoundError(
                f"epoch {epoch} of run {run_id!r} is not recorded; {len(known)} are, {reach}"
            ) from None

    def _folder(self, run_id: str) -> Path:
        # Ids come from links, too: they must not lead out of the store.
        if not _RUN_ID.fullmatch(run_id) or not (self.root / run_id).is_dir():
            raise RunNotFoundError(f"there is no run {run_id!r} in {self.root}")
        return self.root / run_id


def _new_id(config: TrainingConfig) -> str:
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    data = re.sub(r"[^A-Za-z0-9]+", "-", Path(config.dataset).name).strip("-")[:40] or "data"
    return f"{moment}-{data}-{secrets.token_hex(2)}"


def _read_record(path: Path) -> RunRecord:
    # The folder's name is the id, also where somebody copied or renamed it.
    record = RunRecord.model_validate_json(path.read_bytes())
    return record.model_copy(update={"id": path.parent.name})


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
