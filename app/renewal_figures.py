"""Figures of how the wiring of a run renews itself, by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis import Emergence
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
    emergence: Emergence, layers: Sequence[int], random_age: float | None
) -> dict[str, Figure]:
    """Six figures by name.

    Args:
        emergence: the measures, of one epoch at least.
        layers: indices of the layers to show.
        random_age: mean age if random connections were removed; drawn as a line if known.
    """

    def curves(*kinds: tuple[str, NDArray[np.float32]]) -> Figure:
        return layer_curves(emergence.epochs, kinds, layers)

    figures = {
        "turnover": curves(("gone", _of_layers(emergence, "turnover"))),
        "age": curves(("age", _of_layers(emergence, "mean_age"))),
        "explored": curves(("explored", _of_layers(emergence, "explored"))),
        "hubs": curves(("of in-degree", _hubs(emergence))),
        "active": _active(emergence),
        "cycles": curves(("4-cycles", _of_layers(emergence, "four_cycles"))),
    }
    if random_age is not None:
        line = {"color": BASELINE, "dash": BASELINE_DASH, "width": 1}
        figures["age"].add_hline(random_age, line=line)
    for name, (title, axis) in _LOOKS.items():
        figures[name].update_layout(title=title, yaxis=dict(axis))
    return figures


def _of_layers(emergence: Emergence, measure: str) -> NDArray[np.float32]:
    """(n, n_layers) a measure of each layer by epoch."""
    n_layers = len(emergence.rows[0].layers)
    found = [emergence.of_layer(index, measure) for index in range(n_layers)]
    return np.stack(found, axis=1).astype(np.float32)


def _hubs(emergence: Emergence) -> NDArray[np.float32]:
    n_layers = len(emergence.rows[0].layers)
    found = [emergence.of_side(index, "in", "hub_overlap") for index in range(n_layers)]
    return np.stack(found, axis=1).astype(np.float32)


def _active(emergence: Emergence) -> Figure:
    figure = Figure()
    figure.add_scatter(
        x=emergence.epochs.astype(np.float32),
        y=np.array([row.active_share for row in emergence.rows], np.float32),
        name="network",
        uid="network",
        mode="lines",
        line={"color": BLUE},
    )
    figure.update_layout(xaxis={"title": "epoch"}, hovermode="x unified")
    return figure
