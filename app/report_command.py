"""`setscope compare --report`: a comparison of runs as one HTML file, without a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from analysis import Ties
from app.compared import MOST, ComparedNetwork, common_sparse_layers, run_names
from app.comparison_parts import Measured, comparison_report
from app.distance_job import measure_distances
from app.evidence_job import measure_evidence
from app.file_progress import file_progress
from app.matching_choice import matching_way
from app.named_run import named_run
from app.saved_network import run_and_epoch
from set_engine import RunStore
from topology import write_atomically


def write_report(
    store: RunStore, names: Sequence[str], path: Path, ties: Ties, *, aligned: bool
) -> None:
    """Measure what the report holds, with a bar meanwhile, and write it.

    Args:
        store: of the runs.
        names: of the networks, each `RUN` for its last recorded epoch, or `RUN@EPOCH`.
        path: of the file; one that is there is replaced.
        ties, aligned: as for `nnstd`.

    Raises:
        UnknownRunError: if a name is not that of a run.
        ValueError: if there are too many, or a run has no recorded wiring.
        RunNotFoundError, TopologyFileError, DamagedRunError: as the store does.
        OSError: if it cannot be written.
    """
    if len(names) > MOST:
        raise ValueError(f"there are {len(names)} networks; a report is of {MOST} at most")
    networks = _networks(store, names)
    layers = common_sparse_layers(networks)
    places = [(one.record.id, one.epoch) for one in networks]
    labels = [one.name for one in networks]
    n_pairs = len(places) * (len(places) - 1) // 2
    n_steps = n_pairs + len(layers) * len(places)
    with file_progress("Measuring") as progress:
        distances = measure_distances(
            store.root, places, labels, ties, aligned, partial(_count, progress, 0, n_steps)
        )
        evidence = {}
        for number, index in enumerate(layers):
            before = n_pairs + number * len(places)
            evidence[index] = measure_evidence(
                store.root,
                places,
                index,
                partial(_count, progress, before, n_steps),
            )
    logs = {run_id: store.metrics(run_id)[1] for run_id, _ in places}
    report = comparison_report(
        networks,
        matching_way(ties, aligned=aligned),
        Measured(distances, evidence),
        logs,
        store.baseline,
    )
    write_atomically(path, lambda file: file.write(report))


def _count(progress: Callable[[float], None], before: int, n_steps: int, done: int) -> None:
    progress((before + done) / n_steps)


def _networks(store: RunStore, names: Sequence[str]) -> list[ComparedNetwork]:
    parts = [run_and_epoch(name) for name in names]
    ids = [named_run(store, run) for run, _ in parts]
    records = {run_id: store.record(run_id) for run_id in dict.fromkeys(ids)}
    called = run_names(list(records.values()), {one: store.notes(one).name for one in records})
    found = []
    for run_id, (_, epoch) in zip(ids, parts, strict=True):
        epochs = store.epochs(run_id)
        if not epochs:
            raise ValueError(f"run {run_id} has no recorded wiring")
        snapshot = store.snapshot(run_id, epochs[-1] if epoch is None else epoch)
        found.append(ComparedNetwork(records[run_id], called[run_id], snapshot))
    return found
