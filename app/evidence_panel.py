"""Whether the degrees of a layer are scale-free: the verdict first, and what it rests on."""

from __future__ import annotations

from functools import partial

import streamlit as st

from analysis import SIDES, ScaleFreeEvidence, Side, SideEvidence, side_evidence
from app.awaited import awaited
from app.chart import chart
from app.evidence_figures import ratio_figure
from app.labels import escaped
from app.newest import Newest
from app.run_reader import RunView

_BOOTSTRAP, _SEED = 1000, 0
_HELP = (
    r"A power law $P(k) \propto k^{-\alpha}$ for $k \geq x_\mathrm{min}$ is fitted by maximum "
    "likelihood, and $x_\\mathrm{min}$ chosen for the smallest Kolmogorov–Smirnov distance. Its "
    f"$p$ is the share of {_BOOTSTRAP:,} samples of the fitted law that fit worse; below 0.1 it is "
    "ruled out (Clauset, Shalizi & Newman 2009, SIAM Review 51:661). Against each rival law stands "
    "a likelihood-ratio test (Vuong 1989). The categories are those of Broido & Clauset 2019, "
    "Nature Communications 10:1017. Epochs are not corrected for: who looks at many will find some."
)
_CATEGORY_HELP = (
    "super-weak: no alternative is favoured. weakest: p is at least 0.1. weak: also at least 50 "
    "neurons lie in the tail. strong: also 2 < α < 3 and no alternative is favoured."
)


def evidence_panel(view: RunView, index: int, *, is_redrawn: bool) -> None:
    """Draw it for both sides of a layer.

    Args:
        view: the run as it is shown.
        index: which layer, from 0.
        is_redrawn: whether the page is drawn anew by itself before long.
    """
    latest = view.latest
    if latest is None:
        return
    layer = latest.layers[index]
    st.subheader("Is it scale-free?", help=_HELP)
    if not layer.n_connections:
        st.info("This layer has no connection left.")
        return
    for column, side in zip(st.columns(2), SIDES, strict=True):
        with column:
            st.markdown(f"**{side.capitalize()}-degrees of layer {index + 1}**")
            awaited(
                ("scale-free", view.record.id, index, side),
                (latest.epoch, layer.digest),
                partial(side_evidence, layer, side, _BOOTSTRAP, _SEED),
                partial(_draw, view.record.id, index, side),
                is_redrawn=is_redrawn,
            )


def _draw(run_id: str, index: int, side: Side, now: Newest) -> None:
    found: SideEvidence = now.result
    epoch = now.key[0]  # type: ignore[index]
    evidence = found.scale_free
    said = evidence.verdict if evidence else f"No power law can be fitted: {found.no_tail}."
    st.markdown(escaped(said))
    st.caption(f"At epoch {epoch:,}{'; a newer one is being tested' if now.is_pending else ''}.")
    _heterogeneity(found)
    if evidence is None:
        return
    _fit(evidence)
    figure = ratio_figure(evidence)
    figure.update_layout(uirevision=f"{run_id} {index} {side}")
    label = f"Likelihood ratios of the power law to other laws, {side}-degrees"
    chart(figure, f"{side}-ratios", label=label, height=260)


def _heterogeneity(found: SideEvidence) -> None:
    degrees = found.degrees
    _row(
        ("Variance/mean", f"{degrees.variance_to_mean:.2f}", "1 − density for random wiring."),
        ("Gini", f"{degrees.gini:.3f}", "0 if all degrees are equal, towards 1 if one has all."),
        ("Top 1 %", f"{degrees.top_share:.1%}", "Share of all connections that they have."),
        ("Unconnected", f"{degrees.n_zero:,} of {degrees.n:,}", "Neurons of degree 0."),
    )


def _fit(evidence: ScaleFreeEvidence) -> None:
    fit = evidence.fit
    spread = fit.alpha_error if fit.alpha_spread is None else fit.alpha_spread
    p_value, error = fit.p_value or 0.0, fit.p_error or 0.0
    _row(
        ("α", f"{fit.alpha:.2f} ± {spread:.2f}", "Its deviation over the bootstrap samples."),
        ("x_min", f"{fit.xmin:,}", f"{fit.n_tail:,} neurons lie in the tail from here on."),
        ("p", f"{p_value:.3f} ± {error:.3f}", "Of the fit; its error is that of the sampling."),
        ("Category", evidence.category, _CATEGORY_HELP),
    )


def _row(*figures: tuple[str, str, str]) -> None:
    with st.container(horizontal=True, gap="medium"):
        for label, value, explanation in figures:
            st.metric(label, value, help=explanation, width="content")
