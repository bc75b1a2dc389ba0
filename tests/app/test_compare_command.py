"""`setscope compare` and `setscope trajectory`, as typed."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from safetensors.numpy import save_file
from typer.testing import CliRunner

from analysis import nnstd, nnstd_between, nnstd_null, nnstd_since, pairwise_nnstd
from app.cli import cli
from app.compare_command import labels_of
from set_engine import (
    RecordedConfig,
    RunNotes,
    RunStatus,
    RunStore,
    TrainingConfig,
    record_run,
)
from topology import LayerTopology, TopologySnapshot, import_network, save_topology

CONFIG = TrainingConfig(hidden=(24, 20), epsilon=3, epochs=3, record_every=1)


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> RunStore:
    store = RunStore(tmp_path_factory.mktemp("runs"))
    for seed in range(3):
        config = CONFIG.model_copy(update={"seed": seed})
        record_run(store.create(config), config)
    return store


@pytest.fixture
def ids(store: RunStore) -> list[str]:
    return sorted((record.id for record in store.records().records), reverse=True)


def run(store: RunStore, *arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, [*arguments, "--store", str(store.root)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result.exit_code, result.stdout, result.stderr


def course(store: RunStore, run_id: str):
    return [store.snapshot(run_id, epoch) for epoch in store.epochs(run_id)]


class TestCompare:
    @pytest.mark.parametrize("ties", ["reference", "structural"])
    def test_a_pair_layer_by_layer_beside_chance(self, store, ids, ties):
        code, output, _ = run(
            store, "compare", f"{ids[0]}@1", ids[1], "--ties", ties, "--null", "4"
        )
        assert code == 0
        a, b = store.snapshot(ids[0], 1), store.snapshot(ids[1], 3)
        found = nnstd(a, b, ties)
        null = nnstd_null(a, b, 4, ties, rng=np.random.default_rng(0))
        lines = {line[:25].strip(): line[25:].split() for line in output.splitlines()}
        for k, name in enumerate(("layer 1", "layer 2", "layer 3")):
            assert lines[name][0] == f"{found.per_layer[k]:.6f}"
            assert lines[name][1] == ("–" if ties == "reference" else f"{found.spread[k]:.6f}")
            chance = f"{null.per_layer[k]:.4f} ± {null.per_layer_std[k]:.4f}"
            assert " ".join(lines[name][2:5]) == chance
        assert lines["mean of the sparse layers"][0] == f"{found.mean_sparse:.6f}"
        assert lines["mean of all layers"][0] == f"{found.mean:.6f}"

    def test_all_pairs_of_more_in_the_order_of_the_dendrogram(self, store, ids, tmp_path):
        table, document = tmp_path / "all.csv", tmp_path / "all.json"
        for file in (table, document):
            code, output, _ = run(
                store, "compare", *ids, "--output", str(file), "--cache", str(tmp_path / "cache")
            )
            assert code == 0
            assert output.endswith(f"Distances written to {file}\n")
        expected = pairwise_nnstd([store.snapshot(one, 3) for one in ids], labels=ids)
        shown = [line.split()[1] for line in output.splitlines()[1:4]]
        assert shown == [ids[k] for k in expected.order]
        rows = list(csv.DictReader(table.read_text().splitlines()))
        assert [(row["a"], row["b"]) for row in rows] == [
            (ids[0], ids[1]),
            (ids[0], ids[2]),
            (ids[1], ids[2]),
        ]
        assert float(rows[1]["layer2"]) == expected.per_layer[0, 2, 1]
        assert float(rows[2]["mean_sparse"]) == expected.mean_sparse[1, 2]
        found = json.loads(document.read_text())
        assert found["mean"] == expected.mean.tolist()
        assert found["order"] == list(expected.order)
        assert np.allclose(found["embedding"], expected.embedding())
        assert len((tmp_path / "cache").read_text().splitlines()) == 4

    def test_files_of_others(self, store, ids, tmp_path):
        snapshot = store.snapshot(ids[0], 3)
        save_topology(snapshot, tmp_path / "own.npz")
        weights = {
            f"fc{k}.weight": layer.to_scipy().toarray() for k, layer in enumerate(snapshot.layers)
        }
        weights["fc0.weight"] += 0.001 * (weights["fc0.weight"] == 0)
        save_file(weights, tmp_path / "state.safetensors")
        files = [str(tmp_path / name) for name in ("own.npz", "state.safetensors")]
        code, output, errors = run(store, "compare", *files, "--threshold", "0.002", "--null", "2")
        assert code == 0
        again = import_network(files[1], threshold=0.002).snapshot
        assert f"{nnstd(snapshot, again).mean:.6f}" in output
        assert "Note on state.safetensors: 3 layers: fc0 64 to 24" in errors

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ((), "there is one network, RUN; it takes two to compare"),
            (("RUN", "--null", "1"), "null is 1; it must be at least 2"),
            (("RUN", "--output", "all.txt"), "output is all.txt; its name must end with .csv or"),
            (("RUN", "--output", "no/x.csv"), "output is no/x.csv; there is no folder no"),
            (("RUN", "--cache", "no/x"), "cache is no/x; there is no folder no"),
            (("",), "a network is named ''"),
            (("RUN", "--threshold", "-1"), "threshold is -1.0; it must be a number of at least"),
            (("RUN", "--seed", "-1"), "seed is -1; it must be at least 0"),
            (("RUN", "--jobs", "0"), "jobs is 0; it must be at least 1"),
            (("nowhere.npz",), "there is no file or folder nowhere.npz"),
            (("RUN@7",), "epoch is 7; recorded of run"),
        ],
    )
    def test_says_what_it_cannot_do(self, store, ids, arguments, message):
        typed = [part.replace("RUN", ids[1]) for part in arguments]
        code, output, errors = run(store, "compare", ids[0], *typed)
        assert (code, output) == (1, "")
        assert message.replace("RUN", ids[0]) in errors

    def test_a_cache_that_is_none(self, store, ids, tmp_path):
        (tmp_path / "mine").write_text("my notes\n")
        code, _, errors = run(store, "compare", *ids[:2], "--cache", str(tmp_path / "mine"))
        assert code == 1
        assert "mine is no cache of distances" in errors


class TestTrajectory:
    @pytest.mark.parametrize("since", ["start", "previous"])
    def test_of_a_run(self, store, ids, since, tmp_path):
        file = tmp_path / "far.csv"
        code, output, _ = run(
            store,
            "trajectory",
            ids[0],
            "--since",
            since,
            "--ties",
            "structural",
            "--output",
            str(file),
        )
        assert code == 0
        expected = nnstd_since(course(store, ids[0]), since, "structural")
        rows = list(csv.DictReader(file.read_text().splitlines()))
        assert [int(row["epoch"]) for row in rows] == expected.epochs.tolist() == [1, 2, 3]
        assert [float(row["layer1"]) for row in rows] == expected.per_layer[:, 0].tolist()
        assert f"{expected.mean_sparse[-1]:.6f}" in output.splitlines()[3]

    def test_beside_another_run(self, store, ids, tmp_path):
        file = tmp_path / "far.json"
        code, _, _ = run(store, "trajectory", *ids[:2], "--output", str(file))
        assert code == 0
        expected = nnstd_between(course(store, ids[0]), course(store, ids[1]))
        found = json.loads(file.read_text())
        assert found["epochs"] == [0, 1, 2, 3]
        assert found["per_layer"] == expected.per_layer.tolist()

    def test_no_such_run(self, store, ids):
        for typed in (("nothing",), (ids[0], "nothing")):
            code, _, errors = run(store, "trajectory", *typed)
            assert code == 1
            assert "Error: there is no run 'nothing'" in errors


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["a/w0/e1", "a/w1/e1"], ["w0", "w1"]),
        (["a/w0/e1", "a/w0/e2"], ["e1", "e2"]),
        (["a/w0/e1", "a/w1/e2"], ["w0/e1", "w1/e2"]),
        (["run", "a/b/net.npz"], ["run", "a/b/net.npz"]),
        (["net.npz", "net.npz"], ["net.npz", "net.npz"]),
        (["x/net.npz", "x/net.npz"], ["net.npz", "net.npz"]),
    ],
)
def test_labels_leave_out_what_all_have_in_common(names, labels):
    assert labels_of(names) == labels


def test_a_report_holds_what_the_page_shows(store: RunStore, ids: list[str], tmp_path) -> None:
    path = tmp_path / "comparison.html"
    arguments = ("compare", f"{ids[0]}@0", ids[0], ids[1], "--report", str(path))
    code, output, _ = run(store, *arguments)
    assert (code, f"Report written to {path}" in output) == (0, True)
    page = path.read_text()
    places = [(ids[0], 0), (ids[0], 3), (ids[1], 3)]
    found = pairwise_nnstd([store.snapshot(*place) for place in places])
    for i, j in ((0, 1), (0, 2), (1, 2)):
        assert f"{found.mean_sparse[i, j]:.6f}" in page
    for heading in ("Settings that differ", "Power laws of layer 1", "Learning curves"):
        assert f"<h2>{heading}</h2>" in page
    code, _, said = run(store, *arguments)
    assert (code, "is there already; --force replaces it" in said) == (1, True)
    assert run(store, *arguments, "--force")[0] == 0


def test_a_report_is_of_runs(store: RunStore, ids: list[str], tmp_path) -> None:
    file = tmp_path / "net.npz"
    save_topology(store.snapshot(ids[0], 0), file)
    code, _, said = run(
        store, "compare", str(file), ids[0], "--report", str(tmp_path / "comparison.html")
    )
    assert code == 1
    assert f"a report is of runs of the store; {file} is a file or a folder" in said


def test_two_files_of_one_name_are_refused(store: RunStore, ids: list[str], tmp_path) -> None:
    same = tmp_path / "same.json"
    code, _, said = run(store, "compare", *ids[:2], "--output", str(same), "--report", str(same))
    assert (code, f"report is {same}, and output is the same file" in said) == (1, True)
    assert not same.exists()


def test_a_file_comes_before_a_run_of_its_name(store, ids, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    save_topology(store.snapshot(ids[0], 0), tmp_path / "net.npz")
    store.write_notes(ids[1], RunNotes(name="net.npz"))
    _, output, _ = run(store, "compare", "net.npz", ids[0], "--json")
    expected = nnstd(store.snapshot(ids[0], 0), store.snapshot(ids[0], 3))
    assert json.loads(output)["distance"]["mean"] == pytest.approx(expected.mean)
    code, _, said = run(store, "compare", "net.npz", ids[0], "--report", "c.html")
    assert (code, "net.npz is a file or a folder" in said) == (1, True)
    store.write_notes(ids[1], RunNotes(name="x/y@z"))
    assert run(store, "compare", "x/y@z@1", ids[0])[0] == 0
    assert run(store, "trajectory", "x/y@z")[0] == 0
    store.write_notes(ids[1], RunNotes())


def test_the_null_of_the_pair_furthest_apart_stands_beside_many(store, ids) -> None:
    names = [f"{ids[0]}@0", f"{ids[0]}@3", f"{ids[1]}@3"]
    code, output, _ = run(store, "compare", *names, "--null", "4", "--json")
    assert code == 0
    content = json.loads(output)
    snapshots = [store.snapshot(name[:-2], int(name[-1])) for name in names]
    found = pairwise_nnstd(snapshots, labels=names)
    i, j = found.furthest
    assert content["furthest"] == [names[i], names[j]]
    null = nnstd_null(snapshots[i], snapshots[j], 4, rng=np.random.default_rng(0))
    assert content["null"]["mean_sparse"] == pytest.approx(null.mean_sparse)
    _, output, _ = run(store, "compare", *names, "--null", "4")
    assert f"would be at {null.mean_sparse:.4f} (null)" in output


def test_networks_that_do_not_fit_are_named(store, ids, tmp_path) -> None:
    other = tmp_path / "others" / "net.npz"
    other.parent.mkdir()
    np.savez(other, first=np.eye(3))
    code, _, said = run(store, "compare", ids[0], ids[1], str(other))
    assert code == 1
    assert f"{ids[0]} and {other} cannot be matched" in " ".join(said.split())


def test_a_run_is_called_by_its_name(store, ids) -> None:
    store.write_notes(ids[0], RunNotes(name="Mine"))
    by_name = run(store, "compare", "Mine@1", ids[1], "--json")
    by_id = run(store, "compare", f"{ids[0]}@1", ids[1], "--json")
    assert json.loads(by_name[1])["distance"] == json.loads(by_id[1])["distance"]
    store.write_notes(ids[0], RunNotes())


def test_a_layer_without_connections_is_said_in_the_report(tmp_path) -> None:
    store = RunStore(tmp_path / "runs")
    for name, sources in (("a", [0, 1]), ("b", [1, 0])):
        writer = store.create(RecordedConfig(name=name))
        writer.begin()
        layers = (LayerTopology([0, 1, 2], sources, 2, 2), LayerTopology([0, 0, 0], [], 2, 2))
        writer.snapshot(TopologySnapshot(layers, epoch=0))
        writer.finish(RunStatus.FINISHED)
    path = tmp_path / "comparison.html"
    code, _, said = run(store, "compare", "a", "b", "--report", str(path))
    assert code == 0, said
    assert "<h2>Power laws of layer 2</h2>\n<p>" in path.read_text()
