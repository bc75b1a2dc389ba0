"""The records behind the degree charts of one layer, and the charts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import streamlit as st

from analysis import (
    SIDES,
    DegreeDistribution,
    NoTailError,
    PowerLawFit,
    RandomDegrees,
    Side,
    degree_distribution,
    degrees_of,
    fit_power_law,
    random_degree_distribution,
)
from app.chart import chart
from app.curves import mark_epoch
from app.degree_course import DegreeCourse, course_figure
from app.degree_figures import DegreeSeries, degree_ccdf, degree_histogram, largest_expected
from app.figure import Figure
from app.palette import START, START_DASH, layer_color
from app.run_reader import RunView
from topology import LayerTopology


def measured(layer: LayerTopology, side: Side) -> DegreeDistribution:
    """The degree distribution of one side of a layer."""
    return degree_distribution(degrees_of(layer, side))


def fitted(layer: LayerTopology, side: Side) -> PowerLawFit | str:
    """The power law of one side of a layer, or why there is none."""
    return _fitted_to(degrees_of(layer, side).tobytes())


@lru_cache(maxsize=16)
def _fitted_to(degrees: bytes) -> PowerLawFit | str:
    # By degrees, so that a redraw without news costs nothing and no layer is kept alive.
    try:
        return fit_power_law(np.frombuffer(degrees, np.int64))
    except NoTailError as error:
        return str(error)


def expected(layer: LayerTopology, side: Side) -> RandomDegrees:
    """The degrees of random wiring with as many connections."""
    return random_degree_distribution(layer.n_inputs, layer.n_outputs, layer.n_connections, side)


def degree_panel(
    first: LayerTopology, latest: LayerTopology, index: int, side: Side, when: str, scope: str
) -> None:
    """Histogram and CCDF of one side of a layer, against its start and random wiring.

    Args:
        first: the layer at epoch 0.
        latest: the layer as it is shown.
        index: which layer it is, from 0.
        side: whose degrees, "in" or "out".
        when: what the layer as it is shown is called, such as "Now".
        scope: what the charts belong to; zoom is kept within it.
    """
    now = DegreeSeries(when, "now", measured(latest, side), layer_color(index))
    start = DegreeSeries("Epoch 0", "start", measured(first, side), START, START_DASH, filled=False)
    random, fit = expected(latest, side), fitted(latest, side)
    whose = f"layer {index + 1}"
    histogram = degree_histogram([start, now], random, f"{side.capitalize()}-degrees of {whose}")
    law = fit if isinstance(fit, PowerLawFit) else None
    ccdf = degree_ccdf([start, now], random, law, f"{side.capitalize()}-degree CCDF of {whose}")
    left, right = st.columns(2)
    with left:
        _show(histogram, f"{side}-histogram", scope, f"Histogram of {side}-degrees, {whose}")
        st.caption(heterogeneity_sentence(now.distribution, random, side))
    with right:
        _show(ccdf, f"{side}-ccdf", scope, f"CCDF of {side}-degrees on log-log axes, {whose}")
        st.caption(fit_sentence(fit))


def course_of_degrees(view: RunView, index: int, marked: int | None) -> None:
    """Both sides of a layer through all epochs that have been read.

    Args:
        view: the run, up to now.
        index: which layer it is, from 0.
        marked: an epoch that is looked back at.
    """
    for column, side in zip(st.columns(2), SIDES, strict=True):
        with column:
            course_of_side(view, index, side, marked, f"{side}-course")


def course_of_side(view: RunView, index: int, side: Side, marked: int | None, key: str) -> None:
    """One side of a layer through the epochs; nothing before the second of them was read.

    Args:
        view, index, marked: as for `course_of_degrees`.
        side: whose degrees, "in" or "out".
        key: of the chart.
    """
    latest = view.latest
    if latest is None or len(view.dispersion_epochs) < 2:
        return
    distributions = [layers[index] for layers in view.degrees[side]]
    course = DegreeCourse.of(view.dispersion_epochs, distributions)
    most = largest_expected(expected(latest.layers[index], side))
    figure = course_figure(course, most, f"{side.capitalize()}-degrees through the epochs")
    mark_epoch(figure, marked)
    label = f"Neurons by {side}-degree and epoch, layer {index + 1}"
    _show(figure, key, f"{view.record.id} {index} {side}", label)
    st.caption(_course_sentence(distributions, side, most))


def _course_sentence(distributions: Sequence[DegreeDistribution], side: Side, most: int) -> str:
    first, last = distributions[0].largest, distributions[-1].largest
    return (
        f"The most connected neuron had {first:,} {side}going connections at first and has "
        f"{last:,} now; in random wiring it would have some {most:,} (dashed)."
    )


def heterogeneity_sentence(now: DegreeDistribution, random: RandomDegrees, side: Side) -> str:
    """What the histogram shows, in words."""
    dead = f", {now.n_zero} without any" if now.n_zero else ""
    return (
        f"{now.n:,} neurons with {now.mean:.1f} {side}going connections on average, "
        f"at most {now.largest}{dead}. Variance/mean is {now.variance_to_mean:.2f}; random wiring "
        f"gives {random.variance_to_mean:.2f}."
    )


def fit_sentence(fit: PowerLawFit | str) -> str:
    """What the fit says, and that it is no evidence by itself."""
    if isinstance(fit, str):
        return f"No power law can be fitted: {fit}."
    return (
        f"Best power law: α = {fit.alpha:.2f} ± {fit.alpha_error:.2f} from x_min = {fit.xmin} on, "
        f"where {fit.n_tail} of {fit.n + fit.n_zero} neurons lie; largest gap {fit.ks:.3f} "
        "(Kolmogorov–Smirnov). Any data have a best fit: this alone does not make them scale-free."
    )


def _show(figure: Figure, name: str, scope: str, label: str) -> None:
    figure.update_layout(uirevision=scope)
    chart(figure, name, label=label, height=340)
