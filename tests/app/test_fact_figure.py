"""Runs as points: where they are, in which look, and which of them stand out."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from plotly_figures import checked

from app.fact_figure import KINDS, NUMBERS, fact_figure
from app.run_course import RunCourse
from app.run_summary import FACTS, SETTINGS, RunSummary
from set_engine import EpochMetrics, RecordedConfig, RunNotes, RunRecord, TrainingConfig


def run(
    name: str, accuracy: float | None = 0.5, *, is_baseline: bool = False, **settings: object
) -> RunSummary:
    row = EpochMetrics(
        epoch=1, step=1, seconds=1.0, n_connections=8, replaced=0, test_accuracy=accuracy
    )
    record = RunRecord(id=name, config=TrainingConfig(**settings))
    course = RunCourse(completed=1, last=row, best=row)
    return RunSummary(record, course, RunNotes(), n_places=16, is_baseline=is_baseline)


def test_axes_and_colours_are_facts() -> None:
    assert tuple(run("a").facts) == (*FACTS, *SETTINGS)
    assert set(NUMBERS) | set(KINDS) <= set(FACTS)


def test_each_kind_is_a_trace_of_its_runs() -> None:
    runs = [run("a", method="rigl", seed=1), run("b", seed=2), run("c", 0.75, seed=3)]
    figure = checked(fact_figure(runs, "seed", "accuracy", "method"))
    found = {trace.name: trace for trace in figure.data}
    assert list(found) == ["set", "rigl"], "the most frequent first"
    assert list(found["set"].ids) == ["b", "c"]
    assert found["set"].x.tolist() == [2, 3]
    assert found["set"].y.tolist() == [0.5, 0.75]
    assert found["set"].selectedpoints is None


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("seed", ["20240101", "20240102"]),
        ("epsilon", ["2.5", "(none)"]),
        ("tags", ["(none)", "x, y"]),
    ],
)
def test_whatever_a_fact_is_it_has_a_name(kind: str, expected: list[str]) -> None:
    tagged = replace(run("b", seed=20240102), notes=RunNotes(tags=("x", "y")))
    config = RecordedConfig(name="other")
    other = replace(run("c"), record=RunRecord(id="c", config=config))
    runs = [run("a", seed=20240101, epsilon=2.5), tagged, *([other] if kind == "epsilon" else [])]
    figure = fact_figure(runs, "density", "accuracy", kind)
    assert [trace["name"] for trace in figure.data] == expected


def test_a_run_without_one_of_the_facts_is_left_out() -> None:
    figure = fact_figure([run("a"), run("b", None)], "density", "accuracy", "method")
    assert [trace["ids"] for trace in figure.data] == [["a"]]


def test_the_chosen_ones_stand_out() -> None:
    runs = [run("a"), run("b"), run("c", method="rigl")]
    figure = checked(fact_figure(runs, "density", "accuracy", "method", chosen={"b"}))
    assert [list(trace.selectedpoints) for trace in figure.data] == [[1], []]


def test_the_baseline_is_a_star() -> None:
    runs = [run("a"), run("b", is_baseline=True)]
    figure = checked(fact_figure(runs, "density", "accuracy", "method"))
    assert [(one.name, one.marker.symbol) for one in figure.data] == [
        ("set", "circle"),
        ("(baseline)", "star"),
    ]


@pytest.mark.parametrize("n_kinds", [30, 31, 45])
def test_more_kinds_than_looks_share_the_last(n_kinds: int) -> None:
    runs = [run(f"{n}", hidden=(n + 1,)) for n in range(n_kinds)]
    figure = fact_figure([*runs, *runs[:3]], "density", "accuracy", "hidden")
    looks = {(one["marker"]["symbol"], one["marker"]["color"]) for one in figure.data}
    assert len(looks) == len(figure.data) == 30
    assert sum(len(one["ids"]) for one in figure.data) == n_kinds + 3
    assert ("(others)" in [one["name"] for one in figure.data]) == (n_kinds > 30)


def test_an_axis_may_be_logarithmic() -> None:
    figure = fact_figure([run("a")], "density", "accuracy", "method", logarithmic=["x"])
    assert (figure.layout["xaxis"]["type"], figure.layout["yaxis"]["type"]) == ("log", "linear")


def test_a_logarithmic_axis_has_no_place_for_0() -> None:
    runs = [run("a", seed=0), run("b", seed=3), run("c", math.nan)]
    for logarithmic, expected in (([], ["a", "b"]), (["x"], ["b"])):
        figure = fact_figure(runs, "seed", "accuracy", "method", logarithmic=logarithmic)
        assert [trace["ids"] for trace in figure.data] == [expected]


def test_names_are_shown_as_they_are() -> None:
    named = replace(run("a"), notes=RunNotes(name="<b>bold", tags=("a & b",)))
    (trace,) = fact_figure([named], "density", "accuracy", "tags").data
    assert (trace["text"], trace["name"]) == (["&lt;b&gt;bold"], "a &amp; b")
