"""A result appears by a timer of its own only where the page is not drawn anew anyway."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import streamlit as st

from app import awaited as module
from app.awaited import awaited
from app.newest import Newest


class Rerun(Exception):
    """The page is drawn anew."""


@dataclass
class Page:
    """What a drawing of an awaited result leaves behind.

    Attributes:
        now: what the pool has.
        seconds: of the timer of the last drawing; None without one.
        tick: draws the result anew, as the timer does.
    """

    now: Newest = field(default_factory=Newest)
    seconds: float | None = None
    tick: Callable[[], None] = lambda: None
    drawn: list[Newest] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)

    def of(self, _key: object, _compute: object) -> Newest:
        return self.now

    def draw(self, *, is_redrawn: bool) -> None:
        awaited("a", 2, int, self.drawn.append, is_redrawn=is_redrawn, progress=self.progress)

    def progress(self, key: object) -> float:
        self.asked.append(key)
        return 0.5


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    page = Page()

    def fragment(panel: Callable[[], None], run_every: float | None) -> Callable[[], None]:
        page.seconds, page.tick = run_every, panel
        return panel

    def rerun() -> None:
        raise Rerun

    monkeypatch.setattr(module, "newest_analysis", lambda _name: page)
    monkeypatch.setattr(st, "fragment", fragment)
    monkeypatch.setattr(st, "rerun", rerun)
    return page


@pytest.mark.parametrize("is_redrawn", [True, False])
def test_the_first_result_is_looked_for_and_then_the_timer_ends(
    page: Page, is_redrawn: bool
) -> None:
    page.now = Newest(pending_key=1)
    page.draw(is_redrawn=is_redrawn)
    assert page.seconds == 0.6
    assert page.asked == [1], "the progress is that of what is computed, not of what is wanted"
    page.now = Newest(1, "one")
    with pytest.raises(Rerun):
        page.tick()
    page.draw(is_redrawn=is_redrawn)
    assert page.seconds is None
    assert page.drawn == [Newest(1, "one")]


def test_where_the_page_is_drawn_anew_a_newer_one_is_shown_then(page: Page) -> None:
    page.now = Newest(1, "one", pending_key=2)
    page.draw(is_redrawn=True)
    assert page.seconds is None
    assert page.drawn == [page.now]


def test_where_it_is_not_the_newer_one_is_looked_for(page: Page) -> None:
    page.now = Newest(1, "one", pending_key=2)
    page.draw(is_redrawn=False)
    assert page.seconds == 0.6
    page.now = Newest(2, "two")
    with pytest.raises(Rerun):
        page.tick()
