"""The settings in the sidebar: what is typed, what follows the defaults, what is refused."""

from __future__ import annotations

import re
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from set_engine import METHODS, PRESETS, SET, RunRecord, TrainingConfig
from set_engine.run_record import FailureInfo

SECONDS = 60


def page() -> None:
    import streamlit as st

    from app.settings_panel import settings_panel

    wanted = settings_panel(st.session_state.get("shown"))
    if wanted is not None:
        config, dataset = wanted
        st.session_state["wanted"] = config
        st.session_state["data"] = dataset.name


@pytest.fixture
def panel() -> AppTest:
    return drawn(AppTest.from_function(page, default_timeout=SECONDS))


def drawn(panel: AppTest) -> AppTest:
    panel.run()
    assert not panel.exception
    return panel


def widget(panel: AppTest, kind: str, name: str) -> Any:
    """The widget that stands for a setting at present."""
    number = re.compile(rf"{name}-[0-9]+")
    (found,) = (one for one in panel.get(kind) if number.fullmatch(one.key))
    return found


def field(panel: AppTest, name: str) -> Any:
    kinds = ("selectbox", "checkbox", "number_input", "text_input")
    number = re.compile(rf"setting-{name}-[0-9]+")
    (found,) = (one for kind in kinds for one in panel.get(kind) if number.fullmatch(one.key))
    return found.value


def choose(panel: AppTest, name: str, value: object) -> None:
    widget(panel, "selectbox", name).set_value(value)
    drawn(panel)


def number(panel: AppTest, name: str, value: float | None) -> None:
    widget(panel, "number_input", f"setting-{name}").set_value(value)
    drawn(panel)


def unfold(panel: AppTest, theme: str) -> None:
    panel.session_state[f"theme-{theme}"] = True
    drawn(panel)


def button(panel: AppTest, label: str) -> Any:
    (found,) = (one for one in panel.button if one.label.startswith(label))
    return found


def train(panel: AppTest) -> TrainingConfig:
    button(panel, "Train").click()
    drawn(panel)
    config = panel.session_state["wanted"]
    assert isinstance(config, TrainingConfig)
    return config


def problems(panel: AppTest) -> list[str]:
    return [error.value for error in panel.error]


def test_the_fields_of_the_start_are_the_defaults(panel: AppTest) -> None:
    assert widget(panel, "selectbox", "settings-preset").value == "Defaults"
    assert train(panel) == TrainingConfig()
    assert panel.session_state["data"] == "digits"


def test_a_method_brings_its_papers_settings_unless_typed_otherwise(panel: AppTest) -> None:
    unfold(panel, "Evolution")
    number(panel, "evolve_until", 0.5)
    choose(panel, "setting-method", "rigl")
    assert field(panel, "evolve_every") == 100
    assert field(panel, "zeta_schedule") == "cosine"
    assert field(panel, "evolve_until") == 0.5
    choose(panel, "setting-method", "set")
    assert field(panel, "evolve_every") is None
    assert field(panel, "evolve_until") == 0.5
    assert train(panel) == TrainingConfig(evolve_until=0.5)


def test_an_rbm_begins_with_settings_that_suit_it(panel: AppTest) -> None:
    choose(panel, "setting-model", "rbm")
    config = train(panel)
    assert config == TrainingConfig(
        model="rbm", hidden=(200,), epochs=200, batch_size=10, learning_rate=0.1, momentum=0.0
    )


def test_what_means_nothing_is_disabled_and_keeps_its_default(panel: AppTest) -> None:
    number(panel, "zeta", 5.0)
    assert problems(panel) == [r"zeta is 5.0; it must be a number above 0 and below 1"]
    choose(panel, "setting-method", "fixprob")
    zeta = widget(panel, "number_input", "setting-zeta")
    assert zeta.disabled
    assert "The wiring of fixprob never changes." in zeta.help
    assert train(panel).zeta == TrainingConfig().zeta


@pytest.mark.parametrize("name", ["coil20-set-rbm", "mnist-rigl", "cifar10-set-cnn"])
def test_a_preset_fills_the_fields_and_the_defaults_undo_it(panel: AppTest, name: str) -> None:
    number(panel, "seed", 7)
    assert widget(panel, "selectbox", "settings-preset").value is None
    choose(panel, "settings-preset", name)
    assert widget(panel, "selectbox", "settings-preset").value == name
    assert field(panel, "epochs") == PRESETS[name].settings["epochs"]
    assert field(panel, "seed") == 0
    assert widget(panel, "text_input", "setting-dataset").value == PRESETS[name].settings["dataset"]
    choose(panel, "settings-preset", "Defaults")
    assert train(panel) == TrainingConfig()


