"""The page of a run is drawn often while that shows something, and seldom when it costs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.pace import SOON, Pace, rest_seconds
from app.run_reader import RunReader, RunView
from set_engine import EpochMetrics, RunStatus, RunStore, RunWriter, TrainingConfig
from topology import LayerTopology, TopologySnapshot


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[RunWriter]:
    writer = RunStore(tmp_path).create(TrainingConfig())
    yield writer
    writer.finish(RunStatus.STOPPED)


def view_of(writer: RunWriter, tmp_path: Path) -> RunView:
    return RunReader(RunStore(tmp_path), writer.run_id).read(budget_seconds=60)


def snapshot(epoch: int) -> TopologySnapshot:
    return TopologySnapshot((LayerTopology([0, 1, 2], [0, 1], 2, 2),), epoch=epoch)


def lasting(epoch: int, seconds: float) -> EpochMetrics:
    numbers = dict.fromkeys(("train_loss", "test_loss", "train_accuracy", "test_accuracy"), 0.5)
    return EpochMetrics(
        epoch=epoch, step=epoch, seconds=seconds, n_connections=2, replaced=0, **numbers
    )


@pytest.mark.parametrize("n_cores", [1, 2, 4, 64])
def test_the_older_the_run_the_seldomer_up_to_a_limit(n_cores: int) -> None:
    seconds = [rest_seconds(age, n_cores) for age in range(0, 4000, 5)]
    assert seconds == sorted(seconds)
    assert seconds[0] == 0.7
    assert len(set(seconds)) <= 6


@pytest.mark.parametrize("n_cores", [1, 2, 4, 8])
def test_an_old_run_spends_few_of_the_cores_on_its_page(n_cores: int) -> None:
    measured = 0.4  # seconds of a core for one drawing
    assert measured / rest_seconds(3600.0, n_cores) < 0.06 * n_cores


def test_a_young_run_is_seen_to_move() -> None:
    assert all(rest_seconds(age, 2) <= max(0.7, age / 20) for age in range(0, 600))


def after(writer: RunWriter, tmp_path: Path, seconds: list[float]) -> RunView:
    """A run that has just completed epochs of these durations."""
    writer.begin()
    writer.snapshot(snapshot(0))
    for epoch, lasted in enumerate(seconds, start=1):
        writer.epoch(lasting(epoch, lasted))
    return view_of(writer, tmp_path)


def test_a_long_epoch_is_drawn_as_soon_as_it_ends(tmp_path: Path, writer: RunWriter) -> None:
    pace = Pace.of(after(writer, tmp_path, [10.0, 10.0]), 2)
    assert pace.is_due(n_new=1, seconds=9.0)
    assert not pace.is_due(n_new=0, seconds=9.0)


def test_its_end_is_looked_for_when_it_should_come(tmp_path: Path, writer: RunWriter) -> None:
    pace = Pace.of(after(writer, tmp_path, [10.0, 4.0]), 2)
    assert pace.look_seconds(0, 3.0, within=0.75) == pytest.approx(1.0)
    assert pace.look_seconds(0, 4.1, within=1.0) == SOON
    far = pace.look_seconds(0, 0.1, within=0.0)
    assert SOON < far <= 2.0  # how far the epoch is, is drawn meanwhile
    assert pace.look_seconds(0, 1.0, within=None) == SOON


def test_epochs_that_come_faster_than_drawing_fits_are_drawn_now_and_then(
    tmp_path: Path, writer: RunWriter
) -> None:
    pace = Pace.of(after(writer, tmp_path, [1.0] * 3600), 2)
    rest = rest_seconds(3600, 2)
    assert not pace.is_due(n_new=1, seconds=rest - 0.1)
    assert pace.is_due(n_new=1, seconds=rest)


def test_many_short_epochs_share_a_drawing(tmp_path: Path, writer: RunWriter) -> None:
    pace = Pace.of(after(writer, tmp_path, [0.02] * 100), 2)
    assert not pace.is_due(n_new=5, seconds=0.1)
    assert pace.look_seconds(5, 0.1, within=0.5) == pytest.approx(pace.rest_seconds - 0.1)
    assert pace.is_due(n_new=35, seconds=pace.rest_seconds)


def test_the_reader_says_how_many_epochs_a_drawing_is_for(
    tmp_path: Path, writer: RunWriter
) -> None:
    view = after(writer, tmp_path, [1.0] * 3600)
    every, tenth = (Pace.of(view, 2, draw_every) for draw_every in (1, 10))
    assert every.is_due(n_new=1, seconds=0.0)
    assert not tenth.is_due(n_new=9, seconds=100.0)
    assert tenth.is_due(n_new=10, seconds=0.0)
    assert tenth.look_seconds(9, 9.0, within=0.5) == pytest.approx(0.5)


def test_no_wish_has_short_epochs_drawn_without_a_rest(tmp_path: Path, writer: RunWriter) -> None:
    pace = Pace.of(after(writer, tmp_path, [0.02] * 100), 2, draw_every=1)
    assert not pace.is_due(n_new=5, seconds=0.1)


def test_a_run_that_is_still_read_is_drawn_without_a_new_epoch(
    tmp_path: Path, writer: RunWriter
) -> None:
    view = after(writer, tmp_path, [10.0])
    assert Pace.of(view, 2, is_by_epoch=False).is_due(n_new=0, seconds=0.7)
    assert not Pace.of(view, 2).is_due(n_new=0, seconds=0.7)


def test_the_time_between_two_drawings(tmp_path: Path, writer: RunWriter) -> None:
    assert Pace.of(after(writer, tmp_path, []), 2).between_seconds == math.inf
    view = after(writer, tmp_path, [4.0])
    assert Pace.of(view, 2).between_seconds == 4.0
    assert Pace.of(view, 2, 10).between_seconds == 40.0
    assert Pace.of(view, 2, is_by_epoch=False).between_seconds == 0.7
