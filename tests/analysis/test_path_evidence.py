"""Paths against their null."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from analysis import distances, flow, network_paths, path_evidence
from topology import LayerTopology, TopologySnapshot


def layer_of(matrix: np.ndarray) -> LayerTopology:
    return LayerTopology.from_scipy(csr_array(matrix))


def random_network(rng: np.random.Generator, density: float = 0.08) -> TopologySnapshot:
    return TopologySnapshot(
        tuple(layer_of(rng.random((30, 30)) < density) for _ in range(3)), epoch=4
    )


def parted(rng: np.random.Generator) -> TopologySnapshot:
    """Three networks of ten neurons a layer that hardly touch."""
    blocks = np.kron(np.eye(3), np.ones((10, 10))) * 0.4 + 0.003
    return TopologySnapshot(tuple(layer_of(rng.random((30, 30)) < blocks) for _ in range(3)))


def test_values_are_those_of_the_measures():
    network = random_network(np.random.default_rng(0))
    found = path_evidence(network, 5, most_sources=None, rng=np.random.default_rng(0))
    assert found.paths == network_paths(network, most_sources=None)
    assert found.paths.flow == flow(network)
    assert found.paths.distances == distances(network)
    assert found.log_paths.value == pytest.approx(np.log10(flow(network).n_paths))
    assert found.reachable.value == flow(network).reachable
    assert found.active_share.value == flow(network).active_share
    assert found.mean_distance.value == distances(network).mean


def test_random_networks_are_no_surprise():
    rng = np.random.default_rng(1)
    scores = [
        path_evidence(random_network(rng), 30, most_sources=None, rng=rng).reachable.z
        for _ in range(20)
    ]
    assert abs(np.mean(scores)) < 4 / np.sqrt(20)
    assert 0.5 < np.std(scores) < 1.6


def test_parts_that_hardly_touch_are_seen():
    rng = np.random.default_rng(2)
    found = path_evidence(parted(rng), 40, most_sources=None, rng=rng)
    assert found.reachable.z < -5
    assert found.mean_distance.z > 3
    assert found.reachable.p_value == pytest.approx(2 / 41)


def test_the_density_alone_explains_less_than_the_degrees():
    # All connections of the middle layer are at five of its neurons: the other null has more.
    middle = np.zeros((30, 30), bool)
    middle[:5] = True
    rng = np.random.default_rng(3)
    ends = [layer_of(rng.random((30, 30)) < 0.1) for _ in range(2)]
    network = TopologySnapshot((ends[0], layer_of(middle), ends[1]))
    by_degrees = path_evidence(network, 20, most_sources=None, rng=rng)
    by_density = path_evidence(network, 20, null="density", most_sources=None, rng=rng)
    assert abs(by_degrees.active_share.z) < 4
    assert by_density.active_share.z < -4


def test_a_sample_of_the_sources_is_near():
    network = random_network(np.random.default_rng(4), density=0.15)
    exact, sampled = (network_paths(network, most_sources=most) for most in (None, 60))
    assert exact.distances.mean_error == 0
    gap = abs(sampled.distances.mean - exact.distances.mean)
    assert 0 < gap < 4 * sampled.distances.mean_error


class TestDegenerate:
    def test_no_path_at_all(self):
        first = layer_of(np.array([[True, False], [False, False]]))
        second = layer_of(np.array([[False, True], [False, True]]))
        found = path_evidence(TopologySnapshot((first, second)), 5, rng=np.random.default_rng(0))
        assert found.log_paths.value == -1
        assert (found.reachable.value, found.active_share.value) == (0, 0)
        assert np.isfinite(found.mean_distance.value)

    def test_refusals(self):
        gap = TopologySnapshot((LayerTopology.full(3, 4), LayerTopology.full(5, 2)))
        with pytest.raises(ValueError, match="only a chain"):
            path_evidence(gap, 5, rng=np.random.default_rng(0))
        chain = TopologySnapshot((LayerTopology.full(3, 4),))
        with pytest.raises(ValueError, match="most_sources is 1; it must be at least 2"):
            network_paths(chain, most_sources=1)
