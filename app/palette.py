"""The colours of the figures.

Each has a contrast of at least 3 : 1 against the light and the dark background, and any two of the
first six stay apart for readers with protanopia, deuteranopia or tritanopia. Neutral lines differ
by dash as well.
"""

from __future__ import annotations

BLUE = "#1E6AD8"
ORANGE = "#D17E3D"
TEAL = "#16A28C"
VIOLET = "#A77FE4"
OLIVE = "#6C6A11"
MAGENTA = "#AD3C76"
GREY = "#85919E"
UMBER = "#8A7763"

LAYER_COLORS = (BLUE, ORANGE, TEAL, VIOLET, OLIVE)
"""Layers 1, 2, …; the same colours are the theme's `chartCategoricalColors`."""

DASHES = ("solid", "dash", "dot", "dashdot")
"""Of lines of one colour."""

MOST_NAMES = 12
"""In the legend of many lines: more would take their place, and the pointer says them anyway."""

START = GREY
"""The wiring of epoch 0, before the first rewiring."""
START_DASH = "dot"

BASELINE = UMBER
"""What random wiring of the same size gives."""
BASELINE_DASH = "dash"

FIT = MAGENTA
"""A fitted power law."""

A = BLUE
B = ORANGE
"""The two networks of a comparison."""


# The middle is next to nothing on either background: light and dark pages show through.
DIVERGING = ((0.0, BLUE), (0.5, "rgba(128, 128, 128, 0.15)"), (1.0, ORANGE))
"""A scale around a middle: blue below it, orange above."""

SEQUENTIAL = ((0.0, BLUE), (0.5, "#2FA59A"), (1.0, "#F3D34A"))
"""From little to much: ever lighter, for colour-blind readers too; seen on either background."""


def layer_color(index: int) -> str:
    """The colour of the layer at `index`, counted from 0.

    >>> layer_color(0) == layer_color(len(LAYER_COLORS)) == BLUE
    True
    """
    return LAYER_COLORS[index % len(LAYER_COLORS)]
