from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from set_engine import (
    Checkpoint,
    ConfigError,
    DamagedRunError,
    DatasetInfo,
    EpochMetrics,
    FailureInfo,
    NotResumableError,
    RunNotFoundError,
    RunStatus,
    RunStore,
    TrainingConfig,
    run_writer,
)
from topology import LayerTopology, TopologyFileError, TopologySnapshot

CONFIG = TrainingConfig(hidden=(7,), seed=5)
LAYER = LayerTopology([0, 1, 3], [0, 0, 2], 3, 2, [1, 2, 3])


def _metrics(epoch: int) -> EpochMetrics:
    return EpochMetrics(
        epoch=epoch,
        step=10 * epoch,
        train_loss=1 / 3 / epoch,
        test_loss=0.1 + epoch,
        train_accuracy=0.8,
        test_accuracy=0.7,
        seconds=1e-3,
        n_connections=9,
        replaced=2,
    )


def _damage(store: RunStore, content: bytes) -> tuple[str, str]:
    """A finished run whose `run.json` has this content: its id and the path."""
    writer = store.create(CONFIG)
    writer.finish(RunStatus.FINISHED)
    path = store.root / writer.run_id / "run.json"
    path.write_bytes(content)
    return writer.run_id, str(path)


@pytest.fixture
def store(tmp_path) -> RunStore:
    return RunStore(tmp_path / "deep" / "runs")


@pytest.fixture
def writer(store):
    writer = store.create(CONFIG)
    yield writer
    writer.finish(RunStatus.FINISHED)


