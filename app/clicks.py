"""Buttons whose click is never lost.

Streamlit tells only the next run of the script that a button was pressed. A run that ends before
it comes to the button, for something above it asks for the page to be drawn anew, loses the click.
Callbacks come before everything: they note the click, and it stands until the button has said it.

The browser gathers inputs of the same moment into one message, which draws only the part of the
page that the first of them stands in. So each part ends by asking for the whole page where a click
is left that stands elsewhere.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec

import streamlit as st

from app.session import give_way, kept

P = ParamSpec("P")

_LASTS = 10.0  # seconds; who comes back from another page later did not mean it any more
_CLICKED = "clicked"  # in the session: key -> when
_DRAWING, _IS_WHOLE = "drawing", "is_whole"  # in the session, and in that


def button(label: str, key: str, **options: Any) -> bool:
    """Draw a button; whether it was pressed since it was last asked.

    Args:
        label: as for `st.button`.
        key: of this button alone.
        **options: others of `st.button`, without a callback.
    """
    st.button(label, key=key, on_click=_note, args=(key,), **options)
    return was_pressed(key)


def was_pressed(key: str) -> bool:
    """Whether a button was pressed since it was last asked; to know it before it is drawn."""
    clicked_at: float | None = kept(_CLICKED).pop(key, None)
    if clicked_at is None:
        return False
    try:
        give_way()
    except BaseException:
        # A newer script runs beside this one, and it is its answer that the browser will take.
        kept(_CLICKED).setdefault(key, clicked_at)
        raise
    return time.monotonic() - clicked_at < _LASTS


def key_of(what: str, run_ids: Iterable[str]) -> str:
    """A key that is another one for other runs.

    A second click in haste cannot meet what took the place of those it was meant for.

    >>> key_of("delete", ["a"]) == key_of("delete", ["a"]) != key_of("delete", ["a", "b"])
    True
    """
    return f"{what}-{hashlib.sha256(','.join(run_ids).encode()).hexdigest()[:16]}"


@contextmanager
def whole_page() -> Iterator[None]:
    """To draw all parts of a page in: each then leaves the clicks to those after it.

    A click that no button has said at the end is forgotten: its button is there no more.
    """
    began = time.monotonic()
    drawing = kept(_DRAWING)  # changed in place: a script that is stopped leaves it right
    drawing[_IS_WHOLE] = True
    try:
        yield
        clicked = kept(_CLICKED)
        for key, clicked_at in list(clicked.items()):
            if clicked_at <= began:  # a later one is for the script that was begun beside this
                clicked.pop(key, None)
    finally:
        drawing[_IS_WHOLE] = False


def part(draw: Callable[P, None]) -> Callable[P, None]:
    """`draw`, which draws a part of a page, and then the whole page if a click is left.

    Such a click stands in another part of it.
    """

    @wraps(draw)
    def drawn(*args: P.args, **options: P.kwargs) -> None:
        draw(*args, **options)
        lately = time.monotonic() - _LASTS
        is_left = any(clicked_at > lately for clicked_at in list(kept(_CLICKED).values()))
        if is_left and not kept(_DRAWING).get(_IS_WHOLE, False):
            st.rerun()

    return drawn


def _note(key: str) -> None:
    kept(_CLICKED)[key] = time.monotonic()
