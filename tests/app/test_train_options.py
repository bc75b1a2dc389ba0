"""Options made from the configuration."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated, Any

import pytest
from pydantic import Field
from typer.testing import CliRunner

from app import train_options
from app.cli import cli
from app.train_options import setting_options
from set_engine import METHODS, TrainingConfig, config
from set_engine.methods import SET


def options() -> dict[str, Any]:
    return {option.name: option for option in setting_options()}


def test_there_is_one_option_for_each_setting_and_none_has_a_value_of_its_own() -> None:
    assert options().keys() == TrainingConfig.model_fields.keys()
    assert {option.default for option in setting_options()} == {None}


def test_an_option_says_what_is_allowed_and_its_default() -> None:
    zeta = options()["zeta"]
    assert zeta.opts == ["--zeta"]
    assert zeta.help == (
        "ζ in (0, 1): the fraction of connections replaced at an evolution "
        "[a number above 0 and below 1; default: 0.3]"
    )
    assert options()["hidden"].help.endswith("from 1 to 10,000,000; default: 256,256,256]")


def test_a_switch_has_two_forms() -> None:
    flip = options()["flip"]
    assert (flip.opts, flip.secondary_opts) == (["--flip"], ["--no-flip"])


def test_no_help_names_code() -> None:
    assert [option.name for option in setting_options() if "set_engine" in option.help] == []


def test_options_of_one_panel_stand_together() -> None:
    panels = [option.rich_help_panel for option in setting_options()]
    changes = sum(panel != following for panel, following in pairwise(panels))
    assert changes + 1 == len(set(panels))
    assert set(panels) >= {"Data", "Model", "Sparsity", "Training", "Images", "Run"}


def test_a_new_setting_is_an_option_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    class Wider(TrainingConfig):
        beta_one: Annotated[float, Field(ge=0, description="a number of at least 0")] = 0.9

    for module in (train_options, config):
        monkeypatch.setattr(module, "TrainingConfig", Wider)
    added = options()["beta_one"]
    assert added.opts == ["--beta-one"]
    assert added.rich_help_panel == "Other settings"
    assert added.help == "[a number of at least 0; default: 0.9]"


def test_a_new_method_is_a_choice_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    class Mine(SET):
        """Not registered: only this test knows it."""

    Mine.summary = "one of my own"
    monkeypatch.setitem(METHODS, "mine", Mine)
    output = CliRunner().invoke(cli, ["train", "--help"]).output
    assert re.search(r"^ +mine +one of my own$", output, re.MULTILINE)
