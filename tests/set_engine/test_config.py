from __future__ import annotations

import json
import math
import pickle

import pytest
from pydantic import ValidationError

from set_engine import METHODS, ConfigError, TrainingConfig, allowed, choices
from set_engine.activations import ACTIVATIONS
from set_engine.initialisation import INITIALISATIONS
from set_engine.optimizers import OPTIMIZERS
from set_engine.schedules import LEARNING_RATE_SCHEDULES, ZETA_SCHEDULES

# Every setting has another value than its default.
OTHER = TrainingConfig(
    model="cnn",
    method="set-random-removal",
    dataset="/data/mnist",
    hidden=(30, 20),
    channels=(8, 16, 24),
    cd_steps=3,
    epsilon=11,
    zeta=0.25,
    zeta_schedule="cosine",
    evolve_every=50,
    evolve_until=0.8,
    new_weights=0.1,
    importance_percentile=12.5,
    importance_from=0,
    importance_every=5,
    epochs=7,
    batch_size=10,
    optimizer="adamw",
    learning_rate=0.01,
    learning_rate_schedule="warmup_cosine",
    momentum=0.5,
    weight_decay=0,
    dropout=0.3,
    activation="srelu",
    loss="mse",
    initialisation="xavier_uniform",
    shift=0.1,
    rotate=15,
    flip=True,
    sparse_output=True,
    seed=2**63 - 1,
    record_every=5,
)

RIGL = TrainingConfig(method="rigl")
RBM = TrainingConfig(model="rbm", hidden=(80,))

_METHODS = "set, set-random-removal, set-largest-removal, masked, fixprob, dense or rigl"
_SCHEDULES = "constant, cosine, step, linear or warmup_cosine"
_INITIALISATIONS = "he_normal, he_uniform, xavier_normal, xavier_uniform, lecun_normal or normal"

BAD = [
    ("model", "resnet", "mlp, cnn or rbm"),
    ("model", "MLP", "mlp, cnn or rbm"),
    ("model", 5, "mlp, cnn or rbm"),
    ("method", "SET", _METHODS),
    ("method", "", _METHODS),
    ("method", None, _METHODS),
    ("method", ["set"], _METHODS),
    ("method", {"set": 1}, _METHODS),
    ("channels", (), "one or more whole numbers, each from 1 to 10,000,000"),
    ("channels", 32, "one or more whole numbers"),
    ("cd_steps", 0, "a whole number of at least 1"),
    ("cd_steps", 1.5, "a whole number of at least 1"),
    ("zeta_schedule", "linear", "constant or cosine"),
    ("evolve_every", 0, "epoch, or a whole number of steps of at least 1"),
    ("evolve_every", -100, "epoch, or a whole number of steps of at least 1"),
    ("evolve_every", 2.5, "epoch, or a whole number of steps of at least 1"),
    ("evolve_every", "step", "epoch, or a whole number of steps of at least 1"),
    ("evolve_every", None, "epoch, or a whole number of steps of at least 1"),
    ("evolve_until", 0, "a number above 0 and up to 1"),
    ("evolve_until", 1.01, "a number above 0 and up to 1"),
    ("evolve_until", math.nan, "a number above 0 and up to 1"),
    ("new_weights", -0.1, "a finite number of at least 0"),
    ("new_weights", math.inf, "a finite number of at least 0"),
    ("new_weights", math.nan, "a finite number of at least 0"),
    ("importance_percentile", 0, "a number above 0 and below 100, or nothing"),
    ("importance_percentile", 100, "a number above 0 and below 100, or nothing"),
    ("importance_percentile", math.nan, "a number above 0 and below 100, or nothing"),
    ("importance_percentile", "half", "a number above 0 and below 100, or nothing"),
    ("importance_from", -0.1, "a number of at least 0 and below 1"),
    ("importance_from", 1, "a number of at least 0 and below 1"),
    ("importance_every", 0, "a whole number of at least 1"),
    ("optimizer", "lbfgs", "sgd, adam, adamw, rmsprop or adagrad"),
    ("learning_rate_schedule", "exponential", _SCHEDULES),
    ("loss", "hinge", "cross_entropy or mse"),
    ("initialisation", "zeros", _INITIALISATIONS),
    ("shift", -0.01, "a number from 0 to 0.5"),
    ("shift", 0.51, "a number from 0 to 0.5"),
    ("shift", math.nan, "a number from 0 to 0.5"),
    ("rotate", -1, "a number from 0 to 180"),
    ("rotate", 181, "a number from 0 to 180"),
    ("rotate", math.nan, "a number from 0 to 180"),
    ("flip", "perhaps", "true or false"),
    ("flip", 0.5, "true or false"),
    ("dataset", "", "digits; a folder of IDX files"),
    ("dataset", 5, "digits; a folder of IDX files"),
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
    ("activation", "swish", "relu, leaky_relu, srelu, all_relu, sigmoid, tanh or gelu"),
    ("sparse_output", "perhaps", "true or false"),
    ("seed", -1, "a whole number from 0 to 9,223,372,036,854,775,807"),
    ("seed", 2**63, "a whole number from 0 to 9,223,372,036,854,775,807"),
    ("record_every", 0, "a whole number of at least 1, or nothing"),
]


