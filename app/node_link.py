"""A network drawn as neurons and connections: all of a small one, the hubs of a large one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.figure import Figure
from app.palette import BLUE, GREY, ORANGE, layer_color
from topology import LayerTopology, TopologySnapshot

_MOST_IN_ALL, _MOST_DRAWN = 70, 28  # neurons of a layer: if all are drawn, and if hubs are
_MOST_LINES = 2000


@dataclass(frozen=True, eq=False)
class NodeLink:
    """Neurons in columns, and the connections between them.

    Attributes:
        columns: of each column, inputs first: (n,) int64, the neurons that are drawn, ascending.
        degrees: of each column, (n,) int64: all connections of these neurons, drawn or not.
        lines: of each layer, (n_lines, 2) int64: places in the column before and in its own.
        weights: of each layer, (n_lines,) float32, or None.
        is_whole: whether every neuron and every connection is drawn.
    """

    columns: tuple[NDArray[np.int64], ...]
    degrees: tuple[NDArray[np.int64], ...]
    lines: tuple[NDArray[np.int64], ...]
    weights: tuple[NDArray[np.float32] | None, ...]
    is_whole: bool

    @classmethod
    def of(cls, shown: TopologySnapshot, now: TopologySnapshot) -> NodeLink:
        """What is drawn of a network.

        The neurons are those that are hubs now, at every epoch that is shown, and they stand in the
        order of their numbers: who plays the epochs sees connections move, not neurons.

        Args:
            shown: a chain of layers.
            now: the same network as it is now, whose hubs are drawn.
        """
        is_small = max(now.widths) <= _MOST_IN_ALL
        most = _MOST_IN_ALL if is_small else _MOST_DRAWN
        columns = tuple(_most_connected(degrees, most) for degrees in _total_degrees(now))
        degrees = tuple(
            found[chosen] for found, chosen in zip(_total_degrees(shown), columns, strict=True)
        )
        pairs = [
            _between(layer, columns[index], columns[index + 1])
            for index, layer in enumerate(shown.layers)
        ]
        lines, weights = zip(*pairs, strict=True)
        n_drawn = sum(map(len, lines))
        return cls(columns, degrees, lines, weights, is_small and n_drawn == shown.n_connections)


def node_link_figure(found: NodeLink, title: str) -> Figure:
    """Orange lines are positive weights, blue ones negative, grey ones 0 or none.

    Larger neurons have more of them.
    """
    figure = Figure()
    heights = [_heights(len(column)) for column in found.columns]
    has_weights = any(weights is not None for weights in found.weights)
    unsigned = "weight 0" if has_weights else "connection"
    kinds = (("positive weight", ORANGE, 1), ("negative weight", BLUE, -1), (unsigned, GREY, 0))
    for name, color, sign in kinds:
        x, y = _path(found, heights, sign)
        if len(x):
            figure.add_scatter(
                x=x,
                y=y,
                name=name,
                uid=f"lines-{sign}",
                mode="lines",
                line={"color": color, "width": 1},
                opacity=0.4,
                hoverinfo="skip",
            )
    for place, (neurons, degrees) in enumerate(zip(found.columns, found.degrees, strict=True)):
        where = f"layer {place}" if place else "input"
        figure.add_scatter(
            x=np.full(len(neurons), place, np.float32),
            y=heights[place],
            uid=f"neurons-{place}",
            mode="markers",
            showlegend=False,
            marker={
                "size": (4 + 1.6 * np.sqrt(degrees)).astype(np.float32),
                "color": layer_color(place - 1) if place else GREY,
                "line": {"width": 1, "color": "rgba(128, 128, 128, 0.6)"},
            },
            customdata=np.stack([neurons, degrees], axis=1),
            hovertemplate=f"neuron %{{customdata[0]}} of {where}: %{{customdata[1]}} connections"
            "<extra></extra>",
        )
    names = ["inputs", *(f"layer {index}" for index in range(1, len(found.columns)))]
    plain = {"showgrid": False, "showline": False, "ticks": ""}
    figure.update_layout(
        title=title,
        xaxis={"tickvals": list(range(len(names))), "ticktext": names, **plain},
        yaxis={"visible": False, "range": [1.03, -0.03]},
    )
    return figure


def _total_degrees(network: TopologySnapshot) -> list[NDArray[np.int64]]:
    """Of the inputs and of each layer, the connections of each neuron on both sides."""
    found = [layer.out_degrees for layer in network.layers]
    found.append(np.zeros(network.layers[-1].n_outputs, np.int64))
    for place, layer in enumerate(network.layers, start=1):
        found[place] = found[place] + layer.in_degrees
    return found


def _most_connected(degrees: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    return np.sort(np.argsort(-degrees, kind="stable")[:most])


def _between(
    layer: LayerTopology, before: NDArray[np.int64], own: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float32] | None]:
    """The connections between two sets of neurons; of very many, those with the largest weights."""
    place_before = np.full(layer.n_inputs, -1, np.int64)
    place_before[before] = np.arange(len(before))
    place_own = np.full(layer.n_outputs, -1, np.int64)
    place_own[own] = np.arange(len(own))
    begin, end = place_before[layer.indices], place_own[layer.targets]
    drawn = np.flatnonzero((begin >= 0) & (end >= 0))
    if layer.weights is not None:
        drawn = drawn[np.argsort(-np.abs(layer.weights[drawn]), kind="stable")]
    drawn = np.sort(drawn[:_MOST_LINES])
    lines = np.stack([begin[drawn], end[drawn]], axis=1)
    return lines, None if layer.weights is None else layer.weights[drawn].astype(np.float32)


def _heights(n: int) -> NDArray[np.float32]:
    return ((np.arange(n) + 0.5) / n).astype(np.float32)


def _path(
    found: NodeLink, heights: Sequence[NDArray[np.float32]], sign: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """All lines of one sign as one path, broken by NaN; sign 0 for a weight of 0, or none."""
    x, y = [], []
    for index, (lines, weights) in enumerate(zip(found.lines, found.weights, strict=True)):
        signs = np.zeros(len(lines)) if weights is None else np.sign(weights)
        own = lines[signs == sign]
        ends = np.full((len(own), 3), np.nan, np.float32)
        across = ends.copy()
        ends[:, 0], ends[:, 1] = heights[index][own[:, 0]], heights[index + 1][own[:, 1]]
        across[:, 0], across[:, 1] = index, index + 1
        x.append(across.ravel())
        y.append(ends.ravel())
    return np.concatenate(x), np.concatenate(y)
