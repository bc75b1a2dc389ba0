"""The measures of a run by epoch as CSV: a line for each layer of each recorded epoch."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from analysis import EpochMeasures, LayerMeasures, SideMeasures

_SIDES = {"in": "incoming", "out": "outgoing"}
_OF_LAYER = [field.name for field in fields(LayerMeasures) if field.name not in _SIDES.values()]
_OF_SIDE = [field.name for field in fields(SideMeasures)]

HEADINGS = (
    "epoch",
    "layer",
    *_OF_LAYER,
    *(f"{side}_{name}" for side in _SIDES for name in _OF_SIDE),
    "active_share",
)
"""Of the columns; those of a side of a layer begin with `in_` or `out_`."""


class ForeignTableError(ValueError):
    """A file to be continued is no such table."""


def as_csv(rows: Iterable[EpochMeasures], *, heading: bool = True) -> str:
    """The lines of some epochs; a measure that has no meaning is an empty field.

    >>> as_csv([]).startswith("epoch,layer,n_connections,four_cycles")
    True
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if heading:
        writer.writerow(HEADINGS)
    for row in rows:
        for number, layer in enumerate(row.layers, start=1):
            writer.writerow(
                [
                    row.epoch,
                    number,
                    *(_field(getattr(layer, name)) for name in _OF_LAYER),
                    *(
                        _field(getattr(getattr(layer, record), name))
                        for record in _SIDES.values()
                        for name in _OF_SIDE
                    ),
                    _field(row.active_share),
                ]
            )
    return text.getvalue()


def last_epoch(path: Path) -> int:
    """The last epoch of a table, where it is to be continued; -1 if it has none.

    Raises:
        ForeignTableError: if the file is another table, or ends within a line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ForeignTableError(f"{path} is no table of emergence; it is no text") from error
    lines = list(csv.reader(text.splitlines()))
    if not lines or tuple(lines[0]) != HEADINGS:
        raise ForeignTableError(f"{path} is no table of emergence; its columns are others")
    if not text.endswith("\n") or len(lines[-1]) != len(HEADINGS):
        raise ForeignTableError(f"{path} ends within a line; remove the file to begin anew")
    if len(lines) == 1:
        return -1
    if not lines[-1][0].isdigit():
        raise ForeignTableError(f"{path} has no epoch in its last line, but {lines[-1][0]!r}")
    return int(lines[-1][0])


def _field(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.10g}"
