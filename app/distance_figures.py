"""Figures of distances between networks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis import NnstdNull, NnstdResult
from app.figure import Figure
from app.palette import BASELINE, layer_color


def distance_bars(
    names: Sequence[str], layers: Sequence[int], distance: NnstdResult, null: NnstdNull | None
) -> Figure:
    """A bar for each layer, and the null with three standard deviations as a mark above it.

    Args:
        names: what each layer is called.
        layers: their indices in the records.
        distance, null: the records; the null may still be missing.
    """
    chosen = list(layers)
    values = np.array(distance.per_layer)[chosen].astype(np.float32)
    figure = Figure()
    figure.add_bar(
        x=list(names),
        y=values,
        name="NNSTD",
        uid="nnstd",
        text=[f"{value:.4f}" for value in values],
        textposition="inside",
        insidetextanchor="end",
        marker={"color": [layer_color(index) for index in chosen]},
        showlegend=False,
    )
    if null is not None:
        figure.add_scatter(
            x=list(names),
            y=null.per_layer[chosen].astype(np.float32),
            error_y={"array": 3 * null.per_layer_std[chosen].astype(np.float32), "thickness": 2},
            name="Null ± 3 standard deviations",
            uid="null",
            mode="markers",
            marker={"color": BASELINE, "symbol": "line-ew-open", "size": 28, "line": {"width": 3}},
        )
    figure.update_layout(
        title="NNSTD of each layer",
        xaxis={"automargin": True},
        yaxis={"title": "distance", "range": [0, 1]},
        bargap=0.4,
    )
    return figure
