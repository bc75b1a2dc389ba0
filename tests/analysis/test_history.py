"""Connections through time, beside plain sets."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import ConnectionHistory, hub_stability
from topology import LayerTopology


def layer_of(connections: set[tuple[int, int]], n_inputs: int, n_outputs: int) -> LayerTopology:
    places = sorted(connections)
    rows = [row for row, _ in places]
    starts = np.searchsorted(rows, np.arange(n_outputs + 1)) if rows else [0] * (n_outputs + 1)
    return LayerTopology(starts, [column for _, column in places], n_inputs, n_outputs)


def of_degrees(degrees: list[int]) -> LayerTopology:
    indices = [column for degree in degrees for column in range(degree)]
    return LayerTopology(np.cumsum([0, *degrees]), indices, max(degrees), len(degrees))


@pytest.mark.parametrize("seed", range(10))
def test_turnover_as_sets_have_it(seed):
    rng = np.random.default_rng(seed)
    n_inputs, n_outputs = rng.integers(2, 9, 2).tolist()
    every = [(o, i) for o in range(n_outputs) for i in range(n_inputs)]

    def draw() -> set[tuple[int, int]]:
        return {place for place in every if rng.random() < 0.4}

    now = draw()
    history, ever = ConnectionHistory(layer_of(now, n_inputs, n_outputs), 0), set(now)
    born = dict.fromkeys(now, 0)
    for epoch in (1, 2, 5, 9):
        then, now = now, draw()
        ever |= now
        born = {place: born.get(place, epoch) for place in now}
        found = history.append(layer_of(now, n_inputs, n_outputs), epoch)
        assert (found.kept, found.dropped, found.grown) == (
            len(now & then),
            len(then - now),
            len(now - then),
        )
        assert found.rate == pytest.approx(len(then - now) / len(then) if then else 0)
        ages = [epoch - born[place] for place in sorted(now)]
        assert history.ages.tolist() == ages
        assert found.mean_age == pytest.approx(np.mean(ages) if ages else 0)
        assert found.explored == pytest.approx(len(ever) / len(every))


def test_a_history_goes_forward_and_keeps_its_shape():
    history = ConnectionHistory(layer_of({(0, 0)}, 2, 3), epoch=4)
    with pytest.raises(ValueError, match="epoch is 4; it must be later than 4"):
        history.append(layer_of({(0, 0)}, 2, 3), epoch=4)
    with pytest.raises(ValueError, match="3 inputs and 3 outputs; before it had 2 and 3"):
        history.append(layer_of({(0, 0)}, 3, 3), epoch=5)


class TestHubs:
    def test_those_that_stay(self):
        before = of_degrees([50] * 2 + [3] * 198)
        assert hub_stability(before, before, "in").overlap == 1
        after = of_degrees([50, 3, 50] + [3] * 197)
        found = hub_stability(before, after, "in")
        assert (found.hubs, found.overlap, found.by_chance) == (2, 0.5, 0.01)

    def test_equal_degrees_share_the_places(self):
        even = of_degrees([4] * 200)
        found = hub_stability(even, even, "in")
        # Two hubs' places among 200 neurons: each counts for a hundredth of a hub, twice.
        assert found.overlap == pytest.approx(found.by_chance)
        assert found.spearman == 0

    def test_ranks(self):
        rising, falling = of_degrees([1, 2, 3, 4, 5]), of_degrees([5, 4, 3, 2, 1])
        assert hub_stability(rising, rising, "in").spearman == pytest.approx(1)
        assert hub_stability(rising, falling, "in").spearman == pytest.approx(-1)
        assert hub_stability(rising, falling, "in").overlap == 0

    def test_the_other_side(self):
        one, other = layer_of({(0, 0), (1, 0)}, 2, 2), layer_of({(0, 1), (1, 1)}, 2, 2)
        assert hub_stability(one, one, "out").overlap == 1
        assert hub_stability(one, other, "out").overlap == 0

    def test_different_layers(self):
        with pytest.raises(ValueError, match="2 and 3 neurons"):
            hub_stability(of_degrees([1, 1]), of_degrees([1, 1, 1]), "in")
