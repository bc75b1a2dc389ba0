"""Which networks are compared, and what they are called."""

from __future__ import annotations

import pytest

from app.compared import COURSE, ENDS, LAST, MOST, differing_settings, epochs_of, run_names
from set_engine import RecordedConfig, RunRecord, TrainingConfig

RECORDED = (0, 1, 2, 5, 10, 50, 200)


def run(run_id: str, **settings: object) -> RunRecord:
    return RunRecord(id=run_id, config=TrainingConfig(**settings))


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (LAST, (200,)),
        (ENDS, (0, 200)),
        ((5, 50), (5, 50)),
        ((7, 8, 500), (5, 200)),
        ((), ()),
    ],
)
def test_epochs_are_those_that_were_asked_for(
    how: str | tuple[int, ...], expected: tuple[int, ...]
) -> None:
    assert epochs_of(RECORDED, how, MOST) == expected


@pytest.mark.parametrize("most", [1, 2, 3, 5, 7, 50])
def test_a_course_has_its_ends_and_no_epoch_twice(most: int) -> None:
    found = epochs_of(RECORDED, COURSE, most)
    assert len(found) == len(set(found)) == min(most, len(RECORDED))
    assert list(found) == sorted(found)
    assert found[-1] == 200
    assert most == 1 or found[0] == 0


def test_of_one_epoch_there_is_one_network() -> None:
    assert epochs_of((3,), ENDS, MOST) == (3,)
    assert epochs_of((3,), (0,), MOST) == (3,), "there is none before it"


def test_runs_are_called_by_what_they_differ_in() -> None:
    runs = [run("x-1", seed=1, epsilon=20), run("x-2", seed=2, epsilon=5)]
    assert differing_settings(runs) == ["epsilon", "seed"]
    assert run_names(runs, {}) == {"x-1": "epsilon 20, seed 1", "x-2": "epsilon 5, seed 2"}
    assert run_names(runs, {"x-1": "mine"})["x-1"] == "mine"


def test_no_two_are_called_the_same() -> None:
    runs = [run("x-1"), run("x-2"), run("x-3", seed=4)]
    names = run_names(runs, {"x-3": "seed 0"})
    assert len(set(names.values())) == 3


def test_what_others_trained_goes_by_its_name() -> None:
    runs = [RunRecord(id=one, config=RecordedConfig(name=f"net {one}")) for one in "ab"]
    assert run_names(runs, {}) == {"a": "net a", "b": "net b"}