class TestLife:
    def test_of_a_run_that_finishes(self, store):
        writer = store.create(CONFIG)
        statuses = []

        def look():
            record = store.record(writer.run_id)
            statuses.append(record.status.name)
            assert (record.ended is None) == record.status.is_active
            return record

        first = look()
        writer.begin()
        look()
        writer.paused(True)
        look()
        writer.paused(False)
        look()
        writer.finish(RunStatus.FINISHED)
        last = look()
        assert statuses == ["PENDING", "RUNNING", "PAUSED", "RUNNING", "FINISHED"]
        assert first.status is RunStatus.PENDING
        assert (last.id, last.config, last.created) == (writer.run_id, CONFIG, first.created)
        assert last.created <= last.ended
        assert last.failure is None

    def test_says_where_it_was_made(self, store, writer):
        record = store.record(writer.run_id)
        assert record.versions["torch"] == torch.__version__
        assert {"python", "setscope", "numpy", "numba"} <= record.versions.keys()
        assert record.host
        assert record.n_cores >= 1
        assert record.created.utcoffset().total_seconds() == 0

    def test_notices_stay(self, store):
        writer = store.create(CONFIG)
        writer.begin()
        writer.notice("one")
        writer.notice("two")
        assert store.record(writer.run_id).status is RunStatus.RUNNING
        writer.finish(RunStatus.STOPPED)
        assert store.record(writer.run_id).notices == ("one", "two")
        assert store.record(writer.run_id).status is RunStatus.STOPPED

    def test_a_notice_is_given_once(self, store, writer):
        for text in ("one", "two", "one"):
            writer.notice(text)
        assert store.record(writer.run_id).notices == ("one", "two")

    def test_the_data_are_described(self, store, writer, few_digits):
        assert store.record(writer.run_id).data is None
        writer.dataset(few_digits)
        assert store.record(writer.run_id).data == DatasetInfo(
            name="digits",
            digest=few_digits.digest,
            n_train=100,
            n_test=50,
            n_features=64,
            n_classes=10,
            image_shape=(1, 8, 8),
        )

    def test_a_failure_is_kept_as_data(self, store):
        writer = store.create(CONFIG)
        try:
            raise KeyError("lost")
        except KeyError as error:
            failure = FailureInfo.of(error)
        writer.finish(RunStatus.FAILED, failure)
        found = store.record(writer.run_id)
        assert found.status is RunStatus.FAILED
        assert found.failure == failure
        assert (failure.kind, failure.message) == ("KeyError", "'lost'")
        assert 'raise KeyError("lost")' in failure.traceback

    def test_survives_a_restart(self, store):
        writer = store.create(CONFIG)
        writer.begin()
        writer.epoch(_metrics(1))
        writer.snapshot(TopologySnapshot((LAYER,), 1, 10))
        writer.finish(RunStatus.FINISHED)
        again = RunStore(str(store.root))
        assert again.record(writer.run_id) == store.record(writer.run_id)
        assert again.metrics(writer.run_id)[1] == (_metrics(1),)
        assert again.snapshot(writer.run_id, 1) == TopologySnapshot((LAYER,), 1, 10)
        assert again.records().records == (again.record(writer.run_id),)

    def test_is_plain_files(self, store):
        writer = store.create(CONFIG)
        writer.epoch(_metrics(1))
        writer.finish(RunStatus.FINISHED)
        folder = store.root / writer.run_id
        assert json.loads((folder / "run.json").read_text())["config"]["seed"] == 5
        assert json.loads((folder / "metrics.jsonl").read_text())["epoch"] == 1

    @pytest.mark.parametrize(
        "dataset", ["digits", "/data/MNIST small", "/", "Grüße", "a" * 300, ".."]
    )
    def test_any_data_set_makes_a_name(self, store, dataset):
        writer = store.create(TrainingConfig(dataset=dataset))
        writer.finish(RunStatus.FINISHED)
        # What is there is recorded by its whole path: a run may be resumed from anywhere.
        expected = str(Path("..").resolve()) if dataset == ".." else dataset
        assert store.record(writer.run_id).config.dataset == expected

    def test_an_id_that_another_run_drew_is_drawn_again(self, store, monkeypatch):
        drawn = iter(["aaaa", "aaaa", "bbbb"])
        monkeypatch.setattr("set_engine.store.secrets.token_hex", lambda _: next(drawn))
        for _ in range(2):
            store.create(CONFIG).finish(RunStatus.STOPPED)
        ends = {record.id.rpartition("-")[2] for record in store.records().records}
        assert ends == {"aaaa", "bbbb"}

    def test_a_copied_folder_of_an_active_run_is_interrupted(self, store, writer):
        writer.begin()
        shutil.copytree(store.root, store.root.parent / "copy")
        copied = RunStore(store.root.parent / "copy").record(writer.run_id)
        assert copied.status is RunStatus.INTERRUPTED
        assert store.record(writer.run_id).status is RunStatus.RUNNING

    def test_a_last_record_that_cannot_be_written_gives_the_folder_free(self, store, monkeypatch):
        writer = store.create(CONFIG)
        writer.begin()

        def full(_path, _write):
            raise OSError("disk full")

        monkeypatch.setattr(run_writer, "write_atomically", full)
        with pytest.raises(OSError, match="disk full"):
            writer.finish(RunStatus.FINISHED)
        assert store.record(writer.run_id).status is RunStatus.INTERRUPTED


class TestCheckpoints:
    CHECKPOINT = Checkpoint({"model.weight": torch.ones(2)}, {"epoch": 0})

    def test_are_wanted_at_an_even_distance_in_time(self, store, monkeypatch):
        now = [1000.0]
        monkeypatch.setattr(run_writer.time, "monotonic", lambda: now[0])
        writer = store.create(CONFIG, checkpoint_seconds=5)
        wanted = []
        for _ in range(12):
            wanted.append(writer.wants_checkpoint())
            if wanted[-1]:
                writer.checkpoint(self.CHECKPOINT)
            now[0] += 2
        # 6, 12 and 18 seconds after the start: three steps of 2 make 5 or more.
        assert [2 * number for number, want in enumerate(wanted) if want] == [6, 12, 18]
        writer.finish(RunStatus.STOPPED)

    def test_come_every_minute_by_default(self, writer, monkeypatch):
        start = run_writer.time.monotonic()
        monkeypatch.setattr(run_writer.time, "monotonic", lambda: start + 58)
        assert not writer.wants_checkpoint()
        monkeypatch.setattr(run_writer.time, "monotonic", lambda: start + 60)
        assert writer.wants_checkpoint()

    def test_the_log_is_on_disk_before_them(self, store, writer, monkeypatch):
        order, path = [], store.root / writer.run_id / "metrics.jsonl"

        def synced(descriptor):
            order.append(("log", os.path.sameopenfile(descriptor, log.fileno())))
            assert len(store.metrics(writer.run_id)[1]) == 1

        monkeypatch.setattr(run_writer.os, "fsync", synced)
        monkeypatch.setattr(Checkpoint, "save", lambda _self, path: order.append(path.name))
        with path.open("rb") as log:
            writer.epoch(_metrics(1))
            writer.checkpoint(self.CHECKPOINT)
        assert order == [("log", True), "training.safetensors"]


