"""How long an epoch lasts, from which the time left is reckoned."""

from __future__ import annotations

import pytest

from app.run_header import epoch_seconds
from set_engine import EpochMetrics


def lasting(*seconds: float) -> list[EpochMetrics]:
    return [
        EpochMetrics(epoch=epoch, step=epoch, seconds=lasted, n_connections=2, replaced=0)
        for epoch, lasted in enumerate(seconds, start=1)
    ]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ((), None),
        ((3.0,), None),  # most of it may have gone into compiling kernels
        ((3.0, 0.02), 0.02),
        ((600.0,), 600.0),
        ((600.0, 590.0, 580.0), 585.0),
        ((3.0, *[1.0] * 10, *[2.0] * 20), 2.0),
    ],
)
def test_the_first_epoch_counts_only_if_it_is_long_and_alone(
    seconds: tuple[float, ...], expected: float | None
) -> None:
    assert epoch_seconds(lasting(*seconds)) == expected
