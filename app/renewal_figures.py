"""Figures of how the wiring of a run renews itself, by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis import EpochMeasures
from app.curves import layer_curves
from app.figure import Figure
from app.palette import BASELINE, BASELINE_DASH, BLUE

_SHARE = {"range": [0, 1.02], "tickformat": ".0%"}

# Title and axis of each figure.
_LOOKS: Mapping[str, tuple[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "turnover": ("Turnover", {"title": "share gone", **_SHARE}),
        "age": ("Age of connections", {"title": "epochs, mean", "rangemode": "tozero"}),
        "explored": (
            "Explored",
            {"title": "share of places", "rangemode": "tozero", "tickformat": ".0%"},
        ),
        "hubs": ("Hubs that stayed", {"title": "share of them", **_SHARE}),
        "active": ("Active neurons", {"title": "share of all", **_SHARE}),
        "cycles": ("4-cycles", {"title": "number", "rangemode": "tozero"}),
    }
)


def renewal_figures(
    rows: Sequence[EpochMeasures], layers: Sequence[int], random_age: float | None
) -> dict[str, Figure]:
    """Six figures by name.

    Args:
        rows: the measures by epoch, of one at least.
        layers: indices of the layers to show.
        random_age: mean age if random connections were removed; drawn as a line if known.
    """

    epochs = np.array([row.epoch for row in rows], np.int64)

    def curves(*kinds: tuple[str, NDArray[np.float32]]) -> Figure:
        return layer_curves(epochs, kinds, layers)

    figures = {
        "turnover": curves(("gone", _of_layers(rows, "turnover"))),
        "age": curves(("age", _of_layers(rows, "mean_age"))),
        "explored": curves(("explored", _of_layers(rows, "explored"))),
        "hubs": curves(("of in-degree", _hubs(rows))),
        "active": _active(rows),
        "cycles": curves(("4-cycles", _of_layers(rows, "four_cycles"))),
    }
    if random_age is not None:
        line = {"color": BASELINE, "dash": BASELINE_DASH, "width": 1}
        figures["age"].add_hline(random_age, line=line)
    for name, (title, axis) in _LOOKS.items():
        figures[name].update_layout(title=title, yaxis=dict(axis))
    return figures


def _of_layers(rows: Sequence[EpochMeasures], measure: str) -> NDArray[np.float32]:
    """(n, n_layers) a measure of each layer by epoch."""
    return np.array([[getattr(one, measure) for one in row.layers] for row in rows], np.float32)


def _hubs(rows: Sequence[EpochMeasures]) -> NDArray[np.float32]:
    return np.array([[one.incoming.hub_overlap for one in row.layers] for row in rows], np.float32)


def _active(rows: Sequence[EpochMeasures]) -> Figure:
    figure = Figure()
    figure.add_scatter(
        x=np.array([row.epoch for row in rows], np.float32),
        y=np.array([row.active_share for row in rows], np.float32),
        name="network",
        uid="network",
        mode="lines",
        line={"color": BLUE},
    )
    figure.update_layout(xaxis={"title": "epoch"}, hovermode="x unified")
    return figure
