"""A run that is named on the command line: by its id, or by a name that was given to it."""

from __future__ import annotations

from set_engine import DamagedRunError, RecordedConfig, RunNotFoundError, RunRecord, RunStore


class UnknownRunError(ValueError):
    """There is no such run; the message says it."""


class SeveralRunsError(UnknownRunError):
    """More than one run has the name; the message lists them."""


def named_run(store: RunStore, name: str) -> str:
    """The id of the run that is meant.

    Args:
        store: of the runs.
        name: an id; or a name that one run alone has.

    Raises:
        UnknownRunError: if no run has it.
        SeveralRunsError: if several have.
    """
    try:
        return store.folder(name).name
    except RunNotFoundError as error:
        problem = str(error)
    records = store.records().records if name else ()
    found = [record.id for record in records if name in _names(store, record)]
    if len(found) > 1:
        raise SeveralRunsError(f"several runs are called {name!r}: {', '.join(found)}")
    if not found:
        raise UnknownRunError(problem)
    return found[0]


def _names(store: RunStore, record: RunRecord) -> set[str]:
    given = {record.config.name} if isinstance(record.config, RecordedConfig) else set()
    try:
        return given | {store.notes(record.id).name}
    except (DamagedRunError, RunNotFoundError):
        return given
