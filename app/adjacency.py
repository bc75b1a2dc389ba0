"""Which parts of a layer are dense: its adjacency matrix, sorted by degree, in blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.figure import Figure
from app.palette import DIVERGING
from topology import LayerTopology

_MOST_BLOCKS, _FEWEST_BLOCKS = 96, 8  # along a side
_IN_A_BLOCK = 3  # connections, at the density of the layer: fewer show little but chance
_HUBS = 0.1  # the share of the neurons on either side that are called hubs here
_MOST_RATIO = 32.0  # what is denser is drawn like this


@dataclass(frozen=True, eq=False)
class BlockDensity:
    """How dense each block of a layer is, in units of the density of all of it.

    Attributes:
        ratio: (n_rows, n_columns) float32; rows are output neurons, those with most connections
            first, columns are input neurons, likewise. 1 everywhere for random wiring, on average.
        hub_share: share of all connections that lie between the tenth of the inputs and the tenth
            of the outputs with most connections.
        hub_places: share of all places that lie there.
    """

    ratio: NDArray[np.float32]
    hub_share: float
    hub_places: float

    @classmethod
    def of(
        cls,
        layer: LayerTopology,
        out_rank: NDArray[np.int64] | None = None,
        in_rank: NDArray[np.int64] | None = None,
    ) -> BlockDensity:
        """Sort and count; a layer without connections has a ratio of 0 everywhere.

        Args:
            layer: to be drawn.
            out_rank, in_rank: (n_outputs,) and (n_inputs,) place of each neuron; by degree if None.
        """
        out_rank = ranks_by_degree(layer.in_degrees) if out_rank is None else out_rank
        in_rank = ranks_by_degree(layer.out_degrees) if in_rank is None else in_rank
        n = int(np.sqrt(layer.n_connections / _IN_A_BLOCK))
        n = min(_MOST_BLOCKS, max(_FEWEST_BLOCKS, n))
        rows, columns = _blocks(out_rank, n), _blocks(in_rank, n)
        n_rows, n_columns = int(rows.max()) + 1, int(columns.max()) + 1
        place = rows[layer.targets] * n_columns + columns[layer.indices]
        counts = np.bincount(place, minlength=n_rows * n_columns).reshape(n_rows, n_columns)
        areas = np.outer(np.bincount(rows), np.bincount(columns))
        density = layer.n_connections / (layer.n_outputs * layer.n_inputs) or 1.0
        hub_out, hub_in = out_rank < _hubs(out_rank), in_rank < _hubs(in_rank)
        between = int((hub_out[layer.targets] & hub_in[layer.indices]).sum())
        return cls(
            ratio=(counts / areas / density).astype(np.float32),
            hub_share=between / max(1, layer.n_connections),
            hub_places=float(hub_out.mean() * hub_in.mean()),
        )


def adjacency_figure(
    found: BlockDensity, title: str, order: str = "most connected first"
) -> Figure:
    """Orange blocks are denser than random wiring, blue ones sparser; empty ones are left out.

    Args:
        found: the blocks.
        title: of the figure.
        order: in which the neurons stand, in words.
    """
    reach = np.log2(_MOST_RATIO)
    ticks = np.array([-4, -2, 0, 2, 4])
    seen = np.where(found.ratio > 0, found.ratio, np.nan)
    figure = Figure()
    figure.add_heatmap(
        z=np.log2(seen).astype(np.float32),
        customdata=seen.astype(np.float32),
        zmin=-reach,
        zmax=reach,
        colorscale=DIVERGING,
        hoverongaps=False,
        hovertemplate="%{customdata:.2f} × the density of the layer<extra></extra>",
        colorbar={
            "title": {"text": "density / mean", "side": "right"},
            "tickvals": ticks,
            "ticktext": [f"{2.0**tick:g}" for tick in ticks],
        },
    )
    hidden = {"showticklabels": False, "ticks": "", "constrain": "domain"}
    figure.update_layout(
        title=title,
        xaxis={"title": f"inputs, {order}", **hidden},
        yaxis={"title": f"neurons, {order}", "autorange": "reversed", **hidden},
    )
    return figure


def ranks_by_degree(degrees: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) the place of each neuron when those with most connections come first."""
    ranks = np.empty(len(degrees), np.int64)
    ranks[np.argsort(-degrees, kind="stable")] = np.arange(len(degrees))
    return ranks


def _blocks(ranks: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """(n_neurons,) the block of each, of at most n that are as equal as can be."""
    return ranks * min(n, len(ranks)) // len(ranks)


def _hubs(ranks: NDArray[np.int64]) -> int:
    return max(1, round(_HUBS * len(ranks)))
