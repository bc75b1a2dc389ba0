"""Networks of others become runs, recognised whole and saved as they were."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from set_engine import (
    RunStatus,
    RunStore,
    TrainingConfig,
    find_incoming,
    record_run,
    take_in,
)
from topology import import_network


def scipy_network(folder: Path, seed: int = 0, widths: tuple[int, ...] = (6, 5, 4)) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    for k, (n_inputs, n_outputs) in enumerate(itertools.pairwise(widths)):
        weights = rng.random((n_inputs, n_outputs)) * (rng.random((n_inputs, n_outputs)) < 0.5)
        weights[0, 0] = 1.0
        sp.save_npz(folder / f"weight_l{k}.npz", sp.csr_array(weights))
    return folder


def test_epochs_of_a_folder_are_one_run(tmp_path: Path) -> None:
    for run in ("w0", "w1"):
        for epoch in (190, 0, 10):
            scipy_network(tmp_path / "all" / run / f"epoch_{epoch:03d}", seed=epoch)
        (tmp_path / "all" / run / "testacc.txt").write_text("0.5\n")
    runs, problems = find_incoming(tmp_path)
    assert problems == []
    assert [(run.name, run.epochs) for run in runs] == [
        ("w0", (0, 10, 190)),
        ("w1", (0, 10, 190)),
    ]


def test_what_is_saved_is_what_was_there(store: RunStore, tmp_path: Path) -> None:
    folder = scipy_network(tmp_path / "theirs" / "epoch_7")
    ((run,), _) = find_incoming(tmp_path)
    run_id = take_in(store, run)
    record = store.record(run_id)
    assert (record.status, record.config.name) == (RunStatus.FINISHED, "theirs")
    assert store.epochs(run_id) == (7,)
    expected = import_network(folder).snapshot
    assert store.snapshot(run_id, 7).digest == expected.digest
    assert store.snapshot(run_id, 7).names == expected.names


def test_files_are_networks_of_their_own_or_epochs(tmp_path: Path) -> None:
    np.savez(tmp_path / "alone.npz", first=np.eye(3))
    for epoch in (3, 12):
        (tmp_path / "course").mkdir(exist_ok=True)
        np.savez(tmp_path / "course" / f"ep{epoch}.npz", first=np.eye(4) * epoch)
    runs, problems = find_incoming(tmp_path)
    assert problems == []
    assert [(run.name, run.epochs) for run in runs] == [("alone", (0,)), ("course", (3, 12))]


def test_a_threshold_leaves_small_weights_out(store: RunStore, tmp_path: Path) -> None:
    np.savez(tmp_path / "net.npz", first=np.array([[0.5, 0.01], [0.02, 2.0]]))
    ((all_,), _) = find_incoming(tmp_path)
    ((large,), _) = find_incoming(tmp_path, threshold=0.1)
    counts = [run.networks[0].snapshot.layers[0].n_connections for run in (all_, large)]
    assert counts == [4, 2]
    config = store.record(take_in(store, large)).config
    assert config.settings == {"origin": "imported", "threshold": "0.1"}
    with pytest.raises(ValueError, match=r"threshold is -1\.0"):
        find_incoming(tmp_path, threshold=-1.0)


def test_what_is_no_network_is_said_and_the_rest_is_found(tmp_path: Path) -> None:
    (tmp_path / "broken.npz").write_bytes(b"no archive")
    np.savez(tmp_path / "whole.npz", first=np.eye(3))
    runs, problems = find_incoming(tmp_path)
    assert [run.name for run in runs] == ["whole"]
    (said,) = problems
    assert "broken.npz" in said
    assert str(tmp_path) not in said


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ("epoch_05", "several networks of epoch 5"),
        ("epoch_6", "layers of different shapes"),
    ],
)
def test_networks_that_are_no_course_are_refused(tmp_path: Path, other: str, said: str) -> None:
    scipy_network(tmp_path / "net" / "epoch_5")
    widths = (6, 5, 4) if other == "epoch_05" else (6, 4, 4)
    scipy_network(tmp_path / "net" / other, widths=widths)
    runs, problems = find_incoming(tmp_path)
    assert runs == []
    assert said in problems[0]


def test_nothing_stays_of_a_run_that_could_not_be_saved(
    store: RunStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scipy_network(tmp_path / "net" / "epoch_5")
    ((run,), _) = find_incoming(tmp_path)

    def full(*_arguments: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("set_engine.run_writer.save_topology", full)
    with pytest.raises(OSError, match="no space left"):
        take_in(store, run)
    assert store.records().records == ()


def test_the_networks_of_the_authors(store: RunStore, shared_data: Path) -> None:
    runs, problems = find_incoming(shared_data / "nnstd_topologies")
    assert problems == []
    assert [run.name for run in runs] == [f"e5_s0_w{k}" for k in range(6)]
    assert {run.epochs for run in runs} == {(0, 10, 50, 190)}
    run_id = take_in(store, runs[3])
    folder = shared_data / "nnstd_topologies" / "e5_s0_w3" / "epoch_050"
    assert store.snapshot(run_id, 50).digest == import_network(folder).snapshot.digest


def test_a_link_that_leads_back_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    np.savez(tmp_path / "a" / "epoch_1.npz", first=np.eye(3))
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    runs, problems = find_incoming(tmp_path)
    assert ([run.epochs for run in runs], problems) == ([(1,)], [])


def test_a_runs_own_folder_is_not_taken_for_networks(tmp_path: Path) -> None:
    store = RunStore(tmp_path / "store")
    config = TrainingConfig(hidden=(8,), epochs=1)
    writer = store.create(config)
    record_run(writer, config)
    for path in (store.root, store.folder(writer.run_id)):
        runs, problems = find_incoming(path)
        assert runs == []
        assert [one.split(":")[0] for one in problems] == [f"{writer.run_id} is a run's own folder"]


def test_a_suffix_in_capitals_is_one(tmp_path: Path) -> None:
    np.savez(tmp_path / "net.npz", first=np.eye(3))
    (tmp_path / "net.npz").rename(tmp_path / "net.NPZ")
    (run,), problems = find_incoming(tmp_path)
    assert (run.name, problems) == ("net", [])
