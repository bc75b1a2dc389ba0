"""`setscope compare` and `setscope trajectory`: distances of networks, without a page."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Unpack

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from analysis import (
    DistanceMatrix,
    IncomparableError,
    NnstdNull,
    NnstdResult,
    PairOptions,
    Since,
    Ties,
    Trajectory,
    check_comparable,
    nnstd_between,
    nnstd_null,
    nnstd_since,
    pairwise_nnstd,
)
from app.output_files import check_places
from app.record_json import as_json
from app.tables import text_table
from set_engine import RunStore
from topology import Imported, TopologySnapshot, write_atomically

FORMATS = (".csv", ".json")


def check_typed(
    output: Path | None, cache: Path | None, jobs: int | None, null: int | None = None
) -> None:
    """Refuse, by a ValueError, what is out of range, before anything is computed."""
    if output is not None and output.suffix not in FORMATS:
        raise ValueError(f"output is {output}; its name must end with {' or '.join(FORMATS)}")
    check_places({"output": output, "cache": cache})
    for name, number, least in (("jobs", jobs, 1), ("null", null, 2)):
        if number is not None and number < least:
            raise ValueError(f"{name} is {number}; it must be at least {least}")


def check_fitting(topologies: Sequence[TopologySnapshot], labels: Sequence[str]) -> None:
    """Refuse, by an IncomparableError that names them, networks that cannot be matched."""
    for other, label in zip(topologies[1:], labels[1:], strict=True):
        try:
            check_comparable(topologies[0], other)
        except IncomparableError as error:
            raise IncomparableError(f"{labels[0]} and {label} cannot be matched: {error}") from None


def labels_of(names: Sequence[str]) -> list[str]:
    """The names of networks without the folders that all have in common.

    >>> labels_of(["nets/w0/epoch_190", "nets/w1/epoch_190"])
    ['w0', 'w1']
    """
    parts = [Path(name).parts for name in names]
    most = min(map(len, parts)) - 1  # one part stays
    first = next((k for k in range(most) if len({one[k] for one in parts}) > 1), most)
    most -= first
    last = next((k for k in range(most) if len({one[-1 - k] for one in parts}) > 1), most)
    return [str(Path(*one[first : len(one) - last])) for one in parts]


def notes_of(found: Sequence[Imported], labels: Sequence[str]) -> dict[str, str]:
    """What was recognised, and in which of the networks."""
    of_note: dict[str, list[str]] = {}
    for one, label in zip(found, labels, strict=True):
        for note in one.notes:
            of_note.setdefault(note, []).append(label)
    return {
        note: "all" if len(whose) == len(labels) else ", ".join(whose)
        for note, whose in of_note.items()
    }


def matrix_of(
    topologies: Sequence[TopologySnapshot],
    labels: Sequence[str],
    ties: Ties,
    **options: Unpack[PairOptions],
) -> DistanceMatrix:
    """All distances, with a progress bar that says how long it will take.

    Raises:
        As `pairwise_nnstd`.
    """
    with _progress("Pairs") as options["progress"]:
        return pairwise_nnstd(topologies, ties, labels=labels, **options)


def null_of(
    a: TopologySnapshot, b: TopologySnapshot, samples: int, ties: Ties, *, seed: int, aligned: bool
) -> NnstdNull:
    """What a pair with these in-degrees has by chance.

    Raises:
        As `nnstd_null`.
    """
    return nnstd_null(a, b, samples, ties, rng=np.random.default_rng(seed), aligned=aligned)


def trajectory_of(
    store: RunStore,
    run_id: str,
    other: str | None,
    since: Since,
    ties: Ties,
    **options: Unpack[PairOptions],
) -> Trajectory:
    """Distances of the wirings of a run from its own or, at the same epochs, from another run.

    Raises:
        RunNotFoundError: if there is no such run.
        TopologyFileError: if a wiring is damaged.
        And as `nnstd_since` or `nnstd_between`.
    """
    with _progress("Epochs") as options["progress"]:
        if other is None:
            return nnstd_since(_course(store, run_id), since, ties, **options)
        return nnstd_between(_course(store, run_id), _course(store, other), ties, **options)


def pair_table(found: NnstdResult, null: NnstdNull, names: Sequence[str]) -> Table:
    """A row for each layer of a pair, and for their means."""
    spread = found.spread or (None,) * len(names)
    rows = [
        (
            name,
            f"{found.per_layer[k]:.6f}",
            "–" if spread[k] is None else f"{spread[k]:.6f}",
            f"{null.per_layer[k]:.4f} ± {null.per_layer_std[k]:.4f}",
            str(found.unmatched[k]),
        )
        for k, name in enumerate(names)
    ]
    rows += [
        (f"mean of {which}", f"{mean:.6f}", "", f"{by_chance:.4f}", "")
        for which, mean, by_chance in (
            ("the sparse layers", found.mean_sparse, null.mean_sparse),
            ("all layers", found.mean, null.mean),
        )
    ]
    headings = ("layer", "distance", "spread", "by chance", "unmatched")
    return text_table(headings, rows, numbers=headings[1:])


def pair_json(found: NnstdResult, null: NnstdNull, labels: Sequence[str]) -> str:
    """A pair and what it has by chance."""
    content = {"labels": list(labels), "distance": as_json(found), "null": as_json(null)}
    return json.dumps(content, indent=2)


def matrix_table(found: DistanceMatrix) -> Table:
    """Mean distances of the sparse layers, near networks beside each other."""
    order = found.order
    headings = ("", *(f"{place}" for place in range(1, len(order) + 1)))
    rows = [
        (f"{place} {found.labels[i]}", *(f"{found.mean_sparse[i, j]:.4f}" for j in order))
        for place, i in enumerate(order, 1)
    ]
    return text_table(headings, rows, numbers=headings[1:])


def trajectory_table(found: Trajectory) -> Table:
    """A row for each epoch."""
    layers = tuple(f"layer {k}" for k in range(1, found.per_layer.shape[1] + 1))
    rows = [
        (str(epoch), *(f"{one:.6f}" for one in row), f"{mean:.6f}")
        for epoch, row, mean in zip(
            found.epochs.tolist(), found.per_layer.tolist(), found.mean_sparse.tolist(), strict=True
        )
    ]
    headings = ("epoch", *layers, "mean of the sparse layers")
    return text_table(headings, rows, numbers=headings[1:])


def write_matrix(found: DistanceMatrix, null: NnstdNull, path: Path) -> None:
    """As CSV or as JSON."""
    _write(path, matrix_csv(found) if path.suffix == ".csv" else matrix_json(found, null))


def matrix_csv(found: DistanceMatrix) -> str:
    """A line for each pair."""
    upper = np.triu_indices(len(found.labels), 1)
    rows = [
        [found.labels[i], found.labels[j], *found.per_layer[i, j].tolist(), mean, sparse]
        for i, j, mean, sparse in zip(
            *upper, found.mean[upper].tolist(), found.mean_sparse[upper].tolist(), strict=True
        )
    ]
    return _csv(["a", "b", *_layers(found.per_layer), "mean", "mean_sparse"], rows)


def matrix_json(found: DistanceMatrix, null: NnstdNull) -> str:
    """The distances with the order of the dendrogram, an embedding, and the null.

    Args:
        found: the distances.
        null: of the pair furthest apart.
    """
    extra = {
        "furthest": [found.labels[place] for place in found.furthest],
        "null": as_json(null),
        "order": found.order,
        "linkage": found.linkage.tolist(),
        "embedding": found.embedding().tolist() if len(found.labels) > 2 else None,
    }
    return json.dumps(as_json(found) | extra, indent=2) + "\n"


def write_trajectory(found: Trajectory, path: Path) -> None:
    """As CSV, a line for each epoch, or as JSON."""
    if path.suffix == ".csv":
        parts = (found.epochs, found.per_layer, found.mean, found.mean_sparse)
        rows = [
            [epoch, *layers, mean, sparse]
            for epoch, layers, mean, sparse in zip(*(one.tolist() for one in parts), strict=True)
        ]
        headings = ["epoch", *_layers(found.per_layer), "mean", "mean_sparse"]
        _write(path, _csv(headings, rows))
    else:
        _write(path, json.dumps(as_json(found), indent=2) + "\n")


def _course(store: RunStore, run_id: str) -> list[TopologySnapshot]:
    return [store.snapshot(run_id, epoch) for epoch in store.epochs(run_id)]


def _layers(per_layer: NDArray[np.float64]) -> list[str]:
    return [f"layer{k}" for k in range(1, per_layer.shape[-1] + 1)]


def _csv(headings: list[str], rows: list[list[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([headings, *rows])
    return text.getvalue()


def _write(path: Path, text: str) -> None:
    write_atomically(path, lambda file: file.write(text.encode()))


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    columns = TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
