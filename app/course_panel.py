"""How far the wiring of a run has gone: distances from its start and from epoch to epoch."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app.chart import chart
from app.clicks import button
from app.course_distances import CourseDistances, Piece, pieces, together
from app.course_measuring import Measured
from app.curves import distance_curves, mark_epoch
from app.labels import escaped, sparse_layers
from app.run_reader import RunView
from app.services import course_measuring

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
    ticking = bool(st.session_state.get(_toggle(view))) and _measured(view).is_pending
    panel = partial(_panel, ticking=ticking)
    st.fragment(panel, run_every=_POLL_SECONDS if ticking else None)(view, marked)


def _panel(view: RunView, marked: int | None, *, ticking: bool) -> None:
    st.subheader("How far the wiring has gone", help=_HELP)
    if not st.toggle("Measure distances", key=_toggle(view)):
        st.caption("From the first wiring, and from each recorded epoch to the next, by layer.")
        return
    measured = _measured(view)
    if ticking != measured.is_pending:
        st.rerun()  # with a timer, or without
    n_done, n_pieces = len(measured.found), measured.n_pieces
    if n_done < n_pieces:
        st.progress(n_done / n_pieces, f"Measuring: {n_done} of {n_pieces} parts of the run.")
    if measured.error is not None:
        _say(view, measured.error)
    if not n_pieces:
        st.caption("The first recorded epochs are measured when there are enough of them.")
    if measured.found:
        _draw(view, together(measured.found), marked)


def _say(view: RunView, error: BaseException) -> None:
    st.error(escaped(f"This could not be computed. {type(error).__name__}: {error}"))
    if button("Try again", f"try-course-again-{view.record.id}", icon=":material/refresh:"):
        course_measuring(view.record.id).try_again(_wanted(view))
        st.rerun()


def _draw(view: RunView, course: CourseDistances, marked: int | None) -> None:
    layers = sparse_layers(view.first) if view.first else []
    figure = distance_curves(course.epochs, course.from_start, course.from_previous, layers)
    mark_epoch(figure, marked)
    figure.update_layout(uirevision=view.record.id)
    chart(figure, "course", label="Distances of each layer by epoch", height=320)
    last = course.from_start[-1, layers].mean()
    st.caption(
        f"At epoch {course.epochs[-1]:,} the sparse layers are at {last:.3f} from where they began."
    )


def _toggle(view: RunView) -> str:
    return f"measure-course-{view.record.id}"


def _measured(view: RunView) -> Measured:
    return course_measuring(view.record.id).of(_wanted(view))


def _wanted(view: RunView) -> list[Piece]:
    return list(pieces(view.recorded, is_growing=view.record.status.is_active))
