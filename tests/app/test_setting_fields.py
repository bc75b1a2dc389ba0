"""Every setting has a field that holds its values, and fields without a meaning say so."""

from __future__ import annotations

import pytest

from app.draft import defaults_of, preset_names
from app.setting_fields import fields_by_theme, is_shown, setting_field, without_meaning
from set_engine import METHODS, PRESETS, TrainingConfig, choices
from set_engine.config import MODELS

NAMES = tuple(TrainingConfig.model_fields)


def test_every_setting_has_one_field() -> None:
    shown = [field.name for fields in fields_by_theme().values() for field in fields]
    assert sorted(shown) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_default_passes_through_its_widget(name: str) -> None:
    field, value = setting_field(name), TrainingConfig.model_fields[name].default
    assert field.from_widget(field.to_widget(value)) == value
    assert field.label
    assert field.help


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_pass_through_the_widgets(preset: str) -> None:
    for name, value in PRESETS[preset].settings.items():
        field = setting_field(name)
        assert field.from_widget(field.to_widget(value)) == value


def test_the_kind_of_a_field_follows_the_type_of_the_setting() -> None:
    kinds = {
        "method": "choice",
        "flip": "switch",
        "channels": "widths",
        "evolve_every": "count",
        "importance_percentile": "number",
        "dataset": "text",
    }
    assert {name: setting_field(name).kind for name in kinds} == kinds
    empty = {"evolve_every": "epoch", "importance_percentile": None, "seed": ...}
    assert {name: setting_field(name).when_empty for name in empty} == empty


def test_an_empty_field_says_what_it_stands_for() -> None:
    said = {name: setting_field(name).placeholder for name in NAMES}
    can_be_empty = {name for name in NAMES if setting_field(name).when_empty is not ...}
    assert {name for name, text in said.items() if text} == can_be_empty
    assert said["evolve_every"] == "epoch"


def test_the_help_of_a_choice_explains_every_name() -> None:
    for name, summary in choices("method").items():
        assert f"- **{name}**: {summary}" in setting_field("method").help


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("method", METHODS)
def test_what_means_nothing_can_be_left_out(model: str, method: str) -> None:
    values = defaults_of(model, method)
    given = {name: value for name, value in values.items() if not without_meaning(name, values)}
    config = TrainingConfig(**given)
    assert (config.model, config.method) == (model, method)
    for name, value in given.items():
        assert getattr(config, name) == value


@pytest.mark.parametrize(
    ("name", "changed", "means_something"),
    [
        ("epsilon", {}, True),
        ("epsilon", {"method": "dense"}, False),
        ("zeta", {"method": "fixprob"}, False),
        ("epsilon", {"method": "fixprob"}, True),
        ("zeta_schedule", {"method": "rigl"}, True),
        ("importance_from", {}, False),
        ("importance_from", {"importance_percentile": 5.0}, True),
        ("importance_percentile", {"method": "fixprob"}, True),
        ("momentum", {"optimizer": "adam"}, False),
        ("channels", {}, False),
        ("channels", {"model": "cnn"}, True),
        ("cd_steps", {"model": "rbm"}, True),
        ("activation", {"model": "rbm"}, False),
        ("initialisation", {"model": "rbm"}, True),
        ("shift", {"model": "rbm"}, True),
    ],
)
def test_what_means_nothing_says_why(
    name: str, changed: dict[str, object], means_something: bool
) -> None:
    values = defaults_of("mlp", "set") | changed
    assert (without_meaning(name, values) == "") == means_something


def test_settings_of_one_model_are_shown_for_it_alone() -> None:
    for model in MODELS:
        values = defaults_of(model, "set")
        assert is_shown("channels", values) == (model == "cnn")
        assert is_shown("cd_steps", values) == (model == "rbm")
        assert is_shown("dropout", values)


def test_the_paper_of_a_method_goes_before_the_model() -> None:
    values = defaults_of("rbm", "rigl")
    assert (values["evolve_every"], values["evolve_until"]) == (100, 0.75)
    assert (values["hidden"], values["momentum"]) == ((200,), 0.0)


def test_presets_come_after_the_defaults() -> None:
    assert preset_names() == ("Defaults", *PRESETS)
