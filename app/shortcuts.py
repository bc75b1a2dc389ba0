"""Keys in the place of buttons, as in a player of films."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import streamlit as st

_SWITCH = "uses-shortcuts"
_SWITCHED = "shortcuts-switched"

# Streamlit keeps C and R for itself. None of them counts while text is typed into a field.
SHORTCUTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "train": ("T", "train with the settings at the left"),
        "hold": ("P", "pause the run, or let it go on"),
        "step": ("S", "step: go on to the end of an epoch"),
        "stop": ("X", "stop the run"),
        "again": ("A", "start over with the same settings"),
        "copy": ("D", "duplicate: copy the run's settings to the left"),
        "look-back": ("B", "look back at earlier epochs, or back to now"),
        "earlier": ("J", "one recorded epoch back"),
        "play": ("K", "play the epochs, or hold"),
        "later": ("L", "one recorded epoch on"),
    }
)
"""Key and what it does, by the name of the button."""


def shortcut(name: str) -> str | None:
    """The key of a button; None while the reader has switched keys off."""
    return SHORTCUTS[name][0] if st.session_state.get(_SWITCH, True) else None


def shortcuts_help() -> None:
    """A small button that shows all keys, and a switch for those whom they get in the way of."""
    with st.popover("Keys", icon=":material/keyboard:", help="Keyboard shortcuts"):
        lines = [f"| **{key}** | {does} |" for key, does in SHORTCUTS.values()]
        st.markdown("| key | |\n|:-:|---|\n" + "\n".join(lines))
        st.toggle(
            "Use these keys",
            value=True,
            key=_SWITCH,
            persist_state="session",
            on_change=_note_switched,
        )
        st.caption("Where text is typed they do nothing.")
    if st.session_state.pop(_SWITCHED, False):
        st.rerun()  # the keys are those of buttons all over the page


def _note_switched() -> None:
    st.session_state[_SWITCHED] = True
