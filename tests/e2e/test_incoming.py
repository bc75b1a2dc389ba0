"""Networks of others come in through the browser, and are compared."""

from __future__ import annotations

from pathlib import Path

import pytest
from page_actions import plot, wait_for_revision
from playwright.sync_api import Page, expect

from analysis import pairwise_nnstd
from set_engine import RecordedConfig, RunStore
from topology import import_network

EPOCHS = (0, 10, 50, 190)


def test_the_authors_networks_come_in_in_one_drop_and_are_compared(
    page: Page, url: str, store: RunStore, shared_data: Path
) -> None:
    folder = shared_data / "nnstd_topologies"
    page.goto(f"{url}/runs")
    page.get_by_text("Bring in runs and networks").click()
    page.locator("input[type=file]").set_input_files(folder)
    page.get_by_role("button", name="Save these 6 runs").click()
    expect(page.get_by_text("6 runs chosen")).to_be_visible()
    configs = [record.config for record in store.records().records]
    names = [config.name for config in configs if isinstance(config, RecordedConfig)]
    assert sorted(names) == [f"e5_s0_w{k}" for k in range(6)]

    page.get_by_role("link", name="Compare these").click()
    page.get_by_role("radio", name="Whole course").click()
    heatmap = page.get_by_test_id("chart-distances")
    heatmap.wait_for()
    wait_for_revision(heatmap, 1)
    page.get_by_role("switch", name="Near ones together").click(force=True)
    page.wait_for_function(
        "([panel]) => panel.querySelector('.js-plotly-plot')._fullData.length === 1",
        arg=[heatmap.element_handle()],
    )
    labels = [label.split(" @ ") for label in plot(heatmap, "Array.from(plot._fullData[0].y)")]
    order = [(run, int(epoch)) for run, epoch in labels]
    assert sorted(order) == [(f"e5_s0_w{k}", epoch) for k in range(6) for epoch in EPOCHS]
    networks = [
        import_network(folder / run / f"epoch_{epoch:03d}").snapshot for run, epoch in order
    ]
    expected = pairwise_nnstd(networks)

    def shown() -> list[list[float]]:
        found: list[list[float]] = plot(heatmap, "plot._fullData[0].z.map(row => Array.from(row))")
        return found

    for row, values in zip(shown(), expected.mean_sparse.tolist(), strict=True):
        assert row == pytest.approx(values, abs=1e-6)
    for index in range(3):
        page.get_by_role("radio", name=f"weight_l{index} (784").first.click()
        page.wait_for_function(
            """([panel, title]) =>
                panel.querySelector('.js-plotly-plot')._fullLayout.title.text === title""",
            arg=[heatmap.element_handle(), f"Layer {index + 1}"],
        )
        for row, values in zip(shown(), expected.per_layer[:, :, index].tolist(), strict=True):
            assert row == pytest.approx(values, abs=1e-6)
