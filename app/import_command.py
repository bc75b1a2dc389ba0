"""`setscope import`: bundles, and networks of others, into the store."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from app.file_progress import file_progress
from app.labels import layers_name, run_label
from set_engine import (
    IncomingRun,
    RunBundle,
    RunBundleError,
    RunExistsError,
    RunStore,
    RunTrash,
    find_incoming,
    may_be_network,
    take_in,
    visible_files,
)

_FORMATS = (
    "no .zip, .npz or .safetensors; it must be a bundle of `setscope export`, or a network in one "
    "of these formats"
)
_GRAPH = "a graph in XML, whose parsers are not safe; save the network as .npz or .safetensors"
_PICKLE = "a pickle, which may run code when it is read; save the state dict as .safetensors"
_UNREAD = {
    ".graphml": _GRAPH,
    ".gexf": _GRAPH,
    ".xml": _GRAPH,
    ".pt": _PICKLE,
    ".pth": _PICKLE,
    ".pkl": _PICKLE,
}


class ImportCommandError(ValueError):
    """A file or folder that cannot come in; the message says why."""


@dataclass(frozen=True)
class Incoming:
    """What a file or folder holds: runs of others' networks, and bundles."""

    runs: tuple[IncomingRun, ...]
    bundles: tuple[Path, ...]


def recognise(path: Path, console: Console, threshold: float) -> Incoming:
    """Say what a file or folder holds, with a bar meanwhile; nothing is saved.

    Args:
        path: a bundle (`.zip`), a file of a network, or a folder of both.
        console: says what was recognised.
        threshold: how far from 0 a number of a dense matrix is a connection.

    Raises:
        ImportCommandError: if there is nothing to take in.
    """
    try:
        found = _recognise(path, console, threshold)
    except FileNotFoundError as error:
        raise ImportCommandError(f"there is no file or folder {path}") from error
    except (RunBundleError, ValueError, OSError) as error:
        raise ImportCommandError(str(error)) from error
    if not found.runs and not found.bundles:
        raise ImportCommandError(f"there is no network and no bundle in {path}")
    return found


def save(store: RunStore, found: Incoming) -> tuple[list[str], list[str]]:
    """Take it in, with a bar for each bundle; ids of the runs, and a sentence for each that failed.

    Args:
        store: where it goes.
        found: what `recognise` gave.
    """
    ids, problems = [], []
    for run in found.runs:
        try:
            ids.append(take_in(store, run))
        except OSError as error:
            problems.append(f"{run.name}: {error}")
    for path in found.bundles:
        try:
            bundle = RunBundle(path)
            with file_progress(f"Reading {path.name}") as progress:
                bundle.add_to(store, progress)
            ids.append(bundle.record.id)
        except (RunBundleError, RunExistsError, OSError) as error:
            problems.append(str(error))
    return ids, problems


def taken_already(store: RunStore, found: Incoming) -> list[str]:
    """A sentence for each bundle whose run the store or its trash has.

    Args:
        store: where it would go.
        found: what `recognise` gave.
    """
    problems = []
    for path in found.bundles:
        run_id = RunBundle(path).record.id
        for place, where in ((store, "the store"), (RunTrash(store).store, "the trash")):
            if run_id in place.record_stamps():
                problems.append(f"{path}: there is a run {run_id!r} in {where} already")
    return problems


def as_rows(found: Incoming) -> list[dict[str, object]]:
    """What was recognised, for JSON.

    Args:
        found: what `recognise` gave.
    """
    rows: list[dict[str, object]] = [
        {
            "name": run.name,
            "epochs": run.epochs,
            "layers": [(one.n_inputs, one.n_outputs) for one in run.networks[-1].snapshot.layers],
            "connections": run.networks[-1].snapshot.n_connections,
            "notes": run.notes,
        }
        for run in found.runs
    ]
    rows.extend({"bundle": str(path), "id": RunBundle(path).record.id} for path in found.bundles)
    return rows


def _recognise(path: Path, console: Console, threshold: float) -> Incoming:
    if not path.exists():
        raise FileNotFoundError(path)
    runs: list[IncomingRun] = []
    bundles = [path] if path.suffix.lower() == ".zip" and path.is_file() else []
    if path.is_dir() or may_be_network(path):
        with file_progress(f"Reading {path.name}") as progress:
            runs, problems = find_incoming(path, threshold=threshold, progress=progress)
        for problem in problems:
            _say(console, f"Left out: {problem}")
        if path.is_dir():
            files = [file for _, _, found in visible_files(path) for file in found]
            bundles = [file for file in files if file.suffix.lower() == ".zip"]
    elif not bundles:
        raise ImportCommandError(f"{path} is {_UNREAD.get(path.suffix.lower(), _FORMATS)}")
    for run in runs:
        _say(console, _sentence(run))
    return Incoming(tuple(runs), tuple(one for one in bundles if _is_bundle(one, path, console)))


def _is_bundle(file: Path, path: Path, console: Console) -> bool:
    """Say what a bundle holds; one of a folder that is none is left out."""
    try:
        bundle = RunBundle(file)
    except (RunBundleError, OSError) as error:
        if file == path:
            raise
        _say(console, f"Left out: {error}")
        return False
    _say(
        console,
        f"{file}: {run_label(bundle.record)}, {bundle.record.status.value}, "
        f"{bundle.n_wirings:,} recorded epochs, {bundle.n_bytes / 1e6:,.1f} MB",
    )
    return True


def _sentence(run: IncomingRun) -> str:
    epochs = ", ".join(f"{epoch:,}" for epoch in run.epochs)
    last = run.networks[-1].snapshot
    said = [
        f"{run.name}: epoch {epochs}; {layers_name(last)}, {last.n_connections:,} connections.",
        *run.notes,
    ]
    if run.threshold:
        said.append(f"Connections are numbers further from 0 than {run.threshold:g}.")
    return " ".join(said)


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
