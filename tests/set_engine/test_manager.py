from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest

from set_engine import (
    CheckpointError,
    NotLiveError,
    NotResumableError,
    Observer,
    Progress,
    RunControl,
    RunManager,
    RunNotFoundError,
    RunStatus,
    RunStore,
    TrainingConfig,
    record_run,
)
from set_engine import manager as managing
from set_engine import run_writer as writing

PATIENCE = 20.0
SHORT = TrainingConfig(hidden=(20, 15), epsilon=2, epochs=3, batch_size=16, learning_rate=0.05)
ENDLESS = SHORT.model_copy(update={"epochs": 1_000_000, "record_every": 1_000_000})


@pytest.fixture
def manager(tmp_path) -> Iterator[RunManager]:
    manager = RunManager(RunStore(tmp_path / "runs"))
    yield manager
    manager.close(PATIENCE)


def _status(manager: RunManager, run_id: str) -> RunStatus:
    return manager.store.record(run_id).status


def _n_epochs(manager: RunManager, run_id: str) -> int:
    return len(manager.store.metrics(run_id)[1])


class TestARun:
    def test_trains_beside_and_finishes(self, manager, blobs):
        run_id = manager.start(SHORT, blobs)
        assert manager.wait(run_id, PATIENCE)
        assert not manager.is_live(run_id)
        assert manager.failure(run_id) is None
        assert _status(manager, run_id) is RunStatus.FINISHED
        assert manager.store.epochs(run_id) == (0, 1, 2, 3)
        progress = manager.progress(run_id)
        assert (progress.phase, progress.epoch, progress.n_steps) == ("Training", 3, 8)

    def test_loads_the_data_it_is_not_given(self, manager):
        run_id = manager.start(TrainingConfig(hidden=(8,), epochs=1, batch_size=500))
        assert manager.wait(run_id, PATIENCE)
        assert manager.store.snapshot(run_id, 1).widths == (64, 8, 10)

    def test_stop_is_prompt_and_keeps_what_was_trained(self, manager, blobs, wait_until):
        run_id = manager.start(ENDLESS, blobs)
        wait_until(lambda: _n_epochs(manager, run_id) >= 2)
        assert manager.is_live(run_id)
        assert _status(manager, run_id) is RunStatus.RUNNING
        assert not manager.wait(run_id, 0)
        manager.stop(run_id)
        assert manager.wait(run_id, PATIENCE)
        assert _status(manager, run_id) is RunStatus.STOPPED
        n_epochs = _n_epochs(manager, run_id)
        assert manager.store.epochs(run_id) == (0, n_epochs)
        assert (manager.store.root / run_id / "checkpoint" / "model.safetensors").is_file()

    def test_pause_step_and_resume(self, manager, blobs, wait_until):
        run_id = manager.start(ENDLESS, blobs)

        def is_paused():
            return _status(manager, run_id) is RunStatus.PAUSED

        wait_until(lambda: _n_epochs(manager, run_id) >= 1)
        manager.pause(run_id)
        wait_until(is_paused)
        n_epochs, progress = _n_epochs(manager, run_id), manager.progress(run_id)
        assert manager.is_live(run_id)
        # The rest of the epoch it was held in, then one more.
        for _ in range(2):
            manager.step_epoch(run_id)
            n_epochs += 1
            wait_until(lambda n=n_epochs: _n_epochs(manager, run_id) == n and is_paused())
        assert manager.progress(run_id).epoch == progress.epoch + 2
        manager.resume(run_id)
        wait_until(lambda: _n_epochs(manager, run_id) > n_epochs + 2)
        assert _status(manager, run_id) is RunStatus.RUNNING
        manager.pause(run_id)
        wait_until(is_paused)
        manager.stop(run_id)
        assert manager.wait(run_id, PATIENCE)
        assert _status(manager, run_id) is RunStatus.STOPPED

    def test_shows_through_any_store_on_the_same_folder(self, manager, blobs, wait_until):
        run_id = manager.start(ENDLESS, blobs)
        other = RunStore(manager.store.root)
        wait_until(lambda: other.record(run_id).status is RunStatus.RUNNING)
        manager.stop(run_id)
        manager.wait(run_id, PATIENCE)
        assert other.record(run_id).status is RunStatus.STOPPED


