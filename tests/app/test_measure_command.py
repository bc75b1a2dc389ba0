"""`setscope measure` and `setscope emergence`, as typed."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import scipy.sparse as sp
from typer.testing import CliRunner

from analysis import Emergence, network_evidence
from app.cli import cli
from app.emergence_table import HEADING, HEADINGS
from set_engine import RunStore, TrainingConfig, record_run
from topology import save_topology

CONFIG = TrainingConfig(hidden=(24, 20), epsilon=3, epochs=4, seed=3)
QUICK = ("--samples", "4", "--bootstrap", "20")


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> RunStore:
    store = RunStore(tmp_path_factory.mktemp("runs"))
    record_run(store.create(CONFIG), CONFIG)
    return store


@pytest.fixture
def run_id(store: RunStore) -> str:
    return store.records().records[0].id


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result.exit_code, result.stdout, result.stderr


def measured(store: RunStore, *arguments: str) -> tuple[int, str, str]:
    return run("measure", *arguments, "--store", str(store.root))


class TestMeasure:
    def test_json_is_the_evidence_of_the_last_epoch(self, store, run_id):
        code, output, _ = measured(store, run_id, *QUICK, "--json", "--seed", "5")
        assert code == 0
        found = json.loads(output)
        expected = network_evidence(
            store.snapshot(run_id, 4), 4, bootstrap=20, rng=np.random.default_rng(5)
        )
        assert (found["epoch"], found["samples"], found["null"]) == (4, 4, "degrees")
        assert len(found["layers"]) == 3
        for ours, layer in zip(found["layers"], expected.layers, strict=True):
            assert ours["motifs"]["four_cycles"]["z"] == pytest.approx(layer.motifs.four_cycles.z)
            assert ours["structure"]["structure"]["core"] == layer.structure.structure.core.tolist()
        evidence = expected.layers[0].incoming.scale_free
        assert found["layers"][0]["incoming"]["scale_free"]["verdict"] == evidence.verdict
        assert found["paths"]["reachable"]["value"] == expected.paths.reachable.value

    def test_tables_have_a_row_for_each_measure(self, store, run_id):
        code, output, _ = measured(store, f"{run_id}@0", "--null", "density", *QUICK)
        assert code == 0
        for words in ("layer 2  in ", "4-cycles", "modularity", "(Spearman)", "mean distance"):
            assert words in output
        assert "4 random networks with the number of connections of each layer" in output
        assert "layer 1, in: " in output

    def test_a_full_layer_is_left_out_of_the_null(self, store, run_id):
        # The output layer is dense.
        _, output, _ = measured(store, run_id, *QUICK)
        lines = [line for line in output.splitlines() if line.startswith("layer 3")]
        assert [line.split()[2] for line in lines if "," not in line] == ["in", "out"]

    def test_a_file_and_a_folder(self, store, run_id, tmp_path):
        save_topology(store.snapshot(run_id, 2), tmp_path / "net.npz")
        code, output, _ = measured(store, str(tmp_path / "net.npz"), *QUICK, "--json")
        assert code == 0
        assert json.loads(output)["epoch"] == 2
        folder = tmp_path / "epoch_7"
        folder.mkdir()
        for number, layer in enumerate(store.snapshot(run_id, 2).layers):
            sp.save_npz(folder / f"w{number}.npz", sp.csr_array(layer.to_scipy().T))
        code, output, errors = measured(store, str(folder), *QUICK, "--json")
        assert code == 0
        assert json.loads(output)["epoch"] == 7
        assert "Note: 3 layers of SciPy matrices" in errors

    def test_a_run_comes_before_a_folder_of_its_name(self, store, run_id, tmp_path, monkeypatch):
        (tmp_path / run_id).mkdir()
        monkeypatch.chdir(tmp_path)
        code, output, _ = measured(store, f"{run_id}@1", *QUICK, "--json")
        assert code == 0
        assert json.loads(output)["epoch"] == 1

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("20000101-nothing",), "there is no run '20000101-nothing'"),
            (("nowhere.npz",), "there is no file or folder nowhere.npz"),
            (("some/where",), "there is no file or folder some/where"),
            (("20000101-nothing@3",), "there is no run '20000101-nothing'"),
            (("net.npz@1",), "there is no run 'net.npz'"),
        ],
    )
    def test_says_what_it_does_not_know(self, store, arguments, message):
        code, output, errors = measured(store, *arguments)
        assert (code, output) == (1, "")
        assert f"Error: {message}" in errors

    def test_an_epoch_that_is_not_recorded(self, store, run_id):
        code, _, errors = measured(store, f"{run_id}@9")
        assert code == 1
        assert "epoch is 9; recorded of run" in errors
        assert "are 0, 1, 2, 3, 4" in errors

    @pytest.mark.parametrize(
        ("option", "value", "least"),
        [("samples", 1, 2), ("bootstrap", 0, 1), ("most-sources", 1, 2), ("seed", -1, 0)],
    )
    def test_a_number_out_of_range_is_quoted(self, store, run_id, option, value, least):
        code, output, errors = measured(store, run_id, *QUICK, f"--{option}", str(value))
        assert (code, output) == (1, "")
        name = option.replace("-", "_")
        assert f"Error: {name} is {value}; it must be at least {least}" in errors


class TestEmergence:
    def table(self, text: str) -> list[dict[str, str]]:
        return list(csv.DictReader(text.splitlines()))

    def test_is_that_of_every_recorded_epoch(self, store, run_id):
        code, output, _ = run("emergence", run_id, "--store", str(store.root))
        assert code == 0
        rows = self.table(output)
        assert tuple(rows[0]) == HEADINGS
        assert [(row["epoch"], row["layer"]) for row in rows] == [
            (str(epoch), str(layer)) for epoch in range(5) for layer in (1, 2, 3)
        ]
        expected = Emergence()
        expected.extend(store.snapshot(run_id, epoch) for epoch in range(5))
        of_second = [float(row["in_variance_to_mean"]) for row in rows if row["layer"] == "2"]
        assert of_second == pytest.approx(expected.of_side(1, "in", "variance_to_mean").tolist())
        turnover = [row["turnover"] for row in rows if row["layer"] == "1"]
        assert turnover[0] == ""
        assert float(turnover[3]) == pytest.approx(expected.of_layer(0, "turnover")[3])

    def test_a_file_is_continued_with_new_epochs_only(self, store, run_id, tmp_path):
        whole, part = tmp_path / "whole.csv", tmp_path / "part.csv"
        arguments = ("emergence", run_id, "--store", str(store.root), "--output")
        code, output, _ = run(*arguments, str(whole))
        assert (code, output) == (0, f"5 epochs were measured into {whole}\n")
        lines = whole.read_text().splitlines(keepends=True)
        # None, cut within a line, within an epoch, at the end of one, and nothing left to do.
        for kept, cut, measured_now in ((0, 0, 5), (1, 0, 5), (6, 9, 4), (9, 0, 3), (16, 0, 0)):
            part.write_text("".join(lines[:kept]) + "".join(lines[kept:])[:cut])
            code, output, _ = run(*arguments, str(part))
            assert (code, output) == (0, f"{measured_now} epochs were measured into {part}\n")
            assert part.read_text() == whole.read_text()

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"a,b\n1,2\n", "its columns are others"),
            (HEADING.strip().encode(), "its columns are others"),
            (b"\xff\xfe\x00", "it is no text"),
            ((HEADING + "another,0,1,\n").encode(), "is the table of run 'another', not of '2"),
        ],
    )
    def test_another_file_is_left_as_it_is(self, store, run_id, tmp_path, content, message):
        file = tmp_path / "mine.csv"
        file.write_bytes(content)
        code, _, errors = run(
            "emergence", run_id, "--store", str(store.root), "--output", str(file)
        )
        assert code == 1
        assert message in errors
        assert file.read_bytes() == content

    def test_a_line_that_is_missing_is_said(self, store, run_id, tmp_path):
        file = tmp_path / "mine.csv"
        arguments = ("emergence", run_id, "--store", str(store.root), "--output", str(file))
        run(*arguments)
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(lines[:2] + lines[3:]))
        code, _, errors = run(*arguments)
        assert code == 1
        assert "has '3' of epoch '0' where layer 2 is due" in errors

    def test_no_such_run(self, store):
        code, _, errors = run("emergence", "nothing", "--store", str(store.root))
        assert code == 1
        assert "Error: there is no run 'nothing'" in errors


def test_epochs_that_are_followed_only_change_no_measure(store, run_id):
    snapshots = [store.snapshot(run_id, epoch) for epoch in range(5)]
    whole, later = Emergence(), Emergence(after=2)
    assert (whole.extend(snapshots), later.extend(snapshots)) == (5, 2)
    assert later.epochs.tolist() == [3, 4]
    for name in ("turnover", "mean_age", "explored", "four_cycles"):
        expected = whole.of_layer(0, name)[3:]
        assert later.of_layer(0, name).tolist() == expected.tolist()
