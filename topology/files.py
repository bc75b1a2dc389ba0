"""Files that are either the old ones or the new ones, never half of each."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

# Reading the umask means setting it, which is not thread-safe: so it is done once, on import.
_UMASK = os.umask(0)
os.umask(_UMASK)


def write_atomically(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file beside its place, sync it to disk, and rename it into place.

    Args:
        path: where the file shall stand; its folder must exist.
        write: is given the open binary file and writes the content.

    Raises:
        OSError: if the folder is missing or not writable. Whatever stood at `path` is unharmed,
            also when `write` itself raises.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_atomically(folder / "note.txt", lambda file: file.write(b"whole"))
    >>> (folder / "note.txt").read_text()
    'whole'
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes private files; a run is as readable as any file its owner makes.
        Path(name).chmod(0o666 & ~_UMASK)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
