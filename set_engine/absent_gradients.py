"""Where the gradient of a truly sparse layer is largest among the connections it does not have."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from set_engine.places import Places

_BLOCK_ENTRIES = 2**20
# Below every magnitude: what is present is never chosen, what is absent always a candidate.
_PRESENT = -1.0


def largest_absent(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    n_inputs: int,
    x: NDArray[Any],
    slopes: NDArray[Any],
    count: int,
    *,
    block_rows: int | None = None,
) -> Places:
    """The `count` absent connections with the largest |gradient|: RigL's growth (Evci et al. 2020).

    The dense gradient, slopes · xᵀ, is made in blocks of rows, each thinned out before the next: of
    it there is never more than one block in memory, beside a few arrays of as many or of `count`
    entries. Of equal magnitudes the lower place is taken; NaN counts as 0.

    Args:
        indptr: (n_outputs + 1,) CSR wiring of what is present; all else is absent.
        indices: (n_connections,) its input neurons.
        n_inputs: input neurons.
        x: (n_inputs, batch) floating activations, feature-major.
        slopes: (n_outputs, batch) gradient with respect to the layer's output, dtype of `x`.
        count: how many places, at least 0.
        block_rows: rows of a block; as many as make 2^20 entries, at least one, if None.

    Returns:
        (count,) ascending places.

    Raises:
        ValueError: if the shapes do not fit, `count` is negative or above the number of absent
            places, or `block_rows` is below 1.

    >>> x, slopes = np.array([[1.0], [-3.0], [2.0]]), np.array([[1.0], [10.0]])
    >>> largest_absent(np.array([0, 0, 1]), np.array([1]), 3, x, slopes, count=2).tolist()
    [3, 5]
    """
    n_outputs = len(indptr) - 1
    _check(n_outputs * n_inputs - len(indices), n_inputs, n_outputs, x, slopes, count)
    if block_rows is None:
        block_rows = max(1, _BLOCK_ENTRIES // n_inputs)
    if block_rows < 1:
        raise ValueError(f"block_rows is {block_rows}; it must be at least 1")
    best = _Best(count, x.dtype)
    # torch's product, not numpy's: the threads of numpy's would fight the kernels for the cores.
    left, right = _tensor(slopes), _tensor(x).t()
    buffer = np.empty((min(block_rows, n_outputs), n_inputs), x.dtype)
    for start in range(0, n_outputs, block_rows):
        ends = indptr[start : start + block_rows + 1]
        block = buffer[: len(ends) - 1]
        torch.mm(left[start : start + block_rows], right, out=torch.from_numpy(block))
        _to_magnitudes(block, ends - ends[0], indices[ends[0] : ends[-1]])
        best.offer(block.ravel(), start * n_inputs)
    return best.places


def _check(
    n_absent: int, n_inputs: int, n_outputs: int, x: NDArray[Any], slopes: NDArray[Any], count: int
) -> None:
    if x.ndim != 2 or len(x) != n_inputs:
        raise ValueError(f"x has shape {x.shape}; it must be ({n_inputs}, batch)")
    if slopes.shape != (n_outputs, x.shape[1]):
        raise ValueError(f"slopes have shape {slopes.shape}; it must be {(n_outputs, x.shape[1])}")
    if not 0 <= count <= n_absent:
        raise ValueError(f"count is {count}; it must lie in [0, {n_absent}], the absent places")


def _tensor(array: NDArray[Any]) -> torch.Tensor:
    # A tensor has no read-only form and torch warns of the attempt.
    return torch.from_numpy(np.require(array, requirements=["C", "W"]))


def _to_magnitudes(
    gradient: NDArray[Any], indptr: NDArray[np.int64], indices: NDArray[np.int32]
) -> None:
    """Put |gradient| of a block in its place, and `_PRESENT` where a connection is."""
    np.abs(gradient, out=gradient)
    np.fmax(gradient, 0, out=gradient)  # of NaN and 0 it takes 0
    gradient[np.repeat(np.arange(len(gradient)), np.diff(indptr)), indices] = _PRESENT


class _Best:
    """The largest `count` of all magnitudes offered so far, by ascending place."""

    def __init__(self, count: int, dtype: np.dtype[Any]) -> None:
        self.count = count
        self.places: Places = np.empty(0, np.int64)
        self._magnitudes: NDArray[Any] = np.empty(0, dtype)
        self._threshold = _PRESENT if count > 0 else np.inf

    def offer(self, magnitudes: NDArray[Any], first_place: int) -> None:
        """Take in the magnitudes of the places that follow those offered before."""
        # Strictly above: of equal magnitudes, those taken in before have the lower places.
        above = np.flatnonzero(magnitudes > self._threshold)
        self.places = np.concatenate([self.places, above + first_place])
        self._magnitudes = np.concatenate([self._magnitudes, magnitudes[above]])
        if len(self.places) >= self.count > 0:
            self._prune()

    def _prune(self) -> None:
        smallest = len(self.places) - self.count
        self._threshold = np.partition(self._magnitudes, smallest)[smallest]
        kept = self._magnitudes > self._threshold
        ties = np.flatnonzero(self._magnitudes == self._threshold)
        kept[ties[: self.count - np.count_nonzero(kept)]] = True
        self.places, self._magnitudes = self.places[kept], self._magnitudes[kept]
