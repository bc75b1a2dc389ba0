"""A run that broke off and goes on ends, bit for bit, as one that never did."""

from __future__ import annotations

import dataclasses
import math
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch
from filelock import FileLock

from set_engine import (
    Checkpoint,
    CheckpointError,
    DamagedRunError,
    Dataset,
    NotResumableError,
    Observer,
    Resumption,
    RunControl,
    RunNotFoundError,
    RunStatus,
    RunStore,
    TrainingConfig,
    record_run,
    train,
)

NEVER = math.inf
# Of 100 samples: three batches of 32, and one of 4.
N_STEPS = 4
USUAL = {"hidden": (20, 15), "epsilon": 3, "epochs": 4, "batch_size": 32, "learning_rate": 0.02}
IMAGES = {"shift": 0.1, "rotate": 10, "flip": True}
COURSES = {
    "mlp": IMAGES | {"dropout": 0.2, "activation": "srelu"},
    "rbm": {"model": "rbm", "hidden": (30,), "cd_steps": 2, "learning_rate": 0.1},
    "cnn": IMAGES
    | {"model": "cnn", "channels": (3, 4), "hidden": (16,), "dropout": 0.2, "epochs": 2},
    "rigl": {"method": "rigl", "evolve_every": 3},
    "adam": {"optimizer": "adam", "learning_rate": 0.01, "new_weights": 0.05},
    "rigl at epochs": {"method": "rigl", "evolve_every": "epoch", "sparse_output": True},
    "schedules": {
        "method": "set-random-removal",
        "optimizer": "adagrad",
        "learning_rate_schedule": "warmup_cosine",
        "zeta_schedule": "cosine",
        "evolve_every": 3,
        "evolve_until": 0.8,
    },
    "masked": {
        "method": "masked",
        "optimizer": "rmsprop",
        "learning_rate": 0.002,
        "importance_percentile": 20,
        "importance_from": 0.2,
        "importance_every": 2,
    },
    "fixprob": {"method": "fixprob", "momentum": 0, "record_every": None},
    "one batch": {"batch_size": 100, "epochs": 6},
}


def _config(course: str) -> TrainingConfig:
    return TrainingConfig(**({"record_every": 1} | USUAL | COURSES[course]))


@pytest.fixture
def data_of(few_digits, few_unit_digits):
    """The samples for a course: an RBM takes them in [0, 1]."""
    return lambda course: few_unit_digits if course == "rbm" else few_digits


class Trace(Observer):
    """Keeps what a run is to repeat, and all checkpoints if they are wanted."""

    def __init__(self, *, wants: bool = False) -> None:
        self.wants = wants
        self.digests, self.rows, self.checkpoints = {}, [], []

    def epoch(self, metrics):
        self.rows.append(metrics)

    def snapshot(self, snapshot):
        self.digests[snapshot.epoch] = snapshot.digest

    def wants_checkpoint(self):
        return self.wants

    def checkpoint(self, checkpoint):
        self.checkpoints.append(checkpoint)


def _values(rows) -> list[dict]:
    return [row.model_dump(exclude={"seconds"}) for row in rows]


def _state(model) -> dict[str, bytes]:
    return {name: value.numpy().tobytes() for name, value in model.state_dict().items()}


