"""The best epoch."""

from __future__ import annotations

from app.scores import best_epoch, score
from set_engine import EpochMetrics


def history(**figures: list[float]) -> list[EpochMetrics]:
    """Rows with these figures, an epoch for each place of the lists."""
    columns = [{name: value} for name, values in figures.items() for value in values]
    return [
        EpochMetrics(epoch=epoch, step=epoch, seconds=1, n_connections=9, replaced=0, **figure)
        for epoch, figure in enumerate(columns, 1)
    ]


def test_the_highest_accuracy_is_best_and_the_first_of_equals() -> None:
    best = best_epoch(history(test_accuracy=[0.5, 0.9, 0.9, 0.7]))
    assert best is not None
    assert (best.epoch, score(best)) == (2, "test accuracy 90.00%")


def test_without_accuracies_the_least_error_is_best() -> None:
    best = best_epoch(history(test_loss=[0.5, 0.02, 0.3]))
    assert best is not None
    assert (best.epoch, score(best)) == (2, "test error 0.0200")


def test_an_accuracy_of_zero_is_one() -> None:
    best = best_epoch(history(test_accuracy=[0.0]))
    assert best is not None
    assert score(best) == "test accuracy 0.00%"


def test_epochs_that_measured_nothing_have_no_best() -> None:
    assert best_epoch([]) is None
    assert best_epoch(history(train_loss=[0.5])) is None