class TestBeginning:
    def test_after_some_epochs_forgets_the_later_ones(self, store, writer):
        for epoch in range(5):
            writer.snapshot(TopologySnapshot((LAYER,), epoch))
            writer.epoch(_metrics(epoch + 1))
        writer.begins_after([_metrics(1), _metrics(2)])
        assert store.metrics(writer.run_id)[1] == (_metrics(1), _metrics(2))
        assert store.epochs(writer.run_id) == (0, 1, 2)
        # The log goes on behind what was kept.
        writer.epoch(_metrics(3))
        assert len(store.metrics(writer.run_id)[1]) == 3

    def test_anew_forgets_all_but_the_start(self, store, writer):
        for epoch in range(3):
            writer.snapshot(TopologySnapshot((LAYER,), epoch))
            writer.epoch(_metrics(epoch + 1))
        writer.begins_after([])
        assert store.metrics(writer.run_id)[1] == ()
        assert store.epochs(writer.run_id) == (0,)

    @pytest.mark.parametrize(
        ("settings", "kept"),
        [
            ({"record_every": 3}, (0, 3)),
            ({"method": "dense"}, (0, 1, 2, 4)),
            ({}, (0, 1, 2, 3, 4, 5)),
        ],
    )
    def test_forgets_what_was_recorded_out_of_turn(self, store, settings, kept):
        writer = store.create(TrainingConfig(hidden=(7,), **settings))
        for epoch in range(7):
            writer.snapshot(TopologySnapshot((LAYER,), epoch))
        writer.begins_after([_metrics(epoch) for epoch in range(1, 6)])
        assert store.epochs(writer.run_id) == kept
        writer.finish(RunStatus.STOPPED)


class TestMetrics:
    def test_of_an_rbm_have_no_accuracies(self, store, writer):
        row = _metrics(1).model_copy(update={"train_accuracy": None, "test_accuracy": None})
        writer.epoch(row)
        assert store.metrics(writer.run_id)[1] == (row,)

    def test_are_read_after_a_cursor(self, store, writer):
        assert store.metrics(writer.run_id) == (0, ())
        writer.epoch(_metrics(1))
        writer.epoch(_metrics(2))
        cursor, rows = store.metrics(writer.run_id)
        assert rows == (_metrics(1), _metrics(2))
        assert store.metrics(writer.run_id, cursor) == (cursor, ())
        writer.epoch(_metrics(3))
        later, rows = store.metrics(writer.run_id, cursor)
        assert rows == (_metrics(3),)
        assert store.metrics(writer.run_id, later)[1] == ()
        assert len(store.metrics(writer.run_id)[1]) == 3

    def test_half_a_line_is_read_when_it_is_whole(self, store, writer):
        writer.epoch(_metrics(1))
        line = _metrics(2).model_dump_json().encode() + b"\n"
        path = store.root / writer.run_id / "metrics.jsonl"
        cursor = 0
        whole = path.read_bytes()
        for length in range(len(line)):
            path.write_bytes(whole + line[:length])
            assert store.metrics(writer.run_id, cursor) == (len(whole), (_metrics(1),))
        cursor = len(whole)
        assert store.metrics(writer.run_id, cursor) == (cursor, ())
        path.write_bytes(whole + line)
        assert store.metrics(writer.run_id, cursor) == (len(whole + line), (_metrics(2),))

    @pytest.mark.parametrize("line", [b"nonsense", b"{}", b"", b"7", b"\xff\xfe", b'{"epoch": 1}'])
    def test_a_damaged_line_names_the_file(self, store, writer, line):
        writer.epoch(_metrics(1))
        path = store.root / writer.run_id / "metrics.jsonl"
        path.write_bytes(path.read_bytes() + line + b"\n")
        with pytest.raises(DamagedRunError) as caught:
            store.metrics(writer.run_id)
        assert str(caught.value).startswith(f"{path} has a line that is no metrics: ")

    def test_without_a_log_there_are_none(self, store, writer):
        (store.root / writer.run_id / "metrics.jsonl").unlink()
        assert store.metrics(writer.run_id) == (0, ())