@pytest.mark.parametrize("course", COURSES)
def test_every_moment_is_one_to_go_on_from(course, data_of, tmp_path):
    config, dataset = _config(course), data_of(course)
    through, unwatched = Trace(wants=True), Trace()
    result = train(config, dataset=dataset, observer=through)
    plain = train(config, dataset=dataset, observer=unwatched)
    assert _state(result.model) == _state(plain.model)
    assert through.digests == unwatched.digests
    n_steps = -(-100 // config.batch_size)
    steps = [checkpoint.facts["step"] for checkpoint in through.checkpoints]
    # Before every step: after the last one of an epoch and after its evolution, too.
    assert steps == list(range(config.epochs * n_steps))
    for checkpoint in through.checkpoints:
        checkpoint.save(tmp_path / "c")
        read, trace = Checkpoint.load(tmp_path / "c"), Trace()
        assert read.epoch == read.facts["step"] // n_steps
        resumption = Resumption(read, result.metrics[: read.epoch])
        again = train(config, dataset=dataset, observer=trace, resumption=resumption)
        assert _state(again.model) == _state(result.model)
        assert _values(again.metrics) == _values(result.metrics)
        assert again.snapshot.digest == result.snapshot.digest
        assert trace.digests.items() <= through.digests.items()
        assert sorted(trace.digests) == [e for e in sorted(through.digests) if e > read.epoch]


class StopAt(Observer):
    """Stops after so many steps of the whole run, or before the first one of this part of it."""

    def __init__(self, step: int, done: int = 0) -> None:
        self.control, self.step_to_stop_at = RunControl(), step
        if done >= step:
            self.control.stop()

    def step(self, epoch, done, n_steps):
        if (epoch - 1) * n_steps + done >= self.step_to_stop_at:
            self.control.stop()


class Crash(Exception):
    """What a process that dies leaves is what this leaves, but for the record of a failure."""


class CrashAt(StopAt):
    def step(self, epoch, done, n_steps):
        if (epoch - 1) * n_steps + done >= self.step_to_stop_at:
            raise Crash


class CheckpointAt(Observer):
    """Wants a checkpoint before each of some steps, counted from 0 over the whole run."""

    def __init__(self, *steps: int, then: Observer | None = None) -> None:
        self.next, self.steps, self.then = 0, steps, then or Observer()

    def wants_checkpoint(self):
        return self.next in self.steps

    def step(self, epoch, done, n_steps):
        self.next = (epoch - 1) * n_steps + done
        self.then.step(epoch, done, n_steps)


def _uninterrupted(store: RunStore, config: TrainingConfig, dataset: Dataset | None) -> str:
    writer = store.create(config, checkpoint_seconds=NEVER)
    record_run(writer, config, dataset=dataset)
    return writer.run_id


def _stopped(store: RunStore, config: TrainingConfig, dataset: Dataset, step: int) -> str:
    writer, stop = store.create(config, checkpoint_seconds=NEVER), StopAt(step)
    record_run(writer, config, dataset=dataset, control=stop.control, observer=stop)
    assert store.record(writer.run_id).status is RunStatus.STOPPED
    _check_checkpoint(store, writer.run_id, step)
    return writer.run_id


def _check_checkpoint(store: RunStore, run_id: str, step: int) -> None:
    path = store.root / run_id / "checkpoint" / "training.safetensors"
    assert Checkpoint.load(path).facts["step"] == step


def _crashed(store: RunStore, config: TrainingConfig, dataset, observer: Observer) -> str:
    writer = store.create(config, checkpoint_seconds=NEVER)
    with pytest.raises(Crash):
        record_run(writer, config, dataset=dataset, observer=observer)
    return writer.run_id


def _resumed(store: RunStore, run_id: str, dataset: Dataset | None, stop: int | None = None):
    writer, resumption = store.resume(run_id, checkpoint_seconds=NEVER)
    done = resumption.checkpoint.facts["step"] if resumption else 0
    observer = StopAt(10**9 if stop is None else stop, done)
    record_run(
        writer,
        store.record(run_id).config,
        dataset=dataset,
        control=observer.control,
        observer=observer,
        resumption=resumption,
    )


def _recorded(store: RunStore, run_id: str):
    """All that must be equal of two runs."""
    kept = store.reconstructions(run_id)
    return (
        store.record(run_id).status,
        store.record(run_id).notices,
        store.record(run_id).data,
        {epoch: store.snapshot(run_id, epoch).digest for epoch in store.epochs(run_id)},
        _values(store.metrics(run_id)[1]),
        (store.root / run_id / "checkpoint" / "model.safetensors").read_bytes(),
        kept and (kept.epoch, kept.samples.tobytes(), kept.reconstructed.tobytes()),
    )


def _files(folder: Path, *, but: tuple[str, ...] = ()) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in (*but, "lock")
    }


