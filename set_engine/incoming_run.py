"""Networks that others saved, as runs to be taken into a store: recognised first, saved then."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from set_engine.run_record import RecordedConfig, RunStatus
from set_engine.store import RunStore
from topology import Imported, TopologyFileError, import_network

NETWORK_SUFFIXES = (".npz", ".safetensors")
"""How the names of files end that may hold a network, or a layer of one."""

# What the folders and files of one run are called, a network at each epoch.
_EPOCH = re.compile(r"(?:epoch|ep|e|step)?[_-]?(\d+)", re.IGNORECASE)


class IncomingRunError(ValueError):
    """Networks that make no run; the message says why."""


@dataclass(frozen=True)
class IncomingRun:
    """A run of others' networks, one at each of its epochs.

    Attributes:
        name: what it is called, after the folder or file that it comes from.
        networks: by epoch, ascending, at least one.
        threshold: how far from 0 a number of a dense matrix is a connection.
    """

    name: str
    networks: tuple[Imported, ...]
    threshold: float = 0.0

    @property
    def epochs(self) -> tuple[int, ...]:
        """Those of the networks."""
        return tuple(one.snapshot.epoch for one in self.networks)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was recognised in every one of the networks."""
        first = self.networks[0].notes
        return tuple(note for note in first if all(note in one.notes for one in self.networks))


def find_incoming(
    folder: str | Path,
    *,
    threshold: float = 0.0,
    progress: Callable[[float], object] = lambda _: None,
) -> tuple[list[IncomingRun], list[str]]:
    """Look for networks in a folder and all below it.

    A folder of SciPy matrices is a network, as the authors of NNSTD (Liu et al. 2020) save it; any
    other `.npz` or `.safetensors` file is one by itself (see `topology.import_network`). Networks
    that are called by an epoch, such as `epoch_190`, are those of one run, which is called as the
    folder around them, without the folders that all runs are in.

    Args:
        folder: to be looked through; or the file of one network.
        threshold: how far from 0 a number of a dense matrix is a connection.
        progress: is given the share that was read, from 0 to 1.

    Returns:
        The runs in the order of their names, and a sentence for each file that is no network, and
        each folder of a run of a store: such a run comes in by its bundle. Hidden files and linked
        folders are passed over.

    Raises:
        FileNotFoundError: if there is no such folder or file.
        ValueError: if `threshold` is below 0 or no number.

    >>> import tempfile, numpy as np
    >>> root = Path(tempfile.mkdtemp())
    >>> for epoch in (0, 10):
    ...     (root / "mine").mkdir(exist_ok=True)
    ...     np.savez(root / "mine" / f"epoch_{epoch}.npz", first=np.eye(3))
    >>> [(run.name, run.epochs) for run in find_incoming(root)[0]]
    [('mine', (0, 10))]
    """
    root = Path(folder)
    if not root.exists():
        raise FileNotFoundError(f"there is no file or folder {root}")
    problems: list[str] = []
    places = [root] if root.is_file() else list(_places(root, problems))
    root = root.parent if root.is_file() else root
    found: dict[str, list[Imported]] = {}
    for number, place in enumerate(places, start=1):
        name, epoch = _name_and_epoch(place.relative_to(root), root)
        try:
            one = import_network(place, threshold=threshold)
        except TopologyFileError as error:
            problems.append(str(error).replace(f"{root}/", ""))
        else:
            snapshot = one.snapshot if epoch is None else replace(one.snapshot, epoch=epoch)
            found.setdefault(name, []).append(Imported(snapshot, one.notes))
        progress(number / len(places))
    runs = []
    n_common = _n_common([name.split("/") for name in found])
    for name, networks in sorted(found.items()):
        try:
            runs.append(_run("/".join(name.split("/")[n_common:]), networks, threshold))
        except IncomingRunError as error:
            problems.append(str(error))
    return runs, problems


