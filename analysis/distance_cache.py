"""Distances that were computed before, in a file: a line of JSON for each pair of networks."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

_FIRST_LINE = b'{"format": "setscope distances 1"}\n'


class ForeignCacheError(ValueError):
    """A file that is no cache of distances; the message names it."""


class DistanceCache:
    """Distances of the layers of pairs, by a key; kept in memory alone without a path.

    Each is written when it is found, so that work that was broken off goes on where it was. A last
    line that was cut off is written anew. Several processes may add to one file.

    Args:
        path: of the file, which is made when the first distance is put in.

    Raises:
        ForeignCacheError: if there is a file, but another one.
        OSError: if it cannot be read.

    >>> cache = DistanceCache()
    >>> cache.put("a b", (0.25, 0.5))
    >>> cache.get("a b"), cache.get("a c")
    ((0.25, 0.5), None)
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self._path = None if path is None else Path(path)
        self._guard = threading.Lock()
        self._known: dict[str, tuple[float, ...]] = {}
        self._ends_whole = False  # known of the file; a write that failed may leave half a line
        if self._path is not None and self._path.exists():
            self._known = _read(self._path)

    def get(self, key: str) -> tuple[float, ...] | None:
        """The distances under a key; None if there are none."""
        return self._known.get(key)

    def put(self, key: str, distances: tuple[float, ...]) -> None:
        """Keep distances. Raises OSError if the file cannot be written."""
        with self._guard:
            self._known[key] = distances
            if self._path is not None:
                self._append(self._path, {"pair": key, "distances": distances})

    def _append(self, path: Path, line: dict[str, object]) -> None:
        with path.open("a+b") as file:
            if not self._ends_whole:
                file.seek(0)
                file.truncate(file.read().rfind(b"\n") + 1)
            self._ends_whole = False
            if file.seek(0, os.SEEK_END) == 0:
                file.write(_FIRST_LINE)
            file.write(json.dumps(line).encode() + b"\n")
        self._ends_whole = True


def _read(path: Path) -> dict[str, tuple[float, ...]]:
    content = path.read_bytes()
    if _FIRST_LINE.startswith(content):  # nothing yet, or cut off within the first line
        return {}
    if not content.startswith(_FIRST_LINE):
        raise ForeignCacheError(
            f"{path} is no cache of distances: its first line is not {_FIRST_LINE.decode().strip()}"
        )
    found = {}
    for number, line in enumerate(content.splitlines(keepends=True), 1):
        if line == _FIRST_LINE or not line.endswith(b"\n"):
            continue
        try:
            entry = json.loads(line)
            found[entry["pair"]] = tuple(map(float, entry["distances"]))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise ForeignCacheError(f"{path} has a damaged line {number}: {error}") from error
    return found
