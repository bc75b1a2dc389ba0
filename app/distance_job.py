"""All distances of a comparison as a job for another process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from analysis import DistanceMatrix, NnstdNull, Ties, pairwise_nnstd
from app.known_nulls import known_null
from set_engine import RunStore

CACHE = ".distances"
"""File of the store that keeps what was measured; only a memory, which may be deleted."""


def measure_distances(
    root: Path,
    networks: Sequence[tuple[str, int]],
    labels: Sequence[str],
    ties: Ties,
    aligned: bool,
    report: Callable[[int], None],
) -> tuple[DistanceMatrix, NnstdNull]:
    """Read the networks, and match each with each; what was measured before is remembered.

    Beside the distances stands the null of the pair furthest apart.

    Args:
        root: of the store.
        networks: run and epoch of each.
        labels: of the networks.
        ties, aligned: as for `nnstd`.
        report: counts the pairs that are done.

    Raises:
        RunNotFoundError: if a wiring is not recorded any more.
        TopologyFileError: if one is damaged.
        And as `pairwise_nnstd`.
    """
    store = RunStore(root)
    snapshots = [store.snapshot(run_id, epoch) for run_id, epoch in networks]
    found = pairwise_nnstd(
        snapshots,
        ties,
        labels=labels,
        aligned=aligned,
        cache=store.root / CACHE,
        progress=lambda done, _total: report(done),
    )
    a, b = (snapshots[place] for place in found.furthest)
    return found, known_null(store.root, a, b, ties, aligned)
