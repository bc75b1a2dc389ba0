"""What a run can be taken out as: for another setscope, for Gephi, for a table, for TensorBoard."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from analysis import write_edge_list, write_gexf, write_graphml
from app.metrics_file import metrics_csv, write_event_files
from set_engine import DamagedRunError, RunNotFoundError, RunStore, write_bundle
from topology import TopologyFileError, TopologySnapshot, save_topology, write_atomically

Progress = Callable[[float], object]


class RunExportError(ValueError):
    """A run that cannot be taken out as asked; the message says why."""


EXPORT_ERRORS = (
    RunExportError,
    RunNotFoundError,
    DamagedRunError,
    TopologyFileError,
    OSError,
)
"""What `write_export` raises."""


@dataclass(frozen=True)
class ExportKind:
    """One form to take a run out as.

    Attributes:
        label: what it is called.
        suffix: how the name of the file ends.
        help: what it holds.
        is_of_epoch: whether it is of one wiring; otherwise of the whole run.
        write: writes it: store, run, epoch, path, progress.
    """

    label: str
    suffix: str
    help: str
    is_of_epoch: bool
    write: Callable[[RunStore, str, int, Path, Progress], None]


def write_export(
    store: RunStore,
    run_id: str,
    kind: str,
    path: Path,
    *,
    epoch: int | None = None,
    progress: Progress = lambda _: None,
) -> None:
    """Write a run in one of `EXPORTS`.

    Args:
        store: where the run is.
        run_id: of the run.
        kind: a key of `EXPORTS`.
        path: of the file; what stands there is replaced.
        epoch: a recorded one, for what is of one wiring; the last if None.
        progress: is given the share that is written, from 0 to 1.

    Raises:
        RunExportError: if the kind is unknown, the epoch is not recorded, or the wiring is no chain
            of layers where it has to be one.
        RunNotFoundError, DamagedRunError, TopologyFileError: as the store does.
        OSError: if the file cannot be written.
    """
    if kind not in EXPORTS:
        raise RunExportError(f"kind is {kind!r}; it must be one of {', '.join(EXPORTS)}")
    chosen, recorded = EXPORTS[kind], store.epochs(run_id)
    store.folder(run_id)
    if chosen.is_of_epoch:
        if not recorded:
            raise RunExportError(f"run {run_id} has no recorded wiring")
        if epoch is not None and epoch not in recorded:
            raise RunExportError(
                f"epoch is {epoch}; {len(recorded):,} are recorded of run {run_id}, from "
                f"{recorded[0]:,} to {recorded[-1]:,}"
            )
    at = epoch if epoch is not None else recorded[-1] if recorded else 0
    try:
        chosen.write(store, run_id, at, path, progress)
    except ValueError as error:
        if isinstance(error, RunExportError) or type(error) is not ValueError:
            raise
        raise RunExportError(f"run {run_id}: {error}") from error


def export_name(run_id: str, kind: str, epoch: int | None) -> str:
    """What the file is called where nobody says.

    >>> export_name("a", "gexf", 7), export_name("a", "graphml", 7), export_name("a", "bundle", 7)
    ('a.gexf', 'a-epoch-7.graphml', 'a.zip')
    """
    chosen = EXPORTS[kind]
    of_epoch = f"-epoch-{epoch}" if chosen.is_of_epoch and epoch is not None else ""
    return f"{run_id}{of_epoch}{chosen.suffix}"


def _bundle(store: RunStore, run_id: str, _epoch: int, path: Path, progress: Progress) -> None:
    write_atomically(path, lambda file: write_bundle(store, run_id, file, progress))


def _npz(store: RunStore, run_id: str, epoch: int, path: Path, _progress: Progress) -> None:
    save_topology(store.snapshot(run_id, epoch), path)


def _graphml(store: RunStore, run_id: str, epoch: int, path: Path, _progress: Progress) -> None:
    write_graphml(store.snapshot(run_id, epoch), path)


def _gexf(store: RunStore, run_id: str, _epoch: int, path: Path, progress: Progress) -> None:
    epochs = store.epochs(run_id)
    if not epochs:
        raise RunExportError(f"run {run_id} has no recorded wiring")
    course: list[TopologySnapshot] = []
    for number, epoch in enumerate(epochs, start=1):
        course.append(store.snapshot(run_id, epoch))
        progress(0.5 * number / len(epochs))
    write_gexf(course, path)


def _edges(store: RunStore, run_id: str, epoch: int, path: Path, _progress: Progress) -> None:
    write_edge_list(store.snapshot(run_id, epoch), path)


def _metrics(store: RunStore, run_id: str, _epoch: int, path: Path, _progress: Progress) -> None:
    encoded = metrics_csv(store.metrics(run_id)[1]).encode()
    write_atomically(path, lambda file: file.write(encoded))


def _tensorboard(store: RunStore, run_id: str, _epoch: int, path: Path, progress: Progress) -> None:
    with tempfile.TemporaryDirectory(prefix="setscope-") as folder:
        write_event_files(store, run_id, Path(folder) / run_id, progress)
        files = sorted(one for one in Path(folder).rglob("*") if one.is_file())

        def write(file: BinaryIO) -> None:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                for one in files:
                    archive.write(one, one.relative_to(folder).as_posix())

        write_atomically(path, write)


EXPORTS: Mapping[str, ExportKind] = MappingProxyType(
    {
        "bundle": ExportKind(
            "Bundle", ".zip", "All of the run, for another setscope", False, _bundle
        ),
        "npz": ExportKind("Topology (npz)", ".npz", "One wiring with its weights", True, _npz),
        "graphml": ExportKind("GraphML", ".graphml", "One wiring as a graph", True, _graphml),
        "gexf": ExportKind(
            "GEXF with lifetimes",
            ".gexf",
            "Every connection with the epochs that it lasted, for Gephi",
            False,
            _gexf,
        ),
        "csv": ExportKind("Connections (CSV)", ".csv", "A line for each connection", True, _edges),
        "metrics": ExportKind(
            "Metrics (CSV)", "-metrics.csv", "A line for each epoch", False, _metrics
        ),
        "tensorboard": ExportKind(
            "TensorBoard",
            "-tensorboard.zip",
            "Event files; unpack them where `tensorboard --logdir` looks",
            False,
            _tensorboard,
        ),
    }
)
"""By the name that the command knows them by."""
