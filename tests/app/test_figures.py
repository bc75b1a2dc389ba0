"""Figures say what their records say; how they look is for the eye."""

from __future__ import annotations

import numpy as np
import pytest
from plotly_figures import checked

from analysis import (
    degree_distribution,
    fit_power_law,
    nnstd,
    nnstd_null,
    random_degree_distribution,
)
from app.curves import (
    CurveLook,
    accuracy_curves,
    dispersion_curves,
    loss_curves,
    smoothed,
    thinned,
    values_of,
)
from app.degree_course import DegreeCourse, course_figure
from app.degree_figures import DegreeSeries, degree_ccdf, degree_histogram
from app.distance_figures import distance_bars
from app.palette import A
from set_engine import EpochMetrics
from topology import LayerTopology, TopologySnapshot


def metrics(n: int) -> tuple[EpochMetrics, ...]:
    return tuple(
        EpochMetrics(
            epoch=epoch,
            step=10 * epoch,
            train_loss=1 / epoch,
            test_loss=2 / epoch,
            train_accuracy=1 - 1 / (epoch + 1),
            test_accuracy=1 - 1 / (epoch + 2),
            seconds=0.1,
            n_connections=9,
            replaced=3,
        )
        for epoch in range(1, n + 1)
    )


@pytest.mark.parametrize("n", [0, 1, 2, 1499, 1500, 1501, 4000, 100_001])
def test_thinning_keeps_few_points_evenly_and_the_last_one(n: int) -> None:
    chosen = thinned(n)
    assert len(chosen) <= 1500
    assert len(set(np.diff(chosen).tolist())) <= 1
    assert n == 0 or chosen[-1] == n - 1


def test_learning_curves_show_every_epoch() -> None:
    rows = metrics(3)
    loss, accuracy = checked(loss_curves(rows, "Loss", "nats")), checked(accuracy_curves(rows))
    assert loss.data[0].x.tolist() == [1, 2, 3]
    assert loss.data[1].y.tolist() == pytest.approx([2, 1, 2 / 3])
    assert accuracy.data[1].y.tolist() == pytest.approx([2 / 3, 3 / 4, 4 / 5])
    assert (loss.layout.title.text, loss.layout.yaxis.title.text) == ("Loss", "nats")
    assert checked(loss_curves((), "Loss", "nats")).data[0].x.tolist() == []


@pytest.mark.parametrize(("n", "mode"), [(1, "markers"), (2, "lines")])
def test_the_first_epoch_is_seen_before_there_is_a_line(n: int, mode: str) -> None:
    assert {trace.mode for trace in checked(loss_curves(metrics(n), "Loss", "nats")).data} == {mode}
    sides = {side: np.ones((n, 1), np.float32) for side in ("in", "out")}
    drawn = checked(dispersion_curves(np.arange(n), sides, [0]))
    assert {trace.mode for trace in drawn.data} == {mode}


def test_what_an_epoch_did_not_measure_is_a_gap_in_its_curve() -> None:
    rows = [
        EpochMetrics(epoch=epoch, step=0, seconds=0.1, n_connections=9, replaced=0, **given)
        for epoch, given in enumerate([{}, {"test_loss": 0.5}, {"train_loss": 0.25}], start=1)
    ]
    training, test = checked(loss_curves(rows, "Loss", "loss")).data
    assert training.x.tolist() == test.x.tolist() == [1, 2, 3]
    assert np.isnan(training.y).tolist() == [True, True, False]
    assert test.y[1] == 0.5
    assert np.isnan(checked(accuracy_curves(rows)).data[1].y).all()
    assert values_of(rows, "test_loss") == [0.5]
    assert values_of(rows, "train_accuracy") == []


def test_heterogeneity_of_both_sides_of_each_chosen_layer() -> None:
    dispersion = np.array([[1, 5, 9], [2, 6, 9]], np.float32)
    sides = {"in": dispersion, "out": dispersion + 10}
    figure = checked(dispersion_curves(np.array([0, 4]), sides, [0, 1]))
    shown = [(trace.name, trace.line.dash, trace.y.tolist()) for trace in figure.data]
    assert shown == [
        ("1", "solid", [1, 2]),
        ("1", "dot", [11, 12]),
        ("2", "solid", [5, 6]),
        ("2", "dot", [15, 16]),
    ]


@pytest.mark.parametrize("largest", [3, 79, 80, 500])
def test_histogram_bars_hold_every_neuron(largest: int) -> None:
    degrees = [0, 1, 1, 2, largest]
    series = DegreeSeries("Now", "now", degree_distribution(degrees), A)
    random = random_degree_distribution(600, 5, sum(degrees), "in")
    figure = checked(degree_histogram([series], random, "In-degrees"))
    bars, expected = figure.data
    assert bars.y.sum() == 5
    assert len(bars.x) <= 81
    assert expected.y.sum() == pytest.approx(5, rel=0.2)
    place = int(np.argmin(np.abs(bars.x - largest)))
    assert bars.y[place] >= 1


