"""All runs of a store at a glance, quick also where there are thousands."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from app.run_course import RunCourse
from app.run_summary import RunSummary
from set_engine import DamagedRunError, RunNotes, RunNotFoundError, RunStamp, RunStore
from topology import TopologyFileError, write_atomically

_FILE = ".index.json"  # of the store; only a memory, which may be deleted


@dataclass(frozen=True)
class RunOverview:
    """All runs, newest first, and a sentence for each file that is damaged."""

    runs: tuple[RunSummary, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class _Entry:
    stamp: RunStamp
    summary: RunSummary


class RunIndex:
    """Reads of each run what is new since it looked last, in this process or another.

    What the logs come to is remembered in the store, so that they are read once. Several threads
    may ask.

    Args:
        store: of the runs.
    """

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = {}
        self._remembered: dict[str, Any] | None = None

    def read(self, progress: Callable[[float], object] = lambda _: None) -> RunOverview:
        """The runs as of now.

        Args:
            progress: is given the share that is read, from 0 to 1, whenever a log was.
        """
        with self._lock:
            stamps = self._store.stamps()
            news = False
            problems: list[str] = []
            entries: dict[str, _Entry] = {}
            for number, (run_id, stamp) in enumerate(stamps.items(), start=1):
                entry = self._entries.get(run_id)
                if entry is None or entry.stamp != stamp or entry.summary.record.status.is_active:
                    try:
                        entry = self._read(run_id, stamp, entry)
                    except (DamagedRunError, RunNotFoundError) as error:
                        problems.append(str(error))
                        continue
                    news = news or not entry.summary.record.status.is_active
                    progress(number / len(stamps))
                entries[run_id] = entry
            self._entries = entries
            if news:
                self._remember()
            return self._overview(problems)

    def _overview(self, problems: list[str]) -> RunOverview:
        baseline = self._store.baseline
        summaries = [
            replace(entry.summary, is_baseline=True) if run_id == baseline else entry.summary
            for run_id, entry in self._entries.items()
        ]
        summaries.sort(key=lambda run: run.record.created, reverse=True)
        return RunOverview(
            tuple(summaries), (*problems, *(run.problem for run in summaries if run.problem))
        )

    def _read(self, run_id: str, stamp: RunStamp, before: _Entry | None) -> _Entry:
        record = self._store.record(run_id)
        course, n_places, wiring = self._known(run_id, stamp, before)
        notes, problem = RunNotes(), None
        try:
            # Of thousands of runs nearly all have no notes, and no log that is longer than known.
            if any(stamp.notes):
                notes = self._store.notes(run_id)
            if course.cursor < stamp.log[1]:
                cursor, rows = self._store.metrics(run_id, course.cursor)
                course = course.followed_by(rows, cursor)
            if n_places is None:
                n_places = self._places(run_id)
            if wiring is None and course.last is None and not record.status.is_active:
                wiring = self._wiring(run_id)
        except (DamagedRunError, TopologyFileError) as error:
            problem = str(error)
        return _Entry(stamp, RunSummary(record, course, notes, n_places, wiring, problem=problem))

    def _known(
        self, run_id: str, stamp: RunStamp, before: _Entry | None
    ) -> tuple[RunCourse, int | None, tuple[int, int] | None]:
        """What need not be read again: course, places, wiring."""
        if before is not None:
            is_same_log = before.stamp.log[0] == stamp.log[0]
            course = before.summary.course
            is_longer = course.cursor <= stamp.log[1]
            is_same_wiring = before.stamp.wirings == stamp.wirings
            return (
                course if is_same_log and is_longer else RunCourse(),
                before.summary.n_places,
                before.summary.wiring if is_same_wiring else None,
            )
        if self._remembered is None:
            self._remembered = self._recall()
        try:
            one = self._remembered[run_id]
            if (tuple(one["log"]), tuple(one["wirings"])) == (stamp.log, stamp.wirings):
                wiring = one["wiring"] and (int(one["wiring"][0]), int(one["wiring"][1]))
                return RunCourse.from_json(one["course"]), one["n_places"], wiring
        except (KeyError, TypeError, ValueError, IndexError):
            pass
        return RunCourse(), None, None

    def _places(self, run_id: str) -> int | None:
        epochs = self._store.epochs(run_id)
        if not epochs:
            return None
        layers = self._store.snapshot(run_id, epochs[0]).layers
        return sum(layer.n_inputs * layer.n_outputs for layer in layers)

    def _wiring(self, run_id: str) -> tuple[int, int] | None:
        """Epoch and connections of the last one."""
        epochs = self._store.epochs(run_id)
        if not epochs:
            return None
        return epochs[-1], self._store.snapshot(run_id, epochs[-1]).n_connections

    def _recall(self) -> dict[str, Any]:
        try:
            content = json.loads((self._store.root / _FILE).read_bytes())
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def _remember(self) -> None:
        content = {
            run_id: {
                "log": entry.stamp.log,
                "wirings": entry.stamp.wirings,
                "wiring": entry.summary.wiring,
                "course": entry.summary.course.as_json(),
                "n_places": entry.summary.n_places,
            }
            for run_id, entry in self._entries.items()
            if entry.summary.problem is None and not entry.summary.record.status.is_active
        }
        encoded = json.dumps(content).encode()
        try:
            write_atomically(self._store.root / _FILE, lambda file: file.write(encoded))
        except OSError as error:
            logging.getLogger(__name__).info("The index of runs cannot be kept: %s", error)
