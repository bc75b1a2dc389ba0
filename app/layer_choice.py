"""Choosing one layer of a network."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.labels import layer_name
from topology import TopologySnapshot


def layer_choice(network: TopologySnapshot, layers: Sequence[int], key: str) -> int:
    """A row of buttons, one for each of the layers; the index of the chosen one.

    Args:
        network: names the layers.
        layers: indices to choose from, at least one.
        key: under which the choice is kept.
    """
    return st.segmented_control(
        "Layer",
        layers,
        default=layers[0],
        format_func=lambda index: layer_name(network, index),
        required=True,
        key=key,
        label_visibility="collapsed",
    )
