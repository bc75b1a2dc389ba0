"""Networks that others saved as named arrays, dense or sparse: state dicts, or .npz files."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from topology.archive import DAMAGE, TopologyFileError
from topology.imported import Imported
from topology.layer import LayerTopology
from topology.snapshot import TopologySnapshot

Rows = Literal["outputs", "inputs"]
"""What the rows of a dense matrix stand for: output neurons, as in torch, or inputs."""

# The parts of a sparse matrix in CSR form: of setscope's own layers, and of torch's tensors.
_SPARSE = (("indptr", "indices", "weight"), ("crow_indices", "col_indices", "values"))
_MASKS = ("weight_mask", "mask")
_WEIGHTS = ("weight", "weight_orig")


@dataclass(frozen=True)
class _Arrays:
    """The arrays of a file: their shapes, and how to read one."""

    shapes: Mapping[str, tuple[int, ...]]
    read: Callable[[str], NDArray[Any]]


def import_arrays(
    path: str | Path,
    *,
    threshold: float = 0.0,
    layers: Sequence[str] = (),
    rows: Rows | None = None,
    n_inputs: int | None = None,
) -> Imported:
    """Read a .safetensors file, such as a state dict of torch, or an .npz file of arrays.

    A layer is a matrix; a matrix with a mask of its shape (`….weight_mask`, as pruning in torch has
    it, or `….mask`); or three arrays in CSR form with a row for each output (`….indptr`,
    `….indices`, `….weight`, as setscope's `SparseLinear` has them, or `….crow_indices`,
    `….col_indices`, `….values`).
    Other arrays, biases and convolutions for instance, are left out. Never unpickles anything.

    Args:
        path: of the file.
        threshold: at least 0; numbers of a matrix without mask are connections if they are further
            from 0 than this.
        layers: names of the layers, in order, such as `("fc1", "fc2")`; all there are, in the order
            of their names and the numbers in them, if empty.
        rows: of dense matrices; if None, outputs, unless only inputs make a chain.
        n_inputs: of a first layer in CSR form, whose file does not say it: otherwise as many as
            connections need. Later ones have as many inputs as the layer before has outputs.

    Raises:
        FileNotFoundError: if there is no such file.
        TopologyFileError: if it is no such file, has no layer or not the named ones, or an array is
            damaged.
        ValueError: if `threshold` is below 0 or no number, or another argument is out of range.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "net.npz"
    >>> np.savez(file, fc1=np.array([[0.5, 0.01, -2.0]]), fc2=np.array([[1.0], [0.0]]))
    >>> imported = import_arrays(file, threshold=0.1)
    >>> [layer.indices.tolist() for layer in imported.snapshot.layers]
    [[0, 2], [0]]
    """
    check_threshold(threshold)
    if rows not in (None, *get_args(Rows)):
        raise ValueError(f"rows is {rows!r}; it must be 'outputs' or 'inputs'")
    if n_inputs is not None and n_inputs < 1:
        raise ValueError(f"n_inputs is {n_inputs}; it must be at least 1")
    path = Path(path)
    try:
        with _opened(path) as arrays:
            return _imported(arrays, threshold, layers, rows, n_inputs)
    except FileNotFoundError:
        raise
    except DAMAGE as error:
        raise TopologyFileError(f"{path} cannot be read as layers: {error}") from error


def check_threshold(threshold: float) -> None:
    """Refuse, by a ValueError, what is below 0 or no number.

    >>> check_threshold(0.5)
    """
    if not threshold >= 0:
        raise ValueError(f"threshold is {threshold}; it must be a number of at least 0")


@contextmanager
def _opened(path: Path) -> Iterator[_Arrays]:
    if path.suffix == ".safetensors":
        with _opened_safetensors(path) as arrays:
            yield arrays
        return
    # Opened here: numpy leaves the file open when it is no archive.
    with path.open("rb") as file:
        if not zipfile.is_zipfile(file):
            raise ValueError("it is no .npz archive")
        file.seek(0)
        archive = np.load(file, allow_pickle=False)
        found = {name: _read(archive, name) for name in archive.files}
        yield _Arrays({name: array.shape for name, array in found.items()}, found.__getitem__)


def _read(archive: Any, name: str) -> NDArray[Any]:
    try:
        return np.asarray(archive[name])
    except ValueError as error:
        raise ValueError(f"array {name!r}: {error}") from error


@contextmanager
def _opened_safetensors(path: Path) -> Iterator[_Arrays]:
    from safetensors import SafetensorError, safe_open

    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        with safe_open(path, framework="numpy") as file:
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
            shapes = {name: tuple(one.get_shape()) for name, one in slices.items()}
            halves = {name for name, one in slices.items() if one.get_dtype() == "BF16"}
            yield _Arrays(
                shapes,
                lambda name: _bfloat16(path, name) if name in halves else file.get_tensor(name),
            )
    except SafetensorError as error:
        raise ValueError(f"it is no file of safetensors: {error}") from error


def _bfloat16(path: Path, name: str) -> NDArray[np.float32]:
    """As float32, of which bfloat16 is the upper half: NumPy knows no such numbers."""
    from safetensors import deserialize

    tensor = dict(deserialize(path.read_bytes()))[name]  # type: ignore[no-untyped-call]
    upper = np.frombuffer(tensor["data"], "<u2").astype(np.uint32) << 16
    return upper.view(np.float32).reshape(tensor["shape"])


def _imported(
    arrays: _Arrays,
    threshold: float,
    names: Sequence[str],
    rows: Rows | None,
    n_inputs: int | None,
) -> Imported:
    chosen = list(names) or sorted(_layer_names(arrays.shapes), key=_by_number)
    if not chosen:
        raise ValueError(f"it has no matrix among its arrays: {_listed(arrays.shapes)}")
    rows, notes = _rows_of(arrays, chosen, rows)
    layers: list[LayerTopology] = []
    for name in chosen:
        before = layers[-1].n_outputs if layers else n_inputs
        layers.append(_layer(arrays, name, threshold, rows, before))
    # A state dict of a layer alone has no name for it.
    snapshot = TopologySnapshot(tuple(layers), names=tuple(name or "layer" for name in chosen))
    used = {array for name in chosen for array in _parts(arrays.shapes, name)}
    left = [name for name, shape in arrays.shapes.items() if name not in used and len(shape) > 1]
    sizes = ", ".join(
        f"{name} {layer.n_inputs} to {layer.n_outputs}, {layer.n_connections:,} connections "
        f"({layer.density:.1%})"
        for name, layer in zip(snapshot.names, layers, strict=True)
    )
    count = "1 layer" if len(layers) == 1 else f"{len(layers)} layers"
    notes = [f"{count}: {sizes}.", *notes]
    if left:
        notes.append(f"Left out: {_listed({name: arrays.shapes[name] for name in left})}.")
    if snapshot.gap:
        notes.append(f"In this order they are no chain: {snapshot.gap}.")
    return Imported(snapshot, tuple(notes))


def _layer_names(shapes: Mapping[str, tuple[int, ...]]) -> set[str]:
    """What names matrices, masks and sparse parts have before their last dot."""
    found = set()
    for name, shape in shapes.items():
        prefix, _, part = name.rpartition(".")
        whole = any({_part(prefix, one) for one in parts} <= shapes.keys() for parts in _SPARSE)
        if whole or (len(shape) == 2 and part in _WEIGHTS):
            found.add(prefix)
        elif len(shape) == 2 and part not in _MASKS:
            found.add(name)
    return found


def _part(prefix: str, part: str) -> str:
    return f"{prefix}.{part}" if prefix else part


def _parts(shapes: Mapping[str, tuple[int, ...]], name: str) -> list[str]:
    """The arrays of a layer."""
    for parts in _SPARSE:
        found = [_part(name, part) for part in parts]
        if shapes.keys() >= set(found):
            return found
    dense = [one for one in (name, *(_part(name, part) for part in _WEIGHTS)) if one in shapes]
    masks = [one for one in (_part(name, part) for part in _MASKS) if one in shapes]
    return [*dense[:1], *masks[:1]]


def _rows_of(arrays: _Arrays, names: Sequence[str], rows: Rows | None) -> tuple[Rows, list[str]]:
    """What the rows of dense matrices are, and a note if that was a guess."""
    shapes = [arrays.shapes[parts[0]] for name in names if (parts := _parts(arrays.shapes, name))]
    dense = [shape for shape in shapes if len(shape) == 2]
    if rows is not None or len(dense) < 2 or len(dense) < len(shapes):
        return rows or "outputs", []
    pairs = list(pairwise(dense))
    as_outputs = all(one[0] == other[1] for one, other in pairs)
    if not as_outputs and all(one[1] == other[0] for one, other in pairs):
        return "inputs", ["Rows were taken as inputs: only so do the matrices make a chain."]
    return "outputs", []


def _layer(
    arrays: _Arrays, name: str, threshold: float, rows: Rows, n_inputs: int | None
) -> LayerTopology:
    parts = _parts(arrays.shapes, name)
    if not parts:
        raise ValueError(f"it has no layer {name!r}; its arrays are {_listed(arrays.shapes)}")
    try:
        if len(parts) == 3:
            indptr, indices, values = map(arrays.read, parts)
            return _sparse(indptr, indices, values, n_inputs)
        return _dense(*map(arrays.read, parts), threshold=threshold, rows=rows)
    except (ValueError, TypeError) as error:
        raise ValueError(f"layer {name!r}: {error}") from error


def _sparse(
    indptr: NDArray[Any], indices: NDArray[Any], values: NDArray[Any], n_inputs: int | None
) -> LayerTopology:
    if indices.dtype.kind not in "iu":
        raise ValueError(f"its indices are {indices.dtype}; they must be integers")
    needed = int(indices.max()) + 1 if indices.size else 1
    return LayerTopology(indptr, indices, n_inputs or needed, len(indptr) - 1, values)


def _dense(
    weights: NDArray[Any],
    mask: NDArray[Any] | None = None,
    *,
    threshold: float,
    rows: Rows,
) -> LayerTopology:
    if weights.ndim != 2 or (mask is not None and mask.shape != weights.shape):
        shapes = " and ".join(str(one.shape) for one in (weights, mask) if one is not None)
        raise ValueError(f"it has shape {shapes}; it must be a matrix, with a mask of its shape")
    if weights.dtype.kind not in "fiub":
        raise ValueError(f"its numbers are {weights.dtype}; they must be real")
    if not all(np.isfinite(one).all() for one in (weights, mask) if one is not None):
        raise ValueError("it has numbers that are not finite")
    if rows == "inputs":
        weights, mask = weights.T, None if mask is None else mask.T
    # Not by np.abs, which overflows at the least integer of a type.
    wide = weights.astype(np.float64)
    is_there = (wide > threshold) | (wide < -threshold) if mask is None else mask != 0
    outputs, inputs = np.nonzero(is_there)
    indptr = np.searchsorted(outputs, np.arange(len(weights) + 1))
    return LayerTopology(indptr, inputs, weights.shape[1], weights.shape[0], weights[is_there])


def _by_number(name: str) -> list[tuple[int, str]]:
    """Numbers in a name by their size, the rest by letters."""
    parts = re.split(r"([0-9]+)", name)
    return [(int(part), "") if place % 2 else (-1, part) for place, part in enumerate(parts)]


def _listed(shapes: Mapping[str, tuple[int, ...]]) -> str:
    shown = [f"{name} {'×'.join(map(str, shape)) or '()'}" for name, shape in shapes.items()]
    return ", ".join([*shown[:12], "…"] if len(shown) > 12 else shown) or "none"
