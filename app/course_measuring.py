"""The measuring of a run's course, piece by piece beside the page."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple

from app.analysis_pool import AnalysisPool
from app.course_distances import CourseDistances, Piece, measure

# Pieces that wait in the pool at once: what else is asked of it comes after them.
_AHEAD = 8


class Measured(NamedTuple):
    """The beginning of the course that is measured, of how many pieces, and what stopped it."""

    found: tuple[CourseDistances, ...]
    n_pieces: int
    error: BaseException | None

    @property
    def is_pending(self) -> bool:
        """Whether more of it is being measured."""
        return len(self.found) < self.n_pieces and self.error is None


class CourseMeasuring:
    """Measures the pieces in turn and keeps what was found, however many there are.

    Safe to call from any thread.

    Args:
        pool: where they are measured.
        root: of the store.
        run_id: which run.
    """

    def __init__(self, pool: AnalysisPool, root: Path, run_id: str) -> None:
        self._pool, self._root, self._run_id = pool, root, run_id
        self._guard = threading.Lock()
        self._found: dict[Piece, CourseDistances] = {}

    def of(self, wanted: Sequence[Piece]) -> Measured:
        """What is measured of a course, and its next pieces begun.

        Args:
            wanted: all its pieces in turn; those of a run that goes on become more.
        """
        with self._guard:
            error = None
            for piece, future in self._next(wanted):
                if not future.done():
                    break
                error = future.exception()
                if error is not None:
                    break
                self._found[piece] = future.result()
                self._pool.forget(self._key(piece))
            found = tuple(self._found[piece] for piece in wanted if piece in self._found)
            return Measured(found, len(wanted), error)

    def try_again(self, wanted: Sequence[Piece]) -> None:
        """Forget what failed, so that it is measured anew."""
        with self._guard:
            for piece, future in self._next(wanted):
                if future.done() and future.exception() is not None:
                    self._pool.forget(self._key(piece))

    def _next(self, wanted: Sequence[Piece]) -> list[tuple[Piece, Future[CourseDistances]]]:
        missing = [piece for piece in wanted if piece not in self._found]
        return [(piece, self._begun(piece)) for piece in missing[:_AHEAD]]

    def _begun(self, piece: Piece) -> Future[CourseDistances]:
        return self._pool.submit(self._key(piece), measure, self._root, self._run_id, piece)

    def _key(self, piece: Piece) -> Hashable:
        return "course", self._run_id, piece
