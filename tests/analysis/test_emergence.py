"""Measures by epoch are those of each epoch, whether they are appended at once or one by one."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import (
    ConnectionHistory,
    Emergence,
    active_neurons,
    degree_distribution,
    degrees_of,
    fit_power_law,
    hub_stability,
    layer_motifs,
)
from topology import LayerTopology, TopologySnapshot

WIDTHS = ((20, 15), (15, 10))


def wiring(epoch: int) -> TopologySnapshot:
    rng, layers = np.random.default_rng(epoch), []
    for n_inputs, n_outputs in WIDTHS:
        places = np.sort(rng.choice(n_inputs * n_outputs, 40, replace=False))
        starts = np.searchsorted(places, np.arange(n_outputs + 1) * n_inputs)
        layers.append(LayerTopology(starts, places % n_inputs, n_inputs, n_outputs))
    return TopologySnapshot(tuple(layers), epoch=epoch)


COURSE = [wiring(epoch) for epoch in (0, 1, 3, 10)]


def test_every_measure_is_that_of_its_epoch() -> None:
    emergence = Emergence()
    assert emergence.extend(COURSE) == 4
    assert emergence.epochs.tolist() == [0, 1, 3, 10]
    for index in range(2):
        history = ConnectionHistory(COURSE[0].layers[index], 0)
        for place, snapshot in enumerate(COURSE):
            layer, row = snapshot.layers[index], emergence.rows[place].layers[index]
            motifs = layer_motifs(layer)
            assert (row.n_connections, row.four_cycles) == (40, motifs.four_cycles)
            assert row.robins_alexander == motifs.robins_alexander
            for side, found in (("in", row.incoming), ("out", row.outgoing)):
                summary = degree_distribution(degrees_of(layer, side))
                fit = fit_power_law(degrees_of(layer, side))
                assert found.variance_to_mean == summary.variance_to_mean
                assert (found.gini, found.top_share) == (summary.gini, summary.top_share)
                assert (found.largest, found.dead) == (summary.largest, summary.n_zero)
                assert (found.alpha, found.xmin, found.ks) == (fit.alpha, fit.xmin, fit.ks)
                if place:
                    stability = hub_stability(COURSE[place - 1].layers[index], layer, side)
                    assert found.hub_overlap == stability.overlap
            if place:
                change = history.append(layer, snapshot.epoch)
                assert (row.turnover, row.mean_age) == (change.rate, change.mean_age)
                assert row.explored == change.explored
    shares = [row.active_share for row in emergence.rows]
    assert shares == [active_neurons(one).sum() / 45 for one in COURSE]


def test_what_has_no_meaning_is_nan() -> None:
    emergence = Emergence()
    emergence.extend(COURSE)
    for measure in ("turnover", "mean_age", "explored"):
        assert np.isnan(emergence.of_layer(0, measure)).tolist() == [True, False, False, False]
    assert np.isnan(emergence.of_side(0, "out", "hub_overlap")).tolist() == [True] + [False] * 3
    assert np.isnan(emergence.of_layer(1, "degree_correlation")).all()
    layer = COURSE[2].layers
    expected = np.corrcoef(layer[0].in_degrees, layer[1].out_degrees)[0, 1]
    assert emergence.of_layer(0, "degree_correlation")[2] == pytest.approx(expected)


def test_appending_gives_what_all_at_once_gives() -> None:
    whole, piece = Emergence(), Emergence()
    whole.extend(COURSE)
    for end in range(1, 5):
        assert piece.extend(COURSE[:end]) == 1  # those measured before are left out
    # By their text, in which a NaN equals itself and every other number only itself.
    assert list(map(repr, piece.rows)) == list(map(repr, whole.rows))


def test_layers_that_are_no_chain_and_empty_ones() -> None:
    empty = LayerTopology([0, 0, 0], [], 4, 2)
    emergence = Emergence()
    emergence.extend([TopologySnapshot((empty, empty), epoch=epoch) for epoch in (0, 1)])
    row = emergence.rows[1]
    assert np.isnan(row.active_share)
    assert np.isnan(row.layers[0].incoming.alpha)
    assert (row.layers[0].turnover, row.layers[0].incoming.dead) == (0, 2)


class TestRefusals:
    def test_another_network(self) -> None:
        emergence = Emergence()
        emergence.extend(COURSE[:1])
        with pytest.raises(ValueError, match="there are 1 layers at epoch 5; before there were 2"):
            emergence.extend([TopologySnapshot(COURSE[0].layers[:1], epoch=5)])

    def test_an_unknown_measure(self) -> None:
        emergence = Emergence()
        with pytest.raises(ValueError, match="measure is 'gini'; it must be one of n_connections"):
            emergence.of_layer(0, "gini")
        with pytest.raises(ValueError, match="measure is 'age'; it must be one of variance_to"):
            emergence.of_side(0, "in", "age")
