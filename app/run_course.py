"""What the log of a run comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.scores import best_epoch
from set_engine import EpochMetrics


@dataclass(frozen=True)
class RunCourse:
    """The log of a run in a few facts, up to a cursor.

    Attributes:
        cursor: of `RunStore.metrics`, up to which the log was read.
        completed: epochs trained.
        seconds: that they took together.
        last, best: the last epoch, and the one with the best score; None before the first.
    """

    cursor: int = 0
    completed: int = 0
    seconds: float = 0.0
    last: EpochMetrics | None = None
    best: EpochMetrics | None = None

    def followed_by(self, rows: Sequence[EpochMetrics], cursor: int) -> RunCourse:
        """With the rows that come next, up to their own cursor."""
        if not rows:
            return replace(self, cursor=cursor)
        known = [self.best] if self.best is not None else []
        return RunCourse(
            cursor=cursor,
            completed=self.completed + len(rows),
            seconds=self.seconds + sum(row.seconds for row in rows),
            last=rows[-1],
            best=best_epoch([*known, *rows]),
        )

    def as_json(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {
            "cursor": self.cursor,
            "completed": self.completed,
            "seconds": self.seconds,
            "last": self.last and self.last.model_dump(),
            "best": self.best and self.best.model_dump(),
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> RunCourse:
        """What `as_json` made.

        Raises:
            ValueError, TypeError: if it is something else.
        """
        last, best = (
            row and EpochMetrics.model_validate(row) for row in (content["last"], content["best"])
        )
        return cls(**{**content, "last": last, "best": best})
