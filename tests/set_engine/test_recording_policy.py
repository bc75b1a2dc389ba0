from __future__ import annotations

import pytest

from set_engine.recording_policy import is_recorded


def _recorded(until: int, every: int | None = None, *, changes: bool = True) -> list[int]:
    return [epoch for epoch in range(until + 1) if is_recorded(epoch, every, changes=changes)]


def test_all_at_first_then_ever_fewer():
    assert _recorded(64) == list(range(65))
    assert [epoch for epoch in _recorded(128) if epoch > 64] == list(range(66, 129, 2))
    assert [epoch for epoch in _recorded(256) if epoch > 128] == list(range(132, 257, 4))
    assert [epoch for epoch in _recorded(512) if epoch > 256] == list(range(264, 513, 8))


@pytest.mark.parametrize("doublings", [1, 2, 5, 10])
def test_each_doubling_adds_32(doublings):
    assert len(_recorded(64 * 2**doublings)) == 65 + 32 * doublings


def test_the_default_number_of_epochs():
    # 65 to epoch 64, four doublings to 1,024, and 14 at a distance of 32 up to 1,472.
    assert len(_recorded(1500)) == 65 + 4 * 32 + 14


@pytest.mark.parametrize("every", [1, 2, 7, 1000])
def test_at_an_even_distance(every):
    assert _recorded(3000, every) == list(range(0, 3001, every))


def test_a_wiring_that_never_changes_is_recorded_at_powers_of_two():
    assert _recorded(1500, changes=False) == [0, *(2**power for power in range(11))]


@pytest.mark.parametrize("every", [1, 7, 1000])
def test_a_distance_that_is_asked_for_holds_for_it_too(every):
    assert _recorded(3000, every, changes=False) == list(range(0, 3001, every))
