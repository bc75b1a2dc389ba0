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
    progress: Callable[[Any], float] = lambda _key: 0.0,
) -> None:
    """Draw the newest result of an analysis, as soon as it is there, and why there is none.

    Args:
        name: of the analysis, the same while what it is of changes.
        key: what it is of now.
        compute: what another process calls; a `functools.partial` of a function of a module.
        draw: draws a result that is there.
        is_redrawn: whether the page is drawn anew by itself before long, and shows it then.
        progress: the share that is done of the analysis of a key, in [0, 1], where that is known.
    """

    def needs_timer(now: Newest) -> bool:
        return now.is_pending and not (is_redrawn and now.key is not None)

    def panel() -> None:
        now = newest_analysis(name).of(key, compute)
        if (is_ticking and not now.is_pending) or (needs_timer(now) and not is_ticking):
            st.rerun()  # with a timer, or without
        if now.error is not None:
            _say(name, now.error)
        elif now.key is None:
            st.progress(min(1.0, progress(now.pending_key)), "Computing …")
        else:
            draw(now)

    is_ticking = needs_timer(newest_analysis(name).of(key, compute))
    st.fragment(panel, run_every=_POLL_SECONDS if is_ticking else None)()


def _say(name: Hashable, error: BaseException) -> None:
    st.error(escaped(f"This could not be computed. {type(error).__name__}: {error}"))
    if button("Try again", f"try-again-{name}", icon=":material/refresh:"):
        newest_analysis(name).try_again()
        st.rerun()
