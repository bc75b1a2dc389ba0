"""Figures of many distances: the heat map in the order of its dendrogram, and the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis import DistanceMatrix
from app.figure import Figure, plotly_text
from app.palette import GREY, LAYER_COLORS, SEQUENTIAL

_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "hexagon")
_TREE = 0.16  # share of the height that the dendrogram takes


def distance_heatmap(found: DistanceMatrix, layer: int | None, *, by_order: bool) -> Figure:
    """Every network against every other, and above it what is joined with what at which distance.

    Args:
        found: the distances.
        layer: which one, from 0; None for the mean of the sparse layers, of which the dendrogram
            is in any case.
        by_order: whether near networks stand beside each other; otherwise as they were given.
    """
    order = found.order if by_order else range(len(found.labels))
    values = found.mean_sparse if layer is None else found.per_layer[:, :, layer]
    chosen = list(order)
    labels = [found.labels[place] for place in chosen]
    figure = Figure()
    figure.add_heatmap(
        z=values[np.ix_(chosen, chosen)].astype(np.float32),
        x=labels,
        y=labels,
        name="NNSTD",
        colorscale=SEQUENTIAL,
        zmin=0,
        zmax=max(float(values.max()), 1e-6),
        xgap=1 if len(labels) <= 30 else 0,
        ygap=1 if len(labels) <= 30 else 0,
        hovertemplate="%{y}<br>%{x}<br>NNSTD %{z:.4f}<extra></extra>",
        colorbar={"title": {"text": "NNSTD", "side": "right"}},
    )
    ticks = {"type": "category", "automargin": True, "tickfont": {"size": _size(len(labels))}}
    figure.update_layout(
        title="Mean of the sparse layers" if layer is None else f"Layer {layer + 1}",
        xaxis={"tickangle": -60, "tickmode": "linear", "showline": False, **ticks},
        yaxis={"autorange": "reversed", "tickmode": "linear", "showline": False, **ticks},
    )
    if by_order and len(labels) > 2:
        _add_dendrogram(figure, found)
    return figure


def distance_map(
    found: DistanceMatrix, runs: Sequence[str], epochs: Sequence[int], null: float | None = None
) -> Figure:
    """Points about as far apart as the networks; those of a run are joined in turn.

    Args:
        found: the distances, of three networks at least.
        runs: what the run of each network is called.
        epochs: of each network; those of a run ascend.
        null: a distance to draw to scale, if any.
    """
    points = found.embedding().astype(np.float32)
    figure = Figure()
    looks = zip(dict.fromkeys(runs), cycle(LAYER_COLORS), cycle(_SYMBOLS), strict=False)
    for number, (run, color, symbol) in enumerate(looks):
        places = [place for place, one in enumerate(runs) if one == run]
        figure.add_scatter(
            x=points[places, 0],
            y=points[places, 1],
            name=plotly_text(run),
            uid=f"run-{number}",
            mode="lines+markers" if len(places) > 1 else "markers",
            text=[f"epoch {epochs[place]}" for place in places],
            hovertemplate="%{fullData.name}, %{text}<extra></extra>",
            line={"color": color, "width": 1.5},
            marker={"symbol": symbol, "size": _sizes(len(places)), "color": color},
        )
    if null is not None:
        _add_scale(figure, points, null)
    figure.update_layout(
        title="Map (larger marks are later epochs)",
        xaxis={"title": "distance", "constrain": "domain"},
        yaxis={"title": "distance", "scaleanchor": "x", "constrain": "domain"},
        # Below the axis: the names of many runs take more rows than there are above the plot.
        legend={"y": -0.16, "yanchor": "top"},
    )
    return figure


def _add_dendrogram(figure: Figure, found: DistanceMatrix) -> None:
    from scipy.cluster.hierarchy import dendrogram

    tree: Mapping[str, Any] = dendrogram(found.linkage, no_plot=True)
    xs: list[float] = []
    ys: list[float] = []
    for x, y in zip(tree["icoord"], tree["dcoord"], strict=True):
        xs += [*((np.array(x) - 5) / 10).tolist(), np.nan]  # leaves stand at 5, 15, 25, …
        ys += [*y, np.nan]
    figure.add_scatter(
        x=np.array(xs, np.float32),
        y=np.array(ys, np.float32),
        xaxis="x2",
        yaxis="y2",
        name="dendrogram",
        mode="lines",
        line={"color": GREY, "width": 1},
        hovertemplate="joined at %{y:.4f}<extra></extra>",
        showlegend=False,
    )
    plain = {"fixedrange": True, "showgrid": False, "showline": False, "ticks": ""}
    figure.update_layout(
        yaxis={"domain": [0, 1 - _TREE]},
        xaxis2={
            "range": [-0.5, len(found.labels) - 0.5],
            "anchor": "y2",
            "showticklabels": False,
            **plain,
        },
        yaxis2={"domain": [1 - _TREE + 0.01, 1], "rangemode": "tozero", "nticks": 3, **plain},
    )


def _add_scale(figure: Figure, points: NDArray[np.float32], null: float) -> None:
    left, below = points.min(axis=0)
    figure.add_scatter(
        x=np.array([left, left + null], np.float32),
        y=np.array([below, below], np.float32) - np.float32(0.08 * (np.ptp(points) or null)),
        name="null: unrelated networks",
        uid="null",
        mode="lines",
        line={"color": GREY, "dash": "dash", "width": 2},
        hovertemplate=f"null {null:.4f}<extra></extra>",
    )


def _sizes(n: int) -> list[float]:
    return np.linspace(6, 12, n).tolist() if n > 1 else [10.0]


def _size(n: int) -> int:
    """Of the letters of a tick, in pixels."""
    return 12 if n <= 16 else 10 if n <= 30 else 8
