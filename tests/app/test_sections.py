"""Every section of the live page says what the analysis says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import streamlit as st
from plotly_figures import checked
from streamlit.testing.v1 import AppTest

from analysis import Emergence, network_evidence, side_evidence
from app.null_rows import null_rows
from app.renewal import worth_measuring
from app.renewal_figures import renewal_figures
from app.structure_figures import deviation_figure
from set_engine import RunStore, TrainingConfig, record_run

SECONDS = 60


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    """A store with one short run."""
    store = RunStore(tmp_path_factory.mktemp("runs"))
    config = TrainingConfig(hidden=(30, 25), epochs=9, epsilon=3.0)
    record_run(store.create(config), config)
    return store


@pytest.fixture
def run_id(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Id of the run; the page reads it from the store."""
    monkeypatch.setenv("SETSCOPE_RUNS", str(store.root))
    st.cache_resource.clear()
    yield store.records().records[0].id
    from app.services import analysis_pool

    analysis_pool().close()
    st.cache_resource.clear()


def page() -> None:
    from app.views.live import render

    render()


def opened(run_id: str, section: str) -> AppTest:
    drawn = AppTest.from_function(page, default_timeout=SECONDS)
    drawn.query_params["run"] = run_id
    drawn.session_state["look-at"] = section
    return drawn.run()


def wait_for(drawn: AppTest, found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not found():
        assert not drawn.exception
        assert time.monotonic() < deadline
        time.sleep(0.2)
        drawn.run()
    assert not drawn.exception


def texts(drawn: AppTest) -> str:
    return " ".join(one.value for kind in ("markdown", "caption") for one in drawn.get(kind))


def test_whether_it_is_scale_free(store: RunStore, run_id: str) -> None:
    drawn = opened(run_id, "Scale-free?")
    wait_for(drawn, lambda: texts(drawn).count("At epoch 9.") == 2)
    found = side_evidence(store.snapshot(run_id, 9).layers[0], "in")
    assert found.scale_free is not None
    numbers = [(one.label, one.value) for one in drawn.metric]
    assert ("Gini", f"{found.degrees.gini:.3f}") in numbers
    assert ("Category", found.scale_free.category) in numbers
    assert ("x_min", f"{found.scale_free.fit.xmin}") in numbers
    assert found.scale_free.verdict.split(":")[0].split(",")[0] in texts(drawn)


def test_motifs_beside_random_networks(store: RunStore, run_id: str) -> None:
    drawn = opened(run_id, "Structure")
    assert not drawn.dataframe
    (toggle,) = [one for one in drawn.toggle if "random networks" in one.label]
    toggle.set_value(True).run()
    wait_for(drawn, lambda: "measures differ" in texts(drawn) or "None of" in texts(drawn))
    expected = network_evidence(
        store.snapshot(run_id, 9), 40, bootstrap=1, rng=np.random.default_rng(0)
    )
    rows = list(null_rows(expected))
    table = drawn.dataframe[0].value
    assert table["Measure"].tolist() == [row.measure for row in rows]
    assert table["z"].tolist() == [row.cells()[3] for row in rows]
    figure = checked(deviation_figure(rows))
    drawn_scores = {
        (trace.name, measure): np.sinh(score)
        for trace in figure.data
        for measure, score in zip(trace.y, trace.x, strict=True)
    }
    for row in rows:
        assert drawn_scores[row.where, row.measure] == pytest.approx(row.found.z, rel=1e-4)


def test_how_the_wiring_renews_itself(store: RunStore, run_id: str) -> None:
    drawn = opened(run_id, "Renewal")
    wait_for(drawn, lambda: "epochs old on average" in texts(drawn))
    emergence = Emergence()
    emergence.extend(store.snapshot(run_id, epoch) for epoch in store.epochs(run_id))
    ages = [emergence.of_layer(index, "mean_age")[-1] for index in (0, 1)]
    assert f"is {np.mean(ages):,.1f} epochs old on average" in texts(drawn)
    drawings = renewal_figures(emergence.rows, [0, 1], random_age=2.0)
    figures = {name: checked(figure) for name, figure in drawings.items()}
    assert figures["age"].data[1].y[-1] == pytest.approx(ages[1])
    assert figures["age"].layout.shapes[0].y0 == 2.0
    turnover = figures["turnover"].data[0].y
    assert np.isnan(turnover[0])
    assert 0 < turnover[1] <= 1
    explored = figures["explored"].data[0].y[1:]
    assert (np.diff(explored) >= 0).all()


def test_the_wiring_is_drawn(store: RunStore, run_id: str) -> None:
    drawn = opened(run_id, "Wiring")
    assert not drawn.exception
    latest = store.snapshot(run_id, 9)
    hubs = drawn.dataframe[0].value
    assert hubs["Connections in"][0] == latest.layers[0].in_degrees.max()
    assert f"of {latest.n_neurons:,} neurons" in texts(drawn)


@pytest.mark.parametrize("length", [2, 3, 10, 100, 777])
def test_a_growing_run_is_measured_anew_when_it_has_grown_by_a_share(length: int) -> None:
    recorded = tuple(range(length))
    measured = worth_measuring(recorded, is_growing=True)
    assert measured == recorded[: len(measured)]
    assert length - len(measured) <= max(1, len(measured) // 8)
    assert worth_measuring(recorded, is_growing=False) == recorded
    asked = {len(worth_measuring(recorded[:n], is_growing=True)) for n in range(2, length + 1)}
    assert sum(asked) <= 9 * length + 45, "all the measurings of a run cost but a few of the last"
