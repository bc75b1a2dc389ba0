"""Distances along a run: each that of its pair, in pieces that do not change as the run grows."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from analysis import nnstd_since
from app.course_distances import CourseDistances, measure, pieces, together
from app.course_measuring import CourseMeasuring
from set_engine import RunNotFoundError, RunStore, TrainingConfig, record_run

CONFIG = TrainingConfig(hidden=(20, 16), epsilon=2, epochs=20, record_every=1)


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> RunStore:
    store = RunStore(tmp_path_factory.mktemp("runs"))
    record_run(store.create(CONFIG), CONFIG)
    return store


@pytest.fixture
def run_id(store: RunStore) -> str:
    return store.records().records[0].id


class TestPieces:
    def test_together_they_are_every_epoch_but_the_first(self):
        recorded = tuple(range(0, 100, 3))
        found = list(pieces(recorded, is_growing=False))
        assert sum((piece.epochs for piece in found), ()) == recorded[1:]
        assert {piece.start for piece in found} == {0}
        befores = [recorded[recorded.index(piece.epochs[0]) - 1] for piece in found]
        assert [piece.before for piece in found] == befores

    def test_those_of_a_run_that_grows_stay(self):
        recorded = tuple(range(60))
        whole = list(pieces(recorded, is_growing=False))
        for n in range(60):
            part = list(pieces(recorded[:n], is_growing=True))
            assert part == whole[: len(part)]
            assert sum(len(piece.epochs) for piece in part) > n - 18


def test_they_are_the_trajectories_of_the_run(store, run_id):
    recorded = store.epochs(run_id)
    found = together(
        [measure(store.root, run_id, piece) for piece in pieces(recorded, is_growing=False)]
    )
    course = [store.snapshot(run_id, epoch) for epoch in recorded]
    assert found.epochs.tolist() == list(recorded[1:])
    for since, values in (("start", found.from_start), ("previous", found.from_previous)):
        expected = nnstd_since(course, since, "structural", restarts=1)
        assert np.allclose(values, expected.per_layer, atol=1e-6)
    assert found.from_start[-1, 0] > found.from_previous[-2, 0]


def test_an_epoch_that_is_gone(store, run_id):
    (piece, *_) = pieces((0, 500), is_growing=False)
    with pytest.raises(RunNotFoundError, match="epoch 500"):
        measure(store.root, run_id, piece)


class Pool:
    """Measures when it is told to, and remembers a few results only."""

    def __init__(self) -> None:
        self.futures: dict[Hashable, Future[CourseDistances]] = {}
        self.n_begun = 0

    def submit(self, key: Hashable, *_call: object) -> Future[CourseDistances]:
        if key not in self.futures:
            self.n_begun += 1
            self.futures[key] = Future()
        return self.futures[key]

    def forget(self, key: Hashable) -> None:
        self.futures.pop(key, None)

    def finish(self) -> None:
        """All that was begun, but for what is of epoch 100, which fails once."""
        for (_, _, piece), future in self.futures.items():
            if future.done():
                continue
            if 100 in piece.epochs and self.n_begun < 100:
                future.set_exception(OSError("gone"))
            else:
                values = np.zeros((len(piece.epochs), 2), np.float32)
                future.set_result(CourseDistances(np.array(piece.epochs), values, values))


class TestMeasuring:
    def test_a_long_course_is_measured_once_and_remembered(self, tmp_path):
        pool = Pool()
        course = CourseMeasuring(pool, tmp_path, "a")
        wanted = list(pieces(tuple(range(200, 200 + 16 * 400)), is_growing=False))
        while (now := course.of(wanted)).is_pending:
            assert len(pool.futures) <= 8, "what else is asked of the pool waits for few"
            pool.finish()
        assert together(now.found).epochs.tolist() == list(range(201, 200 + 16 * 400))
        assert (pool.n_begun, pool.futures) == (400, {})
        assert course.of(wanted) == now
        assert pool.n_begun == 400

    def test_what_failed_is_measured_again_when_asked(self, tmp_path):
        pool = Pool()
        course = CourseMeasuring(pool, tmp_path, "a")
        wanted = list(pieces(tuple(range(150)), is_growing=False))
        while (now := course.of(wanted)).is_pending:
            pool.finish()
        assert str(now.error) == "gone"
        assert together(now.found).epochs[-1] == 96
        assert course.of(wanted).error is now.error, "not by itself"
        pool.n_begun = 100
        course.try_again(wanted)
        while (now := course.of(wanted)).is_pending:
            pool.finish()
        assert now.error is None
        assert together(now.found).epochs[-1] == 149


def page() -> None:
    from app.views.live import render

    render()


@pytest.fixture
def shared(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("SETSCOPE_RUNS", str(store.root))
    st.cache_resource.clear()
    yield store.root
    from app.services import analysis_pool

    analysis_pool().close()
    st.cache_resource.clear()


@pytest.mark.usefixtures("shared")
def test_the_panel_measures_when_asked_and_ends(run_id):
    drawn = AppTest.from_function(page, default_timeout=60)
    drawn.query_params["run"] = run_id
    drawn.session_state["look-at"] = "Distances"
    drawn.run()
    (toggle,) = [one for one in drawn.toggle if one.label == "Measure distances"]
    assert not [one for one in drawn.caption if "from where they began" in one.value]
    toggle.set_value(True).run()
    deadline = time.monotonic() + 60
    while not (said := [one for one in drawn.caption if "from where they began" in one.value]):
        assert time.monotonic() < deadline
        time.sleep(0.3)
        drawn.run()
    assert said[0].value.startswith("At epoch")
    assert not drawn.exception
