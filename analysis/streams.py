"""Random numbers inside kernels that run in parallel.

NumPy's generators cannot be used by several threads of a kernel, and numba's own are one for each
thread, so that results would depend on who computes what. A stream is one 64-bit counter, hashed
(splitmix64; Steele, Lea & Flood 2014); every sample has its own.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


def new_streams(count: int, rng: np.random.Generator) -> NDArray[np.uint64]:
    """(count, 1) streams, one for each sample."""
    return rng.integers(2**64, size=(count, 1), dtype=np.uint64)


@numba.njit(nogil=True, cache=True, inline="always")  # type: ignore[untyped-decorator]
def mixed(bits: np.uint64) -> np.uint64:
    """A hash of 64 bits: the last step of splitmix64."""
    bits = (bits ^ (bits >> _30)) * _FIRST
    bits = (bits ^ (bits >> _27)) * _SECOND
    return bits ^ (bits >> _31)


@numba.njit(nogil=True, cache=True, inline="always")  # type: ignore[untyped-decorator]
def uniform(stream: NDArray[np.uint64]) -> float:
    """The next number of a (1,) stream, in [0, 1)."""
    stream[0] += _STEP
    return float(mixed(stream[0]) >> _11) * 2.0**-53


@numba.njit(nogil=True, cache=True, inline="always")  # type: ignore[untyped-decorator]
def below(stream: NDArray[np.uint64], bound: int) -> int:
    """The next whole number of a stream in [0, bound); `bound` is far below 2^53."""
    return int(uniform(stream) * bound)


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def shuffle(values: NDArray[np.int64], stream: NDArray[np.uint64]) -> None:
    """Put the values in random order, in place (Fisher & Yates)."""
    for place in range(len(values) - 1, 0, -1):
        swapped = below(stream, place + 1)
        values[place], values[swapped] = values[swapped], values[place]
