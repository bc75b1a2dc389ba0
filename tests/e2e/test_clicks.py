"""Buttons in a real browser, beside a part of the page that draws it anew again and again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

N_CLICKS = 8


def test_no_click_is_lost_where_a_plain_button_loses_some(browser: Browser, serve: Any) -> None:
    page = browser.new_page()
    page.goto(serve(Path(__file__).with_name("clicks_page.py")).url)
    click(page, "Plain")
    click(page, "Kept")
    expect(page.get_by_text(re.compile(rf"^plain \d+, kept {N_CLICKS}$"))).to_be_visible()
    plain = re.findall(r"\d+", page.get_by_text(re.compile("^plain")).inner_text())[0]
    assert int(plain) < N_CLICKS  # else this page shows nothing
    page.close()


def click(page: Page, name: str) -> None:
    for number in range(N_CLICKS):
        page.get_by_role("button", name=name, exact=True).click()
        page.wait_for_timeout(900 + 70 * number)  # at every moment of a tick
