"""Whether the degrees of many networks are scale-free, as a job for another process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from analysis import SideEvidence, side_evidence
from set_engine import RunStore

BOOTSTRAP, SEED = 1000, 0
"""Samples of each test, and the seed that they are drawn with."""


def measure_evidence(
    root: Path, networks: Sequence[tuple[str, int]], index: int, report: Callable[[int], None]
) -> list[tuple[SideEvidence, SideEvidence]]:
    """Test the in- and the out-degrees of one layer of each network.

    Args:
        root: of the store.
        networks: run and epoch of each.
        index: of the layer, from 0.
        report: counts the networks that are done.

    Raises:
        RunNotFoundError: if a wiring is not recorded any more.
        TopologyFileError: if one is damaged.
        ValueError: if the layer has no connection.
    """
    store, found = RunStore(root), []
    for done, (run_id, epoch) in enumerate(networks, start=1):
        layer = store.snapshot(run_id, epoch).layers[index]
        found.append(
            (
                side_evidence(layer, "in", BOOTSTRAP, SEED),
                side_evidence(layer, "out", BOOTSTRAP, SEED),
            )
        )
        report(done)
    return found
