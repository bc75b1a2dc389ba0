"""How far the measures of a network are from what random networks give."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np

from app.figure import Figure
from app.null_rows import NullRow
from app.palette import BASELINE, GREY, layer_color

_TICKS = (-1000, -100, -10, -2, 0, 2, 10, 100, 1000)
_SIGNIFICANT = 1.96  # 95 % of a normal law
_LEAST_BORDER = 10.0


def deviation_figure(rows: Sequence[NullRow]) -> Figure:
    """A point for each measure: its distance from the null's mean, in the null's deviations.

    The axis is that of arsinh: nearly linear around 0, logarithmic beyond. Where random networks
    all have the same value, another value is infinitely far, and stands as an arrow at the border.

    Args:
        rows: at least one; each place, a layer or the network, has a colour of its own.
    """
    figure = Figure()
    border = 2 * max([_LEAST_BORDER, *(abs(row.found.z) for row in rows if isfinite(row.found.z))])
    places = list(dict.fromkeys(row.where for row in rows))
    for number, where in enumerate(places):
        own = [row for row in rows if row.where == where]
        scores = np.array([row.found.z for row in own])
        figure.add_scatter(
            x=np.arcsinh(np.clip(scores, -border, border)).astype(np.float32),
            y=[row.measure for row in own],
            name=where,
            uid=f"place-{number}",
            mode="markers",
            marker={
                "size": 11,
                "color": GREY if where == "network" else layer_color(number),
                "symbol": [_symbol(row.found.z) for row in own],
            },
            customdata=[list(row.cells()) for row in own],
            hovertemplate=f"{where}, %{{y}}: %{{customdata[0]}}<br>null %{{customdata[1]}} "
            "(%{customdata[2]}), z = %{customdata[3]}, p = %{customdata[4]}<extra></extra>",
        )
    band = float(np.arcsinh(_SIGNIFICANT))
    figure.add_vrect(-band, band, BASELINE, opacity=0.18)
    figure.update_layout(
        title="Further from chance than 95 % of random networks: outside the band",
        xaxis={
            "title": "z: deviations of the null from its mean",
            "tickvals": np.arcsinh(_TICKS).astype(np.float32),
            "ticktext": [f"{tick:,}" for tick in _TICKS],
        },
        yaxis={"autorange": "reversed", "showgrid": True, "automargin": True},
    )
    return figure


def _symbol(score: float) -> str:
    if isfinite(score):
        return "circle"
    return "triangle-right" if score > 0 else "triangle-left"
