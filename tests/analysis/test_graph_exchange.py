"""Graphs for other programs: read back, they have the same neurons and connections."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from analysis import (
    evolution_to_networkx,
    to_networkx,
    write_edge_list,
    write_gexf,
    write_graphml,
)
from topology import LayerTopology, TopologySnapshot


def network(seed: int, epoch: int = 0, *, weighted: bool = True) -> TopologySnapshot:
    rng, layers = np.random.default_rng(seed), []
    for n_inputs, n_outputs in pairwise((6, 5, 4, 3)):
        rows, columns = np.nonzero(rng.random((n_outputs, n_inputs)) < 0.4)
        starts = np.searchsorted(rows, np.arange(n_outputs + 1))
        weights = rng.normal(size=len(columns)) if weighted else None
        layers.append(LayerTopology(starts, columns, n_inputs, n_outputs, weights))
    return TopologySnapshot(tuple(layers), epoch=epoch)


def connections(snapshot: TopologySnapshot) -> dict[tuple[str, str], float | None]:
    found: dict[tuple[str, str], float | None] = {}
    for depth, layer in enumerate(snapshot.layers, 1):
        for output in range(layer.n_outputs):
            for place in range(layer.indptr[output], layer.indptr[output + 1]):
                weight = None if layer.weights is None else float(layer.weights[place])
                found[f"{depth - 1}:{layer.indices[place]}", f"{depth}:{output}"] = weight
    return found


@pytest.mark.parametrize("weighted", [True, False])
def test_nodes_and_edges_are_neurons_and_connections(weighted: bool) -> None:
    snapshot = network(0, epoch=7, weighted=weighted)
    graph = to_networkx(snapshot)
    assert graph.graph["epoch"] == 7
    assert graph.number_of_nodes() == snapshot.n_neurons == 18
    assert {(a, b): w for a, b, w in graph.edges(data="weight")} == connections(snapshot)
    for name, data in graph.nodes(data=True):
        assert name == f"{data['layer']}:{data['index']}"
        assert (data["in_degree"], data["out_degree"]) == (
            graph.in_degree(name),
            graph.out_degree(name),
        )
    assert all(data["layer"] == int(b.split(":")[0]) for _, b, data in graph.edges(data=True))


def test_graphml_is_read_by_networkx(tmp_path: Path) -> None:
    snapshot = network(1)
    write_graphml(snapshot, tmp_path / "network.graphml")
    graph = nx.read_graphml(tmp_path / "network.graphml")
    assert {(a, b): w for a, b, w in graph.edges(data="weight")} == connections(snapshot)
    assert dict(graph.nodes(data=True)) == dict(to_networkx(snapshot).nodes(data=True))


def test_gexf_of_one_wiring_is_read_by_networkx(tmp_path: Path) -> None:
    snapshot = network(2)
    write_gexf([snapshot], tmp_path / "network.gexf")
    graph = nx.read_gexf(tmp_path / "network.gexf")
    found = {(a, b): w for a, b, w in graph.edges(data="weight")}
    assert found == pytest.approx(connections(snapshot))
    assert graph.nodes["1:2"]["in_degree"] == int(snapshot.layers[0].in_degrees[2])


def test_gexf_of_a_course_has_the_lifetimes(tmp_path: Path) -> None:
    course = [network(seed, epoch) for seed, epoch in ((3, 0), (4, 2), (3, 5), (5, 9))]
    write_gexf(course, tmp_path / "course.gexf")
    assert 'mode="dynamic"' in (tmp_path / "course.gexf").read_text(encoding="utf-8")
    graph = nx.read_gexf(tmp_path / "course.gexf")
    at = {snapshot.epoch: set(connections(snapshot)) for snapshot in course}
    assert set(graph.edges) == set.union(*at.values())
    for a, b, data in graph.edges(data=True):
        for epoch, present in at.items():
            alive = any(start <= epoch < end for start, end in data["spells"])
            assert alive == ((a, b) in present)


def test_a_list_of_edges(tmp_path: Path) -> None:
    for weighted in (True, False):
        snapshot = network(6, weighted=weighted)
        write_edge_list(snapshot, tmp_path / "edges.csv")
        with (tmp_path / "edges.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        found = {
            (f"{int(row['layer']) - 1}:{row['input']}", f"{row['layer']}:{row['output']}"): (
                float(row["weight"]) if weighted else None
            )
            for row in rows
        }
        assert found == connections(snapshot)


class TestRefusals:
    def test_a_course_goes_forward_and_is_of_one_network(self) -> None:
        with pytest.raises(ValueError, match="no snapshots"):
            evolution_to_networkx([])
        with pytest.raises(ValueError, match="epoch 3 follows epoch 3; they must ascend"):
            evolution_to_networkx([network(0, 3), network(1, 3)])
        other = TopologySnapshot((LayerTopology([0, 1], [0], 6, 1),), epoch=4)
        with pytest.raises(ValueError, match="they must be of one network"):
            evolution_to_networkx([network(0, 3), other])

    def test_what_stood_there_is_kept(self, tmp_path: Path) -> None:
        layer = LayerTopology([0, 1], [0], 2, 1)
        target = tmp_path / "old.graphml"
        target.write_text("old")
        with pytest.raises(ValueError, match="only a chain of layers"):
            write_graphml(TopologySnapshot((layer, layer)), target)
        assert target.read_text() == "old"
