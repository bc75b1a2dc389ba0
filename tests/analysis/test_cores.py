"""Work on several cores: in order, on threads, and on no more of them than there are cores."""

from __future__ import annotations

import threading

import numba
import pytest

from analysis.cores import map_on_cores


@pytest.fixture
def three_cores(monkeypatch):
    monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", 3)


def thread_of(_: object) -> str:
    return threading.current_thread().name


@pytest.mark.usefixtures("three_cores")
class TestMapOnCores:
    def test_parts_come_in_their_order(self):
        assert list(map_on_cores(lambda part: part * part, range(50))) == [n * n for n in range(50)]

    def test_three_parts_are_worked_on_at_once(self):
        meeting = threading.Barrier(3, timeout=60)  # breaks unless three threads come to it
        assert sorted(map_on_cores(lambda _: meeting.wait(), range(3))) == [0, 1, 2]

    def test_one_part_needs_no_thread(self):
        assert list(map_on_cores(thread_of, [0])) == [thread_of(0)]

    def test_parts_of_a_part_stay_in_its_thread(self):
        def both(_: int) -> tuple[str, set[str]]:
            return thread_of(0), set(map_on_cores(thread_of, range(4)))

        for own, inner in map_on_cores(both, range(6)):
            assert inner == {own} != {thread_of(0)}

    def test_an_error_comes_through(self):
        with pytest.raises(ZeroDivisionError):
            list(map_on_cores(lambda part: 1 // part, [1, 0, 1]))


def test_one_core_needs_no_thread(monkeypatch):
    monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", 1)
    assert set(map_on_cores(thread_of, range(3))) == {thread_of(0)}


def test_no_threading_layer_of_numba_is_needed(run_python):
    # Its workqueue, the last resort where there is neither OpenMP nor TBB, aborts the process.
    script = """
import os
os.environ["NUMBA_NUM_THREADS"] = "3"
import numba
numba.config.THREADING_LAYER = "workqueue"
import numpy as np
from analysis import network_evidence
from topology import LayerTopology, TopologySnapshot
rows, columns = np.nonzero(np.random.default_rng(0).random((90, 90)) < 0.1)
layer = LayerTopology(np.searchsorted(rows, np.arange(91)), columns, 90, 90)
network_evidence(TopologySnapshot((layer, layer)), 30, bootstrap=90, rng=np.random.default_rng(0))
try:
    print(numba.threading_layer())
except ValueError:
    print("no layer")
"""
    assert run_python(script).strip() == "no layer"
