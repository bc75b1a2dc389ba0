"""The settings in the URL of the page: a link opens the same set-up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.draft import fill_with, typed_settings
from app.labels import escaped
from app.parameters import drop_parameters, put_parameter
from app.typed_settings import as_typed, from_typed
from set_engine import ConfigError, TrainingConfig

_FOLLOWED = "link_is_followed"  # in the session


def follow_link() -> None:
    """Fill in the settings that the URL names, once in a session; say which it cannot have."""
    if st.session_state.get(_FOLLOWED):
        return
    st.session_state[_FOLLOWED] = True
    asked = {name: st.query_params[name] for name in _settings_in(st.query_params)}
    if asked:
        settings, problems = settings_of(asked)
        fill_with(settings)
        for problem in problems.values():
            said = f"Of the link's settings one was left out: {problem}."
            st.toast(escaped(said), icon=":material/link_off:", duration="infinite")


def write_link() -> None:
    """Have the URL name every setting that is not as the defaults have it."""
    wanted = {name: as_typed(value) for name, value in typed_settings().items()}
    # All of them, for the URL may be that of before a setting was told.
    drop_parameters(*(name for name in TrainingConfig.model_fields if name not in wanted))
    for name, text in wanted.items():
        put_parameter(name, text)


def settings_of(asked: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The settings that a link names, and what is wrong with each that cannot be.

    Args:
        asked: text by setting, as `as_typed` writes it.

    >>> settings_of({"hidden": "64,32", "zeta": "0.2", "seed": "x"})[0]
    {'hidden': (64, 32), 'zeta': 0.2}
    """
    settings, problems = {}, {}
    for name, text in asked.items():
        value = from_typed(name, text)
        try:
            settings[name] = getattr(TrainingConfig(**{name: value}), name)
        except ConfigError as error:
            if name in error.problems:
                problems[name] = error.problems[name]
            else:
                settings[name] = value  # only the defaults of others do not go with it
    return settings, problems


def _settings_in(parameters: Mapping[str, str]) -> list[str]:
    return [name for name in TrainingConfig.model_fields if name in parameters]
