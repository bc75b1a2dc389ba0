"""How far the wiring of a run has gone: distances from its start and from epoch to epoch."""

from __future__ import annotations

from concurrent.futures import Future
from functools import partial
from typing import NamedTuple

import streamlit as st

from app.chart import chart
from app.course_distances import CourseDistances, Piece, measure, pieces, together
from app.curves import distance_curves, mark_epoch
from app.labels import escaped, sparse_layers
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
        said = f"{type(measured.error).__name__}: {measured.error}"
        st.error(escaped(f"This could not be computed. {said}"))
    if not n_pieces:
        st.caption("The first recorded epochs are measured when there are enough of them.")
    if measured.found:
        _draw(view, together(measured.found), marked)


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


class _Measured(NamedTuple):
    """The beginning of the course that is measured, of how many pieces, and what stopped it."""

    found: list[CourseDistances]
    n_pieces: int
    error: BaseException | None

    @property
    def is_pending(self) -> bool:
        return len(self.found) < self.n_pieces and self.error is None


def _measured(view: RunView) -> _Measured:
    wanted = list(pieces(view.recorded, is_growing=view.record.status.is_active))
    futures = [_future(view, piece) for piece in wanted]
    found: list[CourseDistances] = []
    for future in futures:
        if not future.done():
            break
        error = future.exception()
        if error is not None:
            return _Measured(found, len(wanted), error)
        found.append(future.result())
    return _Measured(found, len(wanted), None)


def _future(view: RunView, piece: Piece) -> Future[CourseDistances]:
    run_id = view.record.id
    key = ("course", run_id, piece)
    return analysis_pool().submit(key, measure, store().root, run_id, piece)
