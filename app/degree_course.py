"""The degrees of one side of a layer through the epochs of a run, as a heat map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis import DegreeDistribution
from app.curves import thinned
from app.figure import Figure
from app.palette import BASELINE_DASH, MAGENTA, SEQUENTIAL

_MOST_ROWS, _MOST_COLUMNS = 80, 160
_TICKS = (1, 10, 100, 1000, 10_000, 100_000, 1_000_000)


@dataclass(frozen=True, eq=False)
class DegreeCourse:
    """How many neurons have which degree at which epoch.

    Attributes:
        epochs: (n,) float32, ascending.
        degrees: (n_bins,) float32, the middle of each bin.
        width: degrees in a bin.
        counts: (n_bins, n) float32, neurons; NaN where there are none.
    """

    epochs: NDArray[np.float32]
    degrees: NDArray[np.float32]
    width: int
    counts: NDArray[np.float32]

    @classmethod
    def of(
        cls, epochs: NDArray[np.int64], distributions: Sequence[DegreeDistribution]
    ) -> DegreeCourse:
        """Sort them into bins; of many epochs, evenly chosen ones with the last among them.

        Args:
            epochs: (n,), at least one.
            distributions: one for each.
        """
        chosen = thinned(len(epochs), _MOST_COLUMNS)
        shown = [distributions[place] for place in chosen]
        width = 1 + max(one.largest for one in shown) // _MOST_ROWS
        n_bins = max(one.largest for one in shown) // width + 1
        counts = np.stack(
            [np.bincount(one.values // width, one.counts, n_bins) for one in shown], axis=1
        )
        return cls(
            epochs=epochs[chosen].astype(np.float32),
            degrees=(np.arange(n_bins) * width + (width - 1) / 2).astype(np.float32),
            width=width,
            counts=np.where(counts > 0, counts, np.nan).astype(np.float32),
        )


def course_figure(course: DegreeCourse, largest_random: int, title: str) -> Figure:
    """Epochs along, degrees upwards, colour for the number of neurons, logarithmic.

    Args:
        course: what to draw.
        largest_random: the largest degree to be expected of random wiring, drawn as a line.
        title: of the figure.
    """
    most = float(np.nanmax(course.counts))
    ticks = [tick for tick in _TICKS if tick <= most]
    figure = Figure()
    figure.add_heatmap(
        x=course.epochs,
        y=course.degrees,
        z=np.log10(course.counts),
        customdata=course.counts,
        zmin=0,
        zmax=max(np.log10(most), 1),
        colorscale=SEQUENTIAL,
        hoverongaps=False,
        hovertemplate="epoch %{x}, degree %{y}: %{customdata:,.0f} neurons<extra></extra>",
        colorbar={
            "title": {"text": "neurons", "side": "right"},
            "tickvals": [np.log10(tick) for tick in ticks],
            "ticktext": [f"{tick:,}" for tick in ticks],
        },
    )
    figure.add_hline(largest_random, line={"color": MAGENTA, "dash": BASELINE_DASH})
    per_row = "" if course.width == 1 else f", {course.width} degrees a row"
    figure.update_layout(
        title=title,
        xaxis={"title": "epoch"},
        yaxis={"title": f"connections of a neuron{per_row}", "rangemode": "tozero"},
    )
    return figure
