"""Figures of what speaks for and against a power law."""

from __future__ import annotations

import numpy as np

from analysis import Comparison, ScaleFreeEvidence
from app.figure import Figure
from app.palette import BLUE, FIT, GREY

_COLORS = {"power law": FIT, "alternative": BLUE, "neither": GREY}
_REACH = 4.0  # standard deviations on either side; what lies further is drawn at the border


def ratio_figure(evidence: ScaleFreeEvidence) -> Figure:
    """The likelihood ratio of the power law to each alternative, in its standard deviations.

    To the right of 0 the power law is the likelier, to the left the alternative. A ratio that does
    not count, at p of 0.1 or more, is grey.
    """
    rows = evidence.comparisons[::-1]  # the first one on top
    ratios = np.array([one.normalised for one in rows])
    figure = Figure()
    figure.add_bar(
        x=np.clip(ratios, -_REACH, _REACH).astype(np.float32),
        y=[one.alternative for one in rows],
        orientation="h",
        marker={"color": [_COLORS[one.favoured] for one in rows]},
        text=[_p_value(one) for one in rows],
        textposition="outside",
        cliponaxis=False,
        customdata=[[_parameters(one), one.normalised, one.p_value] for one in rows],
        hovertemplate="%{y}: %{customdata[1]:.2f} standard deviations, p = %{customdata[2]:.2g}"
        "<br>%{customdata[0]}<extra></extra>",
        width=0.5,
    )
    figure.add_vline(0, line={"color": GREY, "width": 1})
    figure.update_layout(
        title="← alternative likelier · power law likelier →",
        xaxis={
            "title": "log-likelihood ratio / its deviation",
            "range": [-2 * _REACH, 2 * _REACH],  # with room for the words beside the longest
        },
        yaxis={"ticks": "", "automargin": True},
        showlegend=False,
    )
    return figure


def _p_value(one: Comparison) -> str:
    return "p < 0.001" if one.p_value < 0.001 else f"p = {one.p_value:.2g}"


def _parameters(one: Comparison) -> str:
    return ", ".join(f"{name} = {value:.3g}" for name, value in one.parameters)
