"""Networks that others saved with SciPy, a sparse matrix for each layer."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

from topology.archive import DAMAGE, TopologyFileError
from topology.imported import Imported
from topology.layer import LayerTopology
from topology.snapshot import TopologySnapshot


def import_scipy_layers(folder: str | Path, *, has_bias_row: bool | None = None) -> Imported:
    """Read a folder with an .npz file of `scipy.sparse.save_npz` for each layer, or one such file.

    Matrices have a row for each input and a column for each output, as those that the authors of
    SET-MLP (Mocanu et al. 2018) and of NNSTD (Liu et al. 2020) saved; files are taken in the order
    of the numbers in their names. The folder's name says the epoch if it ends with a number. Never
    unpickles anything.

    Args:
        folder: of the files; or the file of a network of one layer.
        has_bias_row: whether the last row of each matrix is a bias, and no part of the wiring; if
            None, it is one where each matrix has one row more than the one before has columns.

    Raises:
        FileNotFoundError: if there is no such folder or file.
        TopologyFileError: if it has no .npz file, one is no matrix of SciPy, or they make no chain.

    >>> import tempfile, scipy.sparse as sp
    >>> folder = Path(tempfile.mkdtemp())
    >>> for k, shape in enumerate([(4, 3), (4, 2)]):
    ...     sp.save_npz(folder / f"weight_l{k}.npz", sp.csr_array(([1.0], ([0], [1])), shape=shape))
    >>> imported = import_scipy_layers(folder)
    >>> imported.snapshot.widths, imported.notes[-1]
    ((3, 3, 2), 'The last row of each matrix was taken as a bias and left out.')
    """
    folder = Path(folder)
    if not folder.exists():
        raise FileNotFoundError(f"there is no folder {folder}")
    files = sorted(folder.glob("*.npz"), key=lambda file: _numbers(file.stem))
    if folder.is_file():
        files = [folder]
    if not files:
        raise TopologyFileError(f"{folder} has no .npz file")
    for one, other in pairwise(files):
        if _numbers(one.stem) == _numbers(other.stem):
            names = " and ".join(sorted((one.name, other.name)))
            raise TopologyFileError(
                f"{folder}: which of {names} comes first is not known; their names need numbers"
            )
    matrices = [_matrix(file) for file in files]
    if has_bias_row is None:
        has_bias_row = _seems_to_have_a_bias_row(folder, matrices)
    try:
        layers = [
            LayerTopology.from_scipy((matrix[:-1] if has_bias_row else matrix).T)
            for matrix in matrices
        ]
    except DAMAGE as error:
        raise TopologyFileError(f"{folder}: {error}") from error
    epoch = re.search(r"\d+$", folder.name)
    snapshot = TopologySnapshot(
        tuple(layers), epoch=int(epoch[0]) if epoch else 0, names=tuple(file.stem for file in files)
    )
    if snapshot.gap:
        raise TopologyFileError(f"{folder}: {snapshot.gap}")
    widths = "-".join(map(str, snapshot.widths))
    count = "1 layer" if len(files) == 1 else f"{len(files)} layers"
    notes = [f"{count} of SciPy matrices with inputs as rows: {widths}."]
    if epoch:
        notes.append(f"Epoch {int(epoch[0])}, from the name of the folder.")
    if has_bias_row:
        notes.append("The last row of each matrix was taken as a bias and left out.")
    return Imported(snapshot, tuple(notes))


def _matrix(file: Path) -> Any:
    import scipy.sparse as sp

    try:
        # Opened here: numpy leaves the file open when it is no archive.
        with file.open("rb") as content:
            matrix = _trusted(sp.load_npz(content))
    except DAMAGE as error:
        raise TopologyFileError(f"{file} is no sparse matrix of SciPy: {error}") from error
    if matrix.ndim != 2 or min(matrix.shape) < 1:
        raise TopologyFileError(f"{file} has shape {matrix.shape}; a layer needs two sizes above 0")
    return matrix


def _trusted(found: Any) -> Any:
    """As CSR; SciPy itself trusts the places in a file, and writes where they say."""
    import scipy.sparse as sp

    if found.dtype.kind not in "fiub":
        raise ValueError(f"its numbers are {found.dtype}; they must be real")
    if found.format in ("csr", "csc", "bsr"):
        found.check_format(full_check=True)
    elif found.format == "coo":
        for places, size in zip(found.coords, found.shape, strict=True):
            if len(places) and not 0 <= places.min() <= places.max() < size:
                raise ValueError(f"it has places from {places.min()} to {places.max()} of {size}")
    else:
        raise ValueError(f"its format is {found.format}; it must be csr, csc, bsr or coo")
    return sp.csr_array(found)


def _seems_to_have_a_bias_row(folder: Path, matrices: list[Any]) -> bool:
    """Told from the second layer on; a single one is taken as it is."""
    extra = [following.shape[0] - matrix.shape[1] for matrix, following in pairwise(matrices)]
    if set(extra) <= {0}:
        return False
    if set(extra) == {1} and matrices[0].shape[0] > 1:
        return True
    shapes = ", ".join(f"{matrix.shape[0]} × {matrix.shape[1]}" for matrix in matrices)
    raise TopologyFileError(
        f"{folder}: the matrices, {shapes}, make no chain; each must have as many rows as the one "
        "before has columns, or one more, the bias"
    )


def _numbers(name: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", name)]
