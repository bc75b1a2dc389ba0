"""Many random wirings: what they keep, that they are random, and that cores change nothing."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import layer_structure, map_null
from topology import LayerTopology, TopologySnapshot


def random_layer(seed: int, n_inputs: int = 12, n_outputs: int = 10) -> LayerTopology:
    matrix = np.random.default_rng(seed).random((n_outputs, n_inputs)) < 0.3
    rows, columns = np.nonzero(matrix)
    return LayerTopology(
        np.searchsorted(rows, np.arange(n_outputs + 1)), columns, n_inputs, n_outputs
    )


def drawn(wiring, samples=20, seed=0, **options):
    return map_null(lambda one: one, wiring, samples, rng=np.random.default_rng(seed), **options)


def test_degrees_are_kept_or_only_their_sum():
    layer = random_layer(0)
    for one in drawn(layer):
        assert np.array_equal(one.in_degrees, layer.in_degrees)
        assert np.array_equal(one.out_degrees, layer.out_degrees)
    by_density = drawn(layer, null="density")
    assert {one.n_connections for one in by_density} == {layer.n_connections}
    assert any(not np.array_equal(one.in_degrees, layer.in_degrees) for one in by_density)


@pytest.mark.parametrize("null", ["degrees", "density"])
def test_samples_differ_and_equal_seeds_give_equal_ones(null):
    layer = random_layer(1)
    digests = [one.digest for one in drawn(layer, null=null)]
    assert len(set(digests)) == 20
    assert layer.digest not in digests
    assert digests == [one.digest for one in drawn(layer, null=null)]
    assert digests != [one.digest for one in drawn(layer, null=null, seed=1)]


def test_every_layer_of_a_network_is_drawn():
    network = TopologySnapshot((random_layer(2), random_layer(3, 10, 8)), epoch=7)
    for one in drawn(network, samples=5):
        assert one.epoch == 7
        for layer, origin in zip(one.layers, network.layers, strict=True):
            assert np.array_equal(layer.in_degrees, origin.in_degrees)
            assert layer != origin


def test_cores_change_nothing(on_cores):
    one, three = on_cores(
        lambda: map_null(layer_structure, random_layer(0), 9, rng=np.random.default_rng(0))
    )
    assert one == three
    assert len({each.modularity for each in one}) > 1


def test_progress_counts_every_sample():
    heard = []
    drawn(random_layer(0), samples=6, progress=heard.append)
    assert heard == [1, 2, 3, 4, 5, 6]


def test_an_error_of_the_measure_comes_through():
    def fails(layer):
        raise RuntimeError(f"no measure of {layer.n_inputs}")

    with pytest.raises(RuntimeError, match="no measure of 12"):
        map_null(fails, random_layer(0), 3, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"samples": 1}, "samples is 1; it must be at least 2"),
        ({"null": "small world"}, "null is 'small world'; it must be one of degrees, density"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(ValueError, match=message):
        drawn(random_layer(0), **options)


def test_refuses_an_empty_layer():
    with pytest.raises(ValueError, match="no connections"):
        drawn(LayerTopology([0, 0], [], 1, 1))
