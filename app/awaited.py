"""What the pool computes, drawn on a page as it comes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import streamlit as st

from app.clicks import button
from app.labels import escaped
from app.newest import Newest
from app.services import newest_analysis

_POLL_SECONDS = 0.6


def awaited(
    name: Hashable,
    key: Hashable,
    compute: Callable[[], Any],
    draw: Callable[[Newest], None],
    *,
    is_redrawn: bool = False,
    progress: Callable[[], float] = lambda: 0.0,
) -> None:
    """Draw the newest result of an analysis, as soon as it is there, and why there is none.

    Args:
        name: of the analysis, the same while what it is of changes.
        key: what it is of now.
        compute: what another process calls; a `functools.partial` of a function of a module.
        draw: draws a result that is there.
        is_redrawn: whether the page is drawn anew by itself before long, and shows it then.
        progress: the share of it that is done, in [0, 1], where that is known.
    """

    def panel() -> None:
        now = newest_analysis(name).of(key, compute)
        if now.is_pending != ticking and not (is_redrawn and now.key is not None):
            st.rerun()  # with a timer, or without
        if now.error is not None:
            _say(name, now.error)
        elif now.key is None:
            st.progress(min(1.0, progress()), "Computing …")
        else:
            draw(now)

    first = newest_analysis(name).of(key, compute)
    ticking = first.is_pending and not (is_redrawn and first.key is not None)
    st.fragment(panel, run_every=_POLL_SECONDS if ticking else None)()


def _say(name: Hashable, error: BaseException) -> None:
    st.error(escaped(f"This could not be computed. {type(error).__name__}: {error}"))
    if button("Try again", f"try-again-{name}", icon=":material/refresh:"):
        newest_analysis(name).try_again()
        st.rerun()
