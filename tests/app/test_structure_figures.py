"""Measures beside random networks, where these all agree."""

from __future__ import annotations

import math

import numpy as np
from plotly_figures import checked

from analysis import NullComparison, compare_with_null
from app.null_rows import NullRow
from app.structure_figures import deviation_figure


def row(value: float, null: list[float]) -> NullRow:
    found: NullComparison = compare_with_null(value, null)
    return NullRow("layer 1", f"measure of {value}", found)


def test_what_no_random_network_has_is_an_arrow_at_the_border() -> None:
    rows = [row(17, [18] * 40), row(19, [18] * 40), row(18, [18] * 40), row(30, [9, 11] * 20)]
    assert [one.found.z for one in rows[:3]] == [-math.inf, math.inf, 0]
    (drawn,) = checked(deviation_figure(rows)).data
    left, right, middle, circle = np.sinh(drawn.x)
    assert middle == 0
    assert left == -right
    assert right > circle > 15
    assert list(drawn.marker.symbol) == ["triangle-left", "triangle-right", "circle", "circle"]
    assert [one.cells()[3] for one in rows[:3]] == ["-∞", "+∞", "0"]
