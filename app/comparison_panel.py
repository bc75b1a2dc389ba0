"""What two networks have in common: NNSTD beside its null, and their degrees overlaid."""

from __future__ import annotations

from concurrent.futures import Future
from functools import partial

import numpy as np
import streamlit as st

from analysis import IncomparableError, NnstdNull, NnstdResult, nnstd, nnstd_null
from analysis.degrees import Side
from analysis.nnstd import check_comparable
from app.chart import chart
from app.degree_figures import DegreeSeries, degree_ccdf, degree_histogram
from app.degree_panel import measured
from app.distance_figures import distance_bars
from app.labels import layer_name, sparse_layers
from app.layer_choice import layer_choice
from app.palette import A, B
from app.services import analysis_pool
from topology import TopologySnapshot

_NULL_SAMPLES = 10
_NULL_SEED = 0
_POLL_SECONDS = 0.4
_NNSTD_HELP = (
    "Neurons are matched one to one so that matched neurons share as many inputs as can be; a "
    "pair costs 1 − shared inputs / all their inputs. 0: the same wiring up to the order of "
    "neurons; 1: nothing in common. Liu et al. 2020, arXiv 2006.14085. Ties between equally good "
    "matchings are broken as in the authors' code, which shows in the third digit of deeper layers."
)
_NULL_HELP = (
    f"Mean and spread of {_NULL_SAMPLES} pairs of networks that keep every in-degree but draw "
    "the sources at random: what two unrelated networks with these degrees give."
)


def comparison_panel(a: TopologySnapshot, b: TopologySnapshot) -> None:
    """Draw the comparison; what takes long is computed beside the page."""
    try:
        check_comparable(a, b)
    except IncomparableError as error:
        st.warning(f"{error}. Their degrees are shown all the same.", icon=":material/warning:")
    else:
        pending = not all(future.done() for future in _futures(a, b))
        panel = partial(_distance_panel, ticking=pending)
        st.fragment(panel, run_every=_POLL_SECONDS if pending else None)(a, b)
    _degrees(a, b)


def _futures(
    a: TopologySnapshot, b: TopologySnapshot
) -> tuple[Future[NnstdResult], Future[NnstdNull]]:
    pool, pair = analysis_pool(), (a.digest, b.digest)
    distance = pool.submit(("nnstd", pair), nnstd, a, b)
    rng = np.random.default_rng(_NULL_SEED)
    null = pool.submit(
        ("nnstd null", pair, _NULL_SAMPLES, _NULL_SEED), nnstd_null, a, b, _NULL_SAMPLES, rng=rng
    )
    return distance, null


def _distance_panel(a: TopologySnapshot, b: TopologySnapshot, *, ticking: bool) -> None:
    distance, null = _futures(a, b)
    st.subheader("Distance by layer (NNSTD)", help=_NNSTD_HELP)
    if not distance.done():
        st.info("Matching the neurons of both networks …", icon=":material/hourglass_top:")
        return
    for future, what in ((distance, "The distance"), (null, "The null")):
        if future.done() and future.exception() is not None:
            st.error(f"{what} could not be computed: {future.exception()}.")
            return
    _distances(a, distance.result(), null.result() if null.done() else None)
    if ticking and null.done():
        st.rerun()


def _distances(a: TopologySnapshot, distance: NnstdResult, null: NnstdNull | None) -> None:
    layers = sparse_layers(a) or list(range(len(a.layers)))
    numbers, drawing = st.columns([1, 2])
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


def _row(
    a: TopologySnapshot, index: int, distance: NnstdResult, null: NnstdNull | None
) -> dict[str, str]:
    null_text = "…"
    if null is not None:
        null_text = f"{null.per_layer[index]:.4f} ± {null.per_layer_std[index]:.4f}"
    return {
        "Layer": layer_name(a, index),
        "NNSTD": f"{distance.per_layer[index]:.6f}",
        "Null": null_text,
    }


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
    layers = sorted(set(sparse_layers(a)) | set(sparse_layers(b)))
    layers = [index for index in layers if index < min(len(a.layers), len(b.layers))]
    if not layers:
        st.info("Every layer is full in both networks: all their degrees are equal.")
        return
    index = layer_choice(a, layers, f"compare-layer-{layers}")
    for side in ("in", "out"):
        _degree_charts(a, b, index, side)


def _degree_charts(a: TopologySnapshot, b: TopologySnapshot, index: int, side: Side) -> None:
    series = [
        DegreeSeries("A", measured(a.layers[index], side), A),
        DegreeSeries("B", measured(b.layers[index], side), B, dash="dash"),
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
