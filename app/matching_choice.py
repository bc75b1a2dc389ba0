"""Choosing how the neurons of two networks are matched; the choice is kept in the URL."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from analysis import Ties
from app.parameters import parameter, put_parameter

_HELP = (
    "Layer by layer, many matchings are equally good, and which is taken shows in the layers "
    "above. **As published**: that of the authors' code. It depends on the order of neurons: on "
    "their networks a relabelled copy is at 0.03 to 0.07 from its original, not at 0. **Ties by "
    "structure**: the one that pairs neurons that feed alike neurons; the order of neurons does "
    "not matter. **All layers together**: matchings of all layers, improved in turn for the "
    "smallest sum; never above the others' sum by structure."
)


class MatchingWay(NamedTuple):
    """A way to match neurons: what it is called, and how `nnstd` is told."""

    label: str
    ties: Ties
    aligned: bool


_WAYS = {
    "reference": MatchingWay("As published", "reference", aligned=False),
    "structural": MatchingWay("Ties by structure", "structural", aligned=False),
    "aligned": MatchingWay("All layers together", "structural", aligned=True),
}


def matching_way(ties: Ties, *, aligned: bool) -> MatchingWay:
    """The way that `nnstd` is told so."""
    known = next((one for one in _WAYS.values() if one[1:] == (ties, aligned)), None)
    return known or _WAYS["aligned"]._replace(ties=ties, aligned=aligned)


def chosen_matching() -> MatchingWay:
    """The way that the URL says; as published if it says none."""
    return _WAYS.get(parameter("matching"), _WAYS["reference"])


def matching_choice() -> MatchingWay:
    """Draw the choice."""
    names, wanted = list(_WAYS), parameter("matching")
    chosen = st.segmented_control(
        "Matching of neurons",
        names,
        default=wanted if wanted in names else names[0],
        format_func=lambda name: _WAYS[name].label,
        help=_HELP,
        required=True,
        key="matching",
    )
    put_parameter("matching", chosen)
    return _WAYS[chosen]
