"""The palette keeps the promises of its docstring."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from app import palette

CONFIG = tomllib.loads((Path(palette.__file__).parent / ".streamlit/config.toml").read_text())
COLORS = (*palette.LAYER_COLORS, palette.MAGENTA, palette.GREY, palette.UMBER)


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("color", COLORS)
def test_every_color_stands_out_from_both_backgrounds(color: str, theme: str) -> None:
    assert contrast(color, CONFIG["theme"][theme]["backgroundColor"]) >= 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_and_the_primary_button_are_readable(theme: str) -> None:
    colors = CONFIG["theme"][theme]
    assert contrast(colors["textColor"], colors["backgroundColor"]) >= 7
    assert contrast("#FFFFFF", colors["primaryColor"]) >= 4.5


def test_the_theme_has_the_colors_of_the_palette() -> None:
    expected = [*palette.LAYER_COLORS, palette.MAGENTA]
    assert CONFIG["theme"]["chartCategoricalColors"] == expected


def test_the_server_listens_on_this_machine_only_and_stays_protected() -> None:
    server = CONFIG["server"]
    assert server["address"] == "127.0.0.1"
    assert server["enableCORS"] is True
    assert server["enableXsrfProtection"] is True
