"""A network that is named on the command line: a file, a folder, or an epoch of a run."""

from __future__ import annotations

from pathlib import Path

from app.named_run import SeveralRunsError, UnknownRunError, named_run
from set_engine import RunNotFoundError, RunStore
from topology import (
    Imported,
    TopologySnapshot,
    check_threshold,
    import_network,
)


class UnknownNetworkError(ValueError):
    """There is no such network; the message says what there is."""


def saved_network(store: RunStore, name: str, *, threshold: float = 0.0) -> Imported:
    """Read the wiring that `name` stands for.

    Args:
        store: of the runs.
        name: see `meant_run`; or a file or folder that `import_network` reads.
        threshold: see `import_network`.

    Raises:
        UnknownNetworkError: if there is no such file, folder, run or epoch, or it cannot be read.
    """
    try:
        check_threshold(threshold)
        run = meant_run(store, name)
        if run is not None:
            return Imported(_of_run(store, *run), ())
        return import_network(Path(name), threshold=threshold)
    except FileNotFoundError as error:
        raise UnknownNetworkError(f"there is no file or folder {name}") from error
    except (RunNotFoundError, ValueError, OSError) as error:
        raise UnknownNetworkError(str(error)) from error


def meant_run(store: RunStore, name: str) -> tuple[str, int | None] | None:
    """The id and the epoch that a name stands for; None if it is a file or folder.

    Args:
        store: of the runs.
        name: the id or the name of a run, for its last recorded epoch, or `RUN@EPOCH`. An id comes
            before a file or folder of its name, and that before a run of its name.

    Raises:
        UnknownNetworkError: if the name is empty.
        UnknownRunError: if several runs are called so, or nothing is.

    >>> import tempfile
    >>> meant_run(RunStore(tempfile.mkdtemp()), "nets/epoch_7.npz")  # is a file, if there is one
    """
    if not name:
        raise UnknownNetworkError("a network is named ''; it must be a run, a file or a folder")
    run_id, epoch = run_and_epoch(name)
    if _is_id(store, run_id):
        return run_id, epoch
    path = Path(name)
    if path.exists():
        return None
    for text, its_epoch in dict.fromkeys([(name, None), (run_id, epoch)]):
        try:
            return named_run(store, text), its_epoch
        except SeveralRunsError:
            raise
        except UnknownRunError as error:
            problem = error
    if path.suffix in (".npz", ".safetensors") or len(path.parts) > 1:
        return None
    raise problem


def run_and_epoch(name: str) -> tuple[str, int | None]:
    """The two parts of `RUN@EPOCH`; of a name without an epoch, itself.

    >>> run_and_epoch("a@7"), run_and_epoch("a")
    (('a', 7), ('a', None))
    """
    run_id, at, epoch = name.rpartition("@")
    return (run_id, int(epoch)) if at and epoch.isdecimal() else (name, None)


def _is_id(store: RunStore, name: str) -> bool:
    try:
        store.epochs(name)
    except RunNotFoundError:
        return False
    return True


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
