"""What a run is taken out as holds what was recorded, as those it is for read it."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from analysis import degrees_of
from app.run_export import EXPORTS, RunExportError, export_name, write_export
from set_engine import (
    Recorder,
    RunBundle,
    RunNotFoundError,
    RunStore,
    SparseLinear,
    TrainingConfig,
    record_run,
)
from topology import TopologySnapshot, load_topology

CONFIG = TrainingConfig(hidden=(20, 16), epsilon=2, epochs=4, record_every=2)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    store = RunStore(tmp_path_factory.mktemp("runs"))
    record_run(store.create(CONFIG), CONFIG)
    return store


@pytest.fixture
def run_id(store: RunStore) -> str:
    return store.records().records[0].id


def edges(snapshot: TopologySnapshot) -> set[tuple[str, str]]:
    return {
        (f"{depth}:{source}", f"{depth + 1}:{target}")
        for depth, layer in enumerate(snapshot.layers)
        for source, target in zip(layer.indices.tolist(), layer.targets.tolist(), strict=True)
    }


def written(
    store: RunStore, run_id: str, kind: str, folder: Path, epoch: int | None = None
) -> Path:
    path = folder / export_name(run_id, kind, epoch)
    write_export(store, run_id, kind, path, epoch=epoch)
    return path


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text())))


def test_a_bundle_comes_back_with_the_same_digests(
    store: RunStore, run_id: str, tmp_path: Path
) -> None:
    other = RunStore(tmp_path / "other")
    RunBundle(written(store, run_id, "bundle", tmp_path)).add_to(other)
    digests = [
        [one.snapshot(run_id, epoch).digest for epoch in one.epochs(run_id)]
        for one in (store, other)
    ]
    assert digests[0] == digests[1]
    assert len(digests[0]) == 3
    assert other.metrics(run_id)[1] == store.metrics(run_id)[1]


@pytest.mark.parametrize("epoch", [0, 2, None])
def test_a_topology_is_the_one_that_was_recorded(
    store: RunStore, run_id: str, tmp_path: Path, epoch: int | None
) -> None:
    found = load_topology(written(store, run_id, "npz", tmp_path, epoch))
    expected = store.snapshot(run_id, 4 if epoch is None else epoch)
    assert (found.digest, found.epoch) == (expected.digest, expected.epoch)


def test_networkx_reads_graphml_with_the_same_edges(
    store: RunStore, run_id: str, tmp_path: Path
) -> None:
    graph = nx.read_graphml(written(store, run_id, "graphml", tmp_path, 2))
    snapshot = store.snapshot(run_id, 2)
    assert set(graph.edges) == edges(snapshot)
    weights = sorted(weight for _, _, weight in graph.edges(data="weight"))
    expected = np.concatenate([layer.weights for layer in snapshot.layers])  # type: ignore[misc]
    assert np.allclose(weights, np.sort(expected))


def test_networkx_reads_gexf_with_all_edges_that_there_were(
    store: RunStore, run_id: str, tmp_path: Path
) -> None:
    graph = nx.read_gexf(written(store, run_id, "gexf", tmp_path))
    by_epoch = {epoch: edges(store.snapshot(run_id, epoch)) for epoch in (0, 2, 4)}
    assert set(graph.edges) == set().union(*by_epoch.values())
    for a, b, spells in graph.edges(data="spells"):
        lasts = {
            epoch
            for epoch in by_epoch
            if any(float(begin) <= epoch < float(end) for begin, end in spells)
        }
        assert lasts == {epoch for epoch, there in by_epoch.items() if (a, b) in there}


def test_tables_have_a_line_for_each(store: RunStore, run_id: str, tmp_path: Path) -> None:
    rows = table(written(store, run_id, "csv", tmp_path, 4))
    snapshot = store.snapshot(run_id, 4)
    found = {
        (f"{int(row['layer']) - 1}:{row['input']}", f"{row['layer']}:{row['output']}")
        for row in rows
    }
    assert found == edges(snapshot)
    assert len(rows) == sum(layer.n_connections for layer in snapshot.layers)
    lines = table(written(store, run_id, "metrics", tmp_path))
    log = store.metrics(run_id)[1]
    assert [int(line["epoch"]) for line in lines] == [1, 2, 3, 4]
    for line, row in zip(lines, log, strict=True):
        assert float(line["test_accuracy"]) == row.test_accuracy
        assert int(line["replaced"]) == row.replaced


def test_tensorboard_reads_the_event_files(store: RunStore, run_id: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(written(store, run_id, "tensorboard", tmp_path)) as archive:
        assert all(name.startswith(f"{run_id}/events.out") for name in archive.namelist())
        archive.extractall(tmp_path / "logs")
    events = EventAccumulator(str(tmp_path / "logs" / run_id), {"histograms": 0, "scalars": 0})
    events.Reload()
    log = store.metrics(run_id)[1]
    for tag, field in (("loss/train", "train_loss"), ("accuracy/test", "test_accuracy")):
        scalars = events.Scalars(tag)
        assert [one.step for one in scalars] == [row.epoch for row in log]
        assert [one.value for one in scalars] == pytest.approx([getattr(row, field) for row in log])
    seconds = np.diff([one.wall_time for one in events.Scalars("loss/train")])
    assert seconds == pytest.approx([row.seconds for row in log[1:]], abs=1e-3)
    histograms = events.Histograms("degrees/layer_1/in")
    assert [one.step for one in histograms] == [0, 2, 4]
    for one in histograms:
        degrees = degrees_of(store.snapshot(run_id, one.step).layers[0], "in")
        value = one.histogram_value
        assert (value.num, value.sum, value.max) == (len(degrees), degrees.sum(), degrees.max())


def test_figures_of_a_loop_of_ones_own_are_there(tmp_path: Path) -> None:
    store = RunStore(tmp_path / "runs")
    with Recorder(SparseLinear(30, 20, epsilon=2), "mine", store=store) as recorder:
        recorder.epoch(train_loss=0.5, gradient=3.0)
    run_id = recorder.run_id
    (line,) = table(written(store, run_id, "metrics", tmp_path))
    assert (line["train_loss"], line["test_loss"], line["gradient"]) == ("0.5", "", "3.0")


def test_what_cannot_be_taken_out_is_said(store: RunStore, run_id: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    with pytest.raises(RunExportError, match=r"epoch is 3; 3 are recorded of run .* from 0 to 4"):
        write_export(store, run_id, "npz", path, epoch=3)
    with pytest.raises(RunExportError, match="kind is 'pdf'; it must be one of bundle, npz"):
        write_export(store, run_id, "pdf", path)
    for kind in EXPORTS:
        with pytest.raises(RunNotFoundError):
            write_export(store, "nobody", kind, path)
    assert not path.exists()
