"""One run, live: progress and controls, learning curves, and how its wiring changes."""

from __future__ import annotations

import streamlit as st

from analysis import SIDES
from app.chart import chart
from app.curves import accuracy_curves, dispersion_curves, loss_curves
from app.degree_panel import degree_panel
from app.labels import data_name, duration, escaped, listed, sparse_layers
from app.layer_choice import layer_choice
from app.run_header import run_header
from app.run_reader import RunView
from app.services import reader, store
from set_engine import DamagedRunError, RunNotFoundError

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


def live_panel(run_id: str, *, ticking: bool) -> None:
    """Draw the run as it is now.

    Args:
        run_id: the run.
        ticking: whether a timer calls this again and again, as it should while there is news.
    """
    try:
        view = reader(run_id).read()
    except (RunNotFoundError, DamagedRunError) as error:
        st.error(escaped(f"{error}."), icon=":material/error:")
        return
    if ticking and not view.is_expecting:
        st.rerun()  # draws the whole page anew, without the timer
    run_header(view)
    for problem in view.problems:
        st.warning(escaped(problem), icon=":material/warning:")
    if view.first is None or view.latest is None:
        return
    if view.metrics or view.record.status.is_active:
        _numbers(view)
        _curves(view)
    _wiring(view)
    _settings(view)


def _numbers(view: RunView) -> None:
    last = view.metrics[-1] if view.metrics else None
    best = max((row.test_accuracy for row in view.metrics), default=None)
    latest, layers = view.latest, sparse_layers(view.first) if view.first else []
    connections = sum(latest.layers[index].n_connections for index in layers) if latest else 0
    now = view.dispersion["in"][-1, layers].tolist() if layers else []
    with st.container(horizontal=True, gap="medium"):
        _number("Test accuracy", f"{last.test_accuracy:.2%}" if last else "–")
        _number("Best test accuracy", f"{best:.2%}" if best is not None else "–")
        _number("Training loss", f"{last.train_loss:.4f}" if last else "–")
        _number("Sparse connections", f"{connections:,}", _CONNECTIONS_HELP)
        _number(
            "Variance/mean, in-degrees",
            " · ".join(f"{value:.1f}" for value in now) or "–",
            f"Of layers {listed([index + 1 for index in layers])}. {_HETEROGENEITY_HELP}",
        )


def _number(label: str, value: str, explanation: str | None = None) -> None:
    st.metric(label, value, help=explanation, width="content")


def _curves(view: RunView) -> None:
    run_id = view.record.id
    layers = sparse_layers(view.first) if view.first else []
    left, middle, right = st.columns(3)
    for column, name, figure, label in (
        (left, "loss", loss_curves(view.metrics), "Training and test loss by epoch"),
        (middle, "accuracy", accuracy_curves(view.metrics), "Training and test accuracy by epoch"),
        (
            right,
            "dispersion",
            dispersion_curves(view.dispersion_epochs, view.dispersion, layers),
            "Variance over mean of the in- and out-degrees of each layer by epoch",
        ),
    ):
        with column:
            chart(figure.update_layout(uirevision=run_id), name, label=label, height=300)


def _wiring(view: RunView) -> None:
    first, latest = view.first, view.latest
    if first is None or latest is None:
        return
    layers = sparse_layers(first)
    st.subheader(f"Degrees at epoch {latest.epoch:,}", help=_HETEROGENEITY_HELP)
    if not layers:
        st.info("Every layer is full: there is no wiring to choose. Lower ε for sparse layers.")
        return
    index = layer_choice(first, layers, f"layer-{view.record.id}")
    for side in SIDES:
        scope = f"{view.record.id} {index} {side}"
        degree_panel(first.layers[index], latest.layers[index], index, side, scope)


def _settings(view: RunView) -> None:
    record = view.record
    config = record.config
    widths = listed(view.latest.widths if view.latest else config.hidden)
    with st.expander("Settings and origin of this run"):
        st.markdown(
            f"**{escaped(data_name(record))}**, widths {widths}, "
            f"{config.activation}, ε {config.epsilon:g}, ζ {config.zeta:g}; {config.epochs:,} "
            f"epochs of batches of {config.batch_size}, learning rate {config.learning_rate:g}, "
            f"momentum {config.momentum:g}, weight decay {config.weight_decay:g}, dropout "
            f"{config.dropout:g}, seed {config.seed}."
        )
        versions = listed([f"{name} {number}" for name, number in record.versions.items()])
        st.caption(
            escaped(
                f"{record.id} in {store().root.resolve()}, trained on {record.host}, "
                f"{record.n_cores} cores, for {duration(view.trained_seconds)}. {versions}."
            )
        )
