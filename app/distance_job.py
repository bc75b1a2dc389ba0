"""All distances of a comparison as a job for another process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from analysis import DistanceMatrix, NnstdNull, Ties, nnstd_null, pairwise_nnstd
from set_engine import RunStore

NULL_SAMPLES, NULL_SEED = 10, 0
"""Pairs of random networks that a null is the mean of, and the seed that they are drawn with."""

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
    rng = np.random.default_rng(NULL_SEED)
    return found, nnstd_null(a, b, NULL_SAMPLES, ties, rng=rng, aligned=aligned)
