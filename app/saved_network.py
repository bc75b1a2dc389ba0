"""A network that is named on the command line: a file, or an epoch of a run."""

from __future__ import annotations

from pathlib import Path

from set_engine import RunNotFoundError, RunStore
from topology import TopologyFileError, TopologySnapshot, load_topology


class UnknownNetworkError(ValueError):
    """There is no such network; the message says what there is."""


def saved_network(store: RunStore, name: str, epoch: int | None) -> TopologySnapshot:
    """Read the wiring that `name` stands for.

    Args:
        store: of the runs.
        name: a file that `save_topology` wrote, or the id of a run.
        epoch: of the run, one that is recorded; the last one if None.

    Raises:
        UnknownNetworkError: if there is no such file, run or epoch, or it cannot be read.
    """
    try:
        if name.endswith(".npz"):
            if epoch is not None:
                raise UnknownNetworkError(f"{name} is a file, which has no epoch to choose")
            return load_topology(Path(name))
        epochs = store.epochs(name)
        if not epochs:
            raise UnknownNetworkError(f"run {name} has no recorded wiring yet")
        if epoch is None:
            epoch = epochs[-1]
        if epoch not in epochs:
            raise UnknownNetworkError(
                f"epoch {epoch} of run {name} is not recorded; recorded are {_listed(epochs)}"
            )
        return store.snapshot(name, epoch)
    except FileNotFoundError as error:
        raise UnknownNetworkError(f"there is no file {name}") from error
    except (RunNotFoundError, TopologyFileError, OSError) as error:
        raise UnknownNetworkError(str(error)) from error


def _listed(epochs: tuple[int, ...]) -> str:
    if len(epochs) <= 12:
        return ", ".join(map(str, epochs))
    shown = [*map(str, epochs[:6]), "…", *map(str, epochs[-3:])]
    return ", ".join(shown)
