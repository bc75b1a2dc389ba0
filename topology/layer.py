"""One bipartite layer of a sparse network."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import scipy.sparse as sp

# SciPy is imported where it is used: it loads for a fifth of a second, and training goes without.


@dataclass(frozen=True, eq=False)
class LayerTopology:
    """The connections of one layer, in CSR form with one row per OUTPUT neuron.

    Row `o` lists, in ascending order, the inputs that output neuron `o` listens to, as the rows of
    `torch.nn.Linear.weight` do. The arrays are read-only copies: what a reader holds never changes.

    Args:
        indptr: (n_outputs + 1,) integers, stored as int64; row `o` is
            `indices[indptr[o]:indptr[o + 1]]`.
        indices: (n_connections,) integers in [0, n_inputs), stored as int32; strictly ascending
            within a row.
        n_inputs: number of input neurons, at least 1.
        n_outputs: number of output neurons, at least 1.
        weights: None, or (n_connections,) finite numbers in the order of `indices`, stored as
            float32.

    Raises:
        ValueError: if the arrays do not describe such a layer; the message quotes what is wrong.

    >>> layer = LayerTopology([0, 2, 3], [0, 2, 1], n_inputs=3, n_outputs=2)
    >>> layer.in_degrees.tolist(), layer.out_degrees.tolist(), layer.density
    ([2, 1], [1, 1, 1], 0.5)
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    n_inputs: int
    n_outputs: int
    weights: NDArray[np.float32] | None = None

    def __init__(
        self,
        indptr: ArrayLike,
        indices: ArrayLike,
        n_inputs: int,
        n_outputs: int,
        weights: ArrayLike | None = None,
    ) -> None:
        set_field = object.__setattr__
        set_field(self, "n_inputs", int(n_inputs))
        set_field(self, "n_outputs", int(n_outputs))
        for name in ("n_inputs", "n_outputs"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; a layer needs at least 1")
        set_field(self, "indptr", _frozen_integers("indptr", indptr, np.int64))
        set_field(self, "indices", _frozen_integers("indices", indices, np.int32))
        _check_rows(self.indptr, self.indices, self.n_inputs, self.n_outputs)
        if weights is not None:
            set_field(self, "weights", _frozen_weights(weights, len(self.indices)))
        else:
            set_field(self, "weights", None)

    @classmethod
    def full(cls, n_inputs: int, n_outputs: int, weights: ArrayLike | None = None) -> LayerTopology:
        """The layer that has every connection, with (n_outputs * n_inputs,) weights or none.

        Raises:
            ValueError: as the constructor does.

        >>> LayerTopology.full(2, 3).indices.tolist()
        [0, 1, 0, 1, 0, 1]
        """
        if weights is not None and np.size(weights) != n_inputs * n_outputs:
            raise ValueError(
                f"there are {np.size(weights)} weights; a full layer of {n_inputs} inputs and "
                f"{n_outputs} outputs has {n_inputs * n_outputs}"
            )
        every_row = np.arange(n_outputs + 1, dtype=np.int64) * n_inputs
        every_input = np.tile(np.arange(n_inputs, dtype=np.int32), n_outputs)
        return cls(every_row, every_input, n_inputs, n_outputs, weights)

    @property
    def n_connections(self) -> int:
        """Number of connections."""
        return len(self.indices)

    @property
    def is_full(self) -> bool:
        """Whether every connection exists."""
        return self.n_connections == self.n_inputs * self.n_outputs

    @property
    def density(self) -> float:
        """Connections present over connections possible, in [0, 1]."""
        return self.n_connections / (self.n_inputs * self.n_outputs)

    @cached_property
    def in_degrees(self) -> NDArray[np.int64]:
        """(n_outputs,) int64: how many inputs each output neuron listens to."""
        return _read_only(np.diff(self.indptr))

    @cached_property
    def out_degrees(self) -> NDArray[np.int64]:
        """(n_inputs,) int64: how many output neurons each input neuron feeds."""
        return _read_only(np.bincount(self.indices, minlength=self.n_inputs).astype(np.int64))

    @property
    def targets(self) -> NDArray[np.int64]:
        """(n_connections,) int64: the output neuron of each connection, ascending; a new array."""
        return np.repeat(np.arange(self.n_outputs, dtype=np.int64), self.in_degrees)

    @cached_property
    def digest(self) -> str:
        """Hexadecimal digest of shape, connections and weights: equal exactly for equal layers."""
        content = hashlib.blake2b(f"{self.n_outputs}x{self.n_inputs}".encode(), digest_size=16)
        content.update(self.indptr.tobytes())
        content.update(self.indices.tobytes())
        if self.weights is not None:
            content.update(b"weights" + self.weights.tobytes())
        return content.hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LayerTopology) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        # Through the constructor, so that the arrays are read-only in another process too.
        arguments = (self.indptr, self.indices, self.n_inputs, self.n_outputs, self.weights)
        return (type(self), arguments)

    def to_scipy(self) -> sp.csr_array[Any]:
        """A new (n_outputs, n_inputs) CSR array of the weights, or of float64 ones without them."""
        import scipy.sparse as sp

        values = np.ones(self.n_connections) if self.weights is None else self.weights.copy()
        shape = (self.n_outputs, self.n_inputs)
        return sp.csr_array((values, self.indices.copy(), self.indptr.copy()), shape=shape)

    @classmethod
    def from_scipy(cls, matrix: Any) -> LayerTopology:
        """The layer of an (n_outputs, n_inputs) SciPy sparse matrix; stored zeros are connections.

        >>> import scipy.sparse as sp
        >>> LayerTopology.from_scipy(sp.csr_array([[0.5, 0.0, -1.0]])).indices.tolist()
        [0, 2]
        """
        import scipy.sparse as sp

        # A copy: sum_duplicates sorts in place what a CSR matrix would share.
        rows = sp.csr_array(matrix, copy=True)
        rows.sum_duplicates()
        return cls(rows.indptr, rows.indices, rows.shape[1], rows.shape[0], rows.data)


