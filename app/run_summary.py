"""A run of the store in a few facts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from app.labels import run_name
from app.run_course import RunCourse
from set_engine import RunNotes, RunRecord, TrainingConfig

FACTS = (
    "name",
    "status",
    "method",
    "model",
    "data",
    "hidden",
    "epsilon",
    "zeta",
    "learning_rate",
    "seed",
    "epochs",
    "connections",
    "density",
    "accuracy",
    "best_accuracy",
    "loss",
    "best_loss",
    "seconds",
    "tags",
    "note",
    "is_baseline",
    "id",
)
"""What a table of runs, a plot and a filter ask for."""

SETTINGS = tuple(name for name in TrainingConfig.model_fields if name not in FACTS)
"""What a filter may ask for as well: the other settings of a training."""


@dataclass(frozen=True)
class RunSummary:
    """What a list of runs says of one.

    Attributes:
        record: the run's own record.
        course: what its log comes to.
        notes: what people say of it.
        n_places: connections that its layers would have if they were full; None if not known.
        wiring: epoch and connections of the last recorded wiring, of a run without a log: others
            trained it.
        is_baseline: whether the other runs are set beside it.
        problem: a sentence if a file of it is damaged.
    """

    record: RunRecord
    course: RunCourse
    notes: RunNotes
    n_places: int | None = None
    wiring: tuple[int, int] | None = None
    is_baseline: bool = False
    problem: str | None = None

    @property
    def name(self) -> str:
        """What it is called: by people, or else after its settings."""
        return self.notes.name or run_name(self.record)

    @property
    def density(self) -> float | None:
        """Share of the places of all layers that have a connection."""
        n_connections = self.n_connections
        return None if n_connections is None or not self.n_places else n_connections / self.n_places

    @property
    def n_connections(self) -> int | None:
        """Of all layers, after the last epoch."""
        if self.course.last is not None:
            return self.course.last.n_connections
        return None if self.wiring is None else self.wiring[1]

    @property
    def n_epochs(self) -> int:
        """Epochs that it was trained, as far as is known."""
        return self.wiring[0] if self.wiring is not None else self.course.completed

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
        return f"{self.n_epochs:,}/{planned:,}" if planned else f"{self.n_epochs:,}"

    @cached_property
    def facts(self) -> dict[str, Any]:
        """All `FACTS` and `SETTINGS` by name; None where the run has none.

        Losses and accuracies are those on the test samples, `connections` of all layers, `seconds`
        of training; `best_…` are of the epoch with the best score.
        """
        last, best = self.course.last, self.course.best
        return {
            "name": self.name,
            "status": self.record.status.value,
            "method": self.method,
            "model": self.model,
            "data": self.data,
            **self._settings(),
            "epochs": self.n_epochs,
            "connections": self.n_connections,
            "density": self.density,
            "accuracy": last and last.test_accuracy,
            "best_accuracy": best and best.test_accuracy,
            "loss": last and last.test_loss,
            "best_loss": best and best.test_loss,
            "seconds": self.course.seconds,
            "tags": self.notes.tags,
            "note": self.notes.note,
            "is_baseline": self.is_baseline,
            "id": self.record.id,
            **{name: getattr(self.record.config, name, None) for name in SETTINGS},
        }

    def _settings(self) -> dict[str, Any]:
        config = self.record.config
        if not isinstance(config, TrainingConfig):
            return dict.fromkeys(("hidden", "epsilon", "zeta", "learning_rate", "seed"))
        return {
            "hidden": "-".join(map(str, config.hidden)),
            "epsilon": config.epsilon,
            "zeta": config.zeta,
            "learning_rate": config.learning_rate,
            "seed": config.seed,
        }

    def as_json(self) -> dict[str, Any]:
        """The same as JSON can hold it, with all settings."""
        record, course = self.record, self.course
        return {
            "id": record.id,
            "status": record.status.value,
            "created": record.created.isoformat(),
            "data": self.data,
            "model": self.model,
            "method": self.method,
            "name": self.notes.name,
            "tags": list(self.notes.tags),
            "note": self.notes.note,
            "is_baseline": self.is_baseline,
            "connections": self.n_connections,
            "density": self.density,
            "completed": self.n_epochs,
            "seconds": course.seconds,
            "last": course.last and course.last.model_dump(),
            "best": course.best and course.best.model_dump(),
            "failure": record.failure and record.failure.message,
            "settings": record.config.model_dump(mode="json"),
        }
