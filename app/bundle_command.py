"""Runs that leave the store as files, and come in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from app.labels import run_label
from set_engine import (
    RunBundle,
    RunBundleError,
    RunExistsError,
    RunNotFoundError,
    RunStore,
    write_bundle,
)
from topology import write_atomically


class BundleError(ValueError):
    """A run that cannot leave or come in; the message says why."""


def export_bundle(store: RunStore, run_id: str, output: Path | None, *, force: bool) -> Path:
    """Write a run as one file, with a bar meanwhile; its path.

    Args:
        store: where the run is.
        run_id: of the run.
        output: the file; `RUN.zip` here if None.
        force: whether a file that is there is replaced.

    Raises:
        BundleError: if there is no such run, the file is there, or it cannot be written.
    """
    path = output or Path(f"{run_id}.zip")
    if path.exists() and not force:
        raise BundleError(f"{path} is there already; --force replaces it")
    try:
        store.folder(run_id)
        with _bar(f"Writing {path.name}") as progress:
            write_atomically(path, lambda file: write_bundle(store, run_id, file, progress))
    except (RunNotFoundError, OSError) as error:
        raise BundleError(str(error)) from error
    return path


def import_bundle(store: RunStore, path: Path, console: Console) -> str:
    """Say what a file holds and take it in, with a bar meanwhile; the id of the run.

    Raises:
        BundleError: if it is no bundle of a run, or there is such a run already.
    """
    try:
        bundle = RunBundle(path)
        console.print(
            f"{path}: {run_label(bundle.record)}, {bundle.record.status.value}, "
            f"{bundle.n_wirings:,} recorded epochs, {bundle.n_bytes / 1e6:,.1f} MB",
            markup=False,
            soft_wrap=True,
        )
        with _bar(f"Reading {path.name}") as progress:
            bundle.add_to(store, progress)
    except FileNotFoundError as error:
        raise BundleError(f"there is no file {path}") from error
    except (RunBundleError, RunExistsError, OSError) as error:
        raise BundleError(str(error)) from error
    return bundle.record.id


@contextmanager
def _bar(text: str) -> Iterator[Callable[[float], None]]:
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(text, total=1.0)
        yield lambda share: progress.update(task, completed=share)
