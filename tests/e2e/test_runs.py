"""The page of runs, used as a reader does."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import networkx as nx
import pytest
from page_actions import choose, wait_until_idle
from playwright.sync_api import Page, expect

from set_engine import RunStore, RunTrash, TrainingConfig, record_run

HEADER = ROW = 35  # pixels of the table, which is a canvas


@pytest.fixture(scope="module", autouse=True)
def run_ids(store: RunStore) -> list[str]:
    """Runs of seeds 0, 1 and 2, the newest first, as the table has them."""
    ids = []
    for seed in range(3):
        config = TrainingConfig(hidden=(20, 20), epochs=2, seed=seed)
        writer = store.create(config)
        record_run(writer, config)
        ids.insert(0, writer.run_id)
    return ids


@pytest.fixture
def runs(page: Page) -> Page:
    """The page of runs, come to from the first page."""
    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page.get_by_role("heading", name="Runs", level=1)).to_be_visible()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    wait_until_idle(page)
    return page


def tick(page: Page, row: int) -> None:
    """Choose the row, from 0, or give it up again."""
    box = page.get_by_test_id("stDataFrame").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 16, box["y"] + HEADER + row * ROW + ROW // 2)
    wait_until_idle(page)


def in_url(page: Page, name: str) -> list[str]:
    return parse_qs(urlsplit(page.url).query).get(name, [""])[0].split(",")


def filter_by(page: Page, text: str, found: str) -> None:
    field = page.get_by_role("textbox", name="Filter")
    field.fill(text)
    field.press("Enter")
    expect(page.get_by_text(found, exact=True)).to_be_visible()
    wait_until_idle(page)


def test_found_chosen_and_compared(runs: Page, run_ids: list[str]) -> None:
    filter_by(runs, "seed < 2", "2 of 3 runs")
    tick(runs, 0)
    tick(runs, 1)
    expect(runs.get_by_text("2 runs chosen")).to_be_visible()
    assert in_url(runs, "selected") == run_ids[1:]
    runs.reload()
    expect(runs.get_by_text("2 runs chosen")).to_be_visible()
    expect(runs.get_by_text("2 of 3 runs", exact=True)).to_be_visible()
    runs.get_by_role("link", name="Compare these").click()
    expect(runs.get_by_role("heading", name="Degrees of matched layers")).to_be_visible()
    assert in_url(runs, "runs") == run_ids[1:]


def test_a_choice_outlasts_the_updates_of_the_table(runs: Page, run_ids: list[str]) -> None:
    tick(runs, 1)
    runs.get_by_role("textbox", name="Note").fill("half a no")
    runs.wait_for_timeout(7000)  # two updates and more
    expect(runs.get_by_text("1 run chosen")).to_be_visible()
    expect(runs.get_by_role("textbox", name="Note")).to_have_value("half a no")
    assert in_url(runs, "selected") == [run_ids[1]]


def test_opened_from_the_table(runs: Page, run_ids: list[str]) -> None:
    tick(runs, 2)
    runs.get_by_role("link", name="Open", exact=True).click()
    expect(runs.get_by_text(re.compile("2 of 2 epochs"))).to_be_visible()
    expect(runs).to_have_url(re.compile(f"run={run_ids[2]}"))


def test_taken_out_and_brought_in_elsewhere(
    page: Page, url: str, store: RunStore, run_ids: list[str], tmp_path: Path
) -> None:
    run_id = run_ids[1]
    page.goto(f"{url}/runs?selected={run_id}")
    expect(page.get_by_text("1 run chosen")).to_be_visible()
    page.get_by_role("button", name="Download").click()
    saved = {}
    for label, suffix in (("Bundle", ".zip"), ("GEXF with lifetimes", ".gexf")):
        choose(page, "As", label)
        page.get_by_role("button", name="Prepare").click()
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Save {run_id}{suffix}").click()
        saved[suffix] = tmp_path / download.value.suggested_filename
        download.value.save_as(saved[suffix])
    graph = nx.read_gexf(saved[".gexf"])
    assert len(graph) == sum(store.snapshot(run_id, 0).widths)

    page.keyboard.press("Escape")
    page.get_by_text("Bring in runs and networks").click()
    page.get_by_role("radio", name="Files").click()
    wait_until_idle(page)
    page.locator("input[type=file]").set_input_files(saved[".zip"])
    page.get_by_role("button", name="Save this run").click()
    expect(page.get_by_text("already")).to_be_visible()  # it has not left the store
    RunTrash(store).put(run_id)
    page.reload()
    page.get_by_text("Bring in runs and networks").click()
    page.get_by_role("radio", name="Files").click()
    wait_until_idle(page)
    page.locator("input[type=file]").set_input_files(saved[".zip"])
    page.get_by_role("button", name="Save this run").click()
    expect(page.get_by_text("in the trash already")).to_be_visible()
    RunTrash(store).restore(run_id)


def test_tagged_deleted_and_restored(runs: Page, store: RunStore, run_ids: list[str]) -> None:
    tick(runs, 0)
    runs.get_by_role("textbox", name="Tags").fill("paper")
    runs.get_by_role("button", name="Save").click()
    filter_by(runs, "'paper' in tags", "1 of 3 runs")
    assert store.notes(run_ids[0]).tags == ("paper",)
    expect(runs.get_by_text("1 run chosen")).to_be_visible()  # as before, in another table
    runs.get_by_role("button", name="Delete", exact=True).click()
    expect(runs.get_by_text("No run passes the filter.")).to_be_visible()
    wait_until_idle(runs)  # what stood below the table moves up when the drawing is over
    runs.get_by_text("Trash (1)").click()
    runs.get_by_role("button", name="Restore").click()
    expect(runs.get_by_text("1 of 3 runs", exact=True)).to_be_visible()
    assert {one.id for one in store.records().records} == set(run_ids)
