"""A network that is named on the command line: a file, a folder, or an epoch of a run."""

from __future__ import annotations

from pathlib import Path

from set_engine import RunNotFoundError, RunStore
from topology import (
    Imported,
    TopologyFileError,
    TopologySnapshot,
    import_scipy_layers,
    load_topology,
)


class UnknownNetworkError(ValueError):
    """There is no such network; the message says what there is."""


def saved_network(store: RunStore, name: str, epoch: int | None) -> Imported:
    """Read the wiring that `name` stands for.

    Args:
        store: of the runs.
        name: the id of a run, a file that `save_topology` wrote, or a folder of SciPy matrices; a
            run comes before a folder of the same name.
        epoch: of the run, one that is recorded; the last one if None.

    Raises:
        UnknownNetworkError: if there is no such file, folder, run or epoch, or it cannot be read.
    """
    path = Path(name)
    try:
        if _is_run(store, name) or not _may_be_on_disk(path):
            return Imported(_of_run(store, name, epoch), ())
        if epoch is not None:
            raise UnknownNetworkError(
                f"epoch is {epoch}; {name} is no run, so there is none to choose"
            )
        if path.suffix == ".npz":
            return Imported(load_topology(path), ())
        return import_scipy_layers(path)
    except FileNotFoundError as error:
        raise UnknownNetworkError(f"there is no file or folder {name}") from error
    except (RunNotFoundError, TopologyFileError, OSError) as error:
        raise UnknownNetworkError(str(error)) from error


def _is_run(store: RunStore, name: str) -> bool:
    try:
        store.epochs(name)
    except RunNotFoundError:
        return False
    return True


def _may_be_on_disk(path: Path) -> bool:
    return path.suffix == ".npz" or len(path.parts) > 1 or path.is_dir()


def _of_run(store: RunStore, run_id: str, epoch: int | None) -> TopologySnapshot:
    epochs = store.epochs(run_id)
    if not epochs:
        raise UnknownNetworkError(f"run {run_id} has no recorded wiring yet")
    if epoch is not None and epoch not in epochs:
        raise UnknownNetworkError(
            f"epoch is {epoch}; recorded of run {run_id} are {_listed(epochs)}"
        )
    return store.snapshot(run_id, epochs[-1] if epoch is None else epoch)


def _listed(epochs: tuple[int, ...]) -> str:
    if len(epochs) <= 12:
        return ", ".join(map(str, epochs))
    shown = [*map(str, epochs[:6]), "…", *map(str, epochs[-3:])]
    return ", ".join(shown)
