"""The live page steered as a player is, in a real browser."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from page_actions import (
    PATIENCE,
    badge,
    epoch,
    plot,
    press_train,
    revision,
    set_field,
    stop_all,
    train,
    wait_for_epoch,
    wait_for_other_run,
    wait_for_revision,
    wait_until_idle,
)
from playwright.sync_api import Browser, Page, expect

from set_engine import RunStatus, RunStore, TrainingConfig, available_cores


def newest(store: RunStore) -> TrainingConfig:
    config = store.records().records[0].config
    assert isinstance(config, TrainingConfig)
    return config


def press(page: Page, name: str) -> None:
    """Click a button; "Stop Shortcut" is ours, "Stop" may be Streamlit's while a page begins."""
    page.get_by_role("button", name=name).click()


def test_starting_over_trains_the_same_once_more(page: Page, store: RunStore) -> None:
    train(page, Epochs="100000", Seed="7")
    wait_for_epoch(page, 5)
    first = store.records().records[0].id
    press(page, "Start over Shortcut")
    wait_for_other_run(page, first)
    wait_for_epoch(page, 5)
    press(page, "Stop Shortcut")
    expect(badge(page, "stopped")).to_be_visible()
    again = store.records().records[0]
    assert again.id != first
    assert store.record(first).status is RunStatus.STOPPED
    assert again.config == store.record(first).config
    runs = [store.metrics(run)[1] for run in (first, again.id)]
    losses = [[row.train_loss for row in rows[:5]] for rows in runs]
    assert losses[0] == losses[1]


def test_a_duplicate_fills_in_the_settings_to_be_changed(page: Page, store: RunStore) -> None:
    train(page, Epochs="2", Seed="11", Batch="90")
    expect(badge(page, "finished")).to_be_visible()
    for label in ("Seed", "Batch"):
        set_field(page, label, "1")
    press(page, "Duplicate Shortcut")
    wait_until_idle(page)
    expect(page.get_by_label("Seed", exact=True)).to_have_value("11")
    expect(page.get_by_label("Batch", exact=True)).to_have_value("90")
    wait_until_idle(page)
    train(page, Seed="12")
    expect(badge(page, "finished")).to_be_visible()
    config = newest(store)
    assert (config.seed, config.batch_size, config.epochs) == (12, 90, 2)
    expect(page.get_by_text("seed 12 · ")).to_be_visible()


def test_keys_steer_a_run_from_its_start_to_its_end(page: Page) -> None:
    set_field(page, "Epochs", "100000")
    page.keyboard.press("Escape")
    page.get_by_role("heading", name="New run").click()
    page.keyboard.press("t")
    wait_for_epoch(page, 5)
    page.keyboard.press("p")
    expect(badge(page, "paused")).to_be_visible()
    held = epoch(page)
    page.keyboard.press("s")
    assert wait_for_epoch(page, held + 1) == held + 1
    expect(badge(page, "paused")).to_be_visible()
    page.keyboard.press("p")
    wait_for_epoch(page, held + 10)
    page.keyboard.press("x")
    expect(badge(page, "stopped")).to_be_visible()

    heading = page.get_by_role("heading", name="Degrees at epoch")
    trained = re.match("[0-9,]+", page.get_by_text(re.compile("of 100,000 epochs")).inner_text())
    assert trained is not None
    last = f"Degrees at epoch {trained[0]}"
    expect(heading).to_have_text(last)  # it follows the head of the page by a moment
    page.keyboard.press("b")
    expect(page.get_by_role("slider", name="Epoch")).to_be_visible()
    page.keyboard.press("j")
    expect(heading).not_to_have_text(last)
    page.keyboard.press("l")
    expect(heading).to_have_text(last)
    page.keyboard.press("k")
    expect(page.get_by_role("button", name="Hold here")).to_be_visible()
    expect(heading).not_to_have_text(last)
    page.keyboard.press("k")
    expect(page.get_by_role("button", name="Play epochs")).to_be_visible()
    page.keyboard.press("b")
    expect(page.get_by_role("button", name="Look back")).to_be_visible()


