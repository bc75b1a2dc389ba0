"""All measures at once are those of each alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from analysis import (
    degree_distribution,
    layer_motifs,
    layer_structure,
    network_evidence,
    network_paths,
    neural_persistence,
    scale_free_evidence,
)
from topology import LayerTopology, TopologySnapshot


def network(seed: int = 0, widths=(20, 40, 30, 5), *, weights: bool = True) -> TopologySnapshot:
    rng, layers = np.random.default_rng(seed), []
    for n_inputs, n_outputs in pairwise(widths):
        matrix = rng.random((n_outputs, n_inputs)) < 0.2
        rows, columns = np.nonzero(matrix)
        values = rng.normal(size=len(rows)) if weights else None
        starts = np.searchsorted(rows, np.arange(n_outputs + 1))
        layers.append(LayerTopology(starts, columns, n_inputs, n_outputs, values))
    return TopologySnapshot(tuple(layers), epoch=3)


def evidence_of(snapshot: TopologySnapshot, **options):
    usual = {"samples": 8, "bootstrap": 20, "rng": np.random.default_rng(0)}
    return network_evidence(snapshot, **(usual | options))


def test_each_measure_is_the_one_alone():
    snapshot = network()
    found = evidence_of(snapshot)
    assert (found.epoch, found.null, found.samples) == (3, "degrees", 8)
    assert [layer.name for layer in found.layers] == ["layer 1", "layer 2", "layer 3"]
    for one, layer in zip(found.layers, snapshot.layers, strict=True):
        sizes = (one.n_inputs, one.n_outputs, one.n_connections)
        assert sizes == (layer.n_inputs, layer.n_outputs, layer.n_connections)
        assert one.motifs.motifs == layer_motifs(layer)
        assert one.structure.structure == layer_structure(layer)
        assert one.persistence == neural_persistence(layer)
        assert one.incoming.degrees == degree_distribution(layer.in_degrees)
        assert one.outgoing.degrees == degree_distribution(layer.out_degrees)
        fit = scale_free_evidence(layer.in_degrees, bootstrap=1).fit
        assert one.incoming.scale_free.fit.alpha == fit.alpha
        assert one.motifs.four_cycles.n == one.structure.modularity.n == 8
    assert found.paths.paths == network_paths(snapshot)
    assert [layer.degree_correlation is None for layer in found.layers] == [False, False, True]


def test_equal_seeds_give_equal_evidence_whatever_the_cores(on_cores):
    one, three = on_cores(lambda: evidence_of(network()))
    assert one == three
    assert one != evidence_of(network(), rng=np.random.default_rng(1))


def test_refuses_a_sample_without_an_error_also_where_there_are_no_paths():
    first, second = network(1).layers[0], network(2).layers[1]
    with pytest.raises(ValueError, match="most_sources is 1; it must be at least 2"):
        evidence_of(TopologySnapshot((second, first)), most_sources=1)


def test_progress_counts_the_random_networks():
    heard = []
    evidence_of(network(), progress=heard.append)
    assert heard == list(range(1, 9))


def test_layers_that_are_no_chain_are_measured_one_by_one():
    first, second = network(1).layers[0], network(2).layers[1]
    gap = TopologySnapshot((second, first))
    assert not gap.is_chain
    found = evidence_of(gap)
    assert found.paths is None
    assert [layer.degree_correlation for layer in found.layers] == [None, None]
    assert found.layers[1].motifs.motifs == layer_motifs(first)


class TestDegenerate:
    def test_a_full_layer_is_all_its_null_has(self):
        (found,) = evidence_of(TopologySnapshot((LayerTopology.full(6, 5),))).layers
        assert found.motifs.four_cycles.z == found.structure.nestedness.z == 0
        assert found.motifs.four_cycles.p_value == 1
        assert found.incoming.scale_free is None
        assert "equal 6; a power law needs at least two" in found.incoming.no_tail
        assert found.persistence is None

    def test_one_neuron(self):
        (found,) = evidence_of(TopologySnapshot((LayerTopology([0, 1], [0], 1, 1),))).layers
        assert found.motifs.four_cycles.value == 0
        assert found.structure.modularity.value == 0
        assert found.incoming.no_tail

    def test_few_neurons_in_the_tail(self):
        layer = network(3, widths=(9, 8)).layers[0]
        (found,) = evidence_of(TopologySnapshot((layer,))).layers
        for side in (found.incoming, found.outgoing):
            assert (side.scale_free is None) == bool(side.no_tail)
            if side.scale_free is not None:
                assert side.scale_free.category in ("none", "super-weak", "weakest")
                assert np.isfinite(side.scale_free.fit.alpha)

    def test_an_empty_layer_is_refused_by_name(self):
        snapshot = TopologySnapshot((LayerTopology([0, 0], [], 3, 1),), names=("fc1",))
        with pytest.raises(ValueError, match="'fc1' has no connections"):
            evidence_of(snapshot)