class TestRoundTrip:
    def test_the_other_settings_are_others(self):
        default = TrainingConfig()
        assert not [
            name
            for name in TrainingConfig.model_fields
            if getattr(OTHER, name) == getattr(default, name)
        ]

    @pytest.mark.parametrize("config", [TrainingConfig(), OTHER, RIGL, RBM])
    def test_json(self, config):
        assert TrainingConfig.from_json(config.to_json()) == config
        assert list(json.loads(config.to_json())) == list(TrainingConfig.model_fields)

    @pytest.mark.parametrize("config", [TrainingConfig(), OTHER, RIGL, RBM])
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
        with pytest.raises(ConfigError, match="lr is no setting; the settings are model, method"):
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


class TestChoices:
    @pytest.mark.parametrize(
        ("setting", "names"),
        [
            ("model", ["mlp", "cnn", "rbm"]),
            ("method", METHODS),
            ("zeta_schedule", ZETA_SCHEDULES),
            ("optimizer", OPTIMIZERS),
            ("learning_rate_schedule", LEARNING_RATE_SCHEDULES),
            ("activation", ACTIVATIONS),
            ("loss", ["cross_entropy", "mse"]),
            ("initialisation", INITIALISATIONS),
        ],
    )
    def test_are_all_accepted_and_explained(self, setting, names):
        assert list(choices(setting)) == list(names)
        for name, summary in choices(setting).items():
            assert summary
            assert getattr(TrainingConfig(**{setting: name}, **_fitting(name)), setting) == name
            assert name in allowed(setting)
        assert allowed(setting).endswith(f" or {list(names)[-1]}")

    @pytest.mark.parametrize("setting", ["zeta", "hidden", "evolve_every", "dataset", "nonsense"])
    def test_there_are_none_of_other_settings(self, setting):
        assert dict(choices(setting)) == {}

    def test_every_setting_that_is_a_name_has_some(self):
        named = {
            name
            for name, field in TrainingConfig.model_fields.items()
            if isinstance(field.default, str) and name not in ("dataset", "evolve_every")
        }
        assert named == {name for name in TrainingConfig.model_fields if choices(name)}


def _fitting(name: str) -> dict[str, object]:
    """What a name needs beside it."""
    return {"hidden": (80,)} if name == "rbm" else {}