class TestCores:
    def test_are_shared_out_among_the_runs_that_train(
        self, tmp_path, blobs, wait_until, monkeypatch
    ):
        shares: dict[str, int] = {}
        monkeypatch.setattr(managing, "kernel_cores", lambda: 8)
        monkeypatch.setattr(
            managing, "use_cores", lambda n: shares.update({threading.current_thread().name: n})
        )
        manager = RunManager(RunStore(tmp_path / "runs"), most_at_once=3)
        first = manager.start(ENDLESS, blobs)
        wait_until(lambda: _n_epochs(manager, first) >= 1)
        assert shares == {}, "alone, a run has them all from the start"
        second, third = (manager.start(ENDLESS, blobs) for _ in range(2))
        names = {run_id: f"run {run_id}" for run_id in (first, second, third)}
        wait_until(lambda: shares == dict.fromkeys(names.values(), 2))
        manager.pause(third)
        wait_until(lambda: shares[names[first]] == shares[names[second]] == 4)
        manager.stop(first)
        assert manager.wait(first, PATIENCE)
        wait_until(lambda: shares[names[second]] == 8)
        manager.resume(third)
        wait_until(lambda: shares[names[second]] == shares[names[third]] == 4)
        manager.close(PATIENCE)

    def test_one_is_left_to_others_for_as_long_as_was_said(
        self, tmp_path, blobs, wait_until, monkeypatch
    ):
        used: list[int] = []
        monkeypatch.setattr(managing, "kernel_cores", lambda: 4)
        monkeypatch.setattr(managing, "use_cores", used.append)
        manager = RunManager(RunStore(tmp_path / "runs"))
        run_id = manager.start(ENDLESS, blobs)
        wait_until(lambda: _n_epochs(manager, run_id) >= 1)
        manager.give_way(PATIENCE)
        wait_until(lambda: used == [3])
        manager.give_way(0.0)  # a shorter one takes nothing from a longer one
        n_epochs = _n_epochs(manager, run_id)
        wait_until(lambda: _n_epochs(manager, run_id) >= n_epochs + 2)
        assert used == [3]
        later = time.monotonic() + 2 * PATIENCE
        monkeypatch.setattr(managing, "time", SimpleNamespace(monotonic=lambda: later))
        wait_until(lambda: used == [3, 4])
        monkeypatch.undo()
        manager.close(PATIENCE)

    def test_the_only_one_is_kept(self, tmp_path, blobs, wait_until, monkeypatch):
        used: list[int] = []
        monkeypatch.setattr(managing, "kernel_cores", lambda: 1)
        monkeypatch.setattr(managing, "use_cores", used.append)
        manager = RunManager(RunStore(tmp_path / "runs"))
        manager.give_way(PATIENCE)
        run_id = manager.start(ENDLESS, blobs)
        wait_until(lambda: _n_epochs(manager, run_id) >= 2)
        manager.close(PATIENCE)
        assert used == []


