"""How the reader wants the learning curves drawn; kept for the session."""

from __future__ import annotations

import streamlit as st

from app.curves import CurveLook

_SMOOTHING, _LOG_LOSS, _LOG_EPOCHS = "smoothing", "log-loss", "log-epochs"
_SMOOTHING_HELP = (
    "Weight of the epochs before in an exponential moving average, whose start is corrected as in "
    "Adam: 0 draws the values as they are, 0.9 averages over some ten epochs. The raw curve stays, "
    "pale."
)


def curve_look() -> CurveLook:
    """What was chosen in `curve_look_choice`."""
    chosen = st.session_state
    usual = CurveLook()
    return CurveLook(
        chosen.get(_SMOOTHING, usual.smoothing),
        chosen.get(_LOG_LOSS, usual.is_log_loss),
        chosen.get(_LOG_EPOCHS, usual.is_log_epochs),
    )


def curve_look_choice() -> None:
    """A small button that opens the choices."""
    usual = CurveLook()
    with st.popover("Curves", icon=":material/tune:", help="Smoothing and axes of the curves"):
        st.slider(
            "Smoothing",
            0.0,
            0.99,
            usual.smoothing,
            key=_SMOOTHING,
            help=_SMOOTHING_HELP,
            persist_state="session",
        )
        for label, value, key in (
            ("Logarithmic loss", usual.is_log_loss, _LOG_LOSS),
            ("Logarithmic epochs", usual.is_log_epochs, _LOG_EPOCHS),
        ):
            st.toggle(label, value=value, key=key, persist_state="session")
