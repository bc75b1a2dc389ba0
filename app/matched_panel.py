"""What two networks share under the matching of their neurons: connections, neurons, wiring."""

from __future__ import annotations

import numpy as np
import streamlit as st

from analysis import NnstdResult
from app.adjacency import BlockDensity, adjacency_figure
from app.chart import chart
from app.layer_choice import layer_choice
from app.matched_layer import MatchedLayer
from topology import TopologySnapshot

_MOST = 200  # rows of the table of neurons
_HELP = (
    "The neurons of B stand where their partners in A do, those with most connections in A first; "
    "who has no partner stands last. Where both maps are alike, so are the networks. Each block is "
    "its density over that of the layer."
)


def matched_panel(
    a: TopologySnapshot, b: TopologySnapshot, found: NnstdResult, layers: list[int]
) -> None:
    """Draw it for the layer that the reader chooses.

    Args:
        a, b: the networks.
        found: the matching of their neurons.
        layers: to choose from, at least one.
    """
    st.subheader("Matched wiring", help=_HELP)
    matched = {index: _matched(a, b, found, index) for index in layers}
    st.dataframe(
        [
            {
                "Layer": index + 1,
                "Shared connections": one.shared,
                "Only in A": one.only_a,
                "Only in B": one.only_b,
                "Shared of all": f"{one.shared / max(1, one.shared + one.only_a + one.only_b):.1%}",
            }
            for index, one in matched.items()
        ],
        hide_index=True,
        width="stretch",
    )
    index = layer_choice(a, layers, f"matched-layer-{layers}")
    one = matched[index]
    sides = (("A", a, one.ranks_a), ("B", b, one.ranks_b))
    for column, (name, network, (out_ranks, in_ranks)) in zip(st.columns(2), sides, strict=True):
        with column:
            density = BlockDensity.of(network.layers[index], out_ranks, in_ranks)
            figure = adjacency_figure(density, f"{name}, in matched order", "as in A")
            label = f"Density of the blocks of the adjacency matrix of {name}, in matched order"
            chart(figure, f"matched-{name}", label=label, height=420)
    st.dataframe(neuron_rows(a, b, one, index), hide_index=True, width="stretch")
    if a.layers[index].n_outputs > _MOST:
        st.caption(f"The {_MOST} neurons of A with most inputs are listed.")


def neuron_rows(
    a: TopologySnapshot, b: TopologySnapshot, one: MatchedLayer, index: int
) -> list[dict[str, object]]:
    """A row for each neuron of A, those with most inputs first: its partner and what they share.

    Args:
        a, b: the networks.
        one: their layer under the matching.
        index: of that layer, from 0.
    """
    in_a, in_b = a.layers[index].in_degrees, b.layers[index].in_degrees
    rows: list[dict[str, object]] = []
    for neuron in np.argsort(one.ranks_a[0])[:_MOST].tolist():
        partner, shared = int(one.partners[neuron]), int(one.shared_inputs[neuron])
        row: dict[str, object] = {"Neuron of A": neuron, "Inputs in A": int(in_a[neuron])}
        if partner < 0:
            rows.append(row | {"Distance": 1.0})
            continue
        union = int(in_a[neuron]) + int(in_b[partner]) - shared
        rows.append(
            row
            | {
                "Neuron of B": partner,
                "Inputs in B": int(in_b[partner]),
                "Shared inputs": shared,
                "Distance": round(1 - shared / union, 4) if union else 0.0,
            }
        )
    return rows


def _matched(
    a: TopologySnapshot, b: TopologySnapshot, found: NnstdResult, index: int
) -> MatchedLayer:
    inputs = found.matching[index - 1] if index else None
    return MatchedLayer.of(a.layers[index], b.layers[index], inputs, found.matching[index])
