"""What a table of runs, and a filter, say of one."""

from __future__ import annotations

from typing import Any

from app.run_summary import RunSummary
from set_engine import TrainingConfig

COLUMNS = (
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
"""Names of the facts."""


def facts_of(run: RunSummary) -> dict[str, Any]:
    """The facts of a run by name, in the order of `COLUMNS`; None where it has none.

    Losses and accuracies are those on the test samples, `connections` of all layers, `seconds` of
    training; `best_…` are of the epoch with the best score.
    """
    last, best = run.course.last, run.course.best
    return {
        "name": run.name,
        "status": run.record.status.value,
        "method": run.method,
        "model": run.model,
        "data": run.data,
        **_settings(run),
        "epochs": run.course.completed,
        "connections": last and last.n_connections,
        "density": run.density,
        "accuracy": last and last.test_accuracy,
        "best_accuracy": best and best.test_accuracy,
        "loss": last and last.test_loss,
        "best_loss": best and best.test_loss,
        "seconds": run.course.seconds,
        "tags": run.notes.tags,
        "note": run.notes.note,
        "is_baseline": run.is_baseline,
        "id": run.record.id,
    }


def _settings(run: RunSummary) -> dict[str, Any]:
    config = run.record.config
    if not isinstance(config, TrainingConfig):
        return dict.fromkeys(("hidden", "epsilon", "zeta", "learning_rate", "seed"))
    return {
        "hidden": "-".join(map(str, config.hidden)),
        "epsilon": config.epsilon,
        "zeta": config.zeta,
        "learning_rate": config.learning_rate,
        "seed": config.seed,
    }
