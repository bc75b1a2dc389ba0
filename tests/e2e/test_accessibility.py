"""axe-core finds no serious fault on any page, light or dark."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from page_actions import PATIENCE, wait_until_idle
from playwright.sync_api import Browser, Page, expect

from set_engine import DivergedError, RunStore, TrainingConfig, record_run

RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
GRAVE = ("serious", "critical")


@pytest.fixture(scope="module")
def finished(store: RunStore) -> str:
    """A run with something in every section."""
    return recorded(store, TrainingConfig(hidden=(40, 40), epochs=12))


@pytest.fixture(scope="module")
def failed(store: RunStore) -> str:
    """A run that diverged."""
    return recorded(store, TrainingConfig(hidden=(40,), epochs=5, learning_rate=500.0))


def recorded(store: RunStore, config: TrainingConfig) -> str:
    writer = store.create(config)
    with suppress(DivergedError):
        record_run(writer, config)
    return writer.run_id


@pytest.fixture(params=["light", "dark"])
def reader(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of a reader who prefers this."""
    context = browser.new_context(
        color_scheme=request.param, viewport={"width": 1280, "height": 1000}
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    yield page
    context.close()


def faults(page: Page) -> list[str]:
    """What axe-core finds wrong, with the elements where it does."""
    wait_until_idle(page)
    # What a drawing left out fades: halfway its colours are nobody's choice.
    page.wait_for_function("() => document.getAnimations().length === 0")
    options: dict[str, Any] = {"runOnly": RULES, "resultTypes": ["violations", "passes"]}
    found = Axe().run(page, options=options).response
    assert len(found["passes"]) > 10, "it has looked at nothing"
    return [
        f"{violation['id']}: {node['target']} {node['html'][:200]}"
        for violation in found["violations"]
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]


def test_the_first_page(reader: Page, url: str) -> None:
    reader.goto(url)
    expect(reader.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    expect(reader.get_by_role("button", name="Open this run").first).to_be_visible()
    assert faults(reader) == []


def test_a_run_in_all_its_sections(reader: Page, url: str, finished: str) -> None:
    reader.goto(f"{url}/?run={finished}")
    sections = reader.get_by_role("radiogroup", name="What to look at").get_by_role("radio")
    expect(sections.first).to_be_visible()
    names = sections.all_inner_texts()
    assert len(names) >= 3
    for name in names:
        reader.get_by_role("radio", name=name, exact=True).click()
        reader.wait_for_timeout(500)
        assert faults(reader) == [], name


def test_a_run_that_failed(reader: Page, url: str, failed: str) -> None:
    reader.goto(f"{url}/?run={failed}")
    expect(reader.get_by_text("Training failed")).to_be_visible()
    assert faults(reader) == []


def test_all_runs(reader: Page, url: str, finished: str) -> None:
    reader.goto(f"{url}/runs?selected={finished}")
    expect(reader.get_by_text("1 run chosen")).to_be_visible()
    assert faults(reader) == []


def test_two_networks(reader: Page, url: str, finished: str) -> None:
    reader.goto(f"{url}/compare?runs={finished}&at=ends")
    expect(reader.get_by_role("heading", name="Degrees of matched layers")).to_be_visible()
    assert faults(reader) == []