class TestTheQueue:
    @pytest.fixture
    def manager(self, tmp_path) -> Iterator[RunManager]:
        manager = RunManager(RunStore(tmp_path / "runs"), most_at_once=1)
        yield manager
        manager.close(PATIENCE)

    @pytest.fixture
    def begin(self, manager, blobs, wait_until):
        """Starts a run, and waits until it trains or is queued."""

        def begin() -> str:
            run_id = manager.start(ENDLESS, blobs)
            settled = (RunStatus.QUEUED, RunStatus.RUNNING)
            wait_until(lambda: _status(manager, run_id) in settled)
            return run_id

        return begin

    def test_is_served_in_order(self, manager, begin, wait_until):
        first, second, third = begin(), begin(), begin()
        assert _status(manager, first) is RunStatus.RUNNING
        for place, run_id in enumerate((second, third), start=1):
            assert _status(manager, run_id) is RunStatus.QUEUED
            assert manager.queue_place(run_id) == place
            assert manager.is_live(run_id)
        assert manager.queue_place(first) is None
        manager.stop(first)
        wait_until(lambda: _status(manager, second) is RunStatus.RUNNING)
        assert _status(manager, third) is RunStatus.QUEUED
        assert manager.queue_place(third) == 1

    def test_a_run_that_is_held_leaves_its_place(self, manager, begin, wait_until):
        first, second = begin(), begin()
        manager.step_epoch(first)  # which pauses it by itself
        wait_until(lambda: _status(manager, second) is RunStatus.RUNNING)
        third = begin()
        manager.resume(first)
        wait_until(lambda: _status(manager, first) is RunStatus.RUNNING)
        assert _status(manager, second) is RunStatus.RUNNING
        manager.stop(first)
        assert manager.wait(first, PATIENCE)
        assert _status(manager, third) is RunStatus.QUEUED, "one still trains"

    def test_a_queued_run_ends_without_having_trained(self, manager, begin):
        begin()
        second = begin()
        manager.stop(second)
        assert manager.wait(second, PATIENCE)
        assert _status(manager, second) is RunStatus.STOPPED
        assert manager.store.epochs(second) == ()
        assert manager.failure(second) is None

    def test_a_run_can_begin_out_of_turn(self, manager, begin, wait_until):
        first, second, third = begin(), begin(), begin()
        manager.start_now(third)
        wait_until(lambda: _n_epochs(manager, third) >= 1)
        assert _status(manager, second) is RunStatus.QUEUED
        manager.stop(first)
        assert manager.wait(first, PATIENCE)
        assert _status(manager, second) is RunStatus.QUEUED
        manager.start_now(third)  # it waits no more
        manager.stop(third)
        wait_until(lambda: _status(manager, second) is RunStatus.RUNNING)

    def test_a_failure_gives_the_turn_on(self, manager, blobs, begin, wait_until):
        first = begin()
        ill = manager.start(SHORT.model_copy(update={"batch_size": 500}), blobs)
        third = begin()
        manager.stop(first)
        assert manager.wait(ill, PATIENCE)
        assert _status(manager, ill) is RunStatus.FAILED
        wait_until(lambda: _status(manager, third) is RunStatus.RUNNING)

    def test_ends_with_the_manager(self, manager, begin):
        runs = [begin() for _ in range(4)]
        manager.close(PATIENCE)
        assert {_status(manager, run_id) for run_id in runs} == {RunStatus.STOPPED}

    def test_whatever_is_asked_in_whatever_order_every_run_comes_to_its_end(self, manager, blobs):
        rng = np.random.default_rng(0)
        runs = [manager.start(SHORT, blobs) for _ in range(8)]
        asked = (manager.pause, manager.resume, manager.step_epoch, manager.stop, manager.start_now)
        for _ in range(60):
            try:
                asked[rng.choice(5, p=(0.3, 0.3, 0.2, 0.1, 0.1))](runs[rng.integers(8)])
            except NotLiveError:
                continue  # it has ended
        for run_id in runs:
            if manager.is_live(run_id):
                manager.resume(run_id)
        for run_id in runs:
            assert manager.wait(run_id, PATIENCE)
            assert _status(manager, run_id) in (RunStatus.FINISHED, RunStatus.STOPPED)

    def test_needs_room_for_a_run(self, tmp_path):
        with pytest.raises(ValueError, match="most_at_once is 0; it must be at least 1"):
            RunManager(RunStore(tmp_path), most_at_once=0)


