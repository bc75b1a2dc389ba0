"""Snapshots as plain .npz files, readable with numpy alone."""

from __future__ import annotations

import json
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from topology.files import write_atomically
from topology.layer import LayerTopology
from topology.snapshot import TopologySnapshot

_FORMAT = "setscope topology 3"

# What reading bytes that are no archive, or of another content, is known to raise; zipfile raises
# RuntimeError for methods and ciphers it does not know, a header may claim a size beyond memory or
# be no Python, and SciPy asks a damaged format for attributes.
DAMAGE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    RuntimeError,
    OverflowError,
    MemoryError,
    SyntaxError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


class TopologyFileError(ValueError):
    """A file that is no topology: the message names the file and what is wrong with it."""


def save_topology(snapshot: TopologySnapshot, path: str | Path) -> None:
    """Write a snapshot as .npz: a JSON header and, for each layer k from 1, its arrays.

    The arrays are `layer1_indptr`, `layer1_indices`, `layer1_weights` (absent without weights), and
    so on; the header has format, epoch, step, metrics and, of each layer, its name, its shape,
    [n_inputs, n_outputs], and whether it is full. A full layer has every connection, row by row,
    and no arrays but weights.

    Raises:
        OSError: if the file cannot be written; what stood there before is unharmed.
    """
    header = {
        "format": _FORMAT,
        "epoch": snapshot.epoch,
        "step": snapshot.step,
        "metrics": dict(snapshot.metrics),
        "names": snapshot.names,
        "shapes": [(layer.n_inputs, layer.n_outputs) for layer in snapshot.layers],
        "full": [layer.is_full for layer in snapshot.layers],
    }
    arrays: dict[str, Any] = {"header": np.array(json.dumps(header))}
    for number, layer in enumerate(snapshot.layers, 1):
        if not layer.is_full:
            arrays[f"layer{number}_indptr"] = layer.indptr
            arrays[f"layer{number}_indices"] = layer.indices
        if layer.weights is not None:
            arrays[f"layer{number}_weights"] = layer.weights
    write_atomically(Path(path), lambda file: np.savez(file, **arrays))


def load_topology(path: str | Path) -> TopologySnapshot:
    """Read a snapshot that `save_topology` wrote. Never unpickles anything.

    Raises:
        FileNotFoundError: if there is no such file.
        TopologyFileError: if it is not a topology of ours, cut short, or inconsistent.

    >>> import tempfile
    >>> layer = LayerTopology([0, 1], [2], n_inputs=3, n_outputs=1, weights=[0.5])
    >>> file = Path(tempfile.mkdtemp()) / "net.npz"
    >>> save_topology(TopologySnapshot((layer,), epoch=3), file)
    >>> load_topology(file).layers[0] == layer
    True
    """
    path = Path(path)
    try:
        # Opened here: numpy leaves the file open when it is no archive.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return _snapshot(arrays)
    except FileNotFoundError:
        raise
    except DAMAGE as error:
        raise TopologyFileError(f"{path} is not a saved topology: {error}") from error


def _snapshot(arrays: Any) -> TopologySnapshot:
    if not isinstance(arrays, np.lib.npyio.NpzFile) or "header" not in arrays:
        raise ValueError("it has no setscope header")
    header = json.loads(str(arrays["header"]))
    _check_header(header)
    full = header["full"]
    layers = tuple(
        _layer(arrays, number, shape, is_full=is_full)
        for number, (shape, is_full) in enumerate(zip(header["shapes"], full, strict=True), 1)
    )
    snapshot = TopologySnapshot(
        layers, header["epoch"], header["step"], header["metrics"], header["names"]
    )
    _check_arrays(arrays.files, full)
    return snapshot


def _check_header(header: Any) -> None:
    if header["format"] != _FORMAT:
        raise ValueError(f"its format is {header['format']!r}, not {_FORMAT!r}")
    names, shapes, full = header["names"], header["shapes"], header["full"]
    if len(names) != len(shapes):
        raise ValueError(f"it has {len(names)} names for {len(shapes)} layers")
    if len(full) != len(shapes) or not all(isinstance(is_full, bool) for is_full in full):
        raise ValueError(f"full is {full!r}; it must be true or false for {len(shapes)} layers")


def _layer(arrays: Any, number: int, shape: tuple[int, int], *, is_full: bool) -> LayerTopology:
    n_inputs, n_outputs = shape
    weights = arrays.get(f"layer{number}_weights")
    if is_full:
        return LayerTopology.full(n_inputs, n_outputs, weights)
    indptr, indices = (arrays[f"layer{number}_{part}"] for part in ("indptr", "indices"))
    return LayerTopology(indptr, indices, n_inputs, n_outputs, weights)


def _check_arrays(names: list[str], full: list[bool]) -> None:
    # Weights may be absent; under a damaged name they would be so unnoticed.
    known = {
        f"layer{number}_{part}"
        for number, is_full in enumerate(full, 1)
        for part in (("weights",) if is_full else ("indptr", "indices", "weights"))
    }
    unknown = sorted(set(names) - known - {"header"})
    if unknown:
        raise ValueError(f"it has an array {unknown[0]!r}, which is no part of a topology")