STOPS = {
    "before the first step": (0,),
    "within an epoch": (6,),
    "with the last step of an epoch": (8,),
    "before the last step": (15,),
    "twice at the same moment": (6, 6),
    "twice at an epoch's end": (4, 4),
    "again and again": (1, 2, 7, 8, 13),
}


class TestStopped:
    @pytest.mark.parametrize("stops", STOPS.values(), ids=STOPS)
    @pytest.mark.parametrize("course", ["mlp", "rbm"])
    def test_at_any_moment(self, store, data_of, course, stops):
        self._check(store, _config(course), data_of(course), stops)

    @pytest.mark.parametrize("course", [name for name in COURSES if name not in ("mlp", "rbm")])
    def test_any_course(self, store, data_of, course):
        self._check(store, _config(course), data_of(course), (3, 4))

    def test_what_a_stop_recorded_out_of_turn_goes(self, store, few_digits):
        config = TrainingConfig(**USUAL, record_every=4)
        run_id = _stopped(store, config, few_digits, 6)
        # The end of a stopped run is recorded, also that of one that was resumed for nothing.
        assert store.epochs(run_id) == (0, 1)
        _resumed(store, run_id, few_digits, 6)
        assert store.epochs(run_id) == (0, 1)
        _resumed(store, run_id, few_digits)
        assert store.epochs(run_id) == (0, 4)

    @staticmethod
    def _check(store, config, dataset, stops):
        expected = _uninterrupted(store, config, dataset)
        run_id = _stopped(store, config, dataset, stops[0])
        for stop in stops[1:]:
            _resumed(store, run_id, dataset, stop)
            assert store.record(run_id).status is RunStatus.STOPPED
            _check_checkpoint(store, run_id, stop)
        _resumed(store, run_id, dataset)
        assert _recorded(store, run_id) == _recorded(store, expected)


