"""The report of a comparison says all that was measured, and why something was not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st

from analysis import nnstd_null, pairwise_nnstd, side_evidence
from app.compared import ComparedNetwork
from app.comparison_parts import Measured, comparison_report
from app.matching_choice import matching_way
from set_engine import EpochMetrics, RunStore, TrainingConfig, record_run

WAY = matching_way("reference", aligned=False)
METRICS = EpochMetrics(epoch=1, step=1, seconds=1.0, n_connections=8, replaced=0, test_accuracy=0.5)


@pytest.fixture
def networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ComparedNetwork]]:
    store = RunStore(tmp_path)
    monkeypatch.setenv("SETSCOPE_RUNS", str(tmp_path))
    st.cache_resource.clear()
    found = []
    for seed in (1, 2):
        config = TrainingConfig(hidden=(30, 24), epsilon=2, epochs=1, seed=seed)
        writer = store.create(config)
        record_run(writer, config)
        record, snapshot = store.record(writer.run_id), store.snapshot(writer.run_id, 1)
        found.append(ComparedNetwork(record, f"<seed {seed}>", snapshot))
    yield found
    st.cache_resource.clear()


def test_holds_what_was_measured(networks: list[ComparedNetwork]) -> None:
    a, b = (one.snapshot for one in networks)
    distances = pairwise_nnstd([a, b], labels=[one.name for one in networks])
    null = nnstd_null(a, b, 2, rng=np.random.default_rng(0))
    evidence = [
        (side_evidence(one.layers[1], "in", 20), side_evidence(one.layers[1], "out", 20))
        for one in (a, b)
    ]
    measured = Measured((distances, null), {1: evidence})
    page = comparison_report(
        networks, WAY, measured, {one.record.id: [] for one in networks}, None
    ).decode()
    assert f"{distances.mean_sparse[0, 1]:.6f}" in page
    assert f"{null.mean_sparse:.4f} (null)" in page
    assert "Power laws of layer 2" in page
    assert "Power laws of layer 1" not in page
    law = evidence[1][1].scale_free
    assert law is not None
    assert f"<td>{law.fit.alpha:.2f}</td>" in page
    assert "&lt;seed 2&gt; @ 1" in page


def test_says_why_something_was_not_measured(networks: list[ComparedNetwork]) -> None:
    measured = Measured("They cannot be matched.", {0: "It has no connection."})
    logs = {one.record.id: [METRICS] for one in networks}
    page = comparison_report(networks, WAY, measured, logs, networks[0].record.id).decode()
    assert "\\u2605" in page  # the star of the baseline, in the JSON of the curves
    assert "<p>They cannot be matched.</p>" in page
    assert "<h2>Power laws of layer 1</h2>\n<p>It has no connection.</p>" in page
    assert "Degrees of layer 1" in page
