"""`setscope train` and `setscope dashboard`, as typed."""

from __future__ import annotations

import inspect
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli, train
from set_engine import RunStatus, RunStore, TrainingConfig

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


def test_the_defaults_are_those_of_the_configuration() -> None:
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(train).parameters.items()
        if name != "store"
    }
    defaults["hidden"] = tuple(int(width) for width in defaults["hidden"].split(","))
    assert defaults == TrainingConfig().model_dump()


@pytest.mark.parametrize(
    ("arguments", "messages"),
    [
        (["--zeta", "1"], ["zeta is 1.0; it must be a number above 0 and below 1"]),
        (["--hidden", "16,0"], ["hidden[1] is 0; it must be one or more whole numbers"]),
        (["--hidden", ""], ["hidden is (); it must be one or more whole numbers"]),
        (["--epsilon", "0", "--epochs", "0"], ["epsilon is 0.0", "epochs is 0"]),
        (["--batch-size", "1438"], ["batch_size is 1438; it must be at most 1437"]),
        (["--hidden", "--5"], ["hidden[0] is '--5'; it must be one or more whole numbers"]),
        (["--hidden", "9" * 5000], ["it must be one or more whole numbers"]),
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


def test_divergence_is_an_error_in_words_and_a_failed_run(tmp_path: Path) -> None:
    code, output = run("train", "--store", str(tmp_path), "--learning-rate", "1e30", *SMALL)
    assert code == 1
    assert "with learning_rate 1e+30; it must stay finite" in output
    assert RunStore(tmp_path).records().records[0].status is RunStatus.FAILED


def test_an_overfilled_layer_is_told(tmp_path: Path) -> None:
    _, output = run("train", "--store", str(tmp_path), "--epsilon", "60", *SMALL)
    assert "epsilon 60 would overfill layer 1 (64 to 16): it is full" in output


def test_ctrl_c_stops_and_keeps_what_was_trained(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "app.cli", "train", "--store", str(tmp_path)]
    process = subprocess.Popen([*command, "--epochs", "1000000"], stdout=subprocess.PIPE, text=True)
    store = RunStore(tmp_path)
    wait_until(lambda: any(store.metrics(r.id)[1] for r in store.records().records), process)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Stopped after epoch" in output
    (record,) = store.records().records
    assert record.status is RunStatus.STOPPED
    last = store.metrics(record.id)[1][-1].epoch
    assert store.epochs(record.id)[-1] == last


def wait_until(condition: object, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not condition():  # type: ignore[operator]
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_taken_port_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, output = run("dashboard", "--no-open", "--port", str(port))
    assert code == 1
    assert f"port {port} of 127.0.0.1 cannot be used" in output


def test_the_store_is_named_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "SETSCOPE_RUNS", str(tmp_path / "elsewhere"))
    run("train", *SMALL)
    assert len(RunStore(tmp_path / "elsewhere").records().records) == 1
