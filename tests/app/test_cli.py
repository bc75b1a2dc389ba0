"""What `setscope` does, as typed."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from torch import nn
from typer.testing import CliRunner

from app.cli import cli
from set_engine import (
    METHODS,
    PRESETS,
    FailureInfo,
    Preset,
    Recorder,
    RunStatus,
    RunStore,
    TrainingConfig,
    choices,
)

SMALL = ["--hidden", "16, 8", "--epochs", "3"]


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result.exit_code, result.output


def test_training_ends_in_the_store(tmp_path: Path) -> None:
    code, output = run("train", "--store", str(tmp_path), "--seed", "7", *SMALL)
    assert code == 0
    assert re.search(r"Finished after epoch 3 in .* s: test accuracy \d+\.\d\d%, best", output)
    (record,) = RunStore(tmp_path).records().records
    assert record.id in output
    assert record.status is RunStatus.FINISHED
    assert record.config == TrainingConfig(hidden=(16, 8), epochs=3, seed=7)
    assert RunStore(tmp_path).epochs(record.id) == (0, 1, 2, 3)


def test_every_setting_is_an_option_with_its_choices() -> None:
    code, output = run("train", "--help")
    assert code == 0
    for setting in TrainingConfig.model_fields:
        assert f" --{setting.replace('_', '-')} " in output
        for name in choices(setting):
            assert f"\n    {name} " in output


def test_a_preset_is_changed_by_what_is_typed_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"hidden": (16,), "method": "rigl", "epochs": 9, "flip": True, "record_every": 2}
    monkeypatch.setitem(PRESETS, "small", Preset("for this test", settings))
    typed = ("--epochs", "2", "--no-flip", "--record-every", "nothing")
    code, output = run("train", "--store", str(tmp_path), "--preset", "small", *typed)
    assert code == 0, output
    (record,) = RunStore(tmp_path).records().records
    assert record.config == TrainingConfig(hidden=(16,), method="rigl", epochs=2)
    assert record.config.evolve_every == 100, "what RigL's paper says"


def test_an_unknown_preset_is_quoted_beside_those_there_are(tmp_path: Path) -> None:
    code, output = run("train", "--store", str(tmp_path), "--preset", "mnst")
    assert code == 1
    assert f"Error: preset is 'mnst'; it must be one of {', '.join(PRESETS)}" in output


def test_presets_and_methods_are_listed() -> None:
    for command, entries in (("presets", PRESETS), ("methods", METHODS)):
        code, output = run(command)
        assert code == 0
        lines = output.splitlines()[1:]
        assert [line.split()[0] for line in lines] == list(entries)
        for line, entry in zip(lines, entries.values(), strict=True):
            assert entry.summary in line
    assert "evolve-every 100" in output


@pytest.mark.parametrize(
    ("arguments", "messages"),
    [
        (["--zeta", "1"], ["zeta is 1; it must be a number above 0 and below 1"]),
        (["--hidden", "16,0"], ["hidden[1] is 0; it must be one or more whole numbers"]),
        (["--hidden", ""], ["hidden is (); it must be one or more whole numbers"]),
        (["--epsilon", "0", "--epochs", "0"], ["epsilon is 0;", "epochs is 0;"]),
        (["--batch-size", "1438"], ["batch_size is 1438; it must be at most 1437"]),
        (["--hidden", "--5"], ["hidden[0] is '--5'; it must be one or more whole numbers"]),
        (["--hidden", "9" * 5000], ["it must be one or more whole numbers"]),
        (["--method", "sets"], ["method is 'sets'; it must be set, "]),
        (["--evolve-every", "0"], ["evolve_every is 0; it must be epoch, or a whole number"]),
        (["--model", "rbm"], ["hidden is 256, 256, 256; it must be one width for an RBM"]),
        (["--seed", "one"], ["seed is 'one'; it must be a whole number from 0"]),
        (["--dataset", "synthetic:samples=few"], ["synthetic: samples is 'few'"]),
        (["--dataset", "no/such/table.csv"], ["no/such/table.csv is not there"]),
        (
            ["--dataset", "synthetic:samples=300,features=5,classes=2", "--model", "cnn"],
            ["model is cnn; synthetic 300 × 5 has no images"],
        ),
        (["--dataset", "no/such/folder"], ["no/such/folder is not a folder"]),
        (["--dataset", "~nobody-of-that-name/x"], ["~nobody-of-that-name/x cannot be a folder"]),
        (["--dataset", "x" * 5000], ["cannot be a folder of data"]),
    ],
)
def test_bad_input_is_quoted_and_leaves_no_run(
    tmp_path: Path, arguments: list[str], messages: list[str]
) -> None:
    code, output = run("train", "--store", str(tmp_path), *arguments)
    assert code == 1
    for message in messages:
        assert message in output
    assert RunStore(tmp_path).records().records == ()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("a,b,label\n1,2,x\n3,nan,y\n", "nan"),
        ("a,b,label\n1,2,x\n3,4,x\n5,6,x\n", "labels of class x alone"),
        ("a,b,label\n1,2,x\n3,y\n", "line 3"),
        ("", "line 1 has 0 fields"),
    ],
)
def test_bad_data_are_quoted_and_leave_no_run(tmp_path: Path, lines: str, message: str) -> None:
    table, store = tmp_path / "table.csv", tmp_path / "store"
    table.write_text(lines)
    code, output = run("train", "--store", str(store), "--dataset", str(table), *SMALL)
    assert code == 1
    assert table.name in output
    assert message in output
    assert not store.exists()


def test_divergence_is_an_error_in_words_and_a_failed_run(tmp_path: Path) -> None:
    code, output = run("train", "--store", str(tmp_path), "--learning-rate", "1e30", *SMALL)
    assert code == 1
    assert "with learning_rate 1e+30; it must stay finite" in output
    assert RunStore(tmp_path).records().records[0].status is RunStatus.FAILED


def test_an_overfilled_layer_is_told(tmp_path: Path) -> None:
    _, output = run("train", "--store", str(tmp_path), "--epsilon", "60", *SMALL)
    assert "epsilon 60 would overfill layer 1 (64 to 16): it is full" in output


def test_an_rbm_is_told_by_its_error(tmp_path: Path) -> None:
    rbm = ["--model", "rbm", "--hidden", "16", "--epochs", "2", "--learning-rate", "0.05"]
    code, output = run("train", "--store", str(tmp_path), *rbm)
    assert code == 0, output
    store = RunStore(tmp_path)
    (record,) = store.records().records
    errors = [row.test_loss for row in store.metrics(record.id)[1]]
    assert None not in errors
    assert f"test error {errors[-1]:.4f}, best test error {min(errors):.4f}" in output
    assert "accuracy" not in output


def test_ctrl_c_stops_and_the_run_goes_on_as_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "app.cli", "train", "--store", str(tmp_path)]
    process = subprocess.Popen(
        [*command, "--hidden", "16", "--epochs", "1000000"], stdout=subprocess.PIPE, text=True
    )
    store = RunStore(tmp_path)
    wait_until(lambda: any(store.metrics(r.id)[1] for r in store.records().records), process)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Stopped after epoch" in output
    (record,) = store.records().records
    assert record.status is RunStatus.STOPPED
    trained = store.metrics(record.id)[1]
    assert store.epochs(record.id)[-1] == trained[-1].epoch

    (told,) = re.findall(r"To go on: setscope (.*)", output)
    resumed = subprocess.Popen(
        [sys.executable, "-m", "app.cli", *shlex.split(told)], stdout=subprocess.PIPE, text=True
    )
    wait_until(lambda: len(store.metrics(record.id)[1]) > len(trained), resumed)
    resumed.send_signal(signal.SIGINT)
    output, _ = resumed.communicate(timeout=60)
    assert resumed.returncode == 130
    assert f"goes on after epoch {len(trained)}" in output
    assert store.metrics(record.id)[1][: len(trained)] == trained


def test_resume_ends_what_was_broken_off(tmp_path: Path) -> None:
    writer = RunStore(tmp_path).create(TrainingConfig(hidden=(16,), epochs=2))
    writer.finish(RunStatus.FAILED, FailureInfo(kind="OSError", message="full", traceback=""))
    code, output = run("resume", writer.run_id, "--store", str(tmp_path))
    assert code == 0, output
    assert "goes on from the beginning" in output
    assert "Finished after epoch 2" in output
    assert RunStore(tmp_path).record(writer.run_id).status is RunStatus.FINISHED


def test_what_cannot_go_on_is_said(tmp_path: Path) -> None:
    writer = RunStore(tmp_path).create(TrainingConfig(hidden=(16,), epochs=2))
    writer.begin()
    at = ("--store", str(tmp_path))
    assert run("resume", "nobody", *at) == (1, f"Error: there is no run 'nobody' in {tmp_path}\n")
    code, output = run("resume", writer.run_id, *at)
    assert code == 1
    assert f"run '{writer.run_id}' is running; there is nothing to resume" in output
    writer.finish(RunStatus.STOPPED)
    checkpoint = tmp_path / writer.run_id / "checkpoint" / "training.safetensors"
    checkpoint.parent.mkdir()
    checkpoint.write_bytes(b"no such thing")
    code, output = run("resume", writer.run_id, *at)
    assert code == 1
    assert f"{checkpoint} is no checkpoint" in output
    (tmp_path / writer.run_id / "run.json").write_text("{}")
    code, output = run("resume", writer.run_id, *at)
    assert code == 1
    assert "run.json is no run record" in output


def test_a_run_without_its_data_stays_as_it_was(tmp_path: Path) -> None:
    config = TrainingConfig(hidden=(16,), dataset=str(tmp_path / "gone.csv"))
    writer = RunStore(tmp_path).create(config)
    writer.finish(RunStatus.STOPPED)
    before = (tmp_path / writer.run_id / "run.json").read_bytes()
    code, output = run("resume", writer.run_id, "--store", str(tmp_path))
    assert code == 1
    assert "gone.csv is not there" in output
    assert (tmp_path / writer.run_id / "run.json").read_bytes() == before


def test_checkpoints_are_as_many_seconds_apart_as_is_said(tmp_path: Path) -> None:
    for seconds, has_checkpoint in (("0", True), ("1e9", False)):
        store = tmp_path / seconds
        run("train", "--store", str(store), "--checkpoint-seconds", seconds, *SMALL)
        assert bool(list(store.glob("*/checkpoint/training.safetensors"))) is has_checkpoint


def wait_until(condition: object, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not condition():  # type: ignore[operator]
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_runs_are_listed_newest_first(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    run("train", "--store", str(tmp_path), "--method", "fixprob", *SMALL)
    (first,) = store.records().records
    second = store.create(TrainingConfig(dataset="data/[red]", epochs=7))
    second.finish(RunStatus.STOPPED)
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "run.json").write_text("{")
    best = max(row.test_accuracy for row in store.metrics(first.id)[1] if row.test_accuracy)

    result = CliRunner().invoke(cli, ["runs", "--store", str(tmp_path)])
    heading, *rows = [line.strip().split() for line in result.stdout.splitlines()]
    assert heading[:7] == ["run", "name", "status", "data", "model", "method", "epochs"]
    assert heading[7:] == ["density", "last", "best", "time", "tags"]
    assert rows[0][:8] == [second.run_id, "stopped", "[red]", "mlp", "set", "0/7", "–", "–"]
    assert rows[1][:6] == [first.id, "finished", "digits", "mlp", "fixprob", "3/3"]
    assert f"test accuracy {best:.2%}" in " ".join(rows[1])
    assert "damaged/run.json is no run record" in result.stderr


def test_runs_are_listed_as_json(tmp_path: Path) -> None:
    writer = RunStore(tmp_path).create(TrainingConfig(hidden=(9, 8)))
    writer.finish(RunStatus.FAILED, FailureInfo(kind="OSError", message="full", traceback="…"))
    result = CliRunner().invoke(cli, ["runs", "--json", "--store", str(tmp_path)])
    (listed,) = json.loads(result.stdout)
    assert (listed["id"], listed["status"], listed["completed"]) == (writer.run_id, "failed", 0)
    assert (listed["best"], listed["failure"]) == (None, "full")
    assert TrainingConfig(**listed["settings"]) == TrainingConfig(hidden=(9, 8))


def test_a_run_of_another_program_is_listed_but_cannot_go_on(tmp_path: Path) -> None:
    with Recorder(nn.Sequential(nn.Linear(4, 2)), "my-net", store=tmp_path) as recorder:
        recorder.epoch(train_loss=0.5)
    _, output = run("runs", "--store", str(tmp_path))
    row = output.splitlines()[1].split()
    assert row[:6] == [recorder.run_id, "finished", "–", "my-net", "recorded", "1"]
    code, output = run("resume", recorder.run_id, "--store", str(tmp_path))
    assert code == 1
    assert "only that program can go on with it" in output


def test_a_store_without_runs_is_said(tmp_path: Path) -> None:
    assert run("runs", "--store", str(tmp_path / "no")) == (
        0,
        f"There are no runs in {tmp_path / 'no'}\n",
    )


@pytest.mark.parametrize("arguments", [["--help"], ["dashboard", "--help"], ["runs", "--help"]])
def test_help_and_dashboard_need_no_torch(arguments: list[str]) -> None:
    script = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from app.cli import cli\n"
        f"assert CliRunner().invoke(cli, {arguments!r}).exit_code == 0\n"
        "print('torch' in sys.modules, 'set_engine' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (shown.stdout, shown.stderr) == ("False False\n", "")


def test_a_taken_port_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, output = run("dashboard", "--no-open", "--port", str(port))
    assert code == 1
    assert f"port {port} of 127.0.0.1 cannot be used" in output


def test_the_server_ends_with_the_command(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from app.cli import cli; cli()", "dashboard", "--no-open"]
    place = ["--port", str(port), "--store", str(tmp_path)]
    with subprocess.Popen([*command, *place], stdout=subprocess.DEVNULL) as dashboard:
        _wait_until(lambda: _listens(port))
        dashboard.terminate()
        dashboard.wait(timeout=30)
    _wait_until(lambda: not _listens(port))
    assert not _listens(port)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_store_is_named_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "SETSCOPE_RUNS", str(tmp_path / "elsewhere"))
    run("train", *SMALL)
    assert len(RunStore(tmp_path / "elsewhere").records().records) == 1


def test_training_takes_as_many_cores_as_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[int] = []
    monkeypatch.setattr("set_engine.use_cores", used.append)
    store = ("--store", str(tmp_path))
    assert run("train", *SMALL, *store, "--threads", "1")[0] == 0
    assert used == [1]
    (record,) = RunStore(tmp_path).records().records
    code, output = run("resume", record.id, *store, "--threads", "2")
    assert (code, used) == (1, [1, 2])
    assert "finished" in output


@pytest.mark.parametrize("command", [["train", *SMALL], ["dashboard", "--no-open"]])
def test_more_threads_than_cores_are_refused(tmp_path: Path, command: list[str]) -> None:
    code, output = run(*command, "--store", str(tmp_path / "runs"), "--threads", "9999")
    assert code == 1
    assert "threads is 9999; it must be from 1 to " in output
    assert not (tmp_path / "runs").exists()