class TestFailures:
    def test_are_records_and_other_runs_go_on(self, manager, blobs, wait_until):
        well = manager.start(ENDLESS, blobs)
        ill = manager.start(SHORT.model_copy(update={"batch_size": 500}), blobs)
        assert manager.wait(ill, PATIENCE)
        assert _status(manager, ill) is RunStatus.FAILED
        failure = manager.failure(ill)
        recorded = manager.store.record(ill).failure
        assert (failure.kind, failure.message) == (recorded.kind, recorded.message)
        assert failure.kind == "ConfigError"
        assert "batch_size is 500; it must be at most 120" in failure.message
        n_epochs = _n_epochs(manager, well)
        wait_until(lambda: _n_epochs(manager, well) > n_epochs)
        assert manager.is_live(well)
        assert manager.failure(well) is None

    def test_data_that_are_not_there(self, manager, tmp_path):
        run_id = manager.start(TrainingConfig(dataset=str(tmp_path / "absent")))
        assert manager.wait(run_id, PATIENCE)
        assert manager.failure(run_id).kind == "DatasetError"
        assert "absent is not a folder" in manager.store.record(run_id).failure.message

    def test_are_known_also_when_they_cannot_be_written(self, manager, blobs, monkeypatch):
        real = writing.write_atomically
        calls = []

        def full(path, write):
            calls.append(path)
            if len(calls) > 1:
                raise OSError("disk full")
            real(path, write)

        monkeypatch.setattr(writing, "write_atomically", full)
        run_id = manager.start(SHORT, blobs)
        assert manager.wait(run_id, PATIENCE)
        assert manager.failure(run_id).message == "disk full"
        # On disk it is as if its process had died: PENDING, without an owner.
        assert _status(manager, run_id) is RunStatus.INTERRUPTED

    def test_a_store_that_cannot_be_written_raises_at_once(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(OSError, match="file"):
            RunManager(RunStore(tmp_path / "file")).start(SHORT)


class TestResumeRun:
    @pytest.fixture
    def table(self, tmp_path):
        """A `.csv` file of 90 samples of 6 features in three classes."""
        rng = np.random.default_rng(0)
        classes = np.arange(90) % 3
        rows = np.column_stack([rng.normal(size=(90, 6)) + classes[:, None], classes])
        path = tmp_path / "table.csv"
        np.savetxt(path, rows, delimiter=",", fmt=["%.6f"] * 6 + ["%d"])
        return path

    @pytest.fixture
    def config(self, table):
        settings = {"dataset": str(table), "epochs": 12, "record_every": 1, "batch_size": 8}
        return SHORT.model_copy(update=settings)

    def _stopped(self, manager, config, wait_until) -> str:
        run_id = manager.start(config.model_copy(update={"epochs": 1_000_000}))
        wait_until(lambda: _n_epochs(manager, run_id) >= 2)
        manager.stop(run_id)
        assert manager.wait(run_id, PATIENCE)
        return run_id

    @staticmethod
    def _broken_off(store, config) -> str:
        """A run that was stopped after the fourth step of its third epoch."""

        class StopAt(Observer):
            def step(self, epoch, done, _n_steps):
                if (epoch, done) == (3, 4):
                    control.stop()

        writer, control = store.create(config), RunControl()
        assert record_run(writer, config, control=control, observer=StopAt()).stopped
        return writer.run_id

    def test_goes_on_beside_and_ends_as_if_it_had_not_stopped(self, manager, config):
        store = manager.store
        run_id = self._broken_off(store, config)
        assert _n_epochs(manager, run_id) == 2
        assert manager.resume_run(run_id) == run_id
        assert manager.wait(run_id, PATIENCE)
        assert manager.failure(run_id) is None
        assert _status(manager, run_id) is RunStatus.FINISHED
        assert manager.progress(run_id).epoch == 12
        through = manager.start(config)
        assert manager.wait(through, PATIENCE)
        assert store.epochs(run_id) == store.epochs(through) == tuple(range(13))
        for epoch in range(13):
            ours, theirs = (store.snapshot(r, epoch).digest for r in (run_id, through))
            assert ours == theirs
        ours, theirs = (
            [row.model_dump(exclude={"seconds"}) for row in store.metrics(r)[1]]
            for r in (run_id, through)
        )
        assert ours == theirs

    def test_is_steered_as_any_other(self, manager, config, wait_until):
        run_id = self._stopped(manager, config, wait_until)
        n_epochs = _n_epochs(manager, run_id)
        manager.resume_run(run_id)
        assert manager.is_live(run_id)
        wait_until(lambda: _n_epochs(manager, run_id) > n_epochs)
        manager.stop(run_id)
        assert manager.wait(run_id, PATIENCE)
        assert _status(manager, run_id) is RunStatus.STOPPED

    def test_data_that_are_gone_leave_it_failed_and_to_be_resumed(
        self, manager, config, table, wait_until
    ):
        run_id = self._stopped(manager, config, wait_until)
        rows = manager.store.metrics(run_id)
        table.rename(table.with_name("away.csv"))
        for _ in range(2):
            # The second time shows that the first gave the lock back.
            manager.resume_run(run_id)
            assert manager.wait(run_id, PATIENCE)
            assert _status(manager, run_id) is RunStatus.FAILED
            assert manager.failure(run_id).kind == "DatasetError"
            assert str(table) in manager.store.record(run_id).failure.message
            assert manager.store.metrics(run_id) == rows
        table.with_name("away.csv").rename(table)
        manager.resume_run(run_id)
        wait_until(lambda: _n_epochs(manager, run_id) > len(rows[1]))
        assert manager.failure(run_id) is None
        assert _status(manager, run_id) is RunStatus.RUNNING

    def test_data_that_have_changed_do_too(self, manager, config, table, wait_until):
        run_id = self._stopped(manager, config, wait_until)
        lines = table.read_text().splitlines(keepends=True)
        table.write_text("".join(lines[1:]))
        manager.resume_run(run_id)
        assert manager.wait(run_id, PATIENCE)
        assert _status(manager, run_id) is RunStatus.FAILED
        assert manager.failure(run_id).kind == "CheckpointError"
        assert "has changed since the run was trained on it" in manager.failure(run_id).message
        table.write_text("".join(lines))
        manager.resume_run(run_id)
        wait_until(lambda: _status(manager, run_id) is RunStatus.RUNNING)

    def test_what_cannot_be_resumed_is_refused_at_once(self, manager, config, blobs, wait_until):
        finished = manager.start(SHORT, blobs)
        assert manager.wait(finished, PATIENCE)
        with pytest.raises(NotResumableError, match=f"run '{finished}' is finished"):
            manager.resume_run(finished)
        assert not manager.is_live(finished)
        with pytest.raises(RunNotFoundError, match="there is no run 'gone'"):
            manager.resume_run("gone")
        active = manager.start(ENDLESS, blobs)
        wait_until(lambda: _status(manager, active) is RunStatus.RUNNING)
        with pytest.raises(NotResumableError, match=f"run '{active}' is running"):
            manager.resume_run(active)
        assert manager.is_live(active)
        damaged = self._stopped(manager, config, wait_until)
        (manager.store.root / damaged / "checkpoint" / "training.safetensors").write_bytes(b"{")
        with pytest.raises(CheckpointError, match=r"training\.safetensors is no checkpoint"):
            manager.resume_run(damaged)
        assert _status(manager, damaged) is RunStatus.STOPPED


class TestRunsOfOthers:
    @pytest.mark.parametrize("ask", ["pause", "resume", "step_epoch", "stop"])
    @pytest.mark.parametrize("ended", [True, False])
    def test_cannot_be_steered(self, manager, blobs, ask, ended):
        run_id = "elsewhere"
        if ended:
            run_id = manager.start(SHORT.model_copy(update={"epochs": 1}), blobs)
            manager.wait(run_id, PATIENCE)
        with pytest.raises(NotLiveError, match=f"run '{run_id}' does not train in this process"):
            getattr(manager, ask)(run_id)

    def test_have_nothing_to_tell(self, manager):
        assert not manager.is_live("elsewhere")
        assert manager.progress("elsewhere") is None
        assert manager.failure("elsewhere") is None
        assert manager.wait("elsewhere", 0)


class TestClose:
    def test_stops_every_run_paused_ones_too(self, manager, blobs, wait_until):
        ids = [manager.start(ENDLESS, blobs) for _ in range(3)]
        manager.pause(ids[0])
        wait_until(lambda: _status(manager, ids[0]) is RunStatus.PAUSED)
        wait_until(lambda: _n_epochs(manager, ids[2]) >= 1)
        manager.close(PATIENCE)
        assert not any(manager.is_live(run_id) for run_id in ids)
        assert [_status(manager, run_id) for run_id in ids] == [RunStatus.STOPPED] * 3

    def test_of_nothing(self, manager):
        manager.close()
        manager.close()
        assert manager.progress("none") is None


def test_progress_begins_with_words():
    assert Progress().phase == "Waiting to begin"