def _frozen_integers(name: str, values: ArrayLike, dtype: type) -> NDArray[Any]:
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{name} has shape {array.shape}; it must be one-dimensional")
    if array.size and array.dtype.kind not in "iu":
        raise ValueError(f"{name} has dtype {array.dtype}; it must hold integers")
    for extreme in (array.min(), array.max()) if array.size else ():
        if not np.iinfo(dtype).min <= extreme <= np.iinfo(dtype).max:
            raise ValueError(f"{name} holds {extreme}, too large for {np.dtype(dtype).name}")
    return _read_only(array.astype(dtype, copy=True))


def _frozen_weights(values: ArrayLike, n_connections: int) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # refused below as infinite
        weights = np.array(values, dtype=np.float32)
    if weights.shape != (n_connections,):
        raise ValueError(
            f"weights have shape {weights.shape}; {n_connections} connections need "
            f"({n_connections},)"
        )
    if not np.isfinite(weights).all():
        worst = weights[~np.isfinite(weights)][0]
        raise ValueError(f"weights hold {worst}; every weight must be finite")
    return _read_only(weights)


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array


def _check_rows(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], n_inputs: int, n_outputs: int
) -> None:
    if len(indptr) != n_outputs + 1:
        raise ValueError(
            f"indptr has {len(indptr)} entries; {n_outputs} output neurons need {n_outputs + 1}"
        )
    if indptr[0] != 0 or indptr[-1] != len(indices):
        raise ValueError(
            f"indptr runs from {indptr[0]} to {indptr[-1]}; it must run from 0 to "
            f"{len(indices)}, the number of indices"
        )
    if (np.diff(indptr) < 0).any():
        raise ValueError("indptr decreases; it must never")
    if len(indices) == 0:
        return
    if indices.min() < 0 or indices.max() >= n_inputs:
        bad = indices.min() if indices.min() < 0 else indices.max()
        raise ValueError(f"indices hold {bad}; they must lie in [0, {n_inputs - 1}]")
    ascends = np.diff(indices) > 0
    row_starts = indptr[1:-1]
    ascends[row_starts[(row_starts > 0) & (row_starts < len(indices))] - 1] = True
    if not ascends.all():
        place = int(np.argmin(ascends)) + 1
        row = int(np.searchsorted(indptr, place, side="right")) - 1
        raise ValueError(
            f"row {row} holds {indices[place]} after {indices[place - 1]}; the inputs of a "
            "neuron must be strictly ascending"
        )
