"""Files that a command is to write, looked at before it computes anything."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def check_places(files: Mapping[str, Path | None]) -> None:
    """Refuse, by a ValueError that quotes it, what cannot be written where it should.

    Args:
        files: by what they are called in the command; None where none was asked for.
    """
    for name, path in files.items():
        if path is None:
            continue
        if path.is_dir():
            raise ValueError(f"{name} is {path}, a folder; it must name a file")
        if not path.absolute().parent.is_dir():
            raise ValueError(f"{name} is {path}; there is no folder {path.parent}")


def check_new(files: Mapping[str, Path | None], *, force: bool) -> None:
    """Refuse as well what is there already, and two that are the same file.

    Args:
        files: as for `check_places`.
        force: whether those that are there are to be replaced.
    """
    check_places(files)
    seen: dict[Path, str] = {}
    for name, path in files.items():
        if path is None:
            continue
        if path.exists() and not force:
            raise ValueError(f"{name} is {path}, which is there already; --force replaces it")
        other = seen.setdefault(path.resolve(), name)
        if other != name:
            raise ValueError(f"{name} is {path}, and {other} is the same file")
