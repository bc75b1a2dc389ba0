"""A first start, and stories begun by a click, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from conftest import DASHBOARD, Serve
from page_actions import badge, plot, run_in, wait_for_epoch, wait_for_other_run, wait_for_revision
from playwright.sync_api import Page, expect

from set_engine import RunStatus, RunStore


def begin(page: Page, title: str) -> None:
    card = page.get_by_role("heading", name=title)
    card.locator("xpath=ancestor::*[.//button][1]").get_by_role("button", name="Begin").click()


def test_a_first_start_shows_runs(page: Page, serve: Serve, tmp_path: Path) -> None:
    page.goto(serve(DASHBOARD, {"SETSCOPE_RUNS": str(tmp_path / "runs")}).url)
    heat = page.get_by_test_id("chart-course-example-hubs-emerge")
    heat.scroll_into_view_if_needed()
    wait_for_revision(heat, 1)
    assert plot(heat, "plot._fullData[0].z.length") > 20  # degrees that random wiring never has
    page.get_by_role("button", name="Open this run").first.click()
    expect(badge(page, "finished")).to_be_visible()
    expect(page.get_by_text("Hubs emerge · What to look for")).to_be_visible()
    expect(page.get_by_text("1,500 of 1,500 epochs")).to_be_visible()
    page.get_by_role("button", name="Stories").click()
    expect(page.get_by_role("heading", name="Watch a sparse network wire itself")).to_be_visible()


def test_a_story_trains_and_says_what_to_look_for(page: Page, store: RunStore) -> None:
    begin(page, "What if the largest weights go?")
    wait_for_epoch(page, 2)
    expect(page.get_by_role("heading", name="How the wiring renews itself")).to_be_visible()
    config = store.records().records[0].config
    assert config.method == "set-largest-removal"
    page.get_by_role("button", name="Stop Shortcut").click()
    expect(badge(page, "stopped")).to_be_visible()


def test_a_story_of_two_runs_leads_to_their_comparison(
    page: Page, url: str, store: RunStore
) -> None:
    begin(page, "Equal starts, different ends")
    wait_for_epoch(page, 2)
    runs = {record.id for record in store.records().records[:2]}
    first = run_in(page.url)
    assert first in runs
    page.get_by_role("button", name="Open the other").click()
    wait_for_other_run(page, first)
    other = run_in(page.url)
    assert other in runs - {first}
    wait_for_epoch(page, 2)
    link = page.get_by_role("link", name="Compare the two")
    expect(link).to_have_attribute("href", re.compile(rf"[?&]runs=[^&]*{other}"))
    page.wait_for_timeout(1000)  # a link that is drawn anew under the pointer takes no click
    link.click()
    expect(page.get_by_role("heading", name="Compare networks")).to_be_visible()
    page.wait_for_url(lambda url: all(f"{name}=" in url for name in ("runs", "at", "matching")))
    compared = parse_qs(urlsplit(page.url).query)
    assert compared["runs"] == [f"{other},{first}"]
    assert compared["at"] == ["0"]
    for run in runs:
        page.goto(f"{url}/?run={run}")
        page.get_by_role("button", name="Stop Shortcut").click()
        expect(badge(page, "stopped")).to_be_visible()
        assert store.record(run).status is RunStatus.STOPPED
