"""The compare page: what it shows of many networks is what was measured of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import streamlit as st
from drawn_charts import charts_of
from streamlit.testing.v1 import AppTest

from analysis import pairwise_nnstd, side_evidence
from app.services import analysis_pool
from set_engine import RunNotes, RunStore, TrainingConfig, record_run
from topology import TopologySnapshot

CONFIG = TrainingConfig(hidden=(30, 24), epsilon=2, epochs=4, record_every=2)


def page() -> None:
    from app.views.compare import render

    render()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    store = RunStore(tmp_path_factory.mktemp("runs"))
    for seed in (1, 2, 3):
        config = CONFIG.model_copy(update={"seed": seed})
        record_run(store.create(config), config)
    return store


@pytest.fixture(autouse=True)
def _shared(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SETSCOPE_RUNS", str(store.root))
    st.cache_resource.clear()
    yield
    analysis_pool().close()
    st.cache_resource.clear()


@pytest.fixture
def ids(store: RunStore) -> list[str]:
    return [record.id for record in reversed(store.records().records)][:3]


def opened(**parameters: str) -> AppTest:
    drawn = AppTest.from_function(page, default_timeout=60)
    for name, value in parameters.items():
        drawn.query_params[name] = value
    drawn.run()
    assert not drawn.exception
    return drawn


def wait_for(drawn: AppTest, is_there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_there():
        assert not drawn.exception
        assert time.monotonic() < deadline
        time.sleep(0.2)
        drawn.run()


def asked(drawn: AppTest, name: str) -> str:
    """What the URL says under this name."""
    found = drawn.query_params[name]
    return found if isinstance(found, str) else found[0]


def networks(store: RunStore, ids: list[str], *epochs: int) -> list[TopologySnapshot]:
    return [store.snapshot(run_id, epoch) for run_id in ids for epoch in epochs]


def matrix(figure: dict[str, object]) -> np.ndarray:
    import base64

    z = figure["data"][0]["z"]
    shape = tuple(map(int, z["shape"].split(", ")))
    return np.frombuffer(base64.b64decode(z["bdata"]), np.float32).reshape(shape)


@pytest.mark.parametrize("how", ["reference", "structural"])
def test_the_heat_map_is_pairwise_nnstd(store: RunStore, ids: list[str], how: str) -> None:
    drawn = opened(runs=",".join(ids), at="course", matching=how)
    wait_for(drawn, lambda: "distances" in charts_of(drawn))
    names = [f"seed {seed} @ {epoch}" for seed in (1, 2, 3) for epoch in (0, 2, 4)]
    expected = pairwise_nnstd(networks(store, ids, 0, 2, 4), how, labels=names)  # type: ignore[arg-type]
    order = list(expected.order)
    figure = charts_of(drawn)["distances"]
    assert figure["data"][0]["x"] == [names[place] for place in order]
    assert np.allclose(matrix(figure), expected.mean_sparse[np.ix_(order, order)], atol=1e-6)

    drawn.toggle(key="distance-order").set_value(False)
    drawn.button_group(key="distance-layer").set_value(1).run()
    figure = charts_of(drawn)["distances"]
    assert figure["data"][0]["x"] == names
    assert np.allclose(matrix(figure), expected.per_layer[:, :, 1], atol=1e-6)


def test_the_pair_at_first_is_the_one_furthest_apart(store: RunStore, ids: list[str]) -> None:
    drawn = opened(runs=",".join(ids), at="ends")
    wait_for(drawn, lambda: "distance" in charts_of(drawn))
    found = pairwise_nnstd(networks(store, ids, 0, 4))
    (mean,) = [one.value for one in drawn.metric if one.label == "NNSTD, mean"]
    assert mean == f"{found.mean_sparse.max():.4f}"
    places = [f"{run_id}@{epoch}" for run_id in ids for epoch in (0, 4)]
    pair = [places.index(one) for one in asked(drawn, "pair").split(",")]
    assert found.mean_sparse[pair[0], pair[1]] == found.mean_sparse.max()


def test_a_link_opens_the_same_pair(store: RunStore, ids: list[str]) -> None:
    pair = f"{ids[2]}@4,{ids[0]}@0"
    drawn = opened(runs=",".join(ids), at="0,4", pair=pair)
    wait_for(drawn, lambda: "distance" in charts_of(drawn))
    assert asked(drawn, "pair") == pair
    chosen = [one.value for one in drawn.selectbox if one.label.startswith("Network ")]
    assert chosen == [5, 0]
    assert store.root.joinpath(".distances").is_file()


def test_what_is_not_here_is_said(ids: list[str]) -> None:
    drawn = opened(runs=f"{ids[0]},gone", at="ends")
    (said,) = [one.value.replace("\\", "") for one in drawn.warning]
    assert said == "Not here: gone."
    assert drawn.multiselect(key="compared-runs").value == [ids[0]]


def test_one_network_is_none_to_compare(ids: list[str]) -> None:
    drawn = opened(runs=ids[0], at="last")
    assert [one.value for one in drawn.info] == [
        "Choose two networks at least: another run, or another epoch."
    ]


def test_networks_that_cannot_be_matched_are_still_set_beside_each_other(
    store: RunStore, ids: list[str]
) -> None:
    config = CONFIG.model_copy(update={"hidden": (30,)})
    other = store.create(config)
    record_run(other, config)
    drawn = opened(runs=",".join([*ids, other.run_id]), at="last")
    assert any("cannot be matched" in one.value for one in drawn.warning)
    wait_for(drawn, lambda: "distances" in charts_of(drawn))
    shown = charts_of(drawn)["distances"]["data"][0]["x"]
    assert len(shown) == 3, "those that can be"
    drawn = opened(runs=f"{ids[0]},{other.run_id}", at="last")
    (warning,) = drawn.warning
    assert "Their degrees are shown all the same" in warning.value
    assert "compare-in-ccdf" in charts_of(drawn)
    drawn = opened(runs=f"{other.run_id},{ids[0]},{ids[1]}", at="last")
    wait_for(drawn, lambda: "distance" in charts_of(drawn))
    assert [one.value for one in drawn.selectbox if one.label.startswith("Network ")] == [1, 2]
    drawn = opened(runs=",".join([*ids, other.run_id]), at="last", section="Degrees")
    assert "compared-in-ccdf" in charts_of(drawn)


def test_settings_are_those_that_differ(ids: list[str]) -> None:
    drawn = opened(runs=",".join(ids), section="Settings")
    (table,) = [one.value for one in drawn.dataframe]
    assert table.to_dict("records") == [
        {"Setting": "seed", "seed 1": "1", "seed 2": "2", "seed 3": "3"}
    ]
    drawn.toggle(key="only-differences").set_value(False).run()
    (table,) = [one.value for one in drawn.dataframe]
    assert {"seed", "epsilon", "hidden", "network"} <= set(table["Setting"])


def test_the_baseline_stands_first_and_names_are_those_people_gave(
    store: RunStore, ids: list[str]
) -> None:
    store.write_notes(ids[2], RunNotes(name="the best"))
    store.pin_baseline(ids[2])
    drawn = opened(runs=",".join(ids), section="Settings")
    (table,) = [one.value for one in drawn.dataframe]
    assert list(table.columns) == ["Setting", "the best", "seed 1", "seed 2"]
    store.pin_baseline(None)
    store.write_notes(ids[2], RunNotes())


def test_learning_curves_of_seeds_are_one_with_a_band(store: RunStore, ids: list[str]) -> None:
    drawn = opened(runs=",".join(ids), section="Learning curves")
    traces = charts_of(drawn)["compared-curves"]["data"]
    assert [one["name"] for one in traces] == ["± 1 s.d.", "same settings (3 seeds)"]  # type: ignore[union-attr]
    logs = [store.metrics(run_id)[1] for run_id in ids]
    assert all(len(log) == CONFIG.epochs for log in logs)
    drawn.toggle(key="group-seeds").set_value(False).run()
    traces = charts_of(drawn)["compared-curves"]["data"]
    assert [one["name"] for one in traces] == ["seed 1", "seed 2", "seed 3"]  # type: ignore[union-attr]


def test_the_evidence_is_that_of_each_network(store: RunStore, ids: list[str]) -> None:
    drawn = opened(runs=",".join(ids[:2]), at="last", section="Scale-free?")
    wait_for(drawn, lambda: "compared-in-exponents" in charts_of(drawn))
    incoming, outgoing = (one.value for one in drawn.dataframe)
    for table, side in ((incoming, "in"), (outgoing, "out")):
        for row, run_id in zip(table.to_dict("records"), ids[:2], strict=True):
            expected = side_evidence(store.snapshot(run_id, 4).layers[0], side, 1000, 0)  # type: ignore[arg-type]
            if expected.scale_free is None:
                assert row["category"] == str(expected.no_tail)
            else:
                assert row["α"] == round(expected.scale_free.fit.alpha, 2)
                assert row["category"] == expected.scale_free.category
