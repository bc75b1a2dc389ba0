"""Paths and distances against brute force and networkx."""

from __future__ import annotations

from itertools import pairwise, product

import networkx as nx
import numpy as np
import pytest

from analysis import active_neurons, distances, flow
from analysis.layered_graph import LayeredGraph
from topology import LayerTopology, TopologySnapshot


def random_network(seed: int) -> TopologySnapshot:
    rng = np.random.default_rng(seed)
    widths = rng.integers(1, 9, rng.integers(2, 5))
    layers = []
    for n_inputs, n_outputs in pairwise(widths):
        rows, columns = np.nonzero(rng.random((n_outputs, n_inputs)) < rng.uniform(0.1, 0.7))
        starts = np.searchsorted(rows, np.arange(n_outputs + 1))
        layers.append(LayerTopology(starts, columns, n_inputs, n_outputs))
    return TopologySnapshot(tuple(layers))


def digraph_of(snapshot: TopologySnapshot) -> nx.DiGraph:
    graph = nx.DiGraph()
    for depth, width in enumerate(snapshot.widths):
        graph.add_nodes_from((depth, neuron) for neuron in range(width))
    for depth, layer in enumerate(snapshot.layers):
        for output, begin in enumerate(layer.indptr[:-1]):
            for place in layer.indices[begin : layer.indptr[output + 1]].tolist():
                graph.add_edge((depth, place), (depth + 1, output))
    return graph


def ends(snapshot: TopologySnapshot) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    last = len(snapshot.layers)
    inputs, outputs = range(snapshot.widths[0]), range(snapshot.widths[-1])
    return [((0, i), (last, o)) for i, o in product(inputs, outputs)]


@pytest.mark.parametrize("seed", range(40))
def test_flow_by_brute_force(seed):
    snapshot = random_network(seed)
    graph, found = digraph_of(snapshot), flow(snapshot)
    paths = [path for a, b in ends(snapshot) for path in nx.all_simple_paths(graph, a, b)]
    assert found.n_paths == len(paths)
    on_a_path = {neuron for path in paths for neuron in path}
    assert found.active.tolist() == [
        sum(depth == at for at, _ in on_a_path) for depth in range(len(snapshot.widths))
    ]
    assert found.active.tolist() == active_neurons(snapshot).tolist()
    assert found.active_share == pytest.approx(len(on_a_path) / snapshot.n_neurons)
    pairs = [nx.has_path(graph, a, b) for a, b in ends(snapshot)]
    assert found.reachable == pytest.approx(np.mean(pairs))
    assert found.reachable_error == 0


@pytest.mark.parametrize("seed", range(40))
def test_distances_as_networkx_has_them(seed):
    snapshot = random_network(seed)
    graph, found = digraph_of(snapshot).to_undirected(), distances(snapshot)
    lengths = [
        length
        for source, reached in nx.all_pairs_shortest_path_length(graph)
        for target, length in reached.items()
        if target != source
    ]
    n = graph.number_of_nodes()
    assert found.mean == pytest.approx(np.mean(lengths) if lengths else 0)
    assert found.largest == max(lengths, default=0)
    assert found.connected == pytest.approx(len(lengths) / (n * (n - 1)))
    assert (found.sources, found.mean_error) == (n, 0)


def wide_network() -> TopologySnapshot:
    rng, layers = np.random.default_rng(0), []
    for n_inputs, n_outputs, count in ((400, 300, 900), (300, 200, 700)):
        places = np.sort(rng.choice(n_inputs * n_outputs, count, replace=False))
        starts = np.searchsorted(places, np.arange(n_outputs + 1) * n_inputs)
        layers.append(LayerTopology(starts, places % n_inputs, n_inputs, n_outputs))
    return TopologySnapshot(tuple(layers))


def test_samples_are_as_wrong_as_they_say():
    snapshot = wide_network()
    exact_flow, exact_distances = flow(snapshot), distances(snapshot)
    scores = []
    for seed in range(60):
        some = flow(snapshot, most_inputs=80, seed=seed)
        scores.append((some.reachable - exact_flow.reachable) / some.reachable_error)
        near = distances(snapshot, most_sources=80, seed=seed)
        scores.append((near.mean - exact_distances.mean) / near.mean_error)
        assert near.sources == 80
        assert near.largest <= exact_distances.largest
    assert 0.75 < np.std(scores) < 1.3
    assert max(map(abs, scores)) < 4.5


def test_more_samples_than_neurons_are_all():
    snapshot = random_network(1)
    assert flow(snapshot, most_inputs=1000) == flow(snapshot)
    assert distances(snapshot, most_sources=1000) == distances(snapshot)


class TestRefusals:
    def test_no_chain(self):
        layer = LayerTopology([0, 1], [0], 2, 1)
        for measure in (flow, distances, active_neurons):
            with pytest.raises(ValueError, match="layer 1 has 1 outputs, but layer 2 has 2 inputs"):
                measure(TopologySnapshot((layer, layer)))

    def test_too_few_samples(self):
        snapshot = random_network(0)
        with pytest.raises(ValueError, match="most_inputs is 1; it must be at least 2"):
            flow(snapshot, most_inputs=1)
        with pytest.raises(ValueError, match="most_sources is 0; it must be at least 2"):
            distances(snapshot, most_sources=0)


def test_a_network_without_connections():
    snapshot = TopologySnapshot((LayerTopology([0, 0], [], 2, 1),))
    found = flow(snapshot)
    assert (found.active.tolist(), found.n_paths, found.reachable) == ([0, 0], 0, 0)
    apart = distances(snapshot)
    assert (apart.mean, apart.largest, apart.connected) == (0, 0, 0)


def test_neighbours_are_those_of_both_sides():
    snapshot = random_network(7)
    graph, theirs = LayeredGraph.of(snapshot), digraph_of(snapshot).to_undirected()
    for depth, neuron in theirs:
        number = graph.starts[depth] + neuron
        found = graph.neighbours[graph.indptr[number] : graph.indptr[number + 1]]
        expected = sorted(graph.starts[at] + other for at, other in theirs[(depth, neuron)])
        assert found.tolist() == expected
