"""The promise of the first click: with the default settings, hubs grow."""

from __future__ import annotations

from set_engine import Observer, TrainingConfig, train
from topology import LayerTopology, TopologySnapshot


class Wirings(Observer):
    def __init__(self) -> None:
        self.by_epoch: dict[int, TopologySnapshot] = {}

    def snapshot(self, snapshot: TopologySnapshot) -> None:
        self.by_epoch[snapshot.epoch] = snapshot


def dispersion(layer: LayerTopology) -> float:
    return float(layer.in_degrees.var() / layer.in_degrees.mean())


def test_hubs_grow_with_the_default_settings_before_anything_is_only_removed() -> None:
    wirings = Wirings()
    train(TrainingConfig(), observer=wirings)
    start, *_, before_removal, _end = wirings.by_epoch.values()
    assert before_removal.n_connections == start.n_connections
    for first, last in list(zip(start.layers, before_removal.layers, strict=True))[:3]:
        assert 0.7 < dispersion(first) < 1.3
        assert dispersion(last) > 2.5
        assert last.in_degrees.max() > 1.5 * first.in_degrees.max()
    assert before_removal.metrics["test_accuracy"] > 0.94