class TestDefaultsOfAMethod:
    PUBLISHED = ("zeta", "zeta_schedule", "evolve_every", "evolve_until")

    def test_rigl_has_its_papers(self):
        # Evci et al. 2020: a cosine from 0.3, every 100 steps, until 75 % of the training.
        assert [getattr(RIGL, name) for name in self.PUBLISHED] == [0.3, "cosine", 100, 0.75]
        others = set(TrainingConfig.model_fields) - {*self.PUBLISHED, "method"}
        default = TrainingConfig()
        assert all(getattr(RIGL, name) == getattr(default, name) for name in others)

    @pytest.mark.parametrize("method", [name for name in METHODS if name != "rigl"])
    def test_the_others_have_those_of_set(self, method):
        config = TrainingConfig(method=method)
        assert [getattr(config, name) for name in self.PUBLISHED] == [0.3, "constant", "epoch", 1.0]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("zeta", 0.1),
            ("zeta_schedule", "constant"),
            ("evolve_every", "epoch"),
            ("evolve_every", 7),
            ("evolve_until", 1.0),
        ],
    )
    def test_what_is_said_counts(self, name, value):
        for config in (
            TrainingConfig(method="rigl", **{name: value}),
            TrainingConfig.from_json(json.dumps({"method": "rigl", name: value})),
        ):
            assert getattr(config, name) == value
            others = [other for other in self.PUBLISHED if other != name]
            assert all(getattr(config, other) == getattr(RIGL, other) for other in others)
            assert TrainingConfig.from_json(config.to_json()) == config

    def test_fill_json_too(self):
        assert TrainingConfig.from_json('{"method": "rigl"}') == RIGL

    def test_do_not_hide_what_is_wrong(self):
        with pytest.raises(ConfigError) as caught:
            TrainingConfig(method="rigl", evolve_every=0, zeta=1)
        assert set(caught.value.problems) == {"evolve_every", "zeta"}


class TestSettingsThatDoNotFit:
    @pytest.mark.parametrize(
        ("settings", "problems"),
        [
            ({}, {"hidden": "hidden is 256, 256, 256; it must be one width for an RBM"}),
            ({"hidden": (30, 20)}, {"hidden": "hidden is 30, 20; it must be one width for an RBM"}),
            (
                {"hidden": (30,), "sparse_output": True},
                {"sparse_output": "sparse_output is True; it must be False for an RBM"},
            ),
        ],
    )
    def test_an_rbm_has_one_layer(self, settings, problems):
        for make in (
            lambda: TrainingConfig(model="rbm", **settings),
            lambda: TrainingConfig.from_json(json.dumps({"model": "rbm", **settings})),
        ):
            with pytest.raises(ConfigError) as caught:
                make()
            assert caught.value.problems == problems
            assert str(caught.value) == "; ".join(problems.values())

    def test_all_of_them_are_named(self):
        with pytest.raises(ConfigError) as caught:
            TrainingConfig(model="rbm", sparse_output=True)
        assert set(caught.value.problems) == {"hidden", "sparse_output"}

    @pytest.mark.parametrize("model", ["mlp", "cnn"])
    def test_others_have_as_many_as_they_like(self, model):
        config = TrainingConfig(model=model, hidden=(30, 20), sparse_output=True)
        assert config.hidden == (30, 20)


@pytest.mark.parametrize(
    ("settings", "changes"),
    [
        ({"method": "set"}, True),
        ({"method": "rigl"}, True),
        ({"method": "fixprob"}, False),
        ({"method": "dense"}, False),
        ({"method": "fixprob", "importance_percentile": 10}, True),
    ],
)
def test_whether_the_wiring_ever_changes(settings, changes):
    assert TrainingConfig(**settings).changes_wiring is changes


def test_dense_layers_have_no_importance_pruning():
    with pytest.raises(ConfigError, match="importance_percentile is 10; it must be nothing for"):
        TrainingConfig(method="dense", importance_percentile=10)


@pytest.mark.parametrize("name", ["epochs", "seed", "evolve_every", "record_every", "cd_steps"])
@pytest.mark.parametrize("value", [True, "5"])
def test_what_only_looks_like_a_whole_number_is_refused(name, value):
    with pytest.raises(ConfigError, match=f"{name} is {value!r}; it must be"):
        TrainingConfig(**{name: value})
