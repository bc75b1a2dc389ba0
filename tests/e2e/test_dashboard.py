"""The whole path in a real browser: train, watch, stop, reload, compare."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from page_actions import (
    PATIENCE,
    badge,
    choose,
    drag_across,
    epoch,
    plot,
    press_train,
    revision,
    set_field,
    train,
    wait_for_epoch,
    wait_for_point,
    wait_for_revision,
    wait_for_trace,
)
from playwright.sync_api import Browser, Page, expect
from torch import nn

from set_engine import Recorder, RunStore, TrainingConfig, record_run, sparsify


def test_train_watch_zoom_stop_and_reload(page: Page, browser: Browser) -> None:
    train(page, Epochs="100000")
    first = wait_for_epoch(page, 3)
    histogram = page.get_by_test_id("chart-in-histogram")
    wait_for_revision(histogram, 1)
    before = plot(histogram, "JSON.stringify(Array.from(plot._fullData[1].y))")
    assert wait_for_epoch(page, first + 30) >= first + 30
    wait_for_revision(histogram, 3)
    assert plot(histogram, "JSON.stringify(Array.from(plot._fullData[1].y))") != before

    drag_across(histogram)
    zoomed = plot(histogram, "Array.from(plot._fullLayout.xaxis.range)")
    assert not plot(histogram, "Boolean(plot._fullLayout.xaxis.autorange)")
    wait_for_revision(histogram, revision(histogram) + 2)
    assert plot(histogram, "Array.from(plot._fullLayout.xaxis.range)") == zoomed

    other = browser.new_context().new_page()
    other.goto(page.url)
    expect(badge(other, "running")).to_be_visible(timeout=PATIENCE)
    wait_for_epoch(other, first)
    other.context.close()

    page.get_by_role("button", name="Stop Shortcut").click()
    expect(badge(page, "stopped")).to_be_visible()
    address = page.url
    page.reload()
    expect(badge(page, "stopped")).to_be_visible()
    assert page.url == address


def test_pause_step_and_resume(page: Page) -> None:
    train(page, Epochs="100000")
    wait_for_epoch(page, 2)
    step, stop = (page.get_by_role("button", name=name) for name in ("Step", "Stop"))
    places = [step.bounding_box(), stop.bounding_box()]
    page.get_by_role("button", name="Pause Shortcut").click()
    expect(badge(page, "paused")).to_be_visible()
    assert [step.bounding_box(), stop.bounding_box()] == places, "a button moved under the pointer"
    held = epoch(page)
    page.get_by_role("button", name="Step Shortcut").click()
    assert wait_for_epoch(page, held + 1) == held + 1
    expect(badge(page, "paused")).to_be_visible()
    page.get_by_role("button", name="Step Shortcut").click()
    assert wait_for_epoch(page, held + 2) == held + 2
    wait_for_point(page.get_by_test_id("chart-loss"), held + 2)
    page.get_by_role("button", name="Resume").click()
    wait_for_epoch(page, held + 10)
    page.get_by_role("button", name="Stop Shortcut").click()
    expect(badge(page, "stopped")).to_be_visible()


def test_looking_back_while_the_run_goes_on(page: Page) -> None:
    train(page, Epochs="100000")
    wait_for_epoch(page, 20)
    page.get_by_role("button", name="Look back").click()
    slider = page.get_by_role("slider", name="Epoch")
    expect(slider).to_be_visible()
    heading = page.get_by_role("heading", name=re.compile(r"^Degrees at epoch"))
    for _ in range(3):
        before = heading.inner_text()
        slider.focus()
        page.keyboard.press("ArrowLeft")
        expect(heading).not_to_have_text(before)
    held = int(re.findall(r"\d+", heading.inner_text())[0])
    assert page.url.endswith(f"epoch={held}")
    histogram = page.get_by_test_id("chart-in-histogram")
    wait_for_trace(histogram, f"Epoch {held}")
    shown = plot(histogram, "JSON.stringify(Array.from(plot._fullData[1].y))")
    at = epoch(page)
    wait_for_epoch(page, at + 30)  # the head goes on
    expect(heading).to_contain_text(f"Degrees at epoch {held}")
    assert plot(histogram, "JSON.stringify(Array.from(plot._fullData[1].y))") == shown

    page.reload()
    expect(heading).to_contain_text(f"Degrees at epoch {held}")
    page.get_by_role("button", name="Play epochs").click()
    expect(heading).not_to_contain_text(f"Degrees at epoch {held}")
    page.get_by_role("button", name="Back to now").click()
    expect(page.get_by_role("button", name="Look back")).to_be_visible()
    wait_for_trace(histogram, "Now")
    wait_for_revision(histogram, revision(histogram) + 2)
    page.get_by_role("button", name="Stop Shortcut").click()
    expect(badge(page, "stopped")).to_be_visible()


def test_coming_back_from_another_page_finds_run_and_settings(page: Page, store: RunStore) -> None:
    train(page, Epochs="2", Batch="100")
    expect(badge(page, "finished")).to_be_visible()
    assert store.records().records[0].config.batch_size == 100
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", name="Compare networks")).to_be_visible()
    page.get_by_role("link", name="Live").click()
    expect(badge(page, "finished")).to_be_visible()
    expect(page.get_by_label("Batch", exact=True)).to_have_value("100")
    expect(page.get_by_label("Epochs", exact=True)).to_have_value("2")


def test_a_run_of_another_process_appears_by_itself(page: Page, store: RunStore) -> None:
    config = TrainingConfig(hidden=(20, 21, 22), epochs=2)
    record_run(store.create(config), config)
    (record,) = (r for r in store.records().records if r.config == config)
    page.get_by_role("button", name="20-21-22").click()
    expect(badge(page, "finished")).to_be_visible()
    page.wait_for_url(re.compile(f"run={record.id}"))
    expect(page.get_by_text("2 of 2 epochs")).to_be_visible()


@pytest.mark.parametrize(
    ("label", "value", "message"),
    [
        ("ζ (rewired)", "1.5", "zeta is 1.5; it must be a number above 0 and below 1"),
        ("ε (density)", "0", "epsilon is 0.0; it must be a finite number above 0"),
        ("Hidden layers", "64, 0", "hidden[1] is 0; it must be one or more whole numbers"),
        ("Hidden layers", "64, many", "hidden[1] is 'many'; it must be one or more whole numbers"),
    ],
)
def test_a_setting_out_of_range_is_refused_beside_its_field(
    page: Page, label: str, value: str, message: str
) -> None:
    set_field(page, label, value)
    expect(page.get_by_text(message)).to_be_visible()
    expect(page.get_by_role("button", name="Train")).to_be_disabled()


def test_a_damaged_data_set_is_refused_beside_its_field(
    page: Page, tmp_path: Path, store: RunStore
) -> None:
    before = len(store.records().records)
    choose(page, "Data set", "File or folder")
    set_field(page, "Path", str(tmp_path / "nowhere"))
    expect(page.get_by_text("nowhere is not there. Give the path of a file")).to_be_visible()
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03\0\0")
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01\0\0\0\0")
    set_field(page, "Path", str(tmp_path))
    page.get_by_role("button", name="Train").click()
    expect(page.get_by_text("is 6 bytes long; its header alone needs 16")).to_be_visible()
    assert len(store.records().records) == before


def test_divergence_is_shown_and_the_rest_goes_on(page: Page) -> None:
    train(page, Learning_rate="50", Epochs="50")
    expect(badge(page, "failed")).to_be_visible()
    said = page.get_by_role("alert").filter(has_text="Training failed")
    expect(said).to_contain_text("with learning_rate 50.0; it must stay finite")
    expect(page.get_by_text("With learning rate 50 the run on this page diverged.")).to_be_visible()
    train(page, Learning_rate="0.1", Epochs="3")
    expect(badge(page, "finished")).to_be_visible()


def test_fields_typed_faster_than_the_page_answers_all_count(page: Page, store: RunStore) -> None:
    train(page, Epochs="100000")  # whose drawing, ten times in seven seconds, is in the way
    wait_for_epoch(page, 3)
    for attempt in range(4):
        typed = {"Epochs": 3 + attempt, "Batch": 90 + attempt, "Seed": 40 + attempt}
        for label, value in typed.items():
            page.get_by_label(label, exact=True).fill(str(value))
            page.keyboard.press("Tab")
            page.wait_for_timeout(50 + 100 * attempt)
        page.get_by_label("ε (density)", exact=True).fill(f"{3 + attempt}")
        page.wait_for_timeout(50 + 100 * attempt)
        page.get_by_label("Hidden layers", exact=True).fill(f"{50 + attempt}, 60")
        page.wait_for_timeout(50 + 100 * attempt)
        press_train(page)
        config = store.records().records[0].config
        assert isinstance(config, TrainingConfig)
        assert (config.epochs, config.batch_size, config.seed) == tuple(typed.values())
        assert (config.epsilon, config.hidden) == (3.0 + attempt, (50 + attempt, 60))
        expect(badge(page, "finished")).to_be_visible()
        page.get_by_role("button", name="256-256-256").first.click()
        wait_for_epoch(page, 3)
    page.get_by_role("button", name="Stop Shortcut").click()
    expect(badge(page, "stopped")).to_be_visible()


@pytest.mark.parametrize("pause", [0, 100, 300, 600])
def test_what_follows_a_choice_is_not_taken_back(page: Page, store: RunStore, pause: int) -> None:
    # Each step changes fields that the browser may not have seen change when it sends the next.
    for label, value in (("Epochs", "3"), ("Seed", "40")):
        page.get_by_label(label, exact=True).fill(value)
        page.keyboard.press("Tab")
    press_train(page)
    page.wait_for_timeout(pause)
    page.get_by_role("combobox", name="Model", exact=True).click()
    page.get_by_role("option", name="rbm", exact=True).click()
    page.wait_for_timeout(pause)
    page.get_by_label("ε (density)", exact=True).fill("4")  # has the same default in both
    press_train(page)
    config = store.records().records[0].config
    assert isinstance(config, TrainingConfig)
    assert (config.model, config.hidden, config.batch_size) == ("rbm", (200,), 10)
    assert (config.epochs, config.seed, config.epsilon) == (3, 40, 4.0)


def test_an_rbm_shows_what_it_has_learned(page: Page, store: RunStore) -> None:
    choose(page, "Model", "rbm")
    train(page, Epochs="3", Hidden_layers="40")
    expect(badge(page, "finished")).to_be_visible()
    page.get_by_role("radio", name="Images").click()
    expect(page.get_by_role("heading", name="What it has learned")).to_be_visible()
    error = store.metrics(store.records().records[0].id)[1][-1].test_loss
    said = page.get_by_test_id("stMetric").filter(has_text=re.compile("^Test error"))
    expect(said).to_contain_text(f"{error:.4f}")
    expect(page.get_by_text("Test samples at epoch 3")).to_be_visible()
    for name in ("reconstructions", "filters", "pixels-now"):
        picture = page.get_by_test_id(f"chart-{name}")
        picture.scroll_into_view_if_needed()
        wait_for_revision(picture, 1)
        assert plot(picture, "plot._fullData[0].z.length") >= 8  # rows of pixels


def test_a_method_brings_its_settings_and_they_are_trained_with(
    page: Page, store: RunStore
) -> None:
    choose(page, "Method", "rigl")
    train(page, Epochs="8")
    expect(badge(page, "finished")).to_be_visible()
    config = store.records().records[0].config
    assert isinstance(config, TrainingConfig)
    assert (config.method, config.evolve_every, config.zeta_schedule) == ("rigl", 100, "cosine")


def test_a_stopped_run_goes_on_where_it_was_stopped(page: Page, store: RunStore) -> None:
    train(page, Epochs="400")
    wait_for_epoch(page, 5)
    page.get_by_role("button", name="Stop Shortcut").click()
    expect(badge(page, "stopped")).to_be_visible()
    run_id = store.records().records[0].id
    stopped_at = store.metrics(run_id)[1][-1].epoch
    assert 5 <= stopped_at < 400
    address = page.url
    page.get_by_role("button", name="Resume").click()
    wait_for_epoch(page, stopped_at + 2)
    assert page.url == address
    page.get_by_role("button", name="Stop Shortcut").click()
    expect(badge(page, "stopped")).to_be_visible()
    rows = store.metrics(run_id)[1]
    assert [row.epoch for row in rows] == list(range(1, rows[-1].epoch + 1))
    assert rows[-1].epoch > stopped_at


def test_a_training_loop_of_ones_own_is_watched(page: Page, store: RunStore) -> None:
    model = sparsify(nn.Sequential(nn.Linear(30, 20), nn.ReLU(), nn.Linear(20, 3)), epsilon=3.0)
    with Recorder(model, "my-own-net", store=store, epochs=40) as recorder:
        page.get_by_role("button", name="my-own-net").click()
        expect(badge(page, "running")).to_be_visible()
        for done in range(1, 4):
            recorder.epoch(train_loss=1 / done, test_accuracy=done / 10)
            wait_for_epoch(page, done)
        accuracy = page.get_by_test_id("stMetric").filter(has_text=re.compile("^Test accuracy"))
        expect(accuracy).to_contain_text("30.00%")
        expect(page.get_by_text("it can be watched here, and steered there")).to_be_visible()
    expect(badge(page, "finished")).to_be_visible()
    expect(page.get_by_role("button", name="Resume")).to_have_count(0)


def test_an_overfilled_layer_is_full_and_says_so(page: Page) -> None:
    set_field(page, "ε (density)", "60")
    train(page, Epochs="2")
    expect(page.get_by_text("Epsilon 60 would overfill layer 1 (64 to 256)").first).to_be_visible()
    expect(badge(page, "finished")).to_be_visible()


def test_an_unknown_run_in_the_link_is_said(page: Page, url: str) -> None:
    page.goto(f"{url}/?run=../../etc")
    expect(page.get_by_text("there is no run '../../etc'")).to_be_visible()
    page.get_by_role("button", name="Start afresh").click()
    expect(page.get_by_role("heading", name="Watch a sparse network wire itself")).to_be_visible()