def test_what_a_preset_replaced_comes_back(panel: AppTest) -> None:
    number(panel, "seed", 7)
    choose(panel, "settings-preset", "mnist-rigl")
    button(panel, "Undo").click()
    drawn(panel)
    assert widget(panel, "selectbox", "settings-preset").value is None
    assert field(panel, "seed") == 7
    assert train(panel) == TrainingConfig(seed=7)


def test_a_method_registered_by_others_appears_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    class Borrowed(SET):
        defaults = MappingProxyType({"epsilon": 9.0})

    Borrowed.name, Borrowed.summary = "borrowed", "from somebody else"
    monkeypatch.setitem(METHODS, "borrowed", Borrowed)
    panel = drawn(AppTest.from_function(page, default_timeout=SECONDS))
    choose(panel, "setting-method", "borrowed")
    assert field(panel, "epsilon") == 9.0
    assert "from somebody else" in widget(panel, "selectbox", "setting-method").help


def test_what_was_typed_into_a_theme_stays_while_it_is_folded(panel: AppTest) -> None:
    unfold(panel, "Evolution")
    number(panel, "evolve_until", 0.5)
    panel.session_state["theme-Evolution"] = False
    drawn(panel)
    assert not [one for one in panel.number_input if one.label.startswith("Evolve until")]
    assert train(panel) == TrainingConfig(evolve_until=0.5)
    unfold(panel, "Evolution")
    assert field(panel, "evolve_until") == 0.5


def test_a_refused_setting_in_a_folded_theme_unfolds_it(panel: AppTest) -> None:
    def is_open() -> bool:
        (theme,) = (one for one in panel.expander if one.label == "Optimiser and schedule")
        return bool(theme.proto.expanded)

    assert not is_open()
    panel.session_state["typed_settings"] = {"momentum": 1.0}  # as a link may bring it
    drawn(panel)
    assert is_open()
    assert button(panel, "Train").disabled
    assert problems(panel) == ["momentum is 1.0; it must be a number of at least 0 and below 1"]
    number(panel, "momentum", 0.5)
    assert problems(panel) == []
    assert is_open(), "it closed under the reader's hands"


def test_kinds_of_sources_keep_what_was_typed_for_each(panel: AppTest, tmp_path: Path) -> None:
    def choose_kind(title: str) -> None:
        (kind,) = (one for one in panel.selectbox if one.label == "Data set")
        kind.select_index(kind.options.index(title))
        drawn(panel)

    def type_name(text: str) -> None:
        widget(panel, "text_input", "setting-dataset").set_value(text)
        drawn(panel)

    choose_kind("File or folder")
    assert len(problems(panel)) == 1
    type_name(str(tmp_path / "nowhere"))
    assert "is not there" in problems(panel)[0]
    choose_kind("Synthetic")
    assert problems(panel) == []
    type_name("samples=few")
    assert "'few'; it must be a whole number" in problems(panel)[0]
    type_name("samples=300,features=12,classes=3")
    choose_kind("File or folder")
    assert widget(panel, "text_input", "setting-dataset").value == str(tmp_path / "nowhere")
    choose_kind("Synthetic")
    assert train(panel).dataset == "synthetic:samples=300,features=12,classes=3"


def test_settings_that_do_not_fit_the_data_are_refused_until_either_changes(
    panel: AppTest,
) -> None:
    number(panel, "batch_size", 5000)
    button(panel, "Train").click()
    drawn(panel)
    (said,) = problems(panel)
    assert "batch" in said
    assert "at most 1437" in said
    assert button(panel, "Train").disabled
    number(panel, "batch_size", 1000)
    assert problems(panel) == []
    assert train(panel).batch_size == 1000


def test_data_that_cannot_be_read_are_said_and_may_be_tried_again(
    panel: AppTest, tmp_path: Path
) -> None:
    (tmp_path / "table.csv").write_text("a,b\n1,x\n")
    (kind,) = (one for one in panel.selectbox if one.label == "Data set")
    kind.select_index(1)
    drawn(panel)
    widget(panel, "text_input", "setting-dataset").set_value(str(tmp_path / "table.csv"))
    drawn(panel)
    assert problems(panel) == []
    button(panel, "Train").click()
    drawn(panel)
    assert len(problems(panel)) == 1
    assert "wanted" not in panel.session_state
    assert not button(panel, "Train").disabled


def test_the_learning_rate_that_diverged_is_marked() -> None:
    panel = AppTest.from_function(page, default_timeout=SECONDS)
    failure = FailureInfo(kind="DivergedError", message="the loss became nan", traceback="")
    config = TrainingConfig(learning_rate=0.2)
    panel.session_state["shown"] = RunRecord(id="a", config=config, failure=failure)
    drawn(panel)
    assert "With learning rate 0.2" in panel.warning[0].value
    number(panel, "learning_rate", 0.1)
    assert not panel.warning
