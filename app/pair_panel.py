"""What two networks have in common: NNSTD beside its null, and their degrees overlaid."""

from __future__ import annotations

from collections.abc import Hashable
from concurrent.futures import Future
from functools import partial

import streamlit as st

from analysis import (
    SIDES,
    IncomparableError,
    NnstdNull,
    NnstdResult,
    Side,
    check_comparable,
    nnstd,
)
from app.chart import chart
from app.clicks import button
from app.degree_figures import DegreeSeries, degree_ccdf, degree_histogram
from app.degree_panel import measured
from app.distance_figures import distance_bars
from app.known_nulls import NULL_SAMPLES, known_null
from app.labels import escaped, layer_name, sparse_layers
from app.layer_choice import layer_choice
from app.matched_panel import matched_panel
from app.matching_choice import MatchingWay
from app.palette import A, B
from app.services import analysis_pool, store
from topology import TopologySnapshot

_POLL_SECONDS = 0.4
_NNSTD_HELP = (
    "Neurons are matched one to one so that matched neurons share as many inputs as can be; a "
    "pair costs 1 − shared inputs / all their inputs, a neuron that is left over 1. Equal wirings "
    "are at 0, wirings with nothing in common at 1. Liu et al. 2020, arXiv 2006.14085."
)
_NULL_HELP = (
    f"Mean and spread of {NULL_SAMPLES} pairs of networks that keep every in-degree but draw "
    "the sources at random: what two unrelated networks with these degrees give."
)


def pair_panel(a: TopologySnapshot, b: TopologySnapshot, how: MatchingWay) -> None:
    """Draw the comparison; what takes long is computed beside the page.

    Args:
        a, b: the networks.
        how: their neurons are matched.
    """
    try:
        check_comparable(a, b)
    except IncomparableError as error:
        st.warning(
            escaped(f"{error}. Their degrees are shown all the same."), icon=":material/warning:"
        )
    else:
        st.subheader("Distance by layer (NNSTD)", help=_NNSTD_HELP)
        ticking = not (_distance(a, b, how).done() and _null(a, b, how).done())
        panel = partial(_distance_panel, ticking=ticking)
        st.fragment(panel, run_every=_POLL_SECONDS if ticking else None)(a, b, how)
    _degrees(a, b)


def _distance(a: TopologySnapshot, b: TopologySnapshot, how: MatchingWay) -> Future[NnstdResult]:
    key = _key("nnstd", a, b, how)
    return analysis_pool().submit(key, nnstd, a, b, how.ties, aligned=how.aligned)


def _null(a: TopologySnapshot, b: TopologySnapshot, how: MatchingWay) -> Future[NnstdNull]:
    key, root = _key("null", a, b, how), store().root
    return analysis_pool().submit(key, known_null, root, a, b, how.ties, how.aligned)


def _key(what: str, a: TopologySnapshot, b: TopologySnapshot, how: MatchingWay) -> Hashable:
    return what, a.digest, b.digest, how


def _distance_panel(
    a: TopologySnapshot, b: TopologySnapshot, how: MatchingWay, *, ticking: bool
) -> None:
    distance, null = _distance(a, b, how), _null(a, b, how)
    if ticking and distance.done() and null.done():
        st.rerun()  # without the timer
    if not distance.done():
        st.info("Matching the neurons of both networks …", icon=":material/hourglass_top:")
        return
    for what, future in (("nnstd", distance), ("null", null)):
        error = future.exception() if future.done() else None
        if error is not None:
            st.error(escaped(f"This could not be computed. {type(error).__name__}: {error}"))
            if button("Try again", "try-again", icon=":material/refresh:"):
                analysis_pool().forget(_key(what, a, b, how))
                st.rerun()
            return
    _distances(a, b, distance.result(), null.result() if null.done() else None)


def _distances(
    a: TopologySnapshot, b: TopologySnapshot, distance: NnstdResult, null: NnstdNull | None
) -> None:
    layers = _layers_that_differ(a, b) or list(range(len(a.layers)))
    numbers, drawing = st.columns([2, 3])
    with numbers:
        left, right = st.columns(2)
        left.metric(
            "NNSTD, mean",
            f"{distance.mean_sparse:.4f}",
            help="Over the sparse layers. Over all layers, the full ones counted as 0, it is "
            f"{distance.mean:.4f}.",
        )
        right.metric(
            "Null (sources shuffled)",
            f"{null.mean_sparse:.4f}" if null else "computing …",
            help=_NULL_HELP,
        )
        st.dataframe(
            [_row(a, index, distance, null) for index in layers],
            hide_index=True,
            width="stretch",
        )
        if null is not None:
            st.caption(_sentence(distance, null))
    with drawing:
        names = [f"Layer {index + 1}" for index in layers]
        figure = distance_bars(names, layers, distance, null)
        chart(figure, "distance", label="NNSTD of each layer beside its null", height=320)
    matched_panel(a, b, distance, layers)


def _row(
    a: TopologySnapshot, index: int, distance: NnstdResult, null: NnstdNull | None
) -> dict[str, str]:
    null_text = "…"
    if null is not None:
        null_text = f"{null.per_layer[index]:.4f} ± {null.per_layer_std[index]:.4f}"
    row = {
        "Layer": layer_name(a, index),
        "NNSTD": f"{distance.per_layer[index]:.6f}",
        "Null": null_text,
    }
    if distance.spread is not None:
        row["Spread"] = f"{distance.spread[index]:.6f}"
    if any(distance.unmatched):
        row["Left over"] = str(distance.unmatched[index])
    return row


def _sentence(distance: NnstdResult, null: NnstdNull) -> str:
    if null.mean_sparse == 0:
        return "Every layer is full in both networks: there is no wiring to differ."
    share = distance.mean_sparse / null.mean_sparse
    return (
        f"The networks are at {share:.0%} of the distance that unrelated networks with the same "
        "in-degrees have."
    )


def _degrees(a: TopologySnapshot, b: TopologySnapshot) -> None:
    st.subheader("Degrees of matched layers")
    layers = _layers_that_differ(a, b)
    if not layers:
        st.info("Every layer is full in both networks: all their degrees are equal.")
        return
    index = layer_choice(a, layers, f"compare-layer-{layers}")
    for side in SIDES:
        _degree_charts(a, b, index, side)


def _layers_that_differ(a: TopologySnapshot, b: TopologySnapshot) -> list[int]:
    """Layers that both have and that are not full in both."""
    sparse = set(sparse_layers(a)) | set(sparse_layers(b))
    return sorted(index for index in sparse if index < min(len(a.layers), len(b.layers)))


def _degree_charts(a: TopologySnapshot, b: TopologySnapshot, index: int, side: Side) -> None:
    series = [
        DegreeSeries("A", "a", measured(a.layers[index], side), A),
        DegreeSeries("B", "b", measured(b.layers[index], side), B, dash="dash"),
    ]
    whose = f"layer {index + 1}"
    left, right = st.columns(2)
    with left:
        figure = degree_histogram(series, None, f"{side.capitalize()}-degrees of {whose}")
        chart(figure, f"compare-{side}-histogram", label=f"Histogram of {side}-degrees of A and B")
        variances = [one.distribution.variance_to_mean for one in series]
        st.caption(f"Variance/mean: A {variances[0]:.2f}, B {variances[1]:.2f}.")
    with right:
        figure = degree_ccdf(series, None, None, f"{side.capitalize()}-degree CCDF of {whose}")
        chart(figure, f"compare-{side}-ccdf", label=f"CCDF of {side}-degrees of A and B")
