"""The degrees of one layer of all networks of a comparison, overlaid."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from analysis import SIDES, Side
from app.chart import chart
from app.common_layer import common_layer
from app.compared import ComparedNetwork
from app.degree_figures import DegreeSeries, degree_ccdf
from app.degree_panel import expected, measured
from app.palette import DASHES, LAYER_COLORS, MOST_NAMES

_HELP = (
    "Share of the neurons with at least so many connections, on log-log axes: where hubs are, the "
    "curve reaches far to the right. Networks of one run have one colour, their epochs differ by "
    "dash. **Random**: wiring with as many connections as the first network."
)


def degree_comparison(networks: Sequence[ComparedNetwork]) -> None:
    """Draw both sides of the layer that the reader chooses."""
    st.subheader("Degrees", help=_HELP)
    index = common_layer(networks, "compared-layer")
    if index is None:
        return
    for column, side in zip(st.columns(2), SIDES, strict=True):
        with column:
            series = degree_series(networks, index, side)
            random = expected(networks[0].snapshot.layers[index], side)
            title = f"{side.capitalize()}-degree CCDF of layer {index + 1}"
            figure = degree_ccdf(series, random, None, title)
            figure.update_layout(
                uirevision=f"{index} {side}", showlegend=len(networks) <= MOST_NAMES
            )
            chart(figure, f"compared-{side}-ccdf", label=title, height=460)
    st.dataframe(degree_rows(networks, index), hide_index=True, width="stretch")


def degree_rows(networks: Sequence[ComparedNetwork], index: int) -> list[dict[str, object]]:
    """A row for each network: what the degrees of both sides of a layer come to.

    Args:
        networks: to be described.
        index: of the layer, from 0.
    """
    return [
        {
            "Network": one.name,
            **{
                f"{side}: {what}": value
                for side in SIDES
                for what, value in _figures(one, index, side).items()
            },
        }
        for one in networks
    ]


def degree_series(
    networks: Sequence[ComparedNetwork], index: int, side: Side
) -> list[DegreeSeries]:
    """A distribution for each network.

    Args:
        networks: to be drawn.
        index: of the layer, from 0.
        side: whose degrees.
    """
    runs = list(dict.fromkeys(one.record.id for one in networks))
    seen = dict.fromkeys(runs, 0)
    series = []
    for place, one in enumerate(networks):
        number = seen[one.record.id]
        seen[one.record.id] += 1
        series.append(
            DegreeSeries(
                one.name,
                f"network-{place}",
                measured(one.snapshot.layers[index], side),
                LAYER_COLORS[runs.index(one.record.id) % len(LAYER_COLORS)],
                DASHES[number % len(DASHES)],
                filled=False,
            )
        )
    return series


def _figures(network: ComparedNetwork, index: int, side: Side) -> dict[str, float]:
    found = measured(network.snapshot.layers[index], side)
    return {
        "mean": round(found.mean, 2),
        "variance/mean": round(found.variance_to_mean, 3),
        "Gini": round(found.gini, 4),
        "largest": found.largest,
        "unconnected": found.n_zero,
    }
