"""The wiring itself: where a layer is dense, who its hubs are, and who is connected to whom."""

from __future__ import annotations

from functools import lru_cache

import streamlit as st

from app.adjacency import BlockDensity, adjacency_figure
from app.chart import chart
from app.hubs import hubs_of
from app.node_link import NodeLink, node_link_figure
from app.run_reader import RunView
from topology import LayerTopology, TopologySnapshot

_HELP = (
    "The adjacency matrix of the layer in blocks, its rows and columns sorted by degree: "
    r"$\rho_{ab} = \frac{m_{ab}}{n_a n_b} \big/ \frac{m}{n_\mathrm{in} n_\mathrm{out}}$, the "
    "density of a block over that of the layer. Random wiring is at 1 all over, but for the chance "
    "that sorting by degree brings out. Where degrees are as unequal as hubs make them, the upper "
    "left corner is dense and the rest empty (Newman, Networks, 2nd ed. 2018, chapter 10)."
)
_HUBS_HELP = (
    "The neurons of the layer with most connections. **Shared inputs**: how many of a hub's inputs "
    "feed another of these hubs too. **Overlap**: inputs that it and the hub nearest to it share, "
    "of all that either has (Jaccard 1912)."
)
_DRAWING_HELP = (
    "Of a network with few neurons all are drawn, of others those that are most connected now, at "
    "every epoch: play the epochs to see how they come to be hubs. Neurons stand in the order of "
    "their numbers and never move. Orange: positive weights; blue: negative ones; grey: weight 0, "
    "such as new ones have by default."
)


def wiring_panel(view: RunView, shown: RunView, when: str, index: int) -> None:
    """Draw it.

    Args:
        view: the run, up to now.
        shown: as it is looked at.
        when: what that is called, such as "Now".
        index: which layer, from 0.
    """
    first, latest, now = view.first, shown.latest, view.latest
    if first is None or latest is None or now is None:
        return
    scope = f"{view.record.id} {index}"
    _adjacency(first.layers[index], latest.layers[index], when, scope)
    _hubs(latest, index, scope)
    if latest.is_chain:
        _drawing(latest, now, when, view.record.id)


@lru_cache(maxsize=8)
def _blocks(layer: LayerTopology) -> BlockDensity:
    return BlockDensity.of(layer)


def _adjacency(first: LayerTopology, latest: LayerTopology, when: str, scope: str) -> None:
    st.subheader("Where the layer is dense", help=_HELP)
    start, now = _blocks(first), _blocks(latest)
    parts = (("Epoch 0", "start", start), (when, "now", now))
    for column, (moment, key, found) in zip(st.columns(2), parts, strict=True):
        figure = adjacency_figure(found, moment)
        figure.update_layout(uirevision=f"{scope} {found.ratio.shape}")
        with column:
            label = f"Density of the blocks of the adjacency matrix, {moment}"
            chart(figure, f"adjacency-{key}", label=label, height=380)
    st.caption(
        f"Between the most connected tenth of the neurons and that of their inputs lie "
        f"{now.hub_share:.1%} of all connections, in {now.hub_places:.1%} of the places; at epoch "
        f"0 it was {start.hub_share:.1%}."
    )


def _hubs(latest: TopologySnapshot, index: int, scope: str) -> None:
    st.subheader("Hubs and what they share", help=_HUBS_HELP)
    hubs = hubs_of(latest, index)
    if not hubs:
        st.info("No neuron of this layer has a connection.")
        return
    st.dataframe(
        [
            {
                "Neuron": hub.neuron,
                "Connections in": hub.in_degree,
                "out": hub.out_degree,
                "Σ|w| in": hub.strength,
                "Shared inputs": hub.shared,
                "Nearest hub": hub.nearest,
                "Overlap": hub.overlap,
            }
            for hub in hubs
        ],
        hide_index=True,
        width="stretch",
        key=f"hubs-{scope}",
        column_config={
            "Σ|w| in": st.column_config.NumberColumn(format="%.3f"),
            "Shared inputs": st.column_config.NumberColumn(format="percent"),
            "Overlap": st.column_config.NumberColumn(format="%.3f"),
        },
    )
    most, n_connections = hubs[0], latest.layers[index].n_connections
    st.caption(
        f"Neuron {most.neuron} has {most.in_degree:,} of the {n_connections:,} connections; "
        f"{most.shared:.0%} of its inputs feed another of these hubs too."
    )


def _drawing(latest: TopologySnapshot, now: TopologySnapshot, when: str, run_id: str) -> None:
    st.subheader("Neurons and connections", help=_DRAWING_HELP)
    found = NodeLink.of(latest, now)
    n_neurons, n_lines = sum(map(len, found.columns)), sum(map(len, found.lines))
    whole = "The whole network" if found.is_whole else "The most connected neurons"
    figure = node_link_figure(found, f"{whole}: {when}")
    figure.update_layout(uirevision=run_id)
    chart(figure, "node-link", label=f"{whole}, drawn as neurons and lines", height=560)
    st.caption(
        f"{n_neurons:,} of {latest.n_neurons:,} neurons and {n_lines:,} of "
        f"{latest.n_connections:,} connections are drawn."
    )
