"""All distances of a comparison as a job for another process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from analysis import DistanceMatrix, Ties, pairwise_nnstd
from app.analysis_pool import ProgressFile
from set_engine import RunStore

_CACHE = ".distances"  # of the store; only a memory, which may be deleted


def measure_distances(
    root: Path,
    networks: Sequence[tuple[str, int]],
    labels: Sequence[str],
    ties: Ties,
    aligned: bool,
    report: ProgressFile,
) -> DistanceMatrix:
    """Read the networks, and match each with each; what was measured before is remembered.

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
    return pairwise_nnstd(
        [store.snapshot(run_id, epoch) for run_id, epoch in networks],
        ties,
        labels=labels,
        aligned=aligned,
        cache=store.root / _CACHE,
        progress=lambda done, _total: report(done),
    )
