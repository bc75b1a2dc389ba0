"""How runs and their parts are called."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from app.labels import (
    STATUS_COLORS,
    duration,
    escaped,
    layer_name,
    network_name,
    run_label,
    run_labels,
    run_name,
    sparse_layers,
    sparsity_name,
)
from set_engine import RecordedConfig, RunRecord, RunStatus, TrainingConfig
from set_engine.run_record import DatasetInfo
from topology import LayerTopology, TopologySnapshot


def trained(**settings: Any) -> RunRecord:
    return RunRecord(id="a", config=TrainingConfig(**settings))


RECORDED = RunRecord(id="b", config=RecordedConfig(name="my_net"))
INFO = DatasetInfo(name="MNIST", digest="", n_train=1, n_test=1, n_features=1, n_classes=2)


@pytest.mark.parametrize(
    ("record", "name", "sparsity"),
    [
        (
            trained(dataset="data/mnist/", hidden=(100, 50), epsilon=20.0, seed=3),
            "mnist · MLP 100-50 · set",
            "ε 20 · seed 3",
        ),
        (
            trained(model="cnn", channels=(8, 16), hidden=(256,), method="rigl"),
            "digits · CNN 8-16 + 256 · rigl",
            "ε 2.5 · seed 0",
        ),
        (
            trained(model="rbm", hidden=(200,), dataset="openml:mnist_784:1", epsilon=0.5),
            "openml:mnist_784:1 · RBM 200 · set",
            "ε 0.5 · seed 0",
        ),
        (RECORDED, "own data · my_net", "recorded by another program"),
    ],
)
def test_a_run_is_called_by_what_was_trained_on_what(
    record: RunRecord, name: str, sparsity: str
) -> None:
    assert run_name(record) == name
    assert run_name(record).endswith(network_name(record))
    assert sparsity_name(record) == sparsity


def test_the_data_are_called_as_they_call_themselves_once_they_are_loaded() -> None:
    record = trained(dataset="data/mnist", hidden=(9,)).model_copy(update={"data": INFO})
    assert run_name(record) == "MNIST · MLP 9 · set"


def test_a_label_tells_when_what_and_how_sparse() -> None:
    created = datetime(2020, 5, 17, 12, 30, 15, tzinfo=UTC)
    label = run_label(trained(hidden=(9,)).model_copy(update={"created": created}))
    moment = created.astimezone().strftime("%d %b %H:%M:%S")
    assert label == f"{moment} · digits · MLP 9 · set · ε 2.5 · seed 0"


def test_runs_begun_in_the_same_second_are_told_apart() -> None:
    record = trained(hidden=(9,))
    runs = [record.model_copy(update={"id": run_id}) for run_id in ("a-1f", "a-2e")]
    other = trained(hidden=(8,)).model_copy(update={"id": "b-30"})
    labels = run_labels([*runs, other])
    assert [label.rpartition(" ")[2] for label in labels.values()] == ["1f", "2e", "0"]
    assert labels["b-30"] == run_label(other)


def test_every_status_has_a_colour() -> None:
    assert STATUS_COLORS.keys() == set(RunStatus)


@pytest.mark.parametrize("text", ["plain words", "a_b :red[z] #1 $x$ `c` <b> **d** ~e~ f|g \\h!"])
def test_escaped_text_reads_the_same(text: str) -> None:
    assert re.sub(r"\\(.)", r"\1", escaped(text)) == text
    assert not re.search(r"(?<!\\)(\\\\)*[`*_{}\[\]#$<>~|]", escaped(text))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h 0 min"),
        (3660, "1 h 1 min"),
        (90_000, "25 h 0 min"),
    ],
)
def test_seconds_in_words_of_two_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_layers_are_called_by_their_own_names_and_full_ones_are_left_out() -> None:
    sparse = LayerTopology([0, 1, 2], [0, 1], n_inputs=2, n_outputs=2)
    full = LayerTopology([0, 2], [0, 1], n_inputs=2, n_outputs=1)
    plain, named = (
        TopologySnapshot((sparse, full)),
        TopologySnapshot((sparse, full), names=("body.0", "head")),
    )
    assert [layer_name(plain, index) for index in (0, 1)] == ["Layer 1 (2 → 2)", "Layer 2 (2 → 1)"]
    assert [layer_name(named, index) for index in (0, 1)] == ["body.0 (2 → 2)", "head (2 → 1)"]
    assert sparse_layers(plain) == [0]
    assert sparse_layers(TopologySnapshot((full,))) == []
