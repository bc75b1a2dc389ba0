"""The reader follows a growing run, a piece at a time."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from app.run_reader import RunReader
from set_engine import EpochMetrics, RunNotFoundError, RunStatus, RunStore, RunWriter
from set_engine.config import TrainingConfig
from topology import LayerTopology, TopologySnapshot


def snapshot(epoch: int) -> TopologySnapshot:
    # In-degrees 2 and 0, then 1 and 1: variance/mean 1, then 0; out-degrees 1, 1 and 2, 0.
    layer = (
        LayerTopology([0, 2, 2], [0, 1], 2, 2)
        if epoch % 2 == 0
        else LayerTopology([0, 1, 2], [0, 0], 2, 2)
    )
    return TopologySnapshot((layer,), epoch=epoch)


def row(epoch: int) -> EpochMetrics:
    numbers = dict.fromkeys(("train_loss", "test_loss", "train_accuracy", "test_accuracy"), 0.5)
    return EpochMetrics(
        epoch=epoch, step=epoch, seconds=0.1, n_connections=2, replaced=0, **numbers
    )


@pytest.fixture
def writer(tmp_path: Path) -> RunWriter:
    return RunStore(tmp_path).create(TrainingConfig())


def test_each_reading_adds_what_came_since(tmp_path: Path, writer: RunWriter) -> None:
    reader = RunReader(RunStore(tmp_path), writer.run_id)
    empty = reader.read()
    assert (empty.first, empty.latest, empty.metrics) == (None, None, ())
    assert empty.record.status is RunStatus.PENDING

    writer.snapshot(snapshot(0))
    writer.epoch(row(1))
    writer.snapshot(snapshot(1))
    view = reader.read()
    assert [metrics.epoch for metrics in view.metrics] == [1]
    assert view.first == snapshot(0)
    assert view.latest == snapshot(1)
    assert view.dispersion["in"].tolist() == [[1.0], [0.0]]
    assert view.dispersion["out"].tolist() == [[0.0], [1.0]]

    writer.epoch(row(2))
    writer.snapshot(snapshot(2))
    writer.finish(RunStatus.FINISHED)
    later = reader.read()
    assert [metrics.epoch for metrics in later.metrics] == [1, 2]
    assert later.dispersion_epochs.tolist() == [0, 1, 2]
    assert later.record.status is RunStatus.FINISHED
    assert len(view.metrics) == 1, "what a page holds has changed under it"


def test_a_long_course_is_read_within_the_budget_and_coarse_first(
    tmp_path: Path, writer: RunWriter
) -> None:
    for epoch in range(33):
        writer.snapshot(snapshot(epoch))
    writer.finish(RunStatus.STOPPED)
    ticks = itertools.count()
    reader = RunReader(RunStore(tmp_path), writer.run_id, clock=lambda: float(next(ticks)))
    counts = []
    for _ in range(12):
        view = reader.read(budget_seconds=6)
        counts.append(len(view.dispersion_epochs))
        assert view.is_expecting == (counts[-1] < 33)
        gaps = np.diff(view.dispersion_epochs)
        assert gaps.max() <= 16
    assert counts[0] < 12
    assert counts == sorted(counts)
    assert counts[-1] == 33
    assert not view.is_expecting


def resumed(tmp_path: Path, writer: RunWriter) -> RunWriter:
    """Breaks the run off, after epochs 0 to 3, and takes it over."""
    writer.begins_after(())
    for epoch in range(4):
        writer.snapshot(snapshot(epoch))
        if epoch:
            writer.epoch(row(epoch))
    writer.finish(RunStatus.STOPPED)
    return RunStore(tmp_path).resume(writer.run_id)[0]


@pytest.mark.parametrize("n_kept", [0, 2, 3])
def test_a_reader_forgets_what_a_resumption_trains_once_more(
    tmp_path: Path, writer: RunWriter, n_kept: int
) -> None:
    again = resumed(tmp_path, writer)
    reader = RunReader(RunStore(tmp_path), writer.run_id)
    before = reader.read(budget_seconds=60)
    assert len(before.metrics) == 3
    again.begins_after(before.metrics[:n_kept])
    view = reader.read(budget_seconds=60)
    assert view.metrics == before.metrics[:n_kept]
    assert view.dispersion_epochs.tolist() == list(range(n_kept + 1))
    assert view.latest == snapshot(n_kept)
    assert view.is_expecting

    other = row(n_kept + 1).model_copy(update={"train_loss": 0.125})
    again.epoch(other)
    again.snapshot(snapshot(n_kept + 1))
    again.finish(RunStatus.FINISHED)
    assert reader.read(budget_seconds=60).metrics == (*before.metrics[:n_kept], other)
    assert len(before.metrics) == 3, "what a page holds has changed under it"


def test_a_log_that_is_replaced_while_it_is_read_is_read_anew(
    tmp_path: Path, writer: RunWriter
) -> None:
    again = resumed(tmp_path, writer)

    class Replacing(RunStore):
        """Replaces the log right before the second time that it is read."""

        n_looks = 0

        def metrics(self, run_id: str, cursor: int = 0) -> tuple[int, tuple[EpochMetrics, ...]]:
            self.n_looks += 1
            if self.n_looks == 2:
                again.begins_after([row(1)])
            return super().metrics(run_id, cursor)

    reader = RunReader(Replacing(tmp_path), writer.run_id)
    assert len(reader.read().metrics) == 3
    assert reader.read().metrics == (row(1),)
    again.finish(RunStatus.STOPPED)


def test_a_wiring_that_a_resumption_forgets_meanwhile_is_no_problem(
    tmp_path: Path, writer: RunWriter
) -> None:
    again = resumed(tmp_path, writer)

    class Forgetful(RunStore):
        """Still names the wirings that have just been deleted."""

        def epochs(self, run_id: str) -> tuple[int, ...]:
            return (*super().epochs(run_id), 2, 3)

    again.begins_after([row(1)])
    view = RunReader(Forgetful(tmp_path), writer.run_id).read(budget_seconds=60)
    assert view.problems == ()
    assert view.latest is None or view.latest.epoch <= 1
    assert view.dispersion_epochs.tolist() == [0, 1]
    again.finish(RunStatus.STOPPED)


def test_a_glance_reads_no_wiring(tmp_path: Path, writer: RunWriter) -> None:
    class Blind(RunStore):
        """A store whose wirings are too large to be read now."""

        def snapshot(self, run_id: str, epoch: int) -> TopologySnapshot:
            raise AssertionError(f"the wiring of {run_id} at epoch {epoch} was read")

    writer.snapshot(snapshot(0))
    writer.epoch(row(1))
    writer.finish(RunStatus.FINISHED)
    view = RunReader(Blind(tmp_path), writer.run_id).glance()
    assert (view.first, view.latest, view.metrics) == (None, None, (row(1),))
    assert view.is_expecting

    reader = RunReader(RunStore(tmp_path), writer.run_id)
    reader.read()
    assert reader.glance().latest == snapshot(0)
    assert not reader.glance().is_expecting


def test_an_unknown_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunNotFoundError, match="there is no run 'nothing'"):
        RunReader(RunStore(tmp_path), "nothing").read()


def test_one_damaged_wiring_is_said_and_the_rest_is_read(tmp_path: Path, writer: RunWriter) -> None:
    for epoch in range(3):
        writer.snapshot(snapshot(epoch))
    writer.finish(RunStatus.STOPPED)
    damaged = RunWriter.snapshot_path(tmp_path / writer.run_id, 1)
    damaged.write_bytes(damaged.read_bytes()[:100])
    view = RunReader(RunStore(tmp_path), writer.run_id).read(budget_seconds=60)
    assert view.dispersion_epochs.tolist() == [0, 2]
    (problem,) = view.problems
    assert str(damaged) in problem
    assert not view.is_expecting
