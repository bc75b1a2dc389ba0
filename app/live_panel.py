"""One run, live: progress and controls, learning curves, and how its wiring changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from analysis import SIDES
from app.chart import chart
from app.course_panel import course_panel
from app.curve_look import curve_look, curve_look_choice
from app.curves import accuracy_curves, dispersion_curves, loss_curves, mark_epoch, values_of
from app.degree_panel import course_of_degrees, degree_panel, measured
from app.evidence_panel import evidence_panel
from app.image_panel import image_panel
from app.labels import escaped, listed, sparse_layers
from app.layer_choice import layer_choice
from app.origin_panel import origin_panel
from app.pulse import (
    Stage,
    inputs_come_first,
    is_drawn_before_long,
    pulse_of_body,
    pulse_of_head,
    pulse_of_section,
)
from app.renewal_panel import renewal_panel
from app.replay import as_of, replay_bar, replay_of
from app.run_facts import all_full, is_classifier, layers_note, loss_unit, pixels_shape
from app.run_header import run_header
from app.run_reader import RunView
from app.services import reader
from app.story_panel import LOOK_AT
from app.structure_panel import structure_panel
from app.wiring_panel import wiring_panel
from set_engine import DamagedRunError, RunNotFoundError

_DEGREES, _EVIDENCE, _WIRING = "Degrees", "Scale-free?", "Wiring"
_OF_A_LAYER = (_DEGREES, _EVIDENCE, _WIRING)
_STRUCTURE, _RENEWAL, _DISTANCES, _IMAGES = "Structure", "Renewal", "Distances", "Images"
SECTIONS = (*_OF_A_LAYER, _STRUCTURE, _RENEWAL, _DISTANCES, _IMAGES)
"""Parts of the page below the curves, of which one is drawn."""

_HETEROGENEITY_HELP = (
    "Variance of the degrees divided by their mean (index of dispersion). Random wiring gives "
    "1 − density, just below the dashed line at 1; a few hubs among many neurons with few "
    "connections give much more."
)

_CONNECTIONS_HELP = (
    "In all layers that are not full. Their number stays the same through every evolution; after "
    "the last epoch connections are removed only, among them all whose weight is exactly 0, such "
    "as those into neurons that never fire."
)

_ACCURACY_HELP = "Share of the test samples classified rightly after the last completed epoch."
_BEST_HELP = (
    "Over all epochs so far. It is chosen by the test samples themselves, and so a little too good."
)
_TRAINING_HELP = "The mean over the batches of the last completed epoch, while it was trained."
_ERROR_HELP = (
    "Mean squared difference between test samples, in [0, 1], and their reconstructions, after the "
    "last completed epoch."
)


def stage_of(run_id: str) -> Stage | None:
    """What the whole page is to show of the run; None if it cannot be read."""
    try:
        return Stage.of(reader(run_id).glance())
    except (RunNotFoundError, DamagedRunError):
        return None  # the head says it


def live_head(run_id: str, stage: Stage | None) -> None:
    """Draw how far the run is, and what steers it.

    Args:
        run_id: the run.
        stage: that the page was drawn at; at another one, all of it is drawn anew.
    """
    try:
        view = reader(run_id).glance()
    except (RunNotFoundError, DamagedRunError) as error:
        st.error(escaped(f"{error}."), icon=":material/error:")
        return
    if stage is not None and Stage.of(view) != stage:
        st.rerun()
    run_header(view)
    for problem in view.problems:
        st.warning(escaped(problem), icon=":material/warning:")
    pulse_of_head(view)


def live_body(run_id: str) -> None:
    """Draw what the run has learned so far, and the player that looks back at it.

    Args:
        run_id: the run.
    """
    inputs_come_first("body")
    view = _read(run_id)
    if view is None:
        return
    if view.first is None or view.latest is None:
        pulse_of_body(view)
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if replay_bar(view) is None:
            st.space("stretch")
        curve_look_choice()
    pulse_of_body(view)  # after the player, which may have moved on
    look = _look_at(view)
    if look.marked is not None and look.shown is view:
        st.warning(f"The wiring of epoch {look.marked:,} cannot be read.")
    if view.metrics or view.record.status.is_active:
        _numbers(look.shown)
        _curves(view, look.marked)


def live_section(run_id: str) -> None:
    """Draw what the reader has chosen to see of the wiring, and where the run comes from.

    It stands beside the body, and not in it: a choice in it draws no curves anew, and is answered
    the sooner.

    Args:
        run_id: the run.
    """
    inputs_come_first("section")
    view = _read(run_id, budget_seconds=0.0)
    if view is None:
        return
    pulse_of_section(view)
    if view.first is None or view.latest is None:
        return
    _section(view, _look_at(view))
    origin_panel(view)


class _Look(NamedTuple):
    """How the run is looked at.

    Attributes:
        shown: the run as it was then.
        when: what that is called.
        marked: the epoch that is looked back at; None as it is now.
    """

    shown: RunView
    when: str
    marked: int | None


def _read(run_id: str, budget_seconds: float = 0.3) -> RunView | None:
    try:
        return reader(run_id).read(budget_seconds)
    except (RunNotFoundError, DamagedRunError):
        return None  # the head says it


def _look_at(view: RunView) -> _Look:
    """As the player says; as it is now where the wiring that is looked back at cannot be read."""
    replay = replay_of(view.record.id)
    if replay is None:
        return _Look(view, "Now", None)
    wiring = reader(view.record.id).wiring(replay.epoch)
    if wiring is None:
        return _Look(view, "Now", replay.epoch)
    return _Look(as_of(view, wiring), f"Epoch {replay.epoch:,}", replay.epoch)


def _numbers(view: RunView) -> None:
    latest, layers = view.latest, sparse_layers(view.first) if view.first else []
    connections = sum(latest.layers[index].n_connections for index in layers) if latest else 0
    now = [measured(latest.layers[index], "in").variance_to_mean for index in layers if latest]
    with st.container(horizontal=True, gap="medium"):
        for label, value, explanation in (*_scores(view), *_own_figures(view)):
            _number(label, value, explanation)
        _number("Sparse connections", f"{connections:,}", _CONNECTIONS_HELP)
        if now:
            _number(
                "Variance/mean, in-degrees",
                " · ".join(f"{value:.1f}" for value in now),
                f"Of layers {listed([index + 1 for index in layers])}. {_HETEROGENEITY_HELP}",
            )


def _scores(view: RunView) -> list[tuple[str, str, str]]:
    """Label, value and explanation of how good the network is."""
    train_loss, test_loss = (
        values_of(view.metrics, "train_loss"),
        values_of(view.metrics, "test_loss"),
    )
    if not is_classifier(view.record):
        return [
            ("Test error", _last(test_loss), _ERROR_HELP),
            ("Best test error", f"{min(test_loss):.4f}" if test_loss else "–", _BEST_HELP),
            ("Training error", _last(train_loss), _TRAINING_HELP),
        ]
    accuracy = values_of(view.metrics, "test_accuracy")
    return [
        ("Test accuracy", f"{accuracy[-1]:.2%}" if accuracy else "–", _ACCURACY_HELP),
        ("Best test accuracy", f"{max(accuracy):.2%}" if accuracy else "–", _BEST_HELP),
        ("Training loss", _last(train_loss), f"In {loss_unit(view.record)}. {_TRAINING_HELP}"),
    ]


def _own_figures(view: RunView) -> list[tuple[str, str, str]]:
    """What else a training loop measured in its last epoch."""
    figures = view.metrics[-1].figures if view.metrics else {}
    return [
        (name, f"{value:.4g}", "Of the training loop itself.") for name, value in figures.items()
    ]


def _last(values: Sequence[float]) -> str:
    return f"{values[-1]:.4f}" if values else "–"


def _number(label: str, value: str, explanation: str) -> None:
    st.metric(label, value, help=explanation, width="content")


def _curves(view: RunView, marked: int | None) -> None:
    """Draw the course of the run, with a line at an epoch that is looked back at."""
    layers, look = sparse_layers(view.first) if view.first else [], curve_look()
    title = "Loss" if is_classifier(view.record) else "Error of the reconstruction"
    charts = [
        (
            "loss",
            loss_curves(view.metrics, title, loss_unit(view.record), look),
            "Training and test loss by epoch",
        ),
        (
            "dispersion",
            dispersion_curves(view.dispersion_epochs, view.dispersion, layers),
            "Variance over mean of the in- and out-degrees of each layer by epoch",
        ),
    ]
    if is_classifier(view.record):
        label = "Training and test accuracy by epoch"
        charts.insert(1, ("accuracy", accuracy_curves(view.metrics, look), label))
    for column, (name, figure, label) in zip(st.columns(len(charts)), charts, strict=True):
        with column:
            mark_epoch(figure, marked)
            figure.update_layout(uirevision=f"{view.record.id} {look}")
            chart(figure, name, label=label, height=300)


def _section(view: RunView, look: _Look) -> None:
    """The part of the page that the reader has chosen: drawing all would take from the training."""
    shown, when, marked = look
    sections = _sections(view)
    if not sections:
        st.info(all_full(view.record))
        return
    chosen = st.segmented_control(
        "What to look at",
        sections,
        default=sections[0],
        required=True,
        key=LOOK_AT,
        label_visibility="collapsed",
        persist_state="session",
    )
    # The next drawing shows what was computed meanwhile.
    is_redrawn = is_drawn_before_long(view)
    if chosen in _OF_A_LAYER:
        index = _layer(view)
        if chosen == _DEGREES:
            _degrees(view, shown, when, marked, index)
        elif chosen == _EVIDENCE:
            evidence_panel(shown, index, is_redrawn=is_redrawn)
        else:
            wiring_panel(view, shown, when, index)
    elif chosen == _STRUCTURE:
        structure_panel(shown, is_redrawn=is_redrawn)
    elif chosen == _RENEWAL:
        renewal_panel(view, marked, is_redrawn=is_redrawn)
    elif chosen == _DISTANCES:
        course_panel(view, marked)
    else:
        image_panel(shown, when)


def _sections(view: RunView) -> list[str]:
    """Those that the run has something to show in."""
    first = view.first
    sparse = bool(first is not None and sparse_layers(first))
    found = [*_OF_A_LAYER, _STRUCTURE, _RENEWAL] if sparse else []
    if sparse and first is not None and first.is_chain:
        found.append(_DISTANCES)
    if not is_classifier(view.record) or (sparse and pixels_shape(view.record) is not None):
        found.append(_IMAGES)
    return found


def _layer(view: RunView) -> int:
    """The layer that the reader has chosen, from 0."""
    assert view.first is not None, "a section needs a wiring"
    return layer_choice(view.first, sparse_layers(view.first), f"layer-{view.record.id}")


def _degrees(view: RunView, shown: RunView, when: str, marked: int | None, index: int) -> None:
    first, latest = view.first, shown.latest
    if first is None or latest is None:
        return
    st.subheader(f"Degrees at epoch {latest.epoch:,}", help=_HETEROGENEITY_HELP)
    note = layers_note(view.record)
    if note:
        st.caption(note)
    for side in SIDES:
        scope = f"{view.record.id} {index} {side}"
        degree_panel(first.layers[index], latest.layers[index], index, side, when, scope)
    course_of_degrees(view, index, marked)
