from __future__ import annotations

import math
from itertools import pairwise

import pytest

from set_engine.schedules import LEARNING_RATE_SCHEDULES, ZETA_SCHEDULES, factor

GRID = [i / 400 for i in range(401)]


@pytest.mark.parametrize(
    ("name", "progress", "expected"),
    [
        ("constant", 0, 1),
        ("constant", 1, 1),
        ("cosine", 0, 1),
        ("cosine", 1 / 3, 0.75),
        ("cosine", 0.5, 0.5),
        ("cosine", 2 / 3, 0.25),
        ("cosine", 1, 0),
        ("step", 0, 1),
        ("step", 0.4999, 1),
        ("step", 0.5, 0.1),
        ("step", 0.7499, 0.1),
        ("step", 0.75, 0.01),
        ("step", 1, 0.01),
        ("linear", 0, 1),
        ("linear", 0.3, 0.7),
        ("linear", 1, 0),
        ("warmup_cosine", 0, 0.01),
        ("warmup_cosine", 0.025, 0.505),
        ("warmup_cosine", 0.05, 1),
        ("warmup_cosine", 0.05 + 0.95 / 3, 0.75),
        ("warmup_cosine", 0.05 + 0.95 / 2, 0.5),
        ("warmup_cosine", 1, 0),
    ],
)
def test_worked_by_hand(name, progress, expected):
    assert factor(name, progress) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", LEARNING_RATE_SCHEDULES)
class TestEverySchedule:
    def test_stays_between_0_and_1(self, name):
        assert all(0 <= factor(name, progress) <= 1 for progress in GRID)

    def test_never_rises_after_the_warm_up(self, name):
        start = 0.05 if name == "warmup_cosine" else 0
        values = [factor(name, progress) for progress in GRID if progress >= start]
        assert all(later <= earlier for earlier, later in pairwise(values))

    def test_starts_above_0_and_reaches_1(self, name):
        assert factor(name, 0) > 0
        assert max(factor(name, progress) for progress in GRID) == 1

    @pytest.mark.parametrize("progress", [-1e-9, 1 + 1e-9, math.nan, math.inf])
    def test_refuses_progress_outside_the_training(self, name, progress):
        with pytest.raises(ValueError, match=rf"progress is {progress}; it must lie in \[0, 1\]"):
            factor(name, progress)


def test_the_warm_up_is_a_straight_line():
    steps = [factor("warmup_cosine", i / 400) for i in range(21)]
    rises = [later - earlier for earlier, later in pairwise(steps)]
    assert rises == pytest.approx([0.99 / 20] * 20)


def test_refuses_an_unknown_name():
    with pytest.raises(ValueError, match="schedule is 'exponential'; it must be one of constant"):
        factor("exponential", 0.5)


def test_names_and_their_summaries():
    assert list(LEARNING_RATE_SCHEDULES) == [
        "constant",
        "cosine",
        "step",
        "linear",
        "warmup_cosine",
    ]
    assert list(ZETA_SCHEDULES) == ["constant", "cosine"]
    summaries = [*LEARNING_RATE_SCHEDULES.values(), *ZETA_SCHEDULES.values()]
    assert all(summary and "\n" not in summary for summary in summaries)
