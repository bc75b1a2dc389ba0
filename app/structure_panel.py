"""Motifs, structure and paths of a network beside random networks."""

from __future__ import annotations

from functools import partial
from math import isfinite

import numpy as np
import streamlit as st

from analysis import NULLS, NetworkEvidence, Null, network_evidence
from app.analysis_pool import ProgressFile
from app.awaited import awaited
from app.chart import chart
from app.newest import Newest
from app.null_rows import OF_NULL, NullRow, null_rows
from app.run_reader import RunView
from app.services import analysis_pool
from app.structure_figures import deviation_figure
from topology import TopologySnapshot

_SAMPLES, _SEED = 40, 0  # 39 are the fewest that can show p below 0.05 on both sides
_NAMES = {
    "degrees": "as many connections of each neuron",
    "density": "as many connections of each layer",
}
_HELP = (
    f"Each measure is compared with the same measure of {_SAMPLES} random networks: "
    r"$z = (x - \bar x_\mathrm{null}) / s_\mathrm{null}$. Those with every neuron's degrees are "
    "drawn by Curveball trades (Strona et al. 2014, Nature Communications 5:4114); they say what "
    "the degrees alone do not explain. Those with only as many connections say what the degrees "
    "explain as well. **4-cycles**: two inputs that two neurons share. **Clustering**: Robins & "
    "Alexander 2004; Latapy et al. 2008. **Small world** (Watts & Strogatz 1998) would be more "
    "clustering than the null at a mean distance about as short."
)


def structure_panel(view: RunView, *, is_redrawn: bool) -> None:
    """Draw it where the reader asks for it.

    Args:
        view: the run as it is shown.
        is_redrawn: whether the page is drawn anew by itself before long.
    """
    latest = view.latest
    if latest is None:
        return
    st.subheader("Motifs and paths against chance", help=_HELP)
    null: Null = st.segmented_control(
        "Random networks have",
        NULLS,
        default=NULLS[0],
        format_func=_NAMES.__getitem__,
        required=True,
        key="structure-null",
        persist_state="session",
    )
    if not st.toggle(f"Compare with {_SAMPLES} random networks", key="structure-compared"):
        st.caption(
            "On one core beside the page; a second for a small network, minutes for a large."
        )
        return
    name, key = ("structure", view.record.id, null), (latest.epoch, latest.digest)
    progress_of = analysis_pool().progress_of
    awaited(
        name,
        key,
        partial(measure_structure, latest, null, progress_of((name, key))),
        partial(_draw, view.record.id),
        is_redrawn=is_redrawn,
        progress=lambda asked: progress_of((name, asked)).read() / _SAMPLES,
    )


def measure_structure(
    snapshot: TopologySnapshot, null: Null, report: ProgressFile
) -> NetworkEvidence:
    """Compare a network with random ones, in a process of the pool.

    Raises:
        ValueError: if a layer has no connection.
    """
    rng = np.random.default_rng(_SEED)
    return network_evidence(snapshot, _SAMPLES, null=null, bootstrap=1, rng=rng, progress=report)


def _draw(run_id: str, now: Newest) -> None:
    found: NetworkEvidence = now.result
    rows = list(null_rows(found))
    st.markdown(_sentence(rows))
    newer = "; a newer one is being compared" if now.is_pending else ""
    st.caption(f"At epoch {found.epoch:,}{newer}.")
    figure = deviation_figure(rows)
    figure.update_layout(uirevision=run_id)
    label = "Distance of each measure from the mean of random networks, in their deviations"
    chart(figure, "structure", label=label, height=420)
    headings = ("Layer", "Measure", *OF_NULL)
    table = [
        dict(zip(headings, (row.where, row.measure, *row.cells()), strict=True)) for row in rows
    ]
    aligned = {name: st.column_config.TextColumn(alignment="right") for name in OF_NULL}
    st.dataframe(table, hide_index=True, width="stretch", column_config=aligned)


def _sentence(rows: list[NullRow]) -> str:
    by_chance = 0.05 * len(rows)
    far = [row for row in rows if row.found.p_value < 0.05]
    if not far:
        return f"None of {len(rows)} measures differs from random networks at p < 0.05."
    # Where random networks have one value alone, any other is infinitely far off, however near.
    comparable = [row for row in far if isfinite(row.found.z)]
    most = max(comparable or far, key=lambda row: abs(row.found.z))
    return (
        f"{len(far)} of {len(rows)} measures differ from random networks at p < 0.05, where chance "
        f"alone would give {by_chance:.0f} or so; furthest off is **{most.measure}** of "
        f"{most.where}, at z = {most.cells()[3]}."
    )
