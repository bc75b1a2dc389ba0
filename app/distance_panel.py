"""How far apart the networks of a comparison are: heat map, map, and one pair of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from analysis import DistanceMatrix, NnstdNull
from app.awaited import awaited
from app.chart import Pick, chart
from app.compared import ComparedNetwork, common_sparse_layers
from app.counted_task import CountedTask
from app.distance_job import measure_distances
from app.distance_sentence import distance_sentence
from app.labels import escaped, layer_name
from app.matchable import matchable
from app.matching_choice import MatchingWay, matching_choice
from app.matrix_figures import distance_heatmap, distance_map
from app.newest import Newest
from app.pair_panel import pair_panel
from app.parameters import parameter, put_parameter
from app.services import store

_HELP = (
    "NNSTD (Liu et al. 2020, arXiv 2006.14085) of every pair. Neurons are matched one to one, and "
    "a pair costs 1 − shared inputs / all their inputs: equal wirings are at 0, wirings with "
    "nothing in common at 1. **Dendrogram**: average linkage of the mean over the sparse layers, "
    "with near networks beside each other (Bar-Joseph et al. 2001). **Map**: classical "
    "multidimensional scaling (Torgerson 1952) of the same; the epochs of a run are joined."
)
_CELLS = "A click on a cell opens its pair below."
_PAIR = "pair"
_TURN = "pair-turn"  # in the session: counts the pairs that were picked in a chart


def distance_panel(networks: Sequence[ComparedNetwork]) -> None:
    """Draw it for those networks that can be matched with each other; of two, their pair alone.

    Args:
        networks: at least two.
    """
    if len(networks) == 2:
        pair_panel(networks[0].snapshot, networks[1].snapshot, matching_choice())
        return
    everything = networks
    networks, problem = matchable(everything)
    if problem:
        st.warning(escaped(f"{problem}."), icon=":material/warning:")
    if len(networks) < 3:
        fitting = [everything.index(one) for one in networks]
        _pair(everything, matching_choice(), (fitting[0], fitting[-1]) if fitting[1:] else (0, 1))
        return
    st.subheader("Distances (NNSTD)", help=_HELP)
    how = matching_choice()
    task = distance_task(networks, how)
    draw = partial(_draw, networks, how)
    awaited(task.name, task.key, task.compute, draw, progress=task.share)


def distance_task(networks: Sequence[ComparedNetwork], how: MatchingWay) -> CountedTask:
    """The distances of all pairs, with the null of the pair furthest apart.

    Args:
        networks: at least two that can be matched with each other.
        how: their neurons are matched.
    """
    names, n = [one.name for one in networks], len(networks)
    places = [(one.record.id, one.epoch) for one in networks]
    return CountedTask(
        ("distances", tuple(names)),
        (tuple(one.snapshot.digest for one in networks), how),
        n * (n - 1) // 2,
        measure_distances,
        (store().root, places, names, how.ties, how.aligned),
    )


def _draw(networks: Sequence[ComparedNetwork], how: MatchingWay, now: Newest) -> None:
    found, null = now.result
    layer, by_order = _look(networks)
    left, right = st.columns(2)
    with left:
        figure = distance_heatmap(found, layer, by_order=by_order)
        picked = chart(
            figure,
            "distances",
            label=f"NNSTD of {len(networks)} networks, each against each",
            height=560,
            has_picks=True,
        )
    with right:
        runs, epochs = [one.run for one in networks], [one.epoch for one in networks]
        figure = distance_map(found, runs, epochs, null.mean_sparse)
        chart(figure, "distance-map", label="Networks as points, near ones alike", height=560)
    st.caption(escaped(f"{distance_sentence(found, null, layer)} {_CELLS}"))
    _downloads(found, null)
    if picked is not None:
        _take(networks, picked)
    _pair(networks, how, found.furthest)


def _look(networks: Sequence[ComparedNetwork]) -> tuple[int | None, bool]:
    """Which layer is drawn, and whether in the order of the dendrogram."""
    first = networks[0].snapshot
    with st.container(horizontal=True, vertical_alignment="bottom"):
        layer = st.segmented_control(
            "Distance of",
            [-1, *common_sparse_layers(networks)],
            default=-1,
            format_func=lambda index: (
                layer_name(first, index) if index >= 0 else "All sparse layers"
            ),
            required=True,
            key="distance-layer",
            label_visibility="collapsed",
        )
        by_order = st.toggle(
            "Near ones together",
            value=True,
            key="distance-order",
            help="In the order of the dendrogram; otherwise as they were chosen.",
        )
    return (None if layer < 0 else layer), by_order


def _downloads(found: DistanceMatrix, null: NnstdNull) -> None:
    from app.compare_command import matrix_csv, matrix_json

    with st.container(horizontal=True):
        for name, content in (("csv", matrix_csv(found)), ("json", matrix_json(found, null))):
            st.download_button(
                f"All pairs as {name.upper()}",
                content,  # at once: while the page is drawn anew a later call gets lost
                f"distances.{name}",
                icon=":material/download:",
                on_click="ignore",
                key=f"distances-{name}",
            )


def _take(networks: Sequence[ComparedNetwork], picked: Pick) -> None:
    """Show the pair of a cell."""
    names = [one.name for one in networks]
    if picked.x in names and picked.y in names and picked.x != picked.y:
        put_parameter(
            _PAIR, ",".join(_place(networks[names.index(one)]) for one in (picked.y, picked.x))
        )
        st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def _place(network: ComparedNetwork) -> str:
    return f"{network.record.id}@{network.epoch}"


def _pair(networks: Sequence[ComparedNetwork], how: MatchingWay, wanted: tuple[int, int]) -> None:
    """Two of the networks beside each other, at first those that are wanted."""
    st.divider()
    places = [_place(one) for one in networks]
    asked = parameter(_PAIR).split(",")
    if len(asked) == 2 and asked[0] != asked[1] and set(asked) <= set(places):
        wanted = (places.index(asked[0]), places.index(asked[1]))
    turn = st.session_state.get(_TURN, 0)
    chosen = []
    for column, title, place in zip(st.columns(2), "AB", wanted, strict=True):
        with column:
            number = st.selectbox(
                f"Network {title}",
                range(len(networks)),
                index=place,
                format_func=lambda number: networks[number].name,
                key=f"pair-{title}-{turn}",
            )
            chosen.append(networks[number])
    put_parameter(_PAIR, ",".join(map(_place, chosen)))
    a, b = chosen
    if a is b:
        st.info("A and B are the same network. Choose another one beside it.")
        return
    pair_panel(a.snapshot, b.snapshot, how)
