"""The settings of the next run as they stand in a session: what was typed, and defaults beside it.

Streamlit forgets the widgets of a page while another one is shown, so what was typed is kept
beside them. Only what differs from the defaults counts as typed: the rest follows the model and
the method that are chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import streamlit as st

from app.setting_fields import SettingField, setting_field
from set_engine import METHODS, PRESETS, TrainingConfig

DEFAULTS = "Defaults"
"""The name of the settings that nothing was typed into."""

NOTHING = object()
"""What `put_into` gives for a widget that is as it was drawn."""

_TYPED = "typed_settings"  # in the session: name -> value
_DRAWN = "drawn_settings"  # in the session: key of a widget -> what it was drawn with

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
    typed, settings = _typed(), _settings(preset)
    typed.clear()
    typed.update(settings)


def note_typed(name: str, value: Any) -> None:
    """Keep what was typed into a field; what is the default anyway goes on following it."""
    typed = _typed()
    others = {other: typed[other] for other in typed if other != name}
    if name not in ("model", "method") and _values(others)[name] == value:
        typed.pop(name, None)
    else:
        typed[name] = value


def note_inputs() -> None:
    """Keep what was put into the fields since they were drawn.

    To be called when a widget changes, and before all are drawn anew. Both, and the widgets
    persist: the next input breaks a drawing off, and Streamlit forgets what those below held.
    """
    for name in TrainingConfig.model_fields.keys() - {"dataset"}:  # that one is in several widgets
        field, value = setting_field(name), put_into(_key(name))
        if value is not NOTHING:
            note_typed(name, field.from_widget(value))


def begun(field: SettingField, value: Any) -> str:
    """The key of a field's widget, which holds `value` from here on."""
    return held(_key(field.name), field.to_widget(value))


def held(key: str, value: Any) -> str:
    """The key of a widget, which holds `value` from here on.

    Assigned only where it differs: Streamlit sends what is assigned to the browser, over what
    may be being typed there. Not given as the widget's own default: it warns of both together.
    """
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    kept(_DRAWN)[key] = value
    return key


def put_into(key: str) -> Any:
    """What the reader has put into a widget since it was drawn; NOTHING if nothing."""
    drawn, session = kept(_DRAWN), _session()
    if key not in drawn or key not in session or session[key] == drawn[key]:
        return NOTHING
    return session[key]


def drawn_with(key: str) -> Any:
    """What a widget held when it was last drawn."""
    return kept(_DRAWN)[key]


def kept(key: str) -> dict[str, Any]:
    """A dictionary that the session keeps, to be changed in place."""
    found: dict[str, Any] | None = _session().get(key)
    if found is None:
        found = {}
        st.session_state[key] = found
    return found


def _session() -> dict[str, Any]:
    # A copy: asked for one key, Streamlit ends a callback when the next input is already waiting.
    return dict(st.session_state.to_dict())


def _key(name: str) -> str:
    return f"setting-{name}"


def _typed() -> dict[str, Any]:
    return kept(_TYPED)


def _values(typed: Mapping[str, Any]) -> dict[str, Any]:
    return defaults_of(typed.get("model", "mlp"), typed.get("method", "set")) | dict(typed)


def _settings(preset: str) -> dict[str, Any]:
    return {} if preset == DEFAULTS else dict(PRESETS[preset].settings)
