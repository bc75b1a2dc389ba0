from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from set_engine.rewiring import Rewiring


def _of(places: list[int], kept: list[bool], grown: list[int]) -> Rewiring:
    arrays = np.array(places, np.int64), np.array(kept, np.bool_), np.array(grown, np.int64)
    return Rewiring.of(*arrays)


@st.composite
def _changes(draw):
    """Places of a small layer, those that are kept, and others where none of these is."""
    places = sorted(draw(st.sets(st.integers(0, 40))))
    kept = [draw(st.booleans()) for _ in places]
    survivors = {place for place, stays in zip(places, kept, strict=True) if stays}
    grown = sorted(draw(st.sets(st.integers(0, 40))) - survivors)
    return places, kept, grown


@pytest.mark.parametrize(
    ("places", "kept", "grown", "expected", "origins"),
    [
        ([1, 4, 6], [1, 0, 1], [2], [1, 2, 6], [0, -1, 2]),
        ([1, 4, 6], [1, 0, 1], [4], [1, 4, 6], [0, -1, 2]),  # back where one was dropped: new
        ([1, 4, 6], [0, 0, 0], [0, 9], [0, 9], [-1, -1]),
        ([1, 4, 6], [1, 1, 1], [], [1, 4, 6], [0, 1, 2]),
        ([1, 4, 6], [0, 1, 0], [], [4], [1]),
        ([], [], [3], [3], [-1]),
        ([], [], [], [], []),
    ],
)
def test_by_hand(places, kept, grown, expected, origins):
    change = _of(places, kept, grown)
    assert change.places.tolist() == expected
    assert change.origins.tolist() == origins
    assert change.is_new.tolist() == [origin < 0 for origin in origins]


@given(_changes())
def test_ascending_places_whose_origins_stood_there(change):
    places, kept, grown = change
    rewiring = _of(*change)
    assert (np.diff(rewiring.places) > 0).all()
    assert len(rewiring.places) == len(rewiring.origins) == sum(kept) + len(grown)
    old = ~rewiring.is_new
    assert (np.array(places, np.int64)[rewiring.origins[old]] == rewiring.places[old]).all()
    assert rewiring.places[~old].tolist() == grown


@given(_changes())
def test_against_a_dictionary(change):
    places, kept, grown = change
    rewiring = _of(*change)
    origin_of = {place: index for index, place in enumerate(places) if kept[index]}
    origin_of |= dict.fromkeys(grown, -1)
    found = dict(zip(rewiring.places.tolist(), rewiring.origins.tolist(), strict=True))
    assert found == origin_of
