"""What speaks for a power law in the degrees of the networks of a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from analysis import SIDES, PowerLawFit, Side, SideEvidence
from app.awaited import awaited
from app.chart import chart
from app.common_layer import common_layer
from app.compared import ComparedNetwork
from app.counted_task import CountedTask
from app.evidence_job import BOOTSTRAP, measure_evidence
from app.figure import Figure
from app.newest import Newest
from app.palette import FIT, GREY
from app.services import store

EVIDENCE_HELP = (
    "The exponent α of the best power law, with its deviation over the bootstrap samples. Coloured "
    f"are networks for which p is at least 0.1 over {BOOTSTRAP:,} samples, so that a power law is "
    "not ruled out (Clauset, Shalizi & Newman 2009); between the lines at 2 and 3 lie exponents "
    "of what is called scale-free. Networks are not corrected for: who looks at many will find "
    "some."
)
"""How the figures are to be read."""


def evidence_comparison(networks: Sequence[ComparedNetwork]) -> None:
    """Draw it for the layer that the reader chooses, as far as it is computed."""
    st.subheader("Is it scale-free?", help=EVIDENCE_HELP)
    index = common_layer(networks, "evidence-layer")
    if index is None:
        return
    task = evidence_task(networks, index)
    draw = partial(_draw, networks, index)
    awaited(task.name, task.key, task.compute, draw, progress=task.share)


def evidence_task(networks: Sequence[ComparedNetwork], index: int) -> CountedTask:
    """The tests of both sides of one layer of each network.

    Args:
        networks: to be tested.
        index: of the layer, from 0.
    """
    return CountedTask(
        ("evidence", index, tuple(one.name for one in networks)),
        tuple(one.snapshot.layers[index].digest for one in networks),
        len(networks),
        measure_evidence,
        (store().root, [(one.record.id, one.epoch) for one in networks], index),
    )


def _draw(networks: Sequence[ComparedNetwork], index: int, now: Newest) -> None:
    names = [one.name for one in networks]
    for column, side, place in zip(st.columns(2), SIDES, (0, 1), strict=True):
        found = [both[place] for both in now.result]
        with column:
            figure = exponent_figure(names, found, side)
            label = f"Exponents of the {side}-degrees of layer {index + 1}"
            height = exponents_height(len(names))
            chart(figure, f"compared-{side}-exponents", label=label, height=height)
            st.dataframe(evidence_rows(names, found), hide_index=True, width="stretch")


def exponents_height(n_networks: int) -> int:
    """Of `exponent_figure` in pixels, so that all names fit."""
    return 160 + 22 * n_networks


def exponent_figure(names: Sequence[str], found: Sequence[SideEvidence], side: Side) -> Figure:
    """α of each network with its deviation; nothing where no power law can be fitted."""
    fits = [one.scale_free.fit if one.scale_free else None for one in found]
    spread = [0.0 if fit is None else _spread(fit) for fit in fits]
    figure = Figure()
    figure.add_scatter(
        x=np.array([np.nan if fit is None else fit.alpha for fit in fits], np.float32),
        y=list(names),
        error_x={"array": np.array(spread, np.float32), "thickness": 1.5, "color": GREY},
        mode="markers",
        name="α",
        uid="alpha",
        marker={"size": 9, "color": [FIT if _holds(one) else GREY for one in found]},
        hovertemplate="%{y}: α %{x:.2f}<extra></extra>",
    )
    for edge in (2, 3):
        figure.add_vline(edge, line={"color": GREY, "width": 1, "dash": "dot"})
    figure.update_layout(
        title=f"Exponents of the {side}-degrees",
        xaxis={"title": "α"},
        yaxis={"type": "category", "automargin": True, "autorange": "reversed"},
        showlegend=False,
    )
    return figure


def evidence_rows(names: Sequence[str], found: Sequence[SideEvidence]) -> list[dict[str, object]]:
    """A row for each network: the fit, its test, and the category."""
    rows: list[dict[str, object]] = []
    for name, one in zip(names, found, strict=True):
        row: dict[str, object] = {"Network": name}
        if one.scale_free is not None:
            fit = one.scale_free.fit
            row |= {
                "α": round(fit.alpha, 2),
                "±": round(_spread(fit), 2),
                "x_min": fit.xmin,
                "in the tail": fit.n_tail,
                "p": None if fit.p_value is None else round(fit.p_value, 3),
                "category": one.scale_free.category,
            }
        else:
            row["category"] = str(one.no_tail)
        rows.append(row)
    return rows


def _spread(fit: PowerLawFit) -> float:
    """Deviation of α: over the bootstrap samples, or else by its own formula."""
    return fit.alpha_error if fit.alpha_spread is None else fit.alpha_spread


def _holds(one: SideEvidence) -> bool:
    """Whether a power law is not ruled out."""
    p_value = one.scale_free.fit.p_value if one.scale_free else None
    return p_value is not None and p_value >= 0.1
