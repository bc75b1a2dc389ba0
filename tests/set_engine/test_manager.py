from __future__ import annotations

from collections.abc import Iterator

import pytest

from set_engine import NotLiveError, Progress, RunManager, RunStatus, RunStore, TrainingConfig
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
