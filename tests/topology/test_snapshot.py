from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError

import pytest

from topology import LayerTopology, TopologySnapshot

FIRST = LayerTopology([0, 1, 3], [0, 0, 2], n_inputs=3, n_outputs=2, weights=[1, 2, 3])
SECOND = LayerTopology([0, 1, 1, 2, 2], [0, 1], n_inputs=2, n_outputs=4)


class TestWhatItSays:
    def test_worked_by_hand(self):
        snapshot = TopologySnapshot(layers=(FIRST, SECOND), epoch=3, step=40, metrics={"loss": 0.5})
        assert snapshot.widths == (3, 2, 4)
        assert (snapshot.n_inputs, snapshot.n_neurons, snapshot.n_connections) == (3, 9, 5)
        assert (snapshot.epoch, snapshot.step, dict(snapshot.metrics)) == (3, 40, {"loss": 0.5})

    def test_starts_at_epoch_0_without_metrics(self):
        snapshot = TopologySnapshot((FIRST,))
        assert (snapshot.epoch, snapshot.step, dict(snapshot.metrics)) == (0, 0, {})

    def test_names_are_numbers_unless_given(self):
        assert TopologySnapshot((FIRST, SECOND)).names == ("layer 1", "layer 2")
        assert TopologySnapshot((FIRST, SECOND), names=["fc1", "fc2"]).names == ("fc1", "fc2")


class TestChain:
    @pytest.mark.parametrize("layers", [(FIRST,), (FIRST, SECOND), (SECOND,)])
    def test_layers_that_follow_each_other(self, layers):
        snapshot = TopologySnapshot(layers)
        assert snapshot.is_chain
        assert snapshot.gap == ""

    @pytest.mark.parametrize(
        ("layers", "gap"),
        [
            ((FIRST, SECOND, FIRST), "b has 4 outputs, but c has 3 inputs"),
            ((SECOND, SECOND, FIRST), "a has 4 outputs, but b has 2 inputs"),
        ],
    )
    def test_layers_that_do_not(self, layers, gap):
        snapshot = TopologySnapshot(layers, names=("a", "b", "c"))
        assert not snapshot.is_chain
        assert snapshot.gap == gap
        assert snapshot.n_connections == sum(len(layer.indices) for layer in layers)

    @pytest.mark.parametrize("name", ["widths", "n_inputs", "n_neurons"])
    def test_what_needs_a_chain_says_so(self, name):
        snapshot = TopologySnapshot((SECOND, SECOND))
        with pytest.raises(ValueError, match="layer 1 has 4 outputs, but layer 2 has 2 inputs; on"):
            getattr(snapshot, name)


class TestRefuses:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (((),), "at least one layer; it was given none"),
            (((FIRST,), -1), "epoch is -1; it must be at least 0"),
            (((FIRST,), 0, -5), "step is -5; it must be at least 0"),
            (((FIRST,), 0, 0, {}, ("a", "b")), "there are 2 names; 1 layers need 1"),
            (((FIRST, SECOND), 0, 0, {}, ("a",)), "there are 1 names; 2 layers need 2"),
            (((FIRST, SECOND), 0, 0, {}, ("a", "a")), "two layers are named 'a'"),
            (((FIRST, SECOND), 0, 0, {}, ("a", "")), r"names are \('a', ''\); each must be a text"),
            (((FIRST, SECOND), 0, 0, {}, "ab"), "names are 'ab'; each must be a text"),
        ],
    )
    def test_what_is_no_network(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            TopologySnapshot(*arguments)


class TestNeverChanges:
    @pytest.mark.parametrize("journey", [lambda x: x, lambda x: pickle.loads(pickle.dumps(x))])
    def test_is_read_only(self, journey):
        snapshot = journey(TopologySnapshot((FIRST, SECOND), metrics={"loss": 0.5}))
        with pytest.raises(TypeError, match="does not support item assignment"):
            snapshot.metrics["loss"] = 0.0
        with pytest.raises(FrozenInstanceError):
            snapshot.epoch = 9
        with pytest.raises(ValueError, match="read-only"):
            snapshot.layers[0].indices[0] = 1

    def test_is_a_copy(self):
        layers, metrics, names = [FIRST], {"loss": 0.5}, ["fc"]
        snapshot = TopologySnapshot(layers, metrics=metrics, names=names)
        layers.append(SECOND)
        metrics["loss"] = 9.0
        names[0] = "other"
        assert snapshot.names == ("fc",)
        assert snapshot.layers == (FIRST,)
        assert dict(snapshot.metrics) == {"loss": 0.5}


class TestIdentity:
    def test_equal_content_is_equal(self):
        one, same = (
            TopologySnapshot((FIRST, SECOND), 1, 2, {"loss": 0.5}, ("a", "b")) for _ in range(2)
        )
        assert one == same
        assert hash(one) == hash(same)
        assert pickle.loads(pickle.dumps(one)) == one

    @pytest.mark.parametrize(
        "other",
        [
            TopologySnapshot((FIRST, SECOND), 2, 2, {"loss": 0.5}),
            TopologySnapshot((FIRST, SECOND), 1, 3, {"loss": 0.5}),
            TopologySnapshot((FIRST, SECOND), 1, 2, {"loss": 0.6}),
            TopologySnapshot((FIRST, SECOND), 1, 2, {"gain": 0.5}),
            TopologySnapshot((FIRST,), 1, 2, {"loss": 0.5}),
            TopologySnapshot((FIRST, SECOND), 1, 2, {"loss": 0.5}, ("a", "b")),
        ],
    )
    def test_any_difference_shows(self, other):
        assert TopologySnapshot((FIRST, SECOND), 1, 2, {"loss": 0.5}) != other

    def test_digest_is_that_of_the_layers_alone(self):
        early = TopologySnapshot((FIRST, SECOND), 1, 2, {"loss": 0.5})
        late = TopologySnapshot((FIRST, SECOND), 7, 9, names=("a", "b"))
        assert early.digest == late.digest

    def test_digest_follows_every_layer_and_their_order(self):
        square = LayerTopology([0, 1, 1], [0], 2, 2)
        other = LayerTopology([0, 0, 1], [0], 2, 2)
        networks = [(square,), (square, other), (other, square), (square, square)]
        digests = {TopologySnapshot(layers).digest for layers in networks}
        assert len(digests) == 4
