"""What can be done with the runs that are chosen in the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from app.clicks import button, key_of
from app.compared import MOST
from app.download_panel import download_panel
from app.labels import escaped
from app.network_choice import RUNS_PARAMETER
from app.run_summary import RunSummary
from app.services import store
from app.views import compare, live
from set_engine import (
    RunExistsError,
    RunInUseError,
    RunNotes,
    RunNotesError,
    RunNotFoundError,
    RunTrash,
)

_UNCHOSEN = "Choose runs at the left of the table, to open, compare, tag or delete them."


def run_desk(chosen: Sequence[RunSummary], shown: Sequence[RunSummary]) -> None:
    """Draw what fits the choice: of none, what to do; of one, its name and notes.

    Args:
        chosen: the runs.
        shown: all that pass the filter.
    """
    if not chosen:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(_UNCHOSEN)
            if len(shown) > 1:
                _compare_link(shown, "Compare all of these")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{_counted(len(chosen))} chosen**", width="content")
        if len(chosen) == 1:
            _open_link(chosen[0])
            _baseline_link(chosen[0])
            _baseline_button(chosen[0])
            download_panel(chosen[0].record.id)
        else:
            _compare_link(chosen, "Compare these")
        _delete_button(chosen)
    if len(chosen) == 1:
        _notes_form(chosen[0])
    else:
        _tags_form(chosen)


def in_trash(act: Callable[[str], None], run_ids: Sequence[str]) -> list[str]:
    """Move runs into or out of the trash; a sentence for each that could not be moved."""
    problems = []
    for run_id in run_ids:
        try:
            act(run_id)
        except (RunInUseError, RunExistsError, RunNotFoundError, OSError) as error:
            problems.append(str(error))
    return problems


def _counted(n_runs: int) -> str:
    return f"{n_runs} run" if n_runs == 1 else f"{n_runs} runs"


def _open_link(run: RunSummary) -> None:
    st.page_link(
        st.Page(live.render, url_path="live", default=True),
        label="Open",
        icon=":material/open_in_new:",
        query_params={"run": run.record.id},
    )


def _compare_link(runs: Sequence[RunSummary], label: str) -> None:
    _link_to_compare(
        [run.record.id for run in runs[:MOST]],
        label if len(runs) <= MOST else f"Compare the first {MOST}",
    )


def _baseline_link(run: RunSummary) -> None:
    baseline = store().baseline
    if baseline is not None and baseline != run.record.id:
        _link_to_compare([baseline, run.record.id], "Compare with the baseline")


def _link_to_compare(run_ids: Sequence[str], label: str) -> None:
    st.page_link(
        st.Page(compare.render, url_path=compare.URL_PATH),
        label=label,
        icon=":material/compare_arrows:",
        query_params={RUNS_PARAMETER: ",".join(run_ids)},
    )


def _baseline_button(run: RunSummary) -> None:
    label = "Unpin" if run.is_baseline else "Pin as baseline"
    if button(label, f"pin-{run.record.id}", icon=":material/keep:"):
        store().pin_baseline(None if run.is_baseline else run.record.id)
        st.rerun()


def _delete_button(chosen: Sequence[RunSummary]) -> None:
    ids = [run.record.id for run in chosen]
    help_text = "Into the trash at the foot of the page, from where it can be restored."
    if not button("Delete", key_of("delete", ids), icon=":material/delete:", help=help_text):
        return
    problems = in_trash(RunTrash(store()).put, ids)
    for problem in problems:
        st.toast(escaped(f"{problem}."), icon=":material/error:")
    n_gone = len(ids) - len(problems)
    if n_gone:
        st.toast(f"{_counted(n_gone)} in the trash.", icon=":material/delete:")
    st.rerun()


def _notes_form(run: RunSummary) -> None:
    run_id, notes = run.record.id, run.notes
    with st.form(f"notes-{run_id}"):
        left, right = st.columns([2, 3])
        name = left.text_input("Name", notes.name, placeholder=run.name)
        tags = left.text_input("Tags", ", ".join(notes.tags), placeholder="paper, good")
        note = right.text_area("Note", notes.note, height=124)
        if not st.form_submit_button("Save"):
            return
    if _saved(run_id, name, _tags(tags), note):
        st.rerun()


def _tags_form(chosen: Sequence[RunSummary]) -> None:
    with st.form("tags-of-many"), st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input("Tags to add", placeholder="paper, good")
        if not st.form_submit_button("Add"):
            return
    saved = [
        _saved(run.record.id, run.notes.name, (*run.notes.tags, *_tags(text)), run.notes.note)
        for run in chosen
    ]
    if all(saved):
        st.rerun()


def _tags(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _saved(run_id: str, name: str, tags: tuple[str, ...], note: str) -> bool:
    """Whether it could be; if not, the page says why."""
    try:
        store().write_notes(run_id, RunNotes(name=name, tags=tags, note=note))
    except (RunNotesError, RunNotFoundError, OSError) as error:
        st.error(escaped(f"{error}."), icon=":material/error:")
        return False
    return True
