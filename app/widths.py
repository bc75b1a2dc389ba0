"""Widths of hidden layers, as typed."""

from __future__ import annotations


def parse_widths(text: str) -> tuple[int | str, ...]:
    """Numbers between commas; what is no whole number stays as typed, for an error to quote.

    >>> parse_widths("256, 128"), parse_widths("256, many"), parse_widths("")
    ((256, 128), (256, 'many'), ())
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return tuple(int(part) if part.lstrip("-").isdecimal() else part for part in parts)
