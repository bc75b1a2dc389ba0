"""What pages ask of a run, be it setscope's own or another program's."""

from __future__ import annotations

import pytest

from app.labels import data_name, layer_name, network_name, run_label
from app.run_facts import (
    data_sentence,
    diverged_learning_rate,
    is_classifier,
    is_recorded_elsewhere,
    layers_note,
    loss_unit,
    pixels_shape,
    planned_epochs,
    setting_values,
)
from set_engine import DatasetInfo, RecordedConfig, RunRecord, TrainingConfig
from set_engine.run_record import FailureInfo
from topology import LayerTopology, TopologySnapshot

DATA = DatasetInfo(
    name="mnist",
    digest="0",
    n_train=60000,
    n_test=10000,
    n_features=784,
    n_classes=10,
    image_shape=(1, 28, 28),
)


def run(**settings: object) -> RunRecord:
    return RunRecord(id="a", config=TrainingConfig(**settings), data=DATA)


OWN = RunRecord(id="b", config=RecordedConfig(name="my-net", settings={"lr": 0.1, "depth": [2, 3]}))


def test_only_an_rbm_is_no_classifier() -> None:
    found = [is_classifier(run(model="rbm", hidden=(9,))), is_classifier(run()), is_classifier(OWN)]
    assert found == [False, True, True]


def test_the_inputs_of_a_cnns_top_are_no_pixels() -> None:
    assert pixels_shape(run()) == (1, 28, 28)
    assert pixels_shape(run(model="cnn")) is None
    assert layers_note(run(model="cnn")).startswith("The layers of the sparse top")
    assert layers_note(run()) == ""


@pytest.mark.parametrize(
    ("settings", "unit"),
    [
        ({}, "cross-entropy (nats)"),
        ({"loss": "mse"}, "squared error"),
        ({"model": "rbm", "hidden": (9,)}, "mean squared error"),
    ],
)
def test_the_unit_of_the_loss(settings: dict[str, object], unit: str) -> None:
    assert loss_unit(run(**settings)) == unit


def test_settings_stand_beside_the_defaults_of_their_method() -> None:
    values = setting_values(run(method="rigl", hidden=(30, 20), zeta=0.1))
    assert values["hidden"] == ("30, 20", "256, 256, 256")
    assert values["zeta"] == ("0.1", "0.3")
    assert values["evolve_every"] == ("100", "100")
    assert values["flip"] == ("no", "no")
    assert values["record_every"] == ("–", "–")
    assert set(values) == set(TrainingConfig.model_fields)


def test_the_learning_rate_of_a_divergence_and_of_no_other_failure() -> None:
    def failed(kind: str) -> RunRecord:
        failure = FailureInfo(kind=kind, message="", traceback="")
        return run(learning_rate=3.0).model_copy(update={"failure": failure})

    assert diverged_learning_rate(failed("DivergedError")) == 3.0
    assert diverged_learning_rate(failed("ValueError")) is None
    assert diverged_learning_rate(run()) is None


def test_what_is_known_of_the_data() -> None:
    said = data_sentence(run())
    assert "60,000 samples to train on and 10,000 to test with" in said
    assert "784 features (28 × 28 pixels), 10 classes" in said
    assert data_sentence(OWN) == ""


def test_a_run_of_another_program_has_names_and_facts_too() -> None:
    assert is_recorded_elsewhere(OWN)
    assert network_name(OWN) == "my-net"
    assert data_name(OWN) == "own data"
    assert "my-net" in run_label(OWN)
    assert planned_epochs(OWN) is None
    assert pixels_shape(OWN) is None
    assert setting_values(OWN) == {"lr": ("0.1", ""), "depth": ("2, 3", "")}


def test_layers_go_by_their_own_names() -> None:
    layer = LayerTopology([0, 1, 2], [0, 1], n_inputs=2, n_outputs=2)
    assert layer_name(TopologySnapshot((layer,)), 0) == "Layer 1 (2 → 2)"
    assert layer_name(TopologySnapshot((layer,), names=("encoder.fc",)), 0) == "encoder.fc (2 → 2)"
