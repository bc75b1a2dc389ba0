"""`setscope export`: a run as a file."""

from __future__ import annotations

from pathlib import Path

from app.file_progress import file_progress
from app.named_run import UnknownRunError, named_run
from app.output_files import check_new
from app.run_export import EXPORT_ERRORS, EXPORTS, export_name, write_export
from app.saved_network import run_and_epoch
from set_engine import RunStore


class ExportCommandError(ValueError):
    """A run that cannot leave; the message says why."""


def export_run(store: RunStore, name: str, kind: str, output: Path | None, *, force: bool) -> Path:
    """Write a run as one file, with a bar meanwhile; its path.

    Args:
        store: where the run is.
        name: of the run, or `RUN@EPOCH` for what is of one wiring.
        kind: one of `EXPORTS`.
        output: the file; named after the run, here, if None.
        force: whether a file that is there is replaced.

    Raises:
        ExportCommandError: if there is no such run or epoch, the file is there, or it cannot be
            written.
    """
    run_name, epoch = run_and_epoch(name)
    try:
        run_id = named_run(store, run_name)
    except UnknownRunError as error:
        raise ExportCommandError(str(error)) from error
    if epoch is not None and not EXPORTS[kind].is_of_epoch:
        raise ExportCommandError(
            f"{kind} is of the whole run; the run is {run_id}, without @{epoch}"
        )
    path = output or Path(export_name(run_id, kind, epoch))
    try:
        check_new({"output": path}, force=force)
        with file_progress(f"Writing {path.name}") as progress:
            write_export(store, run_id, kind, path, epoch=epoch, progress=progress)
    except (*EXPORT_ERRORS, ValueError) as error:
        raise ExportCommandError(str(error)) from error
    return path
