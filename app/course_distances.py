"""How far a run goes from its start, and from one recorded epoch to the next, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis import distances_of_pairs
from set_engine import RunStore

_PIECE = 16  # epochs that are measured in one go


@dataclass(frozen=True)
class Piece:
    """Some recorded epochs in a row, and the two that they are measured from.

    Attributes:
        start: the first epoch of the run.
        before: the one before the first of these.
        epochs: these.
    """

    start: int
    before: int
    epochs: tuple[int, ...]


@dataclass(frozen=True)
class CourseDistances:
    """NNSTD of each layer by epoch, ties broken by structure.

    Attributes:
        epochs: (n,) int64.
        from_start: (n, n_layers) float32.
        from_previous: (n, n_layers) float32, from the epoch recorded before.
    """

    epochs: NDArray[np.int64]
    from_start: NDArray[np.float32]
    from_previous: NDArray[np.float32]


def pieces(recorded: tuple[int, ...], *, is_growing: bool) -> Iterator[Piece]:
    """What is to be measured of a run; the last piece of one that goes on waits until it is whole.

    >>> [piece.epochs for piece in pieces((0, 1, 2), is_growing=False)]
    [(1, 2)]
    >>> list(pieces((0, 1, 2), is_growing=True))
    []
    """
    for begin in range(1, len(recorded), _PIECE):
        epochs = recorded[begin : begin + _PIECE]
        if len(epochs) == _PIECE or not is_growing:
            yield Piece(recorded[0], recorded[begin - 1], epochs)


def measure(root: Path, run_id: str, piece: Piece) -> CourseDistances:
    """Read the wirings of a piece, and measure them.

    Raises:
        RunNotFoundError: if one is not recorded any more.
        TopologyFileError: if one is damaged.
        IncomparableError: if the layers are no chain.
    """
    store = RunStore(root)
    start, before = (store.snapshot(run_id, epoch) for epoch in (piece.start, piece.before))
    pairs = []
    for epoch in piece.epochs:
        now = store.snapshot(run_id, epoch)
        pairs += [(start, now), (before, now)]
        before = now
    # One core, for the training has the others.
    found = distances_of_pairs(pairs, "structural", restarts=1, n_jobs=1).astype(np.float32)
    return CourseDistances(np.array(piece.epochs, np.int64), found[::2], found[1::2])


def together(measured: Sequence[CourseDistances]) -> CourseDistances:
    """Pieces of one course, at least one, as one."""
    return CourseDistances(
        np.concatenate([one.epochs for one in measured]),
        np.concatenate([one.from_start for one in measured]),
        np.concatenate([one.from_previous for one in measured]),
    )
