"""The settings of the next run as they stand in a session: what was typed, and defaults beside it.

Streamlit forgets the widgets of a page while another one is shown, so what was typed is kept
beside them. Only what differs from the defaults counts as typed: the rest follows the model and
the method that are chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import streamlit as st

from app.session import kept, session
from app.setting_fields import SettingField, setting_field
from set_engine import METHODS, PRESETS, TrainingConfig

DEFAULTS = "Defaults"
"""The name of the settings that nothing was typed into."""

NOTHING = object()
"""What `put_into` gives for a widget that is as it was drawn."""

_UNSAID = {"model": "mlp", "method": "set"}  # what a draft is of when nothing was said
_TYPED = "typed_settings"  # in the session: name -> value
_BEFORE = "settings_before"  # in the session: what was typed before it was replaced
_WIDGETS = "setting_widgets"  # in the session: name -> the widget that there is of it

# What to begin with where TrainingConfig's defaults, those of an MLP on digits, do not serve.
_MODEL_DEFAULTS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "cnn": {"hidden": (256,), "epochs": 20, "learning_rate": 0.05},
        "rbm": {
            "hidden": (200,),
            "epochs": 200,
            "batch_size": 10,
            "learning_rate": 0.1,
            "momentum": 0.0,
        },
    }
)


@dataclass(frozen=True)
class _Widget:
    number: int
    drawn_with: Any


def defaults_of(model: str, method: str) -> dict[str, Any]:
    """What every field begins with; the settings of the method's paper go before the model's.

    >>> defaults_of("rbm", "rigl")["hidden"], defaults_of("mlp", "rigl")["evolve_every"]
    ((200,), 100)
    """
    plain = {name: field.default for name, field in TrainingConfig.model_fields.items()}
    chosen = {"model": model, "method": method}
    return plain | dict(_MODEL_DEFAULTS.get(model, {})) | dict(METHODS[method].defaults) | chosen


def preset_names() -> tuple[str, ...]:
    """The defaults, and every experiment whose settings can be filled in."""
    return (DEFAULTS, *PRESETS)


def draft_values() -> dict[str, Any]:
    """Every setting as its field shows it."""
    return _values(_typed())


def draft_preset() -> str | None:
    """The preset whose settings the fields show; None if they show others."""
    values = draft_values()
    return next((name for name in preset_names() if _values(_settings(name)) == values), None)


def fill_in(preset: str) -> None:
    """Replace all that was typed by the settings of a preset."""
    fill_with(_settings(preset))


def fill_with(settings: Mapping[str, Any]) -> None:
    """Replace all that was typed by these settings; what they leave out follows the defaults."""
    chosen = _chosen(settings)
    others = _values(chosen)
    _replace({name: value for name, value in settings.items() if value != others[name]} | chosen)


def can_undo() -> bool:
    """Whether settings were filled in, so that those of before can be had back."""
    before = session().get(_BEFORE)
    return before is not None and before != _typed()


def undo() -> None:
    """Exchange the settings for those of before the last filling in: twice changes nothing."""
    if can_undo():
        _replace(dict(session()[_BEFORE]))


def _replace(settings: Mapping[str, Any]) -> None:
    typed = _typed()
    if typed != settings:  # the callback of a widget and the drawing after it both say so
        st.session_state[_BEFORE] = dict(typed)
        typed.clear()
        typed.update(settings)


def typed_settings() -> dict[str, Any]:
    """What is to be said of the settings, so that the rest follows by itself."""
    unsaid = _UNSAID.items()
    return {name: value for name, value in _typed().items() if (name, value) not in unsaid}


def note_typed(name: str, value: Any) -> None:
    """Keep what was typed into a field; what is the default anyway goes on following it."""
    typed = _typed()
    others = {other: typed[other] for other in typed if other != name}
    if name not in _UNSAID and _values(others)[name] == value:
        typed.pop(name, None)
    else:
        typed[name] = value


def note_inputs() -> None:
    """Keep what was put into the fields since they were drawn.

    To be called when a widget changes, and before all are drawn anew. Both, and the widgets
    persist: the next input breaks a drawing off, and Streamlit forgets what those below held.
    """
    for name in TrainingConfig.model_fields.keys() - {"dataset"}:  # that one is in several widgets
        field, value = setting_field(name), put_into(_name(name))
        if value is not NOTHING:
            note_typed(name, field.from_widget(value))


def begun(field: SettingField, value: Any) -> str:
    """The key of a field's widget, which holds `value` from here on."""
    return held(_name(field.name), field.to_widget(value), field.from_widget)


def held(name: str, value: Any, meaning: Callable[[Any], Any] = lambda content: content) -> str:
    """The key of the widget of this name, which holds `value` from here on.

    A widget is given its content once, when it is new; where another content is due, a new widget
    takes its place. For what Streamlit assigns to a widget reaches the browser later, and until
    then the browser sends the content of before with every input, as if the reader had put it in.

    Args:
        name: of the widget, free of the number that tells it from those before it.
        value: what it shall hold.
        meaning: of a content; one that means the same stays as it was typed.
    """
    state, widgets = session(), kept(_WIDGETS)
    number = widgets[name].number if name in widgets else 0
    content = state.get(_key(name, number), value)
    if meaning(content) != meaning(value):
        number, content = number + 1, value
    key = _key(name, number)
    if key not in state:
        # Not given as the widget's own default: Streamlit warns of both together.
        st.session_state[key] = value
    widgets[name] = _Widget(number, content)
    return key


def put_into(name: str) -> Any:
    """What the reader has put into a widget since it was drawn; NOTHING if nothing."""
    widgets, state = kept(_WIDGETS), session()
    if name not in widgets:
        return NOTHING
    key = _key(name, widgets[name].number)
    if key not in state or state[key] == widgets[name].drawn_with:
        return NOTHING
    return state[key]


def drawn_with(name: str) -> Any:
    """What a widget held when it was last drawn."""
    return kept(_WIDGETS)[name].drawn_with


def _name(setting: str) -> str:
    return f"setting-{setting}"


def _key(name: str, number: int) -> str:
    return f"{name}-{number}"


def _typed() -> dict[str, Any]:
    return kept(_TYPED)


def _values(typed: Mapping[str, Any]) -> dict[str, Any]:
    return defaults_of(**(_UNSAID | _chosen(typed))) | dict(typed)


def _chosen(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Model and method, as far as they are said: the defaults of the others follow them."""
    return {name: settings[name] for name in _UNSAID if name in settings}


def _settings(preset: str) -> dict[str, Any]:
    return {} if preset == DEFAULTS else dict(PRESETS[preset].settings)