class TestSnapshots:
    def test_round_trip(self, store, writer):
        snapshots = [TopologySnapshot((LAYER,), e, 3 * e, {"a": e / 3}) for e in (0, 7, 1_000_000)]
        for snapshot in reversed(snapshots):
            writer.snapshot(snapshot)
        assert store.epochs(writer.run_id) == (0, 7, 1_000_000)
        for snapshot in snapshots:
            assert store.snapshot(writer.run_id, snapshot.epoch) == snapshot

    def test_an_epoch_that_is_not_recorded(self, store, writer):
        message = f"epoch 3 of run '{writer.run_id}' is not recorded; 0 are, none yet"
        with pytest.raises(RunNotFoundError, match=message):
            store.snapshot(writer.run_id, 3)
        for epoch in (2, 5):
            writer.snapshot(TopologySnapshot((LAYER,), epoch))
        with pytest.raises(RunNotFoundError, match=r"epoch 3 .* 2 are, from 2 to 5"):
            store.snapshot(writer.run_id, 3)

    def test_a_damaged_one_names_the_file(self, store, writer):
        writer.snapshot(TopologySnapshot((LAYER,), 2))
        path = store.root / writer.run_id / "topology" / "epoch_000002.npz"
        path.write_bytes(path.read_bytes()[:100])
        with pytest.raises(TopologyFileError, match=r"epoch_000002\.npz is not a saved topology"):
            store.snapshot(writer.run_id, 2)

    def test_half_written_files_are_no_epochs(self, store, writer):
        writer.snapshot(TopologySnapshot((LAYER,), 2))
        folder = store.root / writer.run_id / "topology"
        for name in (".epoch_000003.npz.x1.part", "epoch_x.npz", "notes.txt"):
            (folder / name).touch()
        assert store.epochs(writer.run_id) == (2,)


class TestListing:
    def test_a_store_that_is_not_there_yet_is_empty(self, store):
        assert store.records().records == ()
        assert store.records().problems == ()
        assert not store.root.exists()

    def test_newest_first(self, store):
        ids = []
        for _ in range(5):
            writer = store.create(CONFIG)
            writer.finish(RunStatus.FINISHED)
            ids.append(writer.run_id)
        assert len(set(ids)) == 5
        assert [record.id for record in store.records().records] == ids[::-1]

    def test_goes_on_despite_damage(self, store, writer):
        _run_id, path = _damage(store, b"{")
        (store.root / "bare").mkdir()
        (store.root / "stray").touch()
        (store.root / "not an id").mkdir()
        (store.root / "not an id" / "run.json").write_text("{}")
        listing = store.records()
        assert [record.id for record in listing.records] == [writer.run_id]
        odd, damaged = sorted(listing.problems, key=lambda problem: problem.startswith(path))
        assert odd.startswith("there is no run 'not an id'")
        assert damaged.startswith(f"{path} is no run record: ")

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"null",
            b"[]",
            b'{"id": "x"}',
            b"\xff\xfe\x00",
            b'{"id": "x", "config": {"zeta": 7}}',
            b'{"id": "x", "config": {}, "status": "sleeping"}',
            b'{"id": "x", "config": {}, "extra": 1}',
        ],
    )
    def test_a_damaged_record_names_the_file(self, store, content):
        run_id, path = _damage(store, content)
        with pytest.raises(DamagedRunError) as caught:
            store.record(run_id)
        assert str(caught.value).startswith(f"{path} is no run record: ")

    def test_a_setting_out_of_range_is_quoted(self, store):
        run_id, _path = _damage(store, b'{"id": "x", "config": {"zeta": 7}}')
        with pytest.raises(DamagedRunError, match="zeta is 7; it must be a number above 0"):
            store.record(run_id)


