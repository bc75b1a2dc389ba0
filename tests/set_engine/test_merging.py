from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from set_engine.merging import absent_of_ranks, merge_grown, sort_ranks

numbers = st.lists(st.integers(0, 2**62), max_size=50)
places = st.sets(st.integers(0, 60)).map(sorted)


@given(numbers)
def test_ranks_are_sorted_and_the_given_ones_stay(given_ranks):
    ranks = np.array(given_ranks, np.int64)
    before = ranks.copy()
    assert sort_ranks(ranks).tolist() == sorted(given_ranks)
    assert (ranks == before).all()


def test_many_ranks():
    ranks = np.random.default_rng(0).integers(0, 10**11, 100_000)
    assert (sort_ranks(ranks) == np.sort(ranks)).all()


@given(places, st.sets(st.integers(0, 40)).map(sorted))
def test_absent_numbers_by_their_rank(taken, ranks):
    absent = [number for number in range(200) if number not in taken]
    found = absent_of_ranks(np.array(taken, np.int64), np.array(ranks, np.int64))
    assert found.tolist() == [absent[rank] for rank in ranks]


@given(places, places, st.integers(0, 2**32))
def test_kept_and_grown_together(before, others, seed):
    kept = np.random.default_rng(seed).random(len(before)) < 0.5
    stay = [place for place, stays in zip(before, kept, strict=True) if stays]
    grown = [place for place in others if place not in stay]
    merged, origins = merge_grown(np.array(before, np.int64), kept, np.array(grown, np.int64))
    assert merged.tolist() == sorted(stay + grown)
    for place, origin in zip(merged.tolist(), origins.tolist(), strict=True):
        assert (origin < 0) == (place in grown)
        assert origin < 0 or before[origin] == place
