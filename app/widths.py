"""Widths of hidden layers, as typed."""

from __future__ import annotations

import re

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")


def parse_widths(text: str) -> tuple[int | str, ...]:
    """Numbers between commas; what is no whole number stays as typed, for an error to quote.

    >>> parse_widths("256, 128"), parse_widths("--5, many"), parse_widths("")
    ((256, 128), ('--5', 'many'), ())
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return tuple(int(part) if _WHOLE_NUMBER.fullmatch(part) else part for part in parts)
