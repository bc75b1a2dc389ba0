"""One line of the table: what was measured, and how it compares with what was asked for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """A measured figure.

    Attributes:
        work: what was done.
        value: the figure.
        unit: of the figure; `×` says how many times faster we are than the peer.
        floor, aim: what the figure must reach and what the hardware seems to allow; None for
            figures that only explain others.
        detail: what the figure was made of.
    """

    work: str
    value: float
    unit: str
    floor: float | None = None
    aim: float | None = None
    detail: str = ""

    @property
    def more_is_better(self) -> bool:
        """Whether a larger figure is a better one."""
        return self.unit in ("×", "% of headless", "GFLOP/s", "GB/s")

    def reaches(self, wanted: float | None) -> bool:
        """Whether the figure is at least as good as one that is wanted, if one is."""
        if wanted is None:
            return True
        return self.value >= wanted if self.more_is_better else self.value <= wanted

    def as_json(self) -> dict[str, Any]:
        """All of it, and whether floor and aim are reached."""
        return asdict(self) | {
            "reaches_floor": self.reaches(self.floor),
            "reaches_aim": self.reaches(self.aim),
        }


def faster(
    work: str, ours: float, theirs: float, floor: float | None = None, aim: float | None = None
) -> Row:
    """A ratio of two times in seconds."""
    detail = f"{ours * 1e3:.2f} ms against {theirs * 1e3:.2f} ms"
    return Row(work, theirs / ours, "×", floor, aim, detail)
