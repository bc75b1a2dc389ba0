"""`setscope import`: bundles, and networks of others, into the store."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from app.file_progress import file_progress
from app.labels import run_label
from set_engine import (
    IncomingRun,
    RunBundle,
    RunBundleError,
    RunExistsError,
    RunStore,
    find_incoming,
    take_in,
)


class ImportCommandError(ValueError):
    """A file or folder that cannot come in; the message says why."""


def import_path(store: RunStore, path: Path, console: Console, threshold: float) -> list[str]:
    """Say what a file or folder holds and take it in, with a bar meanwhile; the ids of its runs.

    Args:
        store: where it goes.
        path: a bundle (`.zip`), or a file or folder of networks.
        console: says what was recognised.
        threshold: how far from 0 a number of a dense matrix is a connection.

    Raises:
        ImportCommandError: if it is neither, or there is such a run already.
    """
    try:
        if path.is_dir() or path.suffix in (".npz", ".safetensors"):
            return _networks(store, path, console, threshold)
        return [_bundle(store, path, console)]
    except FileNotFoundError as error:
        raise ImportCommandError(f"there is no file {path}") from error
    except (RunBundleError, RunExistsError, ValueError, OSError) as error:
        raise ImportCommandError(str(error)) from error


def _bundle(store: RunStore, path: Path, console: Console) -> str:
    bundle = RunBundle(path)
    _say(
        console,
        f"{path}: {run_label(bundle.record)}, {bundle.record.status.value}, "
        f"{bundle.n_wirings:,} recorded epochs, {bundle.n_bytes / 1e6:,.1f} MB",
    )
    with file_progress(f"Reading {path.name}") as progress:
        bundle.add_to(store, progress)
    return bundle.record.id


def _networks(store: RunStore, path: Path, console: Console, threshold: float) -> list[str]:
    with file_progress(f"Reading {path.name}") as progress:
        runs, problems = find_incoming(path, threshold=threshold, progress=progress)
    for problem in problems:
        _say(console, f"Left out: {problem}")
    if not runs:
        raise ImportCommandError(f"there is no network in {path}")
    for run in runs:
        _say(console, _sentence(run))
    return [take_in(store, run) for run in runs]


def _sentence(run: IncomingRun) -> str:
    epochs = ", ".join(f"{epoch:,}" for epoch in run.epochs)
    return f"{run.name}: epoch {epochs}. {' '.join(run.notes)}".rstrip()


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
