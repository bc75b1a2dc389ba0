"""`setscope export` and `setscope import`, as typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from set_engine import RunStatus, RunStore, TrainingConfig, record_run


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    return RunStore(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def run_id(store: RunStore) -> str:
    config = TrainingConfig(hidden=(16, 8), epochs=2)
    writer = store.create(config)
    record_run(writer, config)
    return writer.run_id


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(cli, [str(one) for one in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result.exit_code, " ".join(result.output.split())


def test_there_and_back(
    store: RunStore, run_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, output = run("export", run_id, "--store", store.root)
    assert (code, output.split(",")[0]) == (0, f"{run_id}.zip")
    other = RunStore(tmp_path / "other")
    code, output = run("import", f"{run_id}.zip", "--store", other.root)
    assert code == 0
    assert "digits · MLP 16-8 · set" in output
    assert "finished, 3 recorded epochs, 0." in output
    assert f"Imported {run_id}" in output
    for epoch in (0, 1, 2):
        assert other.snapshot(run_id, epoch).digest == store.snapshot(run_id, epoch).digest
    assert other.record(run_id).status is RunStatus.FINISHED


def test_a_file_that_is_there_is_kept(store: RunStore, run_id: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.zip"
    path.write_text("dear to me")
    arguments = ("export", run_id, "--store", store.root, "--output", path)
    code, output = run(*arguments)
    assert (code, path.read_text()) == (1, "dear to me")
    assert f"{path} is there already; --force replaces it" in output
    assert run(*arguments, "--force")[0] == 0
    assert run("import", path, "--store", tmp_path / "other")[0] == 0


def test_one_bad_file_keeps_no_other_out(store: RunStore, run_id: str, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    run("export", run_id, "--store", store.root, "--output", good)
    bad.write_text("nonsense")
    other = tmp_path / "other"
    code, output = run("import", tmp_path / "absent.zip", bad, good, "--store", other)
    assert code == 1
    assert f"Error: there is no file {tmp_path / 'absent.zip'}" in output
    assert f"Error: {bad} is no bundle of a run" in output
    assert [one.id for one in RunStore(other).records().records] == [run_id]
    code, output = run("import", good, "--store", other)
    assert code == 1
    assert f"there is a run '{run_id}' in the store already" in output


def test_a_run_that_is_not_there_is_said(store: RunStore, tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    code, output = run("export", "nobody", "--store", store.root, "--output", path)
    assert (code, path.exists()) == (1, False)
    assert "there is no run 'nobody'" in output
