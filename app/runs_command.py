"""`setscope runs`, `label`, `delete` and `restore`: what the page of runs does, as typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from app.named_run import UnknownRunError, named_run
from app.run_filter import RunFilter
from app.run_index import RunIndex, RunOverview
from app.run_summary import FACTS, SETTINGS
from set_engine import (
    DamagedRunError,
    RunExistsError,
    RunInUseError,
    RunNotes,
    RunNotesError,
    RunNotFoundError,
    RunStore,
    RunTrash,
)

_REASONS = (
    RunNotesError,
    DamagedRunError,
    RunInUseError,
    RunExistsError,
    RunNotFoundError,
    OSError,
)


class RunsCommandError(ValueError):
    """Something that is not done to any run; the message says why."""


class Done(NamedTuple):
    """Ids of the runs that it was done to, and a sentence for each that it could not be."""

    ids: list[str]
    problems: list[str]


def list_runs(
    store: RunStore, text: str, fact: str | None, *, is_ascending: bool, is_trash: bool
) -> RunOverview:
    """The runs that pass a filter.

    Args:
        store: of the runs.
        text: the filter, see `RunFilter`.
        fact: to sort by, of `FACTS` or `SETTINGS`; by when they began if None. What has it not
            stands last.
        is_ascending: whether the smallest, or oldest, comes first.
        is_trash: whether they are those that were deleted.

    Raises:
        RunFilterError: if the filter is none.
        ValueError: if there is no such fact.
    """
    names = (*FACTS, *SETTINGS)
    if fact is not None and fact not in names:
        raise ValueError(f"sort is {fact!r}; it must be one of {', '.join(names)}")
    run_filter = RunFilter(text, names, FACTS)
    found = RunIndex(RunTrash(store).store if is_trash else store).read()
    runs = [run for run in found.runs if run_filter.passes(run.facts)]
    if fact is None:
        runs = runs[::-1] if is_ascending else runs
    else:
        with_fact = [run for run in runs if run.facts[fact] is not None]
        with_fact.sort(key=lambda run: run.facts[fact], reverse=not is_ascending)
        runs = [*with_fact, *(run for run in runs if run.facts[fact] is None)]
    return RunOverview(tuple(runs), found.problems)


def label_runs(
    store: RunStore,
    names: Sequence[str],
    name: str | None,
    tags: Sequence[str],
    untags: Sequence[str],
    note: str | None,
    is_baseline: bool | None,
) -> Done:
    """Change what people say of runs.

    Args:
        store: of the runs.
        names: of the runs.
        name, note: of one run; None leaves them.
        tags, untags: to add and to take off.
        is_baseline: whether the one run is the baseline from now on; None leaves that.

    Raises:
        RunsCommandError: if there is no such run, several have the name, or there is nothing to do.
    """
    ids = _ids(store, names)
    if len(ids) > 1 and (name, note, is_baseline) != (None, None, None):
        raise RunsCommandError(f"a name, a note and the baseline are of one run, not of {len(ids)}")
    if not tags and not untags and (name, note, is_baseline) == (None, None, None):
        raise RunsCommandError("there is nothing to change: see `setscope label --help`")

    def say(run_id: str) -> None:
        before = store.notes(run_id)
        kept = [tag for tag in (*before.tags, *tags) if tag not in untags]
        said = RunNotes(
            name=before.name if name is None else name,
            tags=tuple(kept),
            note=before.note if note is None else note,
        )
        store.write_notes(run_id, said)
        if is_baseline is True or (is_baseline is False and store.baseline == run_id):
            store.pin_baseline(run_id if is_baseline else None)

    return _each(say, ids)


def delete_runs(store: RunStore, names: Sequence[str], *, is_for_good: bool) -> Done:
    """Move runs into the trash, or out of it for good.

    Raises:
        RunsCommandError: if there is no such run there.
    """
    trash = RunTrash(store)
    if is_for_good:
        return _each(trash.delete, _ids(trash.store, names))
    return _each(trash.put, _ids(store, names))


def restore_runs(store: RunStore, names: Sequence[str]) -> Done:
    """Bring runs back from the trash.

    Raises:
        RunsCommandError: if there is no such run there.
    """
    trash = RunTrash(store)
    return _each(trash.restore, _ids(trash.store, names))


def _ids(store: RunStore, names: Sequence[str]) -> list[str]:
    try:
        return list(dict.fromkeys(named_run(store, name) for name in names))
    except UnknownRunError as error:
        raise RunsCommandError(str(error)) from error


def _each(act: Callable[[str], None], run_ids: Sequence[str]) -> Done:
    """Do it to each run, whatever happens with the others."""
    done, problems = [], []
    for run_id in run_ids:
        try:
            act(run_id)
        except _REASONS as error:
            problems.append(str(error))
        else:
            done.append(run_id)
    return Done(done, problems)
