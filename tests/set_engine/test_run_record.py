from __future__ import annotations

import json
import math

import pytest
from pydantic import ValidationError

from set_engine import (
    ConfigError,
    DatasetInfo,
    EpochMetrics,
    FailureInfo,
    RecordedConfig,
    RunRecord,
    RunStatus,
    TrainingConfig,
)

RECORDED = RecordedConfig(
    name="my-net",
    epochs=20,
    record_every=3,
    settings={"lr": 0.1, "layers": [3, None, {"width": 7}], "optimizer": "adam", "amsgrad": True},
)


class TestRoundTrip:
    @pytest.mark.parametrize(
        "config", [TrainingConfig(), TrainingConfig(zeta=0.2, method="rigl"), RECORDED]
    )
    def test_of_both_kinds_of_configuration(self, config):
        record = RunRecord(id="a", config=config, notices=("one",))
        again = RunRecord.model_validate_json(record.model_dump_json())
        assert again == record
        assert type(again.config) is type(config)

    def test_a_recorded_configuration_says_that_it_is_one(self):
        content = json.loads(RunRecord(id="a", config=RECORDED).model_dump_json())
        assert content["config"] == {
            "kind": "recorded",
            "name": "my-net",
            "epochs": 20,
            "record_every": 3,
            "settings": {
                "lr": 0.1,
                "layers": [3, None, {"width": 7}],
                "optimizer": "adam",
                "amsgrad": True,
            },
        }

    @pytest.mark.parametrize(
        ("config", "message"),
        [
            ({"kind": "other"}, "'other' found .* does not match any of the expected tags"),
            ({"kind": "training"}, "kind is no setting"),
            ({"kind": "recorded"}, "name is missing; it must be a text that is not empty"),
            ({"kind": "recorded", "name": "a", "zeta": 0.3}, "zeta is 0.3; it must be left out"),
            ({"name": "a"}, "name is no setting"),
            ({"zeta": 7}, "zeta is 7; it must be a number above 0"),
            (5, "should be an object"),
            (None, "should be an object"),
        ],
    )
    def test_of_anything_else_is_refused(self, config, message):
        with pytest.raises(ValidationError, match=message):
            RunRecord.model_validate_json(json.dumps({"id": "a", "config": config}))


class TestRecordedConfig:
    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ({"name": ""}, "name is ''; it must be a text that is not empty"),
            ({"name": None}, "name is None; it must be a text"),
            ({"epochs": 0}, "epochs is 0; it must be a whole number of at least 1, or nothing"),
            ({"record_every": 1.5}, "record_every is 1.5; it must be a whole number of at least 1"),
            ({"settings": 5}, "settings is 5; it must be JSON values by name, such as {'lr': 0.1}"),
            ({"settings": {"lr": 1 + 2j}}, r"settings\[lr\] is \(1\+2j\); it must be a JSON value"),
            ({"zeta": 0.3}, "zeta is 0.3; it must be left out"),
        ],
    )
    def test_a_value_out_of_range_is_quoted(self, values, message):
        with pytest.raises(ConfigError, match=message):
            RecordedConfig(**({"name": "a"} | values))

    def test_names_every_problem(self):
        with pytest.raises(ConfigError) as caught:
            RecordedConfig(name="", epochs=-1)
        assert caught.value.problems.keys() == {"name", "epochs"}

    def test_is_frozen(self):
        with pytest.raises(ValidationError, match="frozen"):
            RECORDED.name = "other"


class TestStatus:
    @pytest.mark.parametrize(
        ("status", "is_active"),
        [(status, status in ("queued", "pending", "running", "paused")) for status in RunStatus],
    )
    def test_a_change_ends_the_record_unless_it_goes_on(self, status, is_active):
        record = RunRecord(id="a", config=RECORDED)
        changed = record.changed_to(status)
        assert status.is_active == is_active
        assert changed.status is status
        assert (changed.ended is None) == is_active
        assert record.status is RunStatus.PENDING
        assert (changed.id, changed.config, changed.created) == ("a", RECORDED, record.created)

    def test_a_failure_is_data(self):
        try:
            raise KeyError("lost")
        except KeyError as error:
            failure = FailureInfo.of(error)
        changed = RunRecord(id="a", config=RECORDED).changed_to(RunStatus.FAILED, failure)
        again = RunRecord.model_validate_json(changed.model_dump_json())
        assert again.failure == failure
        assert (failure.kind, failure.message) == ("KeyError", "'lost'")
        assert 'raise KeyError("lost")' in failure.traceback
        assert again.changed_to(RunStatus.PENDING).failure is None


def test_what_it_says_of_the_data(blobs):
    info = DatasetInfo.of(blobs)
    assert (info.name, info.n_train, info.n_test) == ("blobs", 120, 45)
    assert (info.n_features, info.n_classes, info.image_shape) == (12, 3, None)
    assert info.digest == blobs.digest
    record = RunRecord(id="a", config=TrainingConfig(), data=info)
    assert RunRecord.model_validate_json(record.model_dump_json()).data == info


class TestMetrics:
    ROW = EpochMetrics(epoch=3, step=0, seconds=0.5, n_connections=9, replaced=0)

    def test_figures_are_optional(self):
        assert self.ROW.values == {"seconds": 0.5, "n_connections": 9, "replaced": 0}

    def test_further_figures_are_values_like_the_others(self):
        row = self.ROW.model_copy(update={"test_loss": 0.25, "figures": {"learning_rate": 0.1}})
        assert row.values == self.ROW.values | {"test_loss": 0.25, "learning_rate": 0.1}
        assert EpochMetrics.model_validate_json(row.model_dump_json()) == row

    def test_an_unknown_name_is_damage(self):
        with pytest.raises(ValidationError, match="test_los"):
            EpochMetrics.model_validate({**self.ROW.model_dump(), "test_los": math.pi})
