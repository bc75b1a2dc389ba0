"""Any file or folder that holds a network, whoever saved it."""

from __future__ import annotations

import zipfile
from pathlib import Path

from topology.archive import DAMAGE, load_topology
from topology.imported import Imported
from topology.named_arrays import check_threshold, import_arrays
from topology.scipy_layers import import_scipy_layers


def import_network(path: str | Path, *, threshold: float = 0.0) -> Imported:
    """Read a network, whatever it is saved as.

    That is a file of `save_topology`, a folder of SciPy matrices or one such matrix
    (`import_scipy_layers`), or arrays in a .npz or .safetensors file (`import_arrays`).

    Args:
        path: of the file or folder.
        threshold: how far from 0 a number of a dense matrix is a connection; the others have their
            connections, whatever their weights.

    Raises:
        FileNotFoundError: if there is nothing.
        TopologyFileError: if it is none of these, or damaged.
        ValueError: if `threshold` is below 0 or no number.

    >>> import tempfile, numpy as np
    >>> file = Path(tempfile.mkdtemp()) / "weights.npz"
    >>> np.savez(file, first=np.array([[0.5, 0.0], [0.0, 2.0]]))
    >>> import_network(file).snapshot.widths
    (2, 2)
    """
    check_threshold(threshold)
    path = Path(path)
    if path.is_dir():
        return import_scipy_layers(path)
    if path.suffix == ".safetensors":
        return import_arrays(path, threshold=threshold)
    names = _members(path)
    if "header.npy" in names:
        return Imported(load_topology(path), ())
    if {"format.npy", "shape.npy", "data.npy"} <= names:
        return import_scipy_layers(path)
    return import_arrays(path, threshold=threshold)


def _members(path: Path) -> set[str]:
    """Of an archive; none of what is no archive, which its reader refuses better."""
    try:
        with zipfile.ZipFile(path) as archive:
            return set(archive.namelist())
    except FileNotFoundError:
        raise
    except DAMAGE:
        return set()
