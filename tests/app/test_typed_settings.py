"""Settings as typed."""

from __future__ import annotations

import pytest

from app.typed_settings import as_typed, configuration
from set_engine import PRESETS, ConfigError, Preset, TrainingConfig


@pytest.mark.parametrize("setting", TrainingConfig.model_fields)
def test_every_default_is_read_back_as_it_is_shown(setting: str) -> None:
    default = TrainingConfig.model_fields[setting].default
    typed = default if isinstance(default, bool) else as_typed(default)
    assert getattr(configuration(None, {setting: typed}), setting) == default


def test_typed_text_becomes_what_the_setting_takes() -> None:
    typed = {"hidden": "16, 8", "evolve_every": "50", "record_every": "2", "learning_rate": "1e-2"}
    assert configuration(None, typed) == TrainingConfig(
        hidden=(16, 8), evolve_every=50, record_every=2, learning_rate=0.01
    )


def test_a_large_seed_keeps_every_figure() -> None:
    assert configuration(None, {"seed": str(2**63 - 1)}).seed == 2**63 - 1


@pytest.mark.parametrize("nothing", ["nothing", "none", "None"])
def test_nothing_unsets_what_a_preset_sets(nothing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PRESETS, "pruned", Preset("a test", {"importance_percentile": 5.0}))
    assert configuration("pruned", {}).importance_percentile == 5
    typed = {"importance_percentile": nothing}
    assert configuration("pruned", typed).importance_percentile is None


def test_nothing_is_no_value_of_a_setting_that_needs_one() -> None:
    with pytest.raises(ConfigError, match="epochs is 'nothing'; it must be a whole number"):
        configuration(None, {"epochs": "nothing"})


def test_typed_wins_over_preset_and_preset_over_method(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"method": "rigl", "zeta_schedule": "constant", "epsilon": 7.0}
    monkeypatch.setitem(PRESETS, "mine", Preset("a test", settings))
    config = configuration("mine", {"epsilon": "3"})
    assert (config.epsilon, config.zeta_schedule, config.evolve_every) == (3, "constant", 100)
    assert settings["epsilon"] == 7