def test_keys_do_nothing_where_text_is_typed_or_when_they_are_switched_off(
    page: Page, store: RunStore
) -> None:
    before = len(store.records().records)
    page.get_by_label("Hidden layers", exact=True).focus()
    page.keyboard.type("t")
    page.keyboard.press("Control+a")
    page.keyboard.type("20")
    page.keyboard.press("Enter")
    wait_until_idle(page)
    assert len(store.records().records) == before
    train(page, Epochs="100000")
    wait_for_epoch(page, 2)
    press(page, "Keys")
    page.get_by_text("Use these keys").click()
    # Those of the settings and of the player as well as those beside the switch.
    for button in ("Stop Shortcut X", "Train Shortcut T", "Look back Shortcut B"):
        expect(page.get_by_role("button", name=button)).to_have_count(0)
    page.keyboard.press("Escape")
    runs = len(store.records().records)
    at = epoch(page)
    for key in "xtb":
        page.keyboard.press(key)
    wait_for_epoch(page, at + 30)
    expect(page.get_by_role("button", name="Look back")).to_be_visible()
    assert len(store.records().records) == runs
    press(page, "Stop")
    expect(badge(page, "stopped")).to_be_visible()


def test_a_link_opens_the_same_set_up(page: Page, browser: Browser) -> None:
    for label, value in (("Hidden layers", "40, 30"), ("ζ (rewired)", "0.2"), ("Seed", "5")):
        set_field(page, label, value)
    page.wait_for_url(lambda url: "seed=5" in url)
    other = browser.new_context().new_page()
    other.set_default_timeout(PATIENCE)
    other.goto(page.url)
    expect(other.get_by_label("Hidden layers", exact=True)).to_have_value(
        "40, 30", timeout=PATIENCE
    )
    expect(other.get_by_label("ζ (rewired)", exact=True)).to_have_value("0.2")
    expect(other.get_by_label("Seed", exact=True)).to_have_value("5")
    expect(other.get_by_label("Epochs", exact=True)).to_have_value("1500")
    other.context.close()


def test_a_link_that_asks_for_what_cannot_be_says_so(page: Page, url: str) -> None:
    page.goto(f"{url}/?zeta=1.5&seed=9")
    expect(page.get_by_label("Seed", exact=True)).to_have_value("9")
    expect(page.get_by_text("zeta is 1.5; it must be a number above 0 and below 1")).to_be_visible()
    expect(page.get_by_label("ζ (rewired)", exact=True)).to_have_value("0.3")


@pytest.mark.parametrize("every", [5, 25])
def test_charts_are_drawn_as_seldom_as_one_likes(page: Page, every: int) -> None:
    page.get_by_label("Hidden layers", exact=True).fill("1000, 1000")
    train(page, Epochs="100000")
    wait_for_epoch(page, 2)
    page.get_by_role("combobox", name="Draw").click()
    page.get_by_role("option", name=f"Draw every {every} epochs", exact=True).click()
    loss = page.get_by_test_id("chart-loss")
    wait_for_revision(loss, revision(loss) + 1)
    ends = []
    for _ in range(3):
        wait_for_revision(loss, revision(loss) + 1)
        ends.append(plot(loss, "Array.from(plot._fullData[0].x).at(-1)"))
    assert all(later - earlier >= every for earlier, later in pairwise(ends)), ends
    press(page, "Stop Shortcut")
    expect(badge(page, "stopped")).to_be_visible()


def test_more_runs_than_cores_wait_for_their_turn(page: Page, url: str, store: RunStore) -> None:
    set_field(page, "Epochs", "100000")
    for _ in range(available_cores() + 2):
        press_train(page)
    expect(badge(page, "queued")).to_be_visible()
    expect(page.get_by_text("it is number 2 in the queue")).to_be_visible()
    expect(page.get_by_role("button", name="Step Shortcut")).to_be_disabled()
    press(page, "Start now Shortcut")
    wait_for_epoch(page, 2)
    press(page, "Stop Shortcut")
    expect(badge(page, "stopped")).to_be_visible()

    waiting = store.records().records[1]
    assert waiting.status is RunStatus.QUEUED
    page.goto(f"{url}/?run={waiting.id}")
    expect(page.get_by_text("it is number 1 in the queue")).to_be_visible()
    press(page, "Stop Shortcut")
    expect(badge(page, "stopped")).to_be_visible()
    assert store.epochs(waiting.id) == ()
    stop_all(page, url, store)
