"""`setscope export` and `setscope import`, as typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.cli_store import ExportKindName
from app.run_export import EXPORTS
from set_engine import RunStatus, RunStore, TrainingConfig, record_run
from topology import load_topology, save_topology


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
    assert f"output is {path}, which is there already; --force replaces it" in output
    assert run(*arguments, "--force")[0] == 0
    assert run("import", path, "--store", tmp_path / "other")[0] == 0


def test_one_bad_file_keeps_no_other_out(store: RunStore, run_id: str, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    run("export", run_id, "--store", store.root, "--output", good)
    bad.write_text("nonsense")
    other = tmp_path / "other"
    code, output = run("import", tmp_path / "absent.zip", bad, good, "--store", other)
    assert code == 1
    assert f"Error: there is no file or folder {tmp_path / 'absent.zip'}" in output
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


def test_one_wiring_is_written_as_asked(store: RunStore, run_id: str, tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    arguments = ("export", f"{run_id}@1", "--as", "npz", "--store", store.root, "--output", path)
    code, output = run(*arguments, "--json")
    said = json.loads(output)
    assert (code, said["path"], said["bytes"]) == (0, str(path), path.stat().st_size)
    assert load_topology(path).digest == store.snapshot(run_id, 1).digest
    code, output = run("export", f"{run_id}@9", "--as", "graphml", "--store", store.root)
    assert code == 1
    assert f"epoch is 9; 3 are recorded of run {run_id}, from 0 to 2" in output


def test_every_kind_of_the_page_is_one_of_the_command() -> None:
    assert get_args(ExportKindName) == tuple(EXPORTS)


def test_networks_of_others_come_in(store: RunStore, run_id: str, tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    for epoch in (0, 2):
        save_topology(store.snapshot(run_id, epoch), folder / f"epoch_{epoch}.npz")
    other = RunStore(tmp_path / "other")
    code, output = run("import", folder, "--store", other.root)
    assert code == 0
    n_connections = sum(layer.n_connections for layer in store.snapshot(run_id, 2).layers)
    shapes = "64 → 16 · 16 → 8 · 8 → 10"
    assert f"theirs: epoch 0, 2; {shapes}, {n_connections:,} connections." in output
    (record,) = other.records().records
    assert f"Imported {record.id}" in output
    assert other.snapshot(record.id, 2).digest == store.snapshot(run_id, 2).digest
    result = CliRunner().invoke(
        cli, ["import", str(folder / "epoch_2.npz"), "--json", "--store", str(other.root)]
    )
    (again,) = json.loads(result.stdout)
    assert other.epochs(again) == (2,)
    (tmp_path / "empty").mkdir()
    code, output = run("import", tmp_path / "empty", "--store", other.root)
    assert (code, f"there is no network and no bundle in {tmp_path / 'empty'}" in output) == (
        1,
        True,
    )


def test_distances_can_be_read_by_programs(store: RunStore, run_id: str) -> None:
    names = [f"{run_id}@{epoch}" for epoch in (0, 1, 2)]
    for n in (2, 3):
        arguments = ["compare", *names[:n], "--json", "--store", str(store.root)]
        found = json.loads(CliRunner().invoke(cli, arguments).stdout)
        assert len(found["labels"]) == n
        if n == 2:
            assert found["distance"]["mean"] > 0
            assert found["null"].keys() >= {"mean", "per_layer"}
        else:
            assert sorted(found["order"]) == [0, 1, 2]


@pytest.fixture
def networks(tmp_path: Path) -> Path:
    """A folder of one network."""
    folder = tmp_path / "mine"
    folder.mkdir()
    np.savez(folder / "epoch_7.npz", first=np.eye(3))
    return folder


def test_an_empty_path_is_not_the_folder_one_is_in(
    networks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(networks)
    for path in ("", " "):
        code, output = run("import", path, "--store", tmp_path / "other")
        assert code == 1
        assert f"a path is {path!r}; it must name a file or a folder".replace("  ", " ") in output
    assert not (tmp_path / "other").exists()


def test_a_dry_run_says_what_is_there_and_saves_nothing(networks: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    arguments = ("import", networks, "--store", other, "--threshold", 0.5)
    code, output = run(*arguments, "--dry-run")
    assert code == 0
    assert "mine: epoch 7; 3 → 3, 3 connections." in output
    assert "Connections are numbers further from 0 than 0.5." in output
    assert not RunStore(other).records().records
    assert run(*arguments)[0] == 0
    (record,) = RunStore(other).records().records
    assert record.config.settings["threshold"] == "0.5"


def test_a_dry_run_says_what_would_fail(store: RunStore, run_id: str, tmp_path: Path) -> None:
    path = tmp_path / "one.zip"
    run("export", run_id, "--store", store.root, "--output", path)
    code, output = run("import", path, "--store", store.root, "--dry-run")
    assert (code, f"there is a run '{run_id}' in the store already" in output) == (1, True)
    result = CliRunner().invoke(
        cli, ["import", str(path), "--store", str(tmp_path / "other"), "--dry-run", "--json"]
    )
    assert json.loads(result.stdout) == [{"bundle": str(path), "id": run_id}]


def test_bundles_of_a_folder_come_in_beside_its_networks(
    store: RunStore, run_id: str, networks: Path, tmp_path: Path
) -> None:
    run("export", run_id, "--store", store.root, "--output", networks / "one.zip")
    (networks / "other.zip").write_text("nonsense")
    (networks / "folder.zip").mkdir()
    (networks / ".hidden").mkdir()
    (networks / "one.zip").rename(networks / "ONE.ZIP")
    (networks / ".hidden" / "two.zip").write_bytes((networks / "ONE.ZIP").read_bytes())
    code, output = run("import", networks, "--store", tmp_path / "other")
    assert code == 0
    assert "Left out:" in output
    assert "other.zip is no bundle of a run" in output
    records = RunStore(tmp_path / "other").records().records
    assert len(records) == 2
    assert run_id in {one.id for one in records}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("x.graphml", "a graph in XML, whose parsers are not safe"),
        ("x.GEXF", "a graph in XML, whose parsers are not safe"),
        ("state.pt", "a pickle, which may run code"),
        ("x.csv", "no .zip, .npz or .safetensors"),
    ],
)
def test_what_is_not_read_says_why(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / name).write_text("something")
    code, output = run("import", tmp_path / name, "--store", tmp_path / "other")
    assert code == 1
    assert f"Error: {tmp_path / name} is {reason}" in output


def test_an_export_says_what_is_wrong_with_where_it_goes(
    store: RunStore, run_id: str, tmp_path: Path
) -> None:
    def refused(*arguments: object) -> str:
        code, output = run("export", "--store", store.root, *arguments)
        assert code == 1
        return output

    absent = tmp_path / "absent" / "x.zip"
    said = refused(run_id, "--output", absent)
    assert f"output is {absent}; there is no folder {absent.parent}" in said
    said = refused(run_id, "--output", tmp_path, "--force")
    assert f"output is {tmp_path}, a folder; it must name a file" in said
    said = refused(f"{run_id}@1", "--as", "metrics")
    assert f"metrics is of the whole run; the run is {run_id}, without @1" in said


def test_a_store_that_is_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    code, output = run("runs", "--store", file)
    assert code == 2
    assert "is a file" in output
