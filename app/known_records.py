"""The records of all runs, each read once as long as it stays as it is."""

from __future__ import annotations

import threading

from set_engine import (
    DamagedRunError,
    FileStamp,
    RunListing,
    RunNotFoundError,
    RunRecord,
    RunStore,
)


class KnownRecords:
    """Reads a record when its file has changed, or its run goes on.

    That of a run that goes on says nothing of whether its program still lives. Several threads may
    ask.

    Args:
        store: of the runs.
    """

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._known: dict[str, tuple[FileStamp, RunRecord]] = {}

    def read(self) -> RunListing:
        """The runs as of now, as `RunStore.records` gives them."""
        with self._lock:
            known, problems = {}, []
            for run_id, stamp in self._store.record_stamps().items():
                before = self._known.get(run_id)
                if before is not None and before[0] == stamp and not before[1].status.is_active:
                    known[run_id] = before
                    continue
                try:
                    known[run_id] = stamp, self._store.record(run_id)
                except (DamagedRunError, RunNotFoundError) as error:
                    problems.append(str(error))
            self._known = known
            records = sorted(
                (record for _, record in known.values()),
                key=lambda record: record.created,
                reverse=True,
            )
            return RunListing(tuple(records), tuple(problems))
