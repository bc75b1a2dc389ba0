"""Comparing saved networks in a real browser: what is shown is what was measured."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from page_actions import complaints_of, plot, wait_for_revision
from playwright.sync_api import Browser, Page, expect

from analysis import nnstd, pairwise_nnstd, side_evidence
from set_engine import RunStore, TrainingConfig, record_run

SETTINGS = {"hidden": (48, 48), "epochs": 4, "epsilon": 3.0, "record_every": 2}


def trained(store: RunStore, **settings: object) -> str:
    config = TrainingConfig(**(SETTINGS | settings))
    writer = store.create(config)
    record_run(writer, config)
    return writer.run_id


@pytest.fixture(scope="module")
def runs(store: RunStore) -> list[str]:
    return [trained(store, seed=seed) for seed in (1, 2, 3)]


def test_two_saved_networks_are_compared(
    page: Page, url: str, store: RunStore, runs: list[str]
) -> None:
    first, second = runs[:2]
    page.goto(f"{url}/compare?runs={first},{second}&at=4")
    expect(page.get_by_role("heading", name="Distance by layer (NNSTD)")).to_be_visible()
    panel = page.get_by_test_id("chart-distance")
    wait_for_revision(panel, 1)
    networks = [store.snapshot(one, 4) for one in (first, second)]
    expected = nnstd(*networks)
    mean = page.get_by_test_id("stMetric").filter(has_text="NNSTD, mean")
    expect(mean).to_contain_text(f"{expected.mean_sparse:.4f}")
    null = page.get_by_test_id("stMetric").filter(has_text="Null")
    expect(null).to_contain_text(re.compile(r"0\.\d{4}"))
    drawn = plot(panel, "Array.from(plot._fullData[0].y)")
    assert drawn == pytest.approx(expected.per_layer[:2], abs=1e-6)
    for name in ("compare-in-ccdf", "matched-A", "matched-B"):
        chart = page.get_by_test_id(f"chart-{name}")
        chart.scroll_into_view_if_needed()
        wait_for_revision(chart, 1)
    ccdf = page.get_by_test_id("chart-compare-in-ccdf")
    assert plot(ccdf, "plot._fullData.map(trace => trace.name)") == ["A", "B"]

    for label, options in (("Ties by structure", {}), ("All layers together", {"aligned": True})):
        page.get_by_role("radio", name=label).click()
        expected = nnstd(*networks, "structural", **options)
        expect(mean).to_contain_text(f"{expected.mean_sparse:.4f}")
    page.reload()
    expect(mean).to_contain_text(f"{expected.mean_sparse:.4f}")
    expect(page.get_by_role("radio", name="All layers together")).to_be_checked()


def test_networks_are_chosen_on_the_page(page: Page, runs: list[str], store: RunStore) -> None:
    other = trained(store, hidden=(31,))
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", name="Compare networks")).to_be_visible()
    mean = page.get_by_test_id("stMetric").filter(has_text="NNSTD, mean")
    expect(mean).to_contain_text(re.compile(r"0\.[0-9]*[1-9]"))
    assert f"runs={other}&at=ends" in page.url
    page.get_by_role("combobox", name="Runs").click()
    page.get_by_role("option").filter(has_text="seed 1").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("alert")).to_contain_text("cannot be matched")
    page.wait_for_url(lambda url: runs[0] in url)
    page.get_by_role("radio", name="Epochs of your choice").click()
    slider = page.get_by_role("slider", name="Epoch")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(lambda url: "at=2" in url)


def test_a_click_on_a_cell_opens_its_pair(
    page: Page, url: str, store: RunStore, runs: list[str], tmp_path: Path
) -> None:
    page.goto(f"{url}/compare?runs={','.join(runs)}&at=ends")
    heatmap = page.get_by_test_id("chart-distances")
    wait_for_revision(heatmap, 1)
    places = [(run, epoch) for run in runs for epoch in (0, 4)]
    found = pairwise_nnstd([store.snapshot(*place) for place in places])
    order = found.order
    drawn = plot(heatmap, "plot._fullData[0].z.map(row => Array.from(row))")
    for row, i in zip(drawn, order, strict=True):
        assert row == pytest.approx(found.mean_sparse[i, list(order)].tolist(), abs=1e-6)

    box = heatmap.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    row, column = 1, 4
    page.mouse.click(
        box["x"] + box["width"] * (column + 0.5) / 6, box["y"] + box["height"] * (row + 0.5) / 6
    )
    a, b = (f"{places[order[place]][0]}@{places[order[place]][1]}" for place in (row, column))
    page.wait_for_url(lambda url: f"pair={a},{b}".replace("@", "%40").replace(",", "%2C") in url)
    mean = page.get_by_test_id("stMetric").filter(has_text="NNSTD, mean")
    expected = found.mean_sparse[order[row], order[column]]
    expect(mean).to_contain_text(f"{expected:.4f}")

    with page.expect_download() as download:
        page.get_by_role("button", name="All pairs as JSON").click()
    file = tmp_path / "distances.json"
    download.value.save_as(file)
    assert json.loads(file.read_text())["order"] == list(order)

    page.get_by_role("radio", name="Learning curves").click()
    curves = page.get_by_test_id("chart-compared-curves")
    wait_for_revision(curves, 1)
    assert plot(curves, "plot._fullData.at(-1).name") == "same settings (3 seeds)"
    page.reload()
    expect(page.get_by_role("radio", name="Learning curves")).to_be_checked()


def test_the_report_stands_by_itself(
    page: Page, url: str, store: RunStore, runs: list[str], browser: Browser, tmp_path: Path
) -> None:
    page.goto(f"{url}/compare?runs={','.join(runs)}&at=ends")
    wait_for_revision(page.get_by_test_id("chart-distances"), 1)
    page.get_by_role("button", name="Report").click()
    page.get_by_role("button", name="Prepare").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save comparison.html").click()
    file = tmp_path / "comparison.html"
    download.value.save_as(file)
    context = browser.new_context(offline=True, viewport={"width": 1200, "height": 1000})
    reader = context.new_page()
    complaints = complaints_of(reader)
    reader.goto(file.as_uri())
    expect(reader.get_by_role("heading", name="6 networks compared")).to_be_visible()
    for run in runs:
        expect(reader.get_by_role("cell", name=run).first).to_be_visible()
    found = pairwise_nnstd([store.snapshot(run, epoch) for run in runs for epoch in (0, 4)])
    order = list(found.order)
    for key, values in (
        ("distances", found.mean_sparse),
        ("distances-layer-2", found.per_layer[:, :, 1]),
    ):
        chart = reader.get_by_test_id(f"chart-{key}")
        chart.scroll_into_view_if_needed()
        wait_for_revision(chart, 1)
        drawn = plot(chart, "plot._fullData[0].z.map(row => Array.from(row))")
        for row, i in zip(drawn, order, strict=True):
            assert row == pytest.approx(values[i, order].tolist(), abs=1e-6)
    law = side_evidence(store.snapshot(runs[0], 0).layers[1], "out").scale_free
    assert law is not None
    exponents = reader.get_by_test_id("chart-out-exponents-layer-2")
    exponents.scroll_into_view_if_needed()
    wait_for_revision(exponents, 1)
    assert plot(exponents, "plot._fullData[0].x[0]") == pytest.approx(law.fit.alpha, abs=1e-5)
    for key in ("distance-map", "in-ccdf-layer-1", "test-accuracy"):
        chart = reader.get_by_test_id(f"chart-{key}")
        chart.scroll_into_view_if_needed()
        wait_for_revision(chart, 1)
    with reader.expect_download() as picture:
        chart.hover()
        chart.locator("[data-title='Save as CSV']").click()
    assert picture.value.suggested_filename == "test-accuracy.csv"
    context.close()
    assert [one for one in complaints if not one.startswith("request to file:")] == []
