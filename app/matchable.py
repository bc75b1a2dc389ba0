"""Which networks of a comparison can be matched with each other."""

from __future__ import annotations

from collections.abc import Sequence

from analysis import IncomparableError, check_comparable
from app.compared import ComparedNetwork
from app.labels import listed


def matchable(networks: Sequence[ComparedNetwork]) -> tuple[list[ComparedNetwork], str]:
    """The most that can be matched, and a sentence on those that are left out, if any are.

    Args:
        networks: at least one.

    Returns:
        The largest part of them that can be, of equally large ones the first; one network at
        least. Whether two can be matched depends on their layers alone, so parts do not overlap.
    """
    parts: list[list[ComparedNetwork]] = []
    for one in networks:
        part = next((part for part in parts if not why_not(part[0], one)), None)
        if part is None:
            parts.append([one])
        else:
            part.append(one)
    largest = max(parts, key=len)
    left = [one for one in networks if one not in largest]
    if not left:
        return largest, ""
    names = listed([one.name for one in left])
    return (
        largest,
        f"{names} cannot be matched with {largest[0].name}: {why_not(largest[0], left[0])}",
    )


def why_not(a: ComparedNetwork, b: ComparedNetwork) -> str:
    """Why two networks cannot be matched; empty if they can."""
    try:
        check_comparable(a.snapshot, b.snapshot)
    except IncomparableError as error:
        return str(error)
    return ""
