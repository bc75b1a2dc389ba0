"""Pictures of a wiring say what its connections are."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from plotly_figures import checked

from app.adjacency import BlockDensity, adjacency_figure
from app.hubs import hubs_of
from app.node_link import NodeLink, node_link_figure
from topology import LayerTopology, TopologySnapshot


def random_layer(n_inputs: int, n_outputs: int, density: float, seed: int) -> LayerTopology:
    rng = np.random.default_rng(seed)
    return layer_of(rng.random((n_outputs, n_inputs)) < density, rng)


def layer_of(matrix: np.ndarray, rng: np.random.Generator | None = None) -> LayerTopology:
    rows, columns = np.nonzero(matrix)
    starts = np.concatenate([[0], np.cumsum(matrix.sum(1))])
    weights = None if rng is None else rng.normal(size=len(rows)).astype(np.float32)
    return LayerTopology(starts, columns, matrix.shape[1], matrix.shape[0], weights)


@pytest.mark.parametrize(
    ("n_inputs", "n_outputs", "density"), [(5, 3, 0.5), (64, 40, 0.1), (300, 500, 0.3)]
)
def test_the_blocks_hold_every_connection(n_inputs: int, n_outputs: int, density: float) -> None:
    layer = random_layer(n_inputs, n_outputs, density, 0)
    found = BlockDensity.of(layer)
    n_rows, n_columns = found.ratio.shape
    assert max(n_rows, n_columns) <= 96
    heights, widths = (
        np.bincount(np.arange(n) * blocks // n)
        for n, blocks in ((n_outputs, n_rows), (n_inputs, n_columns))
    )
    counts = found.ratio * np.outer(heights, widths) * layer.density
    assert counts.sum() == pytest.approx(layer.n_connections, rel=1e-5)


def test_the_blocks_are_those_of_the_sorted_matrix() -> None:
    matrix = np.random.default_rng(3).random((16, 24)) < 0.3
    layer = layer_of(matrix)
    found = BlockDensity.of(layer)
    by_degree = matrix[np.argsort(-matrix.sum(1), kind="stable")]
    by_degree = by_degree[:, np.argsort(-matrix.sum(0), kind="stable")]
    assert found.ratio.shape == (8, 8)
    expected = by_degree.reshape(8, 2, 8, 3).mean((1, 3)) / matrix.mean()
    assert found.ratio == pytest.approx(expected, rel=1e-5)
    assert found.hub_share == pytest.approx(by_degree[:2, :2].sum() / matrix.sum())
    assert found.hub_places == pytest.approx(4 / matrix.size)


def test_a_layer_of_random_wiring_is_as_dense_everywhere() -> None:
    ratio = BlockDensity.of(random_layer(2000, 2000, 0.05, 1)).ratio
    assert ratio.mean() == pytest.approx(1, abs=0.01)
    assert ratio[20:-20, 20:-20].std() < 0.3


def test_an_empty_layer_is_empty() -> None:
    found = BlockDensity.of(LayerTopology([0, 0, 0], [], 4, 2))
    assert found.ratio.max() == 0
    assert found.hub_share == 0
    assert np.isnan(checked(adjacency_figure(found, "Now")).data[0].z).all()


def test_hubs_and_what_they_share() -> None:
    matrix = np.array([[1, 0, 0, 0], [1, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]])
    following = layer_of(np.array([[0, 1, 1, 0, 0], [0, 1, 0, 0, 0]]))
    layer = LayerTopology([0, 1, 4, 6, 7, 7], np.nonzero(matrix)[1], 4, 5, [1, 2, -3, 4, 5, 6, 7])
    first, second, third, fourth = hubs_of(TopologySnapshot((layer, following)), 0)
    assert [hub.neuron for hub in (first, second, third, fourth)] == [1, 2, 0, 3]
    assert (first.in_degree, first.out_degree, first.strength) == (3, 2, 9.0)
    assert (first.shared, first.nearest, first.overlap) == (1.0, 2, pytest.approx(2 / 3))
    assert (second.shared, second.nearest) == (1.0, 1)
    assert (fourth.shared, fourth.overlap) == (0.0, 0.0)
    (alone,) = hubs_of(TopologySnapshot((layer_of(matrix),)), 0, most=1)
    assert (alone.out_degree, alone.strength, alone.nearest) == (None, None, None)


def drawn_lines(found: NodeLink) -> set[tuple[int, int, int]]:
    """Layer, input neuron and output neuron of each line."""
    return {
        (index, int(found.columns[index][begin]), int(found.columns[index + 1][end]))
        for index, lines in enumerate(found.lines)
        for begin, end in lines
    }


def connections(network: TopologySnapshot) -> set[tuple[int, int, int]]:
    return {
        (index, int(source), int(target))
        for index, layer in enumerate(network.layers)
        for source, target in zip(layer.indices, layer.targets, strict=True)
    }


def test_of_a_small_network_everything_is_drawn() -> None:
    network = TopologySnapshot((random_layer(9, 7, 0.4, 0), random_layer(7, 4, 0.4, 1)))
    found = NodeLink.of(network, network)
    assert found.is_whole
    assert drawn_lines(found) == connections(network)
    figure = checked(node_link_figure(found, "All"))
    by_name = {trace.name: trace for trace in figure.data if trace.mode == "lines"}
    n_positive = sum(int((layer.weights > 0).sum()) for layer in network.layers)
    assert len(by_name["positive weight"].x) == 3 * n_positive
    n_lines = sum(len(trace.x) // 3 for trace in by_name.values())
    assert n_lines == network.n_connections


def test_of_a_large_network_the_hubs_of_now_are_drawn_at_every_epoch() -> None:
    then, now = (
        TopologySnapshot((random_layer(200, 150, 0.1, seed), random_layer(150, 90, 0.1, seed + 1)))
        for seed in (0, 5)
    )
    found = NodeLink.of(then, now)
    assert not found.is_whole
    assert all(len(column) == 28 for column in found.columns)
    middle = now.layers[0].in_degrees + now.layers[1].out_degrees
    chosen = set(found.columns[1].tolist())
    least = min(middle[list(chosen)])
    assert all(middle[neuron] <= least for neuron in set(range(150)) - chosen)
    between = {
        (index, source, target)
        for index, source, target in connections(then)
        if source in set(found.columns[index].tolist())
        and target in set(found.columns[index + 1].tolist())
    }
    assert drawn_lines(found) == between
    degrees = then.layers[0].in_degrees + then.layers[1].out_degrees
    assert found.degrees[1].tolist() == degrees[found.columns[1]].tolist()
    for one, other in itertools.pairwise(found.columns[1]):
        assert one < other, "neurons keep their order"


def test_a_weight_of_zero_is_neither_positive_nor_negative() -> None:
    layer = LayerTopology([0, 2, 4], [0, 1, 0, 1], 2, 2, [1.0, 0.0, -1.0, 0.0])
    network = TopologySnapshot((layer,))
    figure = checked(node_link_figure(NodeLink.of(network, network), "All"))
    lines = {trace.name: len(trace.x) // 3 for trace in figure.data if trace.mode == "lines"}
    assert lines == {"positive weight": 1, "negative weight": 1, "weight 0": 2}


def test_lines_without_weights_have_one_colour() -> None:
    network = TopologySnapshot((layer_of(np.eye(5, dtype=np.int64)),))
    figure = checked(node_link_figure(NodeLink.of(network, network), "All"))
    assert [trace.name for trace in figure.data if trace.mode == "lines"] == ["connection"]
