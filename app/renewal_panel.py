"""How the wiring of a run renews itself: what goes and comes, how old it is, who stays a hub."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from analysis import EpochMeasures
from app.awaited import awaited
from app.chart import chart
from app.curves import mark_epoch
from app.labels import sparse_layers
from app.newest import Newest
from app.renewal import measure_renewal, worth_measuring
from app.renewal_figures import renewal_figures
from app.run_facts import random_age
from app.run_reader import RunView
from app.services import analysis_pool, store

_HELP = (
    "Read from the recorded wirings in turn; where epochs lie further apart, more changes from one "
    "to the next for that alone. **Turnover**: share of the connections that are gone since the "
    "epoch recorded before. **Age**: epochs since a connection was first seen without a break; "
    r"were random ones removed, at a rate $\zeta$ an epoch, the mean would come to "
    r"$(1-\zeta)/\zeta$ (dashed). **Explored**: share of all places that ever had a connection, "
    "$R_p$ of Liu et al. 2021, arXiv 2102.02887. **Hubs that stayed**: share of the 1 % of the "
    "neurons with the highest in-degrees that were among them before. **Active neurons**: those on "
    "a path from an input to an output. **4-cycles**: pairs of inputs that two neurons share."
)


def renewal_panel(view: RunView, marked: int | None, *, is_redrawn: bool) -> None:
    """Draw it as far as it is measured.

    Args:
        view: the run, up to now.
        marked: an epoch that is looked back at.
        is_redrawn: whether the page is drawn anew by itself before long.
    """
    st.subheader("How the wiring renews itself", help=_HELP)
    epochs = worth_measuring(view.recorded, is_growing=view.record.status.is_active)
    if len(epochs) < 2:
        st.info("There is nothing to compare before the second wiring is recorded.")
        return
    run_id = view.record.id
    name = ("renewal", run_id)
    progress_of = analysis_pool().progress_of

    def progress(asked: tuple[int, ...]) -> float:
        return progress_of((name, asked)).read() / len(asked)

    def draw(now: Newest) -> None:
        _draw(view, now.result, marked)
        if now.is_pending:
            asked: tuple[int, ...] = now.pending_key  # type: ignore[assignment]
            st.progress(min(1.0, progress(asked)), f"Measuring {len(asked):,} wirings …")

    awaited(
        name,
        epochs,
        partial(measure_renewal, store().root, run_id, epochs, progress_of((name, epochs))),
        draw,
        is_redrawn=is_redrawn,
        progress=progress,
    )


def _draw(view: RunView, rows: Sequence[EpochMeasures], marked: int | None) -> None:
    layers = sparse_layers(view.first) if view.first else []
    figures = renewal_figures(rows, layers, random_age(view.record))
    columns = [*st.columns(3), *st.columns(3)]
    for column, (name, figure) in zip(columns, figures.items(), strict=True):
        mark_epoch(figure, marked)
        figure.update_layout(uirevision=view.record.id)
        with column:
            label = f"{figure.layout['title']['text']}, by epoch"
            chart(figure, f"renewal-{name}", label=label, height=280)
    st.caption(_sentence(rows[-1], layers))


def _sentence(last: EpochMeasures, layers: Sequence[int]) -> str:
    ages = [last.layers[index].mean_age for index in layers]
    explored = [last.layers[index].explored for index in layers]
    said = (
        f"At epoch {last.epoch:,} a connection of the sparse layers is {np.mean(ages):,.1f} epochs "
        f"old on average; {np.mean(explored):.0%} of all places have been tried"
    )
    if np.isnan(last.active_share):  # the layers are no chain
        return f"{said}."
    active = f"{last.active_share:.0%} of the neurons lie on a path from an input to an output"
    return f"{said}, and {active}."
