"""A click while a part is drawn for the first time leaves the page alive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from page_actions import PATIENCE, complaints_of, wait_until_idle
from playwright.sync_api import Browser, expect


@pytest.fixture(scope="module")
def address(serve: Any) -> str:
    url: str = serve(Path(__file__).with_name("nested_page.py")).url
    return url


@pytest.mark.parametrize("attempt", range(4))
def test_a_part_within_a_part_is_drawn_whole(browser: Browser, address: str, attempt: int) -> None:  # noqa: ARG001
    """Without `app/message_queue.py` two of three attempts end at "Bad delta path index"."""
    page = browser.new_context().new_page()
    page.set_default_timeout(PATIENCE)
    complaints = complaints_of(page)
    page.goto(address)
    page.get_by_role("button", name="Again").click()
    expect(page.get_by_text("drawn within")).to_be_visible()
    wait_until_idle(page)
    expect(page.get_by_text("drawn within")).to_be_visible()
    page.context.close()
    assert [one for one in complaints if "delta path" in one] == []
