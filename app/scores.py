"""How good an epoch was: by accuracy, or by error where there are no classes, as with an RBM."""

from __future__ import annotations

from collections.abc import Sequence

from set_engine import EpochMetrics


def score(metrics: EpochMetrics) -> str:
    """The accuracy on the test samples, or else the test error: of an RBM, the squared one.

    >>> row = {"epoch": 1, "step": 9, "seconds": 1.0, "n_connections": 7, "replaced": 2}
    >>> score(EpochMetrics(**row, test_loss=0.3, test_accuracy=0.8754))
    'test accuracy 87.54%'
    >>> score(EpochMetrics(**row, test_loss=0.12345)), score(EpochMetrics(**row))
    ('test error 0.1235', '–')
    """
    if metrics.test_accuracy is not None:
        return f"test accuracy {metrics.test_accuracy:.2%}"
    if metrics.test_loss is not None:
        return f"test error {metrics.test_loss:.4f}"
    return "–"


def best_epoch(history: Sequence[EpochMetrics]) -> EpochMetrics | None:
    """The first epoch of the highest accuracy, or else of the least error; None if none has any."""
    with_accuracy = [(row.test_accuracy, row) for row in history if row.test_accuracy is not None]
    if with_accuracy:
        return max(with_accuracy, key=lambda pair: pair[0])[1]
    with_error = [(row.test_loss, row) for row in history if row.test_loss is not None]
    return min(with_error, key=lambda pair: pair[0])[1] if with_error else None
