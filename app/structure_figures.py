"""How far the measures of a network are from what random networks give."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.figure import Figure
from app.null_rows import NullRow
from app.palette import BASELINE, GREY, layer_color

_TICKS = (-1000, -100, -10, -2, 0, 2, 10, 100, 1000)
_SIGNIFICANT = 1.96  # 95 % of a normal law


def deviation_figure(rows: Sequence[NullRow]) -> Figure:
    """A point for each measure: its distance from the null's mean, in the null's deviations.

    The axis is that of arsinh: nearly linear around 0, logarithmic beyond.

    Args:
        rows: at least one; each place, a layer or the network, has a colour of its own.
    """
    figure = Figure()
    places = list(dict.fromkeys(row.where for row in rows))
    for number, where in enumerate(places):
        own = [row for row in rows if row.where == where]
        scores = np.array([row.found.z for row in own])
        figure.add_scatter(
            x=np.arcsinh(scores).astype(np.float32),
            y=[row.measure for row in own],
            name=where,
            uid=f"place-{number}",
            mode="markers",
            marker={"size": 11, "color": GREY if where == "network" else layer_color(number)},
            customdata=[
                [float(score), *row.cells()] for score, row in zip(scores, own, strict=True)
            ],
            hovertemplate=f"{where}, %{{y}}: %{{customdata[1]}}<br>null %{{customdata[2]}} "
            "(%{customdata[3]}), z = %{customdata[0]:.1f}, p = %{customdata[5]}<extra></extra>",
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
