"""What was typed stays; the rest follows the model and the method."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from session_stand_ins import SessionState

from app import draft
from app import session as session_module
from app.draft import (
    DEFAULTS,
    NOTHING,
    begun,
    can_undo,
    defaults_of,
    draft_preset,
    draft_values,
    fill_in,
    held,
    note_inputs,
    note_typed,
    preset_names,
    put_into,
    undo,
)
from app.setting_fields import setting_field, without_meaning
from set_engine import METHODS, PRESETS, TrainingConfig
from set_engine.config import MODELS


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> SessionState:
    """A session nothing was typed in."""
    state = SessionState()
    for module in (draft, session_module):
        monkeypatch.setattr(module, "st", SimpleNamespace(session_state=state))
    return state


@pytest.mark.parametrize("method", METHODS)
def test_the_defaults_of_an_mlp_are_those_of_the_engine(method: str) -> None:
    assert defaults_of("mlp", method) == TrainingConfig(method=method).model_dump()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("method", METHODS)
def test_what_every_model_begins_with_can_be_trained(model: str, method: str) -> None:
    begins = defaults_of(model, method)
    assert begins.keys() == TrainingConfig.model_fields.keys()
    assert TrainingConfig(**begins).model_dump() == begins


def test_what_is_not_typed_follows_the_model_and_the_method() -> None:
    assert draft_values() == TrainingConfig().model_dump()
    note_typed("epochs", 7)
    note_typed("model", "rbm")
    assert draft_values() == defaults_of("rbm", "set") | {"epochs": 7}
    note_typed("method", "rigl")
    assert draft_values() == defaults_of("rbm", "rigl") | {"epochs": 7}
    note_typed("model", "mlp")
    note_typed("method", "set")
    assert draft_values() == TrainingConfig(epochs=7).model_dump()


def test_a_default_that_is_typed_again_follows_the_model_again() -> None:
    note_typed("epochs", 7)
    note_typed("epochs", TrainingConfig().epochs)
    note_typed("model", "rbm")
    assert (
        draft_values()["epochs"] == defaults_of("rbm", "set")["epochs"] != TrainingConfig().epochs
    )


def test_a_value_typed_for_one_model_stays_though_it_is_the_default_of_another() -> None:
    default = defaults_of("rbm", "set")["epochs"]
    note_typed("epochs", default)
    note_typed("model", "rbm")
    note_typed("model", "mlp")
    assert draft_values()["epochs"] == default


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_fills_in_the_settings_of_its_experiment(preset: str) -> None:
    note_typed("epochs", 7)
    note_typed("record_every", 3)
    fill_in(preset)
    wanted = TrainingConfig(**PRESETS[preset].settings).model_dump()
    found = draft_values()
    meant = {name: value for name, value in found.items() if not without_meaning(name, found)}
    assert meant == {name: wanted[name] for name in meant}
    assert draft_preset() == preset


def test_the_defaults_undo_all_that_was_typed_or_filled_in() -> None:
    fill_in("mnist-rigl")
    note_typed("epochs", 7)
    fill_in(DEFAULTS)
    assert draft_values() == TrainingConfig().model_dump()
    assert draft_preset() == DEFAULTS


def test_settings_are_called_by_a_preset_only_while_they_are_its() -> None:
    assert draft_preset() == DEFAULTS
    fill_in("mnist-set")
    epsilon = draft_values()["epsilon"]
    note_typed("epsilon", epsilon + 1)
    assert draft_preset() is None
    note_typed("epsilon", epsilon)
    assert draft_preset() == "mnist-set"


def test_no_two_presets_are_the_same_settings() -> None:
    for name in preset_names():
        fill_in(name)
        assert draft_preset() == name


def test_a_preset_is_not_changed_by_what_is_typed_over_it() -> None:
    before = dict(PRESETS["mnist-set"].settings)
    fill_in("mnist-set")
    note_typed("epochs", 1)
    assert dict(PRESETS["mnist-set"].settings) == before


def test_a_widget_is_given_its_content_once(session: SessionState) -> None:
    field = setting_field("hidden")
    first = begun(field, (64, 32))
    assert session[first] == "64, 32"
    n_assigned = session.n_assigned
    assert begun(field, (64, 32)) == first
    session[first] = "64,  16"
    n_assigned = session.n_assigned
    assert begun(field, (64, 16)) == first, "the same widths, typed otherwise"
    assert (session[first], session.n_assigned) == ("64,  16", n_assigned)


def test_where_another_content_is_due_another_widget_takes_the_place(session: SessionState) -> None:
    field = setting_field("hidden")
    first = begun(field, (64, 32))
    second = begun(field, (200,))
    assert (session[first], session[second]) == ("64, 32", "200")
    # The browser still sends the first, which it has not seen go.
    session[first] = "64, 32"
    assert put_into("setting-hidden") is NOTHING
    session[second] = "40"
    assert put_into("setting-hidden") == "40"


def test_a_preset_that_no_longer_holds_is_not_taken_for_chosen(session: SessionState) -> None:
    first = held("preset", "Defaults")
    second = held("preset", None)
    session[first] = "Defaults"  # sent once more by a browser that has not seen it go
    assert put_into("preset") is NOTHING
    assert held("preset", None) == second != first


def test_an_empty_widget_holds_nothing_and_is_there(session: SessionState) -> None:
    key = held("a", None)
    n_assigned = session.n_assigned
    held("a", None)
    assert session[key] is None
    assert session.n_assigned == n_assigned


def drawn(name: str) -> str:
    """Draws the field of a setting; the key of its widget."""
    return begun(setting_field(name), draft_values()[name])


def test_what_is_put_into_a_widget_is_kept_as_its_setting(session: SessionState) -> None:
    session[drawn("hidden")] = "64, many"
    note_inputs()
    assert draft_values()["hidden"] == (64, "many")
    fill_in("mnist-rigl")
    assert draft_values()["evolve_every"] == 100
    session[drawn("evolve_every")] = None
    note_inputs()
    assert draft_values()["evolve_every"] == "epoch"


def test_what_was_not_changed_goes_on_following_the_defaults(session: SessionState) -> None:
    drawn("learning_rate")
    note_inputs()
    note_typed("model", "rbm")
    assert draft_values()["learning_rate"] == 0.1
    assert session[drawn("learning_rate")] == 0.1
    note_inputs()
    note_typed("model", "mlp")
    assert draft_values()["learning_rate"] == 0.2


def test_a_drawing_that_is_broken_off_loses_nothing(session: SessionState) -> None:
    # Each field was drawn, then the reader put something into two; the next drawing ended early.
    keys = [drawn(name) for name in ("epsilon", "epochs")]
    session[keys[0]], session[keys[1]] = 60.0, 2
    # Asked, but nothing came of it before the drawing ended.
    assert put_into("setting-epsilon") == 60.0
    note_inputs()
    assert (draft_values()["epsilon"], draft_values()["epochs"]) == (60.0, 2)


def test_a_widget_that_streamlit_forgot_changes_nothing(session: SessionState) -> None:
    key = drawn("epochs")
    session[key] = 7
    note_inputs()
    del session[key]
    note_inputs()
    assert draft_values()["epochs"] == 7
    assert session[drawn("epochs")] == 7


def test_what_was_typed_comes_back_after_settings_were_filled_in() -> None:
    assert not can_undo()
    note_typed("zeta", 0.2)
    mine = draft_values()
    fill_in("mnist-set")
    filled = draft_values()
    assert filled != mine
    assert can_undo()
    undo()
    assert draft_values() == mine
    undo()
    assert draft_values() == filled


def test_nothing_is_lost_by_an_undo_after_more_was_typed() -> None:
    fill_in("mnist-set")
    note_typed("seed", 7)
    undo()
    undo()
    assert draft_values()["seed"] == 7


def test_the_same_settings_filled_in_again_count_once() -> None:
    note_typed("zeta", 0.2)
    mine = draft_values()
    fill_in("mnist-set")
    fill_in("mnist-set")
    undo()
    assert draft_values() == mine
