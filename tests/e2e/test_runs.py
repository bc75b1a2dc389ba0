"""The page of runs, used as a reader does."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import networkx as nx
import pytest
from page_actions import choose, plot, wait_for_revision, wait_until_idle
from playwright.sync_api import Locator, Page, expect

from analysis import nnstd
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


def in_trash(page: Page, button: str) -> None:
    """Press a button of the trash, which holds one run."""
    wait_until_idle(page)  # what stood below the table moves up when the drawing is over
    page.get_by_text("Trash (1)").click()
    if button != "Restore":
        page.get_by_text("Allow deleting for good").click()
        wait_until_idle(page)
    page.get_by_role("button", name=button).click()


def click_in(panel: Locator, across: float, down: float) -> None:
    """Click at these shares of the plot, from its left and its top."""
    box = panel.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    panel.page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)


def test_the_whole_way(runs: Page, store: RunStore, run_ids: list[str], tmp_path: Path) -> None:
    page = runs
    # Filter, and select.
    filter_by(page, "seed < 2", "2 of 3 runs")
    tick(page, 0)
    tick(page, 1)
    expect(page.get_by_text("2 runs chosen")).to_be_visible()
    assert in_url(page, "selected") == run_ids[1:]
    page.reload()
    expect(page.get_by_text("2 runs chosen")).to_be_visible()
    expect(page.get_by_text("2 of 3 runs", exact=True)).to_be_visible()

    # Compare, and click a cell.
    page.get_by_role("link", name="Compare these").click()
    page.get_by_role("radio", name="First and last").click()
    heatmap = page.get_by_test_id("chart-distances")
    heatmap.wait_for()
    wait_for_revision(heatmap, 1)
    assert in_url(page, "runs") == run_ids[1:]
    wait_until_idle(page)
    names = plot(heatmap, "Array.from(plot._fullData[0].y)")
    click_in(heatmap, (2 + 0.5) / 4, (0 + 0.5) / 4)
    ends = {"seed 1 @ 0": (run_ids[1], 0), "seed 1 @ 2": (run_ids[1], 2)}
    ends |= {"seed 0 @ 0": (run_ids[2], 0), "seed 0 @ 2": (run_ids[2], 2)}
    pair = [ends[names[0]], ends[names[2]]]
    asked = ",".join(f"{run_id}@{epoch}" for run_id, epoch in pair)
    page.wait_for_url(lambda url: f"pair={quote(asked, safe='')}" in url)
    expected = nnstd(*(store.snapshot(*one) for one in pair)).mean_sparse
    mean = page.get_by_test_id("stMetric").filter(has_text="NNSTD, mean")
    expect(mean).to_contain_text(f"{expected:.4f}")

    # Download, and delete for good.
    gone = run_ids[1]
    digests = [store.snapshot(gone, epoch).digest for epoch in store.epochs(gone)]
    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page.get_by_text("3 of 3 runs", exact=True)).to_be_visible()
    wait_until_idle(page)
    tick(page, 1)
    page.get_by_test_id("stPopoverButton").click()
    page.get_by_role("button", name="Prepare").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Save {gone}.zip").click()
    bundle = tmp_path / download.value.suggested_filename
    download.value.save_as(bundle)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Delete", exact=True).click()
    in_trash(page, "Delete for good")
    expect(page.get_by_text("Trash (1)")).to_be_hidden()
    assert gone not in {one.id for one in store.records().records}

    # Import: it comes back as it was.
    page.get_by_text("Bring in runs and networks").click()
    page.get_by_role("radio", name="Files").click()
    wait_until_idle(page)
    page.locator("input[type=file]").set_input_files(bundle)
    page.get_by_role("button", name="Save this run").click()
    expect(page.get_by_text("3 of 3 runs", exact=True)).to_be_visible()
    expect(page.get_by_text("1 run chosen")).to_be_visible()
    assert in_url(page, "selected") == [gone]
    assert [store.snapshot(gone, epoch).digest for epoch in store.epochs(gone)] == digests

    # Trash, and restore.
    wait_until_idle(page)
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("2 of 2 runs", exact=True)).to_be_visible()
    in_trash(page, "Restore")
    expect(page.get_by_text("3 of 3 runs", exact=True)).to_be_visible()
    assert {one.id for one in store.records().records} == set(run_ids)


def test_a_click_on_a_point_chooses_its_run(runs: Page, run_ids: list[str]) -> None:
    runs.get_by_role("radio", name="Facts").click()
    choose(runs, "Across", "Seed")
    points = runs.get_by_test_id("chart-facts")
    points.scroll_into_view_if_needed()
    wait_for_revision(points, 2)
    for seed in (2, 0):
        place = plot(
            points,
            f"[plot._fullLayout.xaxis.d2p({seed}), plot._fullLayout.yaxis.d2p("
            f"plot._fullData[0].y[plot._fullData[0].x.indexOf({seed})])]",
        )
        box = points.locator(".nsewdrag").bounding_box()
        assert box is not None
        runs.mouse.click(box["x"] + place[0], box["y"] + place[1])
        wait_until_idle(runs)
    expect(runs.get_by_text("2 runs chosen")).to_be_visible()
    assert in_url(runs, "selected") == [run_ids[0], run_ids[2]]
    filter_by(runs, "seed == 0", "1 of 3 runs")
    assert plot(points, "plot._fullData.map(trace => trace.ids)") == [[run_ids[2]]]


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
    page.get_by_test_id("stPopoverButton").click()
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
    in_trash(runs, "Restore")
    expect(runs.get_by_text("1 of 3 runs", exact=True)).to_be_visible()
    assert {one.id for one in store.records().records} == set(run_ids)
