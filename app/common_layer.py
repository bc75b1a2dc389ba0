"""Choosing a layer that all networks of a comparison have."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.compared import ComparedNetwork, common_sparse_layers
from app.layer_choice import layer_choice


def common_layer(networks: Sequence[ComparedNetwork], key: str) -> int | None:
    """Draw the choice among the sparse layers; its index from 0, or None where there is none.

    Args:
        networks: at least one.
        key: unlike that of any other choice of the page.
    """
    layers = common_sparse_layers(networks)
    if not layers:
        st.info("No layer that all of them have is sparse.")
        return None
    return layer_choice(networks[0].snapshot, layers, f"{key}-{layers}")
