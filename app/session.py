"""What a browser session keeps, for callbacks to change.

Asked for one key, or given one, Streamlit ends a callback when the next input is already waiting.
What the callback was to note is lost then. Read all at once, and changed in place, it is not.
"""

from __future__ import annotations

from typing import Any

import streamlit as st


def session() -> dict[str, Any]:
    """A copy of all that the session holds."""
    return dict(st.session_state.to_dict())


def kept(key: str) -> dict[str, Any]:
    """A dictionary that the session keeps, to be changed in place."""
    found: dict[str, Any] | None = session().get(key)
    if found is None:
        found = {}
        st.session_state[key] = found
    return found


def give_way() -> None:
    """Stop here if this script was told to: it does so when it looks into the session."""
    _ = "any key" in st.session_state
