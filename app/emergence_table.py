"""The measures of a run by epoch as CSV: a line for each layer of each recorded epoch."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

from analysis import EpochMeasures, LayerMeasures, SideMeasures

_SIDES = {"in": "incoming", "out": "outgoing"}
_OF_LAYER = [field.name for field in fields(LayerMeasures) if field.name not in _SIDES.values()]
_OF_SIDE = [field.name for field in fields(SideMeasures)]

HEADINGS = (
    "run",
    "epoch",
    "layer",
    *_OF_LAYER,
    *(f"{side}_{name}" for side in _SIDES for name in _OF_SIDE),
    "active_share",
)
"""Of the columns; those of a side of a layer begin with `in_` or `out_`."""


class ForeignTableError(ValueError):
    """A file to be continued is no such table, or that of another run."""


HEADING = ",".join(HEADINGS) + "\n"
"""The first line."""


def as_csv(run_id: str, rows: Iterable[EpochMeasures]) -> str:
    """The lines of some epochs; a measure that has no meaning is an empty field.

    >>> as_csv("20260101-120000-abcd", [])
    ''
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        for number, layer in enumerate(row.layers, start=1):
            writer.writerow(
                [
                    run_id,
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


class WholeEpochs(NamedTuple):
    """What of a table stands, where it is to be continued.

    Attributes:
        last: its last epoch with a line for every layer; -1 if there is none.
        n_bytes: of the file up to there; what follows was cut off while it was written.
    """

    last: int
    n_bytes: int


def whole_epochs(path: Path, run_id: str, n_layers: int) -> WholeEpochs:
    """Read the table of a run of `n_layers` layers, an empty file included.

    Raises:
        ForeignTableError: if the file is another table, or that of another run.
        OSError: if it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ForeignTableError(f"{path} is no table of emergence; it is no text") from error
    if not text:
        return WholeEpochs(-1, 0)
    heading, *lines = text.splitlines(keepends=True)
    if heading != HEADING:
        raise ForeignTableError(f"{path} is no table of emergence; its columns are others")
    whole = WholeEpochs(-1, len(heading))
    n_bytes, expected = whole.n_bytes, 1
    for line in lines:
        run, epoch, layer = [*line.split(",", 3), "", "", ""][:3]
        if not line.endswith("\n"):
            break
        if run != run_id:
            raise ForeignTableError(f"{path} is the table of run {run!r}, not of {run_id!r}")
        if not epoch.isdigit() or layer != str(expected):
            raise ForeignTableError(
                f"{path} has {layer!r} of epoch {epoch!r} where layer {expected} is due"
            )
        n_bytes += len(line.encode())
        expected = expected % n_layers + 1
        if expected == 1:
            whole = WholeEpochs(int(epoch), n_bytes)
    return whole


def _field(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.10g}"