class TestBrokenOff:
    @pytest.mark.parametrize("course", ["mlp", "rbm", "rigl at epochs"])
    @pytest.mark.parametrize(("checkpoint", "crash"), [(0, 1), (3, 5), (4, 14), (6, 16)])
    def test_goes_on_from_the_last_checkpoint(self, store, data_of, course, checkpoint, crash):
        config, dataset = _config(course), data_of(course)
        run_id = _crashed(store, config, dataset, CheckpointAt(checkpoint, then=CrashAt(crash)))
        _resumed(store, run_id, dataset)
        expected = _uninterrupted(store, config, dataset)
        assert _recorded(store, run_id) == _recorded(store, expected)

    def test_without_a_checkpoint_it_begins_anew(self, store, few_digits):
        # An ε that overfills: what the run says of it is not said twice.
        config = TrainingConfig(**(USUAL | {"epsilon": 50.0}), record_every=1)
        run_id = _crashed(store, config, few_digits, CrashAt(10))
        assert len(store.record(run_id).notices) == 2
        writer, resumption = store.resume(run_id)
        assert resumption is None
        writer.finish(RunStatus.STOPPED)
        _resumed(store, run_id, few_digits)
        expected = _uninterrupted(store, config, few_digits)
        assert _recorded(store, run_id) == _recorded(store, expected)

    def test_what_came_after_the_checkpoint_goes_when_training_begins(self, store, few_digits):
        seen = []

        class Look(Observer):
            def phase(self, what):
                rows = len(store.metrics(run_id)[1])
                seen.append((what.split()[0], rows, store.epochs(run_id)))

        config = _config("mlp")
        run_id = _crashed(store, config, few_digits, CheckpointAt(6, then=CrashAt(14)))
        assert len(store.metrics(run_id)[1]) == 3
        writer, resumption = store.resume(run_id, checkpoint_seconds=NEVER)
        assert (resumption.checkpoint.epoch, len(resumption.metrics)) == (1, 1)
        record_run(writer, config, dataset=few_digits, observer=Look(), resumption=resumption)
        assert seen == [("Preparing", 3, (0, 1, 2, 3)), ("Training", 1, (0, 1))]

    def test_half_a_line_of_the_log_goes(self, store, few_digits):
        config = _config("mlp")
        run_id = _crashed(store, config, few_digits, CheckpointAt(6, then=CrashAt(9)))
        log = store.root / run_id / "metrics.jsonl"
        whole = log.read_bytes()
        log.write_bytes(whole + whole[: len(whole) // 3])
        _resumed(store, run_id, few_digits)
        expected = _uninterrupted(store, config, few_digits)
        assert _recorded(store, run_id) == _recorded(store, expected)

    def test_broken_off_again_before_the_next_checkpoint(self, store, few_digits):
        config = _config("adam")
        run_id = _crashed(store, config, few_digits, CheckpointAt(5, then=CrashAt(9)))
        for crash in (6, 13):
            writer, resumption = store.resume(run_id, checkpoint_seconds=NEVER)
            with pytest.raises(Crash):
                record_run(
                    writer,
                    config,
                    dataset=few_digits,
                    observer=CrashAt(crash),
                    resumption=resumption,
                )
        _resumed(store, run_id, few_digits)
        expected = _uninterrupted(store, config, few_digits)
        assert _recorded(store, run_id) == _recorded(store, expected)

    def test_the_record_lives_on(self, store, few_digits):
        statuses = []

        class Look(Observer):
            def step(self, _epoch, _done, _n_steps):
                record = store.record(run_id)
                statuses.append((record.status, record.ended, record.failure))

        config = _config("mlp")
        run_id = _crashed(store, config, few_digits, CheckpointAt(6, then=CrashAt(9)))
        failed = store.record(run_id)
        assert (failed.status, failed.failure.kind) == (RunStatus.FAILED, "Crash")
        writer, resumption = store.resume(run_id)
        pending = store.record(run_id)
        assert (pending.status, pending.ended) == (RunStatus.PENDING, None)
        record_run(writer, config, dataset=few_digits, observer=Look(), resumption=resumption)
        assert set(statuses) == {(RunStatus.RUNNING, None, None)}
        assert len(statuses) == 16 - 6
        finished = store.record(run_id)
        assert finished.status is RunStatus.FINISHED
        assert (finished.failure, finished.created) == (None, failed.created)
        assert finished.ended > failed.ended


class TestRefused:
    def test_a_finished_run(self, store, few_digits):
        run_id = _uninterrupted(store, _config("mlp"), few_digits)
        before = _files(store.root)
        with pytest.raises(NotResumableError, match=f"run '{run_id}' is finished; there is noth"):
            store.resume(run_id)
        assert _files(store.root) == before

    @pytest.mark.parametrize("status", ["pending", "running", "paused"])
    def test_an_active_run(self, store, status):
        writer = store.create(_config("mlp"))
        if status != "pending":
            writer.begin()
        if status == "paused":
            writer.paused(True)
        before = _files(store.root)
        with pytest.raises(NotResumableError, match=f"run '{writer.run_id}' is {status}; "):
            store.resume(writer.run_id)
        assert _files(store.root) == before
        writer.finish(RunStatus.STOPPED)

    def test_a_run_that_is_resumed_already(self, store, few_digits):
        run_id = _stopped(store, _config("mlp"), few_digits, 5)
        writer, _resumption = store.resume(run_id)
        with pytest.raises(NotResumableError, match=f"run '{run_id}' is pending"):
            store.resume(run_id)
        writer.finish(RunStatus.STOPPED)

    def test_a_run_with_an_owner_who_says_that_it_has_ended(self, store, few_digits):
        run_id = _stopped(store, _config("mlp"), few_digits, 5)
        before = _files(store.root)
        with (
            FileLock(store.root / run_id / "lock"),
            pytest.raises(
                NotResumableError, match=f"run '{run_id}' is being trained; it has an owner"
            ),
        ):
            store.resume(run_id)
        assert _files(store.root) == before

    def test_a_reader_who_looks_is_no_owner(self, store, few_digits):
        run_id = _stopped(store, _config("mlp"), few_digits, 5)
        looking, looked = threading.Event(), threading.Event()

        def look():
            with FileLock(store.root / run_id / "lock", thread_local=False):
                looking.set()
                looked.wait(0.2)

        reader = threading.Thread(target=look)
        reader.start()
        looking.wait()
        writer, resumption = store.resume(run_id)
        reader.join()
        assert resumption is not None
        writer.finish(RunStatus.STOPPED)

    def test_an_unknown_run(self, store):
        with pytest.raises(RunNotFoundError, match="there is no run 'gone'"):
            store.resume("gone")

    @pytest.mark.parametrize("length", [0, 50, -1])
    def test_a_damaged_checkpoint(self, store, few_digits, length):
        run_id = _stopped(store, _config("mlp"), few_digits, 5)
        path = store.root / run_id / "checkpoint" / "training.safetensors"
        path.write_bytes(path.read_bytes()[:length])
        self._check(store, run_id, CheckpointError, path)

    def test_another_file_in_its_place(self, store, few_digits):
        run_id = _stopped(store, _config("mlp"), few_digits, 5)
        path = store.root / run_id / "checkpoint" / "training.safetensors"
        shutil.copy(path.with_name("model.safetensors"), path)
        self._check(store, run_id, CheckpointError, path)

    def test_a_log_that_lacks_an_epoch_of_the_checkpoint(self, store, few_digits):
        run_id = _stopped(store, _config("mlp"), few_digits, 9)
        path = store.root / run_id / "metrics.jsonl"
        path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
        error = self._check(store, run_id, DamagedRunError, path)
        assert "has 1 rows, but the checkpoint is of epoch 2" in str(error)

    @staticmethod
    def _check(store, run_id, kind, path):
        before = _files(store.root)
        with pytest.raises(kind) as caught:
            store.resume(run_id)
        assert str(path) in str(caught.value)
        assert _files(store.root) == before
        assert store.record(run_id).status is RunStatus.STOPPED
        return caught.value


class TestRefusedWhenItIsLoaded:
    """The checkpoint fits, the data or the settings do not: the run fails, and loses nothing."""

    def test_other_data(self, store, few_digits):
        config = _config("mlp")
        run_id = _crashed(store, config, few_digits, CheckpointAt(6, then=CrashAt(13)))
        y = few_digits.y_train.copy()
        y[0] = (y[0] + 1) % 10
        other = dataclasses.replace(few_digits, y_train=y)
        self._check(store, run_id, config, other, "digits has changed since the run was trained")
        _resumed(store, run_id, few_digits)
        expected = _uninterrupted(store, config, few_digits)
        assert _recorded(store, run_id) == _recorded(store, expected)

    def test_other_data_without_a_checkpoint(self, store, few_digits):
        config = _config("mlp")
        run_id = _crashed(store, config, few_digits, CrashAt(13))
        other = dataclasses.replace(few_digits, x_train=few_digits.x_train + 1)
        self._check(store, run_id, config, other, "digits has changed since the run was trained")

    def test_other_settings(self, store, few_digits):
        config = _config("mlp")
        run_id = _crashed(store, config, few_digits, CheckpointAt(6, then=CrashAt(13)))
        other = config.model_copy(update={"zeta": 0.25})
        self._check(store, run_id, other, few_digits, r"zeta is 0\.25; it must be 0\.3")

    @staticmethod
    def _check(store, run_id, config, dataset, message):
        before = _files(store.root / run_id, but=("run.json",))
        data = store.record(run_id).data
        writer, resumption = store.resume(run_id)
        with pytest.raises(CheckpointError, match=message):
            record_run(writer, config, dataset=dataset, resumption=resumption)
        assert _files(store.root / run_id, but=("run.json",)) == before
        record = store.record(run_id)
        assert (record.status, record.failure.kind) == (RunStatus.FAILED, "CheckpointError")
        assert record.data == data


def test_another_number_of_threads_is_noticed(store, few_digits):
    config = _config("mlp")
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(threads + 1)
        run_id = _stopped(store, config, few_digits, 6)
    finally:
        torch.set_num_threads(threads)
    _resumed(store, run_id, few_digits)
    (notice,) = store.record(run_id).notices
    assert notice.startswith(f"torch had {threads + 1} threads before the run broke off and has")


def test_another_host_is_noticed(store, few_digits, monkeypatch):
    run_id = _stopped(store, _config("mlp"), few_digits, 6)
    before = store.record(run_id).host
    monkeypatch.setattr("socket.gethostname", lambda: "elsewhere")
    _resumed(store, run_id, few_digits)
    record = store.record(run_id)
    assert record.host == "elsewhere"
    assert record.notices == (f"the run was resumed elsewhere; it began with host {before}",)


TRAIN_IN_LOCKSTEP = """
import sys
from set_engine import Observer, RunStore, TrainingConfig, leave_cores_to_kernels, record_run

class Lockstep(Observer):
    def step(self, epoch, done, n_steps):
        print(epoch, done, flush=True)
        sys.stdin.readline()

leave_cores_to_kernels()
config = TrainingConfig.from_json(sys.argv[2])
writer = RunStore(sys.argv[1]).create(config, checkpoint_seconds=0)
print(writer.run_id, flush=True)
record_run(writer, config, observer=Lockstep())
"""


class TestKilled:
    """A real process, killed by SIGKILL in the middle of an epoch."""

    @pytest.mark.parametrize("course", ["mlp", "rbm"])
    def test_and_resumed_it_ends_as_one_that_was_not(self, store, course):
        # Of 1437 samples: two batches of 500, and one of 437.
        config = _config(course).model_copy(update={"batch_size": 500})
        run_id = self._killed(store, config)
        assert store.record(run_id).status is RunStatus.INTERRUPTED
        path = store.root / run_id / "checkpoint" / "training.safetensors"
        facts = Checkpoint.load(path).facts
        # Newer than the last row of the log.
        assert facts["epoch"] == len(store.metrics(run_id)[1]) == 2
        assert facts["in_progress"]["done"] == 1
        _resumed(store, run_id, None)
        expected = _uninterrupted(store, config, None)
        assert _recorded(store, run_id) == _recorded(store, expected)

    @staticmethod
    def _killed(store, config) -> str:
        child = subprocess.Popen(
            [sys.executable, "-c", TRAIN_IN_LOCKSTEP, str(store.root), config.to_json()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        with child:
            try:
                run_id = child.stdout.readline().strip()
                while child.stdout.readline() not in ("3 2\n", ""):
                    child.stdin.write("\n")
                # The second step of the third epoch is done, and the process still there.
                assert child.poll() is None
            finally:
                child.send_signal(signal.SIGKILL)
                child.wait()
        assert child.returncode == -signal.SIGKILL
        return run_id


def test_seconds_of_an_epoch_in_two_parts_are_added(few_digits, monkeypatch):
    from set_engine import epoch_in_progress

    clock = [0.0]
    monkeypatch.setattr(epoch_in_progress.time, "perf_counter", lambda: clock[0])

    class Ticking(StopAt):
        def wants_checkpoint(self):
            clock[0] += 2
            return False

    config, stop, trace = _config("mlp"), Ticking(6), Trace()
    stop.checkpoint = trace.checkpoint
    first = train(config, dataset=few_digits, control=stop.control, observer=stop)
    clock[0] += 1000
    resumption = Resumption(trace.checkpoints[0], first.metrics)
    again = train(config, dataset=few_digits, observer=Ticking(10**9), resumption=resumption)
    # Four steps each, whatever lay between the two parts of the second epoch.
    assert [row.seconds for row in again.metrics] == [8.0] * 4
