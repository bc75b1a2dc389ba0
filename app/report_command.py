"""`setscope compare --report`: a comparison of runs as one HTML file, without a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from analysis import Ties
from app.compared import MOST, ComparedNetwork, common_sparse_layers, run_names
from app.comparison_parts import Evidence, Measured, comparison_report
from app.distance_job import measure_distances
from app.evidence_job import measure_evidence
from app.file_progress import file_progress
from app.matching_choice import matching_way
from app.saved_network import meant_run
from set_engine import RunStore
from topology import write_atomically

Place = tuple[str, int | None]
"""Id of a run and its epoch; None for the last."""


def places_of(store: RunStore, names: Sequence[str]) -> list[Place]:
    """The runs and epochs that a report can be of.

    Args:
        store: of the runs.
        names: of the networks, as for `meant_run`.

    Raises:
        ValueError: if one is no run, or there are too many.
    """
    if len(names) > MOST:
        raise ValueError(f"there are {len(names)} networks; a report is of {MOST} at most")
    places = []
    for name in names:
        place = meant_run(store, name)
        if place is None:
            raise ValueError(f"a report is of runs of the store; {name} is a file or a folder")
        places.append(place)
    return places


def write_report(
    store: RunStore, wanted: Sequence[Place], path: Path, ties: Ties, *, aligned: bool
) -> None:
    """Measure what the report holds, with a bar meanwhile, and write it.

    Args:
        store: of the runs.
        wanted: the networks.
        path: of the file; one that is there is replaced.
        ties, aligned: as for `nnstd`.

    Raises:
        ValueError: if a run has no recorded wiring.
        RunNotFoundError, TopologyFileError, DamagedRunError: as the store does.
        OSError: if it cannot be written.
    """
    networks = _networks(store, wanted)
    layers = common_sparse_layers(networks)
    places = [(one.record.id, one.epoch) for one in networks]
    labels = [one.name for one in networks]
    n_pairs = len(places) * (len(places) - 1) // 2
    n_steps = n_pairs + len(layers) * len(places)
    with file_progress("Measuring") as progress:
        distances = measure_distances(
            store.root, places, labels, ties, aligned, partial(_count, progress, 0, n_steps)
        )
        evidence: dict[int, Evidence | str] = {}
        for number, index in enumerate(layers):
            before = n_pairs + number * len(places)
            count = partial(_count, progress, before, n_steps)
            try:
                evidence[index] = measure_evidence(store.root, places, index, count)
            except ValueError as error:  # a network has lost all connections of the layer
                evidence[index] = f"{error}."
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


def _networks(store: RunStore, wanted: Sequence[Place]) -> list[ComparedNetwork]:
    records = {run_id: store.record(run_id) for run_id in dict.fromkeys(one for one, _ in wanted)}
    called = run_names(list(records.values()), {one: store.notes(one).name for one in records})
    found = []
    for run_id, epoch in wanted:
        epochs = store.epochs(run_id)
        if not epochs:
            raise ValueError(f"run {run_id} has no recorded wiring")
        snapshot = store.snapshot(run_id, epochs[-1] if epoch is None else epoch)
        found.append(ComparedNetwork(records[run_id], called[run_id], snapshot))
    return found
