"""How far the wiring of a run has gone: distances from its start and from epoch to epoch."""

from __future__ import annotations

from concurrent.futures import Future
from functools import partial

import streamlit as st

from app.chart import chart
from app.course_distances import CourseDistances, Piece, measure, pieces, together
from app.curves import distance_curves
from app.labels import escaped, sparse_layers
from app.palette import START
from app.run_reader import RunView
from app.services import analysis_pool, store

_POLL_SECONDS = 1.0
_HELP = (
    "NNSTD (Liu et al. 2020): neurons are matched one to one, and a pair costs 1 − shared inputs / "
    "all their inputs. From the start it says how much of the first wiring is left. From one "
    "recorded epoch to the next it says how fast the wiring changes; where epochs lie further "
    "apart, it is larger for that alone. Ties are broken by structure. Computed beside the page, "
    "on one core."
)


def course_panel(view: RunView, marked: int | None) -> None:
    """Draw it where the reader asks for it, as far as it is computed.

    Args:
        view: the run, up to now.
        marked: an epoch that is looked back at.
    """
    first = view.first
    if first is None or not first.is_chain or not sparse_layers(first) or len(view.recorded) < 2:
        return
    ticking = _is_pending(view)
    panel = partial(_panel, ticking=ticking)
    st.fragment(panel, run_every=_POLL_SECONDS if ticking else None)(view, marked)


def _panel(view: RunView, marked: int | None, *, ticking: bool) -> None:
    st.subheader("How far the wiring has gone", help=_HELP)
    if not st.toggle("Measure distances", key=_toggle(view)):
        return
    if ticking != _is_pending(view):
        st.rerun()  # with a timer, or without
    measured, n_pieces = _measured(view)
    if len(measured) < n_pieces:
        done = f"Measuring: {len(measured)} of {n_pieces} parts of the run."
        st.progress(len(measured) / n_pieces, done)
    if not n_pieces:
        st.caption("The first recorded epochs are measured when there are enough of them.")
    if measured:
        _draw(view, together(measured), marked)


def _draw(view: RunView, course: CourseDistances, marked: int | None) -> None:
    layers = sparse_layers(view.first) if view.first else []
    figure = distance_curves(course.epochs, course.from_start, course.from_previous, layers)
    if marked is not None:
        figure.add_vline(marked, line={"color": START, "width": 2})
    figure.update_layout(uirevision=view.record.id)
    chart(figure, "course", label="Distances of each layer by epoch", height=320)
    last = course.from_start[-1, layers].mean()
    st.caption(
        f"At epoch {course.epochs[-1]:,} the sparse layers are at {last:.3f} from where they began."
    )


def _toggle(view: RunView) -> str:
    return f"measure-course-{view.record.id}"


def _is_pending(view: RunView) -> bool:
    """Whether something that the reader asked for is being computed."""
    if not st.session_state.get(_toggle(view)):
        return False
    futures = [_future(view, piece) for piece in _pieces(view)]
    # The first that failed is shown, and nothing after it.
    done = [future.done() for future in futures]
    failed = any(future.done() and future.exception() is not None for future in futures)
    return not all(done) and not failed


def _pieces(view: RunView) -> list[Piece]:
    return list(pieces(view.recorded, is_growing=view.record.status.is_active))


def _future(view: RunView, piece: Piece) -> Future[CourseDistances]:
    run_id = view.record.id
    key = ("course", run_id, piece)
    return analysis_pool().submit(key, measure, store().root, run_id, piece)


def _measured(view: RunView) -> tuple[list[CourseDistances], int]:
    """The beginning of the course that is measured, and of how many pieces it is."""
    wanted, found = _pieces(view), []
    for piece in wanted:
        future = _future(view, piece)
        if not future.done():
            break
        error = future.exception()
        if error is not None:
            st.error(escaped(f"This could not be computed. {type(error).__name__}: {error}"))
            break
        found.append(future.result())
    return found, len(wanted)