def test_ccdf_leaves_out_degree_zero_and_lays_the_fit_through_its_tail() -> None:
    degrees = np.repeat([0, 1, 2, 3, 5, 8], [10, 40, 15, 8, 4, 1])
    distribution, fit = degree_distribution(degrees), fit_power_law(degrees)
    figure = checked(degree_ccdf([DegreeSeries("Now", "now", distribution, A)], None, fit, "CCDF"))
    points, line = figure.data
    assert points.x.tolist() == [1, 2, 3, 5, 8]
    assert points.y.tolist() == pytest.approx([68 / 78, 28 / 78, 13 / 78, 5 / 78, 1 / 78])
    assert line.x[0] == fit.xmin
    assert line.y[0] == pytest.approx(fit.n_tail / 78)
    assert (np.diff(line.y) < 0).all()


def test_distance_bars_stand_beside_their_null() -> None:
    layer = LayerTopology([0, 1, 2], [0, 1], n_inputs=3, n_outputs=2)
    other = LayerTopology([0, 1, 2], [0, 2], n_inputs=3, n_outputs=2)
    a, b = TopologySnapshot((layer,)), TopologySnapshot((other,))
    distance = nnstd(a, b)
    null = nnstd_null(a, b, 5, rng=np.random.default_rng(0))
    bars, marks = checked(distance_bars(["Layer 1"], [0], distance, null)).data
    assert bars.y.tolist() == [0.5]
    assert marks.y.tolist() == pytest.approx(null.per_layer.tolist())
    assert len(checked(distance_bars(["Layer 1"], [0], distance, None)).data) == 1


@pytest.mark.parametrize("smoothing", [0.0, 0.5, 0.9, 0.99])
def test_smoothing_is_the_weighted_mean_of_all_before(smoothing: float) -> None:
    values = np.random.default_rng(0).normal(size=50)
    ages = np.arange(50)[::-1]
    for end in (1, 2, 50):
        weights = smoothing ** ages[-end:]
        expected = (weights * values[:end]).sum() / weights.sum()
        assert smoothed(values, smoothing)[end - 1] == pytest.approx(expected)
    assert smoothed(np.full(9, 3.0), smoothing) == pytest.approx(np.full(9, 3.0))


def test_smoothing_passes_over_what_was_not_measured() -> None:
    found = smoothed(np.array([1.0, np.nan, 3.0]), 0.5)
    assert found[[0, 2]] == pytest.approx(smoothed(np.array([1.0, 3.0]), 0.5))
    assert np.isnan(found[1])


def test_a_smoothed_curve_leaves_the_raw_one_behind_it() -> None:
    rows = metrics(5)
    look = CurveLook(smoothing=0.5, is_log_loss=False, is_log_epochs=True)
    figure = checked(loss_curves(rows, "Loss", "nats", look))
    raw, smooth = figure.data[:2]
    assert (raw.uid, smooth.uid) == ("train_loss-raw", "train_loss")
    assert raw.y.tolist() == pytest.approx([row.train_loss for row in rows])
    assert smooth.y.tolist() == pytest.approx(smoothed(raw.y, 0.5).tolist())
    assert (figure.layout.xaxis.type, figure.layout.yaxis.type) == ("log", None)


def test_the_course_of_degrees_counts_every_neuron_at_every_epoch() -> None:
    rng = np.random.default_rng(1)
    epochs = np.array([0, 1, 2, 4, 8])
    found = [degree_distribution(rng.poisson(3 + 40 * epoch, 70)) for epoch in epochs]
    course = DegreeCourse.of(epochs, found)
    assert course.epochs.tolist() == epochs.tolist()
    assert course.width == 1 + max(one.largest for one in found) // 80
    assert np.nansum(course.counts, axis=0).tolist() == [70] * 5
    for place, one in enumerate(found):
        inside = np.abs(one.values[-1] - course.degrees) <= (course.width - 1) / 2
        assert course.counts[inside, place] >= one.counts[-1]


def test_the_course_of_degrees_stays_small_and_ends_at_the_last_epoch() -> None:
    epochs = np.arange(1000)
    course = DegreeCourse.of(epochs, [degree_distribution([0, 100_000])] * 1000)
    assert course.epochs[-1] == 999
    assert course.counts.shape[0] <= 81
    assert course.counts.shape[1] <= 160
    figure = checked(course_figure(course, 12, "In-degrees"))
    assert figure.data[0].z[0].tolist() == [0.0] * len(course.epochs)  # log10 of one neuron
    assert figure.layout.shapes[0].y0 == 12
