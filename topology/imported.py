"""A network that was made elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from topology.snapshot import TopologySnapshot


@dataclass(frozen=True)
class Imported:
    """A network from somewhere else.

    Attributes:
        snapshot: its wiring and weights.
        notes: what was recognised, a sentence each.
    """

    snapshot: TopologySnapshot
    notes: tuple[str, ...]
