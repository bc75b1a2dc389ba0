"""Runs that differ in the seed alone are drawn as one, with what their logs come to."""

from __future__ import annotations

import numpy as np
import pytest
from plotly_figures import checked

from app.curves import CurveLook
from app.learning_comparison import learning_figure
from app.run_groups import curve_of, groups_of
from set_engine import EpochMetrics, RecordedConfig, RunRecord, TrainingConfig

NAMES = {"a": "epsilon 5, seed 1", "b": "epsilon 5, seed 2", "c": "epsilon 9, seed 1", "d": "other"}


def runs() -> list[RunRecord]:
    settings = {"a": (5, 1), "b": (5, 2), "c": (9, 1)}
    own = [
        RunRecord(id=one, config=TrainingConfig(epsilon=epsilon, seed=seed))
        for one, (epsilon, seed) in settings.items()
    ]
    return [*own, RunRecord(id="d", config=RecordedConfig(name="other"))]


def log(*losses: float | None, begin: int = 1) -> list[EpochMetrics]:
    return [
        EpochMetrics(epoch=n, step=n, seconds=1.0, n_connections=1, replaced=0, test_loss=loss)
        for n, loss in enumerate(losses, start=begin)
    ]


def test_seeds_of_the_same_settings_are_one() -> None:
    found = groups_of(runs(), NAMES, by_seed=True)
    assert [one.run_ids for one in found] == [("a", "b"), ("c",), ("d",)]
    assert [one.name for one in found] == ["epsilon 5 (2 seeds)", NAMES["c"], "other"]


def test_or_each_is_its_own() -> None:
    found = groups_of(runs(), NAMES, by_seed=False)
    assert [one.run_ids for one in found] == [("a",), ("b",), ("c",), ("d",)]


def test_groups_are_told_apart_where_their_names_say_the_same() -> None:
    config = {"x-1": (5, 1), "x-2": (5, 2), "x-3": (9, 1), "x-4": (9, 2)}
    runs = [
        RunRecord(id=one, config=TrainingConfig(epsilon=epsilon, seed=seed))
        for one, (epsilon, seed) in config.items()
    ]
    alike = {one: f"method set · {one[-1]}" for one in config}
    apart = {one: f"epsilon {config[one][0]} · {one[-1]}" for one in config}
    assert [one.name for one in groups_of(runs, apart, by_seed=True)] == [
        "epsilon 5 (2 seeds)",
        "epsilon 9 (2 seeds)",
    ]
    assert [one.name for one in groups_of(runs, alike, by_seed=True)] == [
        "method set (2 seeds) · 1",
        "method set (2 seeds) · 3",
    ]


def test_what_others_trained_without_settings_is_no_group() -> None:
    others = [RunRecord(id=one, config=RecordedConfig(name=one)) for one in "xy"]
    assert len(groups_of(others, {"x": "x", "y": "y"}, by_seed=True)) == 2


def test_a_group_is_drawn_where_all_have_been() -> None:
    curve = curve_of([log(4.0, 2.0, 1.0), log(2.0, None, 3.0), log(9.0, 5.0)], "test_loss")
    assert curve.epochs.tolist() == [1]
    assert curve.mean == pytest.approx([5.0])
    assert curve.deviation == pytest.approx([np.std([4.0, 2.0, 9.0], ddof=1)])


def test_a_run_alone_has_no_band() -> None:
    curve = curve_of([log(4.0, 2.0)], "test_loss")
    assert curve.deviation.tolist() == [0.0, 0.0]
    pair = curve_of([log(4.0, 2.0), log(2.0, 2.0)], "test_loss")
    figure = checked(learning_figure({"one": curve, "two": pair}, "test_loss", CurveLook()))
    assert [trace.fill for trace in figure.data] == [None, "toself", None]
    band = np.array(figure.data[1].y)
    assert band == pytest.approx([3 + 2**0.5, 2, 2, 3 - 2**0.5], rel=1e-6)
    assert figure.data[2].y.tolist() == [3.0, 2.0]
