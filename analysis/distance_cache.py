"""Distances that were computed before, in a file: a line of JSON for each pair of networks."""

from __future__ import annotations

import json
import threading
from pathlib import Path

_FORMAT = {"format": "setscope distances 1"}


class ForeignCacheError(ValueError):
    """A file that is no cache of distances; the message names it."""


class DistanceCache:
    """Distances of the layers of pairs, by a key; kept in memory alone without a path.

    Each is written when it is found, so that work that was broken off goes on where it was. A last
    line that was cut off is written anew.

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
        self._whole: int | None = None  # bytes that stand, until the first line is added
        if self._path is not None:
            self._whole = self._read(self._path) if self._path.exists() else 0

    def get(self, key: str) -> tuple[float, ...] | None:
        """The distances under a key; None if there are none."""
        return self._known.get(key)

    def put(self, key: str, distances: tuple[float, ...]) -> None:
        """Keep distances. Raises OSError if the file cannot be written."""
        with self._guard:
            self._known[key] = distances
            if self._path is not None:
                self._append(self._path, {"pair": key, "distances": distances})

    def _read(self, path: Path) -> int:
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        try:
            lines = [json.loads(line) for line in whole.splitlines()]
            if content and lines[:1] != [_FORMAT]:
                raise ValueError(f"its first line is not {json.dumps(_FORMAT)}")
            self._known = {line["pair"]: tuple(map(float, line["distances"])) for line in lines[1:]}
        except (ValueError, TypeError, KeyError) as error:
            raise ForeignCacheError(f"{path} is no cache of distances: {error}") from error
        return len(whole)

    def _append(self, path: Path, line: dict[str, object]) -> None:
        lines = [line] if self._whole != 0 else [_FORMAT, line]
        with path.open("ab") as file:
            if self._whole is not None:
                file.truncate(self._whole)
                self._whole = None
            file.write(b"".join(json.dumps(one).encode() + b"\n" for one in lines))