def take_in(store: RunStore, run: IncomingRun) -> str:
    """Save a run; its id. Of one that could not be saved whole, nothing stays.

    Raises:
        OSError: if the store cannot be written.
    """
    settings = {"origin": "imported"}
    if run.threshold:
        settings["threshold"] = f"{run.threshold:g}"
    writer = store.create(RecordedConfig(name=run.name, settings=settings))
    try:
        writer.begin()
        for one in run.networks:
            writer.snapshot(one.snapshot)
        writer.finish(RunStatus.FINISHED)
    except BaseException:
        writer.finish(RunStatus.STOPPED)
        shutil.rmtree(store.root / writer.run_id, ignore_errors=True)
        raise
    return writer.run_id


def visible_files(folder: Path) -> Iterator[tuple[Path, list[str], list[Path]]]:
    """A folder and all below it; hidden files and folders, and linked folders, are passed over.

    Yields:
        Each folder, the names of those in it, of which a caller may take some away so that they are
        passed over as well, and its files; all in the order of their names.

    Raises:
        OSError: if a folder cannot be looked into.
    """
    for place, below, names in os.walk(folder, onerror=_refuse):
        below[:] = sorted(name for name in below if not name.startswith("."))
        files = [Path(place, name) for name in sorted(names) if not name.startswith(".")]
        yield Path(place), below, [file for file in files if file.is_file()]


def _refuse(error: OSError) -> None:
    raise error


def _places(root: Path, problems: list[str]) -> Iterator[Path]:
    """Folders and files that hold a network each; what holds none for a reason is a problem."""
    for folder, below, files in visible_files(root):
        if (folder / "run.json").is_file():
            store, run_id = folder.resolve().parent, folder.resolve().name
            problems.append(
                f"{run_id} is a run's own folder: `setscope export {run_id} --store "
                f"{shlex.quote(str(store))}` makes a bundle of it that comes in whole"
            )
            below.clear()
            continue
        networks = [file for file in files if may_be_network(file)]
        if networks and all(_is_matrix(file) for file in networks):
            yield folder
        else:
            yield from networks


def may_be_network(path: Path) -> bool:
    """Whether a file is called as one that holds a network, or a layer of one."""
    return path.suffix.lower() in NETWORK_SUFFIXES


def _is_matrix(file: Path) -> bool:
    """Whether `scipy.sparse.save_npz` made it."""
    try:
        with zipfile.ZipFile(file) as archive:
            return {"format.npy", "shape.npy", "data.npy"} <= set(archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def _name_and_epoch(place: Path, root: Path) -> tuple[str, int | None]:
    """What the run is called, and the epoch that the name of the network says."""
    parts = place.parts or (root.name,)
    last = Path(parts[-1]).stem if may_be_network(place) else parts[-1]
    epoch = _EPOCH.fullmatch(last)
    if epoch is None:
        return "/".join((*parts[:-1], last)), None
    return "/".join(parts[:-1]) or root.name, int(epoch[1])


def _n_common(names: list[list[str]]) -> int:
    """Folders that all names begin with; the last part of each stays."""
    most = min((len(parts) for parts in names), default=1) - 1
    return next((k for k in range(most) if len({parts[k] for parts in names}) > 1), most)


def _run(name: str, networks: list[Imported], threshold: float) -> IncomingRun:
    ordered = sorted(networks, key=lambda one: one.snapshot.epoch)
    epochs = [one.snapshot.epoch for one in ordered]
    if len(set(epochs)) < len(epochs):
        twice = next(epoch for epoch in epochs if epochs.count(epoch) > 1)
        raise IncomingRunError(f"{name}: there are several networks of epoch {twice}")
    shapes = {
        tuple((layer.n_outputs, layer.n_inputs) for layer in one.snapshot.layers) for one in ordered
    }
    if len(shapes) > 1:
        raise IncomingRunError(f"{name}: its networks have layers of different shapes")
    return IncomingRun(name, tuple(ordered), threshold)