class TestIdsFromOutside:
    @pytest.mark.parametrize(
        "run_id",
        [
            "",
            ".",
            "..",
            "../x",
            "/etc",
            "a/b",
            "a\\b",
            ".hidden",
            "-x",
            "x\0",
            "x\n",
            "ü",
            "a" * 122,
        ],
    )
    @pytest.mark.parametrize(
        "ask", ["record", "metrics", "epochs", "snapshot", "reconstructions", "resume"]
    )
    def test_are_refused_before_they_touch_a_file(self, store, writer, run_id, ask):
        arguments = (run_id, 0) if ask == "snapshot" else (run_id,)
        with pytest.raises(RunNotFoundError, match="there is no run"):
            getattr(store, ask)(*arguments)
        assert store.record(writer.run_id).id == writer.run_id

    def test_never_lead_to_a_run_elsewhere(self, store, writer):
        inner = RunStore(store.root / "inner")
        inner.root.mkdir()
        for run_id in (f"../{writer.run_id}", str(store.root / writer.run_id)):
            with pytest.raises(RunNotFoundError):
                inner.record(run_id)

    def test_an_unknown_one_is_quoted(self, store):
        with pytest.raises(RunNotFoundError, match=f"there is no run 'gone' in {store.root}"):
            store.record("gone")


TRAIN_FOREVER = """
import sys
from set_engine import Observer, RunStore, TrainingConfig, record_run

class Announce(Observer):
    def epoch(self, metrics):
        if metrics.epoch == 3:
            print(writer.run_id, flush=True)

config = TrainingConfig(hidden=(20,), epochs=1_000_000, record_every=1)
writer = RunStore(sys.argv[1]).create(config)
record_run(writer, config, observer=Announce())
"""


def test_a_killed_process_leaves_an_interrupted_run_that_is_readable(store, wait_until):
    child = subprocess.Popen(
        [sys.executable, "-c", TRAIN_FOREVER, str(store.root)], stdout=subprocess.PIPE, text=True
    )
    with child:
        try:
            run_id = child.stdout.readline().strip()
            # Looked at from here, which is another process.
            assert store.record(run_id).status is RunStatus.RUNNING
            n_rows = len(store.metrics(run_id)[1])
            wait_until(lambda: len(store.metrics(run_id)[1]) > n_rows)
            assert store.record(run_id).status is RunStatus.RUNNING
        finally:
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
    for reader in (store, RunStore(store.root)):
        record = reader.record(run_id)
        assert record.status is RunStatus.INTERRUPTED
        assert record.failure is None
        assert reader.records().records == (record,)
        _cursor, rows = reader.metrics(run_id)
        assert [row.epoch for row in rows] == list(range(1, len(rows) + 1))
        epochs = reader.epochs(run_id)
        assert epochs == tuple(range(len(epochs)))
        assert len(epochs) >= 3
        assert np.isfinite(reader.snapshot(run_id, epochs[-1]).layers[0].weights).all()


def test_a_renamed_folder_is_a_run_of_that_name(store: RunStore) -> None:
    writer = store.create(TrainingConfig())
    writer.finish(RunStatus.STOPPED)
    (store.root / writer.run_id).rename(store.root / "kept")
    assert [record.id for record in store.records().records] == ["kept"]
    assert store.record("kept").status is RunStatus.STOPPED


def test_readers_that_look_at_once_do_not_take_each_other_for_the_owner(store: RunStore) -> None:
    writer = store.create(TrainingConfig())
    shutil.copytree(store.root / writer.run_id, store.root / "copy")
    with ThreadPoolExecutor(8) as threads:
        seen = set(threads.map(lambda _: store.record("copy").status, range(400)))
    assert seen == {RunStatus.INTERRUPTED}
    writer.finish(RunStatus.STOPPED)


def test_a_run_by_a_method_that_is_not_imported_can_be_looked_at(store):
    writer = store.create(TrainingConfig())
    writer.finish(RunStatus.STOPPED)
    path = store.root / writer.run_id / "run.json"
    path.write_text(path.read_text().replace('"method": "set"', '"method": "mine"'))
    assert store.record(writer.run_id).config.method == "mine"
    assert store.records().problems == ()
    with pytest.raises(NotResumableError, match="trained by method 'mine', which is unknown here"):
        store.resume(writer.run_id)
    with pytest.raises(ConfigError, match="method is 'mine'; it must be set"):
        TrainingConfig(method="mine")
