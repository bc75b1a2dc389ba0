"""Figures of degree distributions: of one wiring through time, or of two beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis import DegreeDistribution, PowerLawFit, RandomDegrees, power_law_ccdf
from app.figure import Figure
from app.palette import BASELINE, BASELINE_DASH, FIT

_MOST_BARS = 80
_TICKS = [digit * 10**power for power in range(8) for digit in (1, 2, 5)]


@dataclass(frozen=True)
class DegreeSeries:
    """One distribution as it is drawn: in which colour, as bars or as a dotted outline.

    `uid` tells its trace from others to plotly, which uses it in a CSS selector.
    """

    name: str
    uid: str
    distribution: DegreeDistribution
    color: str
    dash: str = "solid"
    filled: bool = True


def degree_histogram(
    series: Sequence[DegreeSeries], random: RandomDegrees | None, title: str
) -> Figure:
    """Neurons by degree; beside them the number expected of random wiring."""
    largest = max(one.distribution.largest for one in series)
    if random is not None:
        largest = max(largest, largest_expected(random))
    width = 1 + largest // _MOST_BARS
    figure = Figure()
    for one in series:
        counts = _binned(one.distribution.values, one.distribution.counts, width, largest)
        _add_histogram(figure, one, counts, width)
    if random is not None:
        drawn = random.values <= largest
        expected = _binned(random.values[drawn], random.pmf[drawn] * random.n, width, largest)
        line = {"color": BASELINE, "dash": BASELINE_DASH}
        centres = _centres(len(expected), width)
        figure.add_scatter(
            x=centres, y=expected, name="Random", uid="random", mode="lines", line=line
        )
    per_bar = "" if width == 1 else f", {width} degrees a bar"
    figure.update_layout(
        title=title,
        xaxis={"title": f"connections of a neuron{per_bar}"},
        yaxis={"title": "neurons", "rangemode": "tozero"},
        barmode="overlay",
        bargap=0.05,
    )
    return figure


def largest_expected(random: RandomDegrees) -> int:
    """The degree that the most connected neuron of a random layer exceeds every second time."""
    return int(random.values[random.ccdf * random.n >= 0.5].max(initial=0))


def degree_ccdf(
    series: Sequence[DegreeSeries],
    random: RandomDegrees | None,
    fit: PowerLawFit | None,
    title: str,
) -> Figure:
    """Share of neurons with at least so many connections, both axes logarithmic.

    A power law is a straight line here, but not every straight line is a power law.
    """
    figure = Figure()
    for one in series:
        seen = one.distribution.values > 0
        figure.add_scatter(
            x=one.distribution.values[seen].astype(np.float32),
            y=one.distribution.ccdf[seen].astype(np.float32),
            name=one.name,
            uid=one.uid,
            mode="lines+markers" if one.filled else "lines",
            line={"color": one.color, "dash": one.dash, "shape": "linear"},
            marker={"size": 5},
        )
    smallest_share = min(1 / one.distribution.n for one in series)
    if random is not None:
        _add_random_ccdf(figure, random, smallest_share)
    if fit is not None:
        _add_fit(figure, fit, series[-1].distribution)
    figure.update_layout(
        title=title,
        xaxis={"title": "connections k", "type": "log", "tickvals": _TICKS},
        yaxis={"title": "share of neurons with ≥ k", "type": "log", "dtick": 1},
    )
    return figure


def _add_histogram(
    figure: Figure, one: DegreeSeries, counts: NDArray[np.float32], width: int
) -> None:
    x = _centres(len(counts), width)
    if one.filled:
        figure.add_bar(
            x=x, y=counts, name=one.name, uid=one.uid, marker={"color": one.color}, opacity=0.75
        )
    else:
        line = {"color": one.color, "dash": one.dash, "shape": "hvh"}
        figure.add_scatter(x=x, y=counts, name=one.name, uid=one.uid, mode="lines", line=line)


def _add_random_ccdf(figure: Figure, random: RandomDegrees, smallest_share: float) -> None:
    # What is expected of less than a third of a neuron would only stretch the axis.
    # Nor is the flat stretch of it below any neuron to be expected.
    seen = (random.values > 0) & (random.ccdf >= smallest_share / 3)
    seen &= (random.pmf >= smallest_share / 100) | (random.ccdf < 0.99)
    figure.add_scatter(
        x=random.values[seen].astype(np.float32),
        y=random.ccdf[seen].astype(np.float32),
        name="Random",
        uid="random",
        mode="lines",
        line={"color": BASELINE, "dash": BASELINE_DASH},
    )


def _add_fit(figure: Figure, fit: PowerLawFit, distribution: DegreeDistribution) -> None:
    reach = np.geomspace(fit.xmin, max(distribution.largest, fit.xmin + 1), 40)
    degrees = np.unique(np.round(reach).astype(np.int64))
    share = fit.n_tail / distribution.n
    figure.add_scatter(
        x=degrees.astype(np.float32),
        y=(share * power_law_ccdf(fit, degrees)).astype(np.float32),
        name="Power law",
        uid="fit",
        mode="lines",
        line={"color": FIT, "width": 2},
    )


def _binned(
    values: NDArray[np.int64], weights: NDArray[np.generic], width: int, largest: int
) -> NDArray[np.float32]:
    """Weights summed over bins of `width` degrees from 0 to `largest`."""
    n_bins = largest // width + 1
    return np.bincount(values // width, weights=weights, minlength=n_bins).astype(np.float32)


def _centres(n_bins: int, width: int) -> NDArray[np.float32]:
    return (np.arange(n_bins) * width + (width - 1) / 2).astype(np.float32)
