from __future__ import annotations

import json
import math
import pickle

import pytest
from pydantic import ValidationError

from set_engine import ConfigError, TrainingConfig, allowed

OTHER = TrainingConfig(
    dataset="/data/mnist",
    hidden=(30, 20),
    epsilon=11,
    zeta=0.25,
    epochs=7,
    batch_size=10,
    learning_rate=0.01,
    momentum=0.5,
    weight_decay=0,
    dropout=0.3,
    activation="srelu",
    sparse_output=True,
    seed=2**63 - 1,
    record_every=5,
)

BAD = [
    ("dataset", "", "digits, or the path of a folder of IDX files"),
    ("dataset", 5, "digits, or the path"),
    ("hidden", (), "one or more whole numbers, each from 1 to 10,000,000"),
    ("hidden", 100, "one or more whole numbers"),
    ("epsilon", 0, "a finite number above 0"),
    ("epsilon", -1.5, "a finite number above 0"),
    ("epsilon", math.inf, "a finite number above 0"),
    ("epsilon", math.nan, "a finite number above 0"),
    ("epsilon", "many", "a finite number above 0"),
    ("zeta", 0, "a number above 0 and below 1"),
    ("zeta", 1, "a number above 0 and below 1"),
    ("zeta", -0.3, "a number above 0 and below 1"),
    ("zeta", math.nan, "a number above 0 and below 1"),
    ("epochs", 0, "a whole number from 1 to 1,000,000"),
    ("epochs", 1_000_001, "a whole number from 1 to 1,000,000"),
    ("epochs", 2.5, "a whole number from 1 to 1,000,000"),
    ("batch_size", 0, "a whole number of at least 1"),
    ("learning_rate", 0, "a finite number above 0"),
    ("learning_rate", math.inf, "a finite number above 0"),
    ("momentum", 1, "a number of at least 0 and below 1"),
    ("momentum", -0.1, "a number of at least 0 and below 1"),
    ("weight_decay", -1e-9, "a finite number of at least 0"),
    ("weight_decay", math.inf, "a finite number of at least 0"),
    ("dropout", 1, "a number of at least 0 and below 1"),
    ("activation", "tanh", "relu, leaky_relu or srelu"),
    ("sparse_output", "perhaps", "true or false"),
    ("seed", -1, "a whole number from 0 to 9,223,372,036,854,775,807"),
    ("seed", 2**63, "a whole number from 0 to 9,223,372,036,854,775,807"),
    ("record_every", 0, "a whole number of at least 1, or nothing"),
]


class TestRoundTrip:
    @pytest.mark.parametrize("config", [TrainingConfig(), OTHER])
    def test_json(self, config):
        assert TrainingConfig.from_json(config.to_json()) == config
        assert list(json.loads(config.to_json())) == list(TrainingConfig.model_fields)

    @pytest.mark.parametrize("config", [TrainingConfig(), OTHER])
    def test_pickle(self, config):
        assert pickle.loads(pickle.dumps(config)) == config

    def test_absent_settings_have_their_defaults(self):
        config = TrainingConfig.from_json('{"hidden": [8], "zeta": 0.5}')
        assert config == TrainingConfig(hidden=(8,), zeta=0.5)

    def test_is_frozen_and_hashable(self):
        config = TrainingConfig(hidden=[8, 9])
        assert config.hidden == (8, 9)
        with pytest.raises(ValidationError, match="frozen"):
            config.zeta = 0.5
        assert len({config, TrainingConfig(hidden=(8, 9)), OTHER}) == 2

    @pytest.mark.parametrize("dataset", ["Grüße/数据", 'a "quoted" \\ name'])
    def test_any_path(self, dataset):
        config = TrainingConfig(dataset=dataset)
        assert TrainingConfig.from_json(config.to_json()).dataset == dataset


class TestRefusals:
    @pytest.mark.parametrize(("name", "value", "range_"), BAD)
    def test_quote_the_value_and_the_range(self, name, value, range_):
        with pytest.raises(ConfigError) as caught:
            TrainingConfig(**{name: value})
        message = f"{name} is {value!r}; it must be {range_}"
        assert list(caught.value.problems) == [name]
        assert caught.value.problems[name].startswith(message)
        assert str(caught.value) == caught.value.problems[name]
        assert allowed(name).startswith(range_)

    @pytest.mark.parametrize(("name", "value", "range_"), BAD)
    def test_are_the_same_from_json(self, name, value, range_):
        with pytest.raises(ConfigError) as caught:
            TrainingConfig.from_json(json.dumps({name: value}))
        shown = list(value) if isinstance(value, tuple) else value
        assert list(caught.value.problems) == [name]
        assert caught.value.problems[name].startswith(f"{name} is {shown!r}; it must be {range_}")

    @pytest.mark.parametrize("width", [0, -3, 10_000_001, 2.5])
    def test_name_the_layer_whose_width_is_wrong(self, width):
        with pytest.raises(ConfigError, match=rf"hidden\[1\] is {width}; it must be one or more"):
            TrainingConfig(hidden=(5, width, 5))

    def test_name_everything_that_is_wrong(self):
        settings = {"zeta": 2, "hidden": (0, -1), "epochs": 0, "lr": 3}
        for make in (
            lambda: TrainingConfig(**settings),
            lambda: TrainingConfig.from_json(json.dumps(settings)),
        ):
            with pytest.raises(ConfigError) as caught:
                make()
            assert set(caught.value.problems) == set(settings)
            assert all(problem in str(caught.value) for problem in caught.value.problems.values())
            assert caught.value.problems["hidden"].startswith("hidden[0] is 0")

    def test_an_unknown_setting(self):
        with pytest.raises(ConfigError, match="lr is no setting; the settings are dataset, hidden"):
            TrainingConfig(lr=0.1)

    @pytest.mark.parametrize("text", ["", "{", "null", "[]", "7", '{"zeta": }', "{'zeta': 0.3}"])
    def test_json_that_is_no_object(self, text):
        with pytest.raises(ConfigError) as caught:
            TrainingConfig.from_json(text)
        assert list(caught.value.problems) == ["settings"]

    def test_are_value_errors(self):
        with pytest.raises(ValueError, match="zeta is 7"):
            TrainingConfig(zeta=7)

    @pytest.mark.parametrize("name", list(TrainingConfig.model_fields))
    def test_every_setting_says_what_is_allowed(self, name):
        assert len(allowed(name)) > 10
