"""A run of the store in a few facts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.scores import best_epoch
from set_engine import (
    DamagedRunError,
    EpochMetrics,
    RunNotFoundError,
    RunRecord,
    RunStore,
    TrainingConfig,
)


@dataclass(frozen=True)
class RunSummary:
    """What a list of runs says of one.

    Attributes:
        record: the run's own record.
        completed: epochs trained.
        best: the epoch with the best score; None before the first.
        problem: a sentence if its log is damaged.
    """

    record: RunRecord
    completed: int = 0
    best: EpochMetrics | None = None
    problem: str | None = None

    @classmethod
    def of(cls, store: RunStore, record: RunRecord) -> RunSummary:
        """What the run has come to as of now."""
        try:
            _, rows = store.metrics(record.id)
        except (DamagedRunError, RunNotFoundError) as error:
            return cls(record, problem=str(error))
        return cls(record, len(rows), best_epoch(rows))

    @property
    def data(self) -> str | None:
        """What its data are called, if anybody said."""
        config, data = self.record.config, self.record.data
        if data is not None:
            return data.name
        return Path(config.dataset).name if isinstance(config, TrainingConfig) else None

    @property
    def model(self) -> str:
        """What was trained: of a run that a `Recorder` wrote, what that was told."""
        config = self.record.config
        return config.model if isinstance(config, TrainingConfig) else config.name

    @property
    def method(self) -> str:
        """By which method."""
        config = self.record.config
        return config.method if isinstance(config, TrainingConfig) else "recorded"

    @property
    def progress(self) -> str:
        """Epochs trained, and of how many, if that is known."""
        planned = self.record.config.epochs
        return f"{self.completed:,}/{planned:,}" if planned else f"{self.completed:,}"

    def as_json(self) -> dict[str, Any]:
        """The same as JSON can hold it, with all settings."""
        record = self.record
        return {
            "id": record.id,
            "status": record.status.value,
            "created": record.created.isoformat(),
            "data": self.data,
            "model": self.model,
            "method": self.method,
            "completed": self.completed,
            "best": self.best and self.best.model_dump(),
            "failure": record.failure and record.failure.message,
            "settings": record.config.model_dump(mode="json"),
        }
