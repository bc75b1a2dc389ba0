"""What the report of a comparison holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis import SIDES, DistanceMatrix, NnstdNull, SideEvidence
from app.compared import ComparedNetwork, common_sparse_layers
from app.comparison_report import ReportFigure, ReportPart, report_html
from app.curves import CurveLook
from app.degree_comparison import degree_rows, degree_series
from app.degree_figures import degree_ccdf
from app.degree_panel import expected
from app.distance_sentence import distance_sentence
from app.evidence_comparison import (
    EVIDENCE_HELP,
    evidence_rows,
    exponent_figure,
    exponents_height,
)
from app.labels import layers_name
from app.learning_comparison import FIELDS, learning_curves, learning_figure
from app.matchable import matchable
from app.matching_choice import MatchingWay
from app.matrix_figures import distance_heatmap, distance_map
from app.settings_comparison import settings_rows
from set_engine import EpochMetrics

Evidence = Sequence[tuple[SideEvidence, SideEvidence]]
"""Of each network what its in- and its out-degrees say."""


@dataclass(frozen=True)
class Measured:
    """What took long to measure; a sentence instead says why there is nothing.

    Attributes:
        distances: of all pairs, and the null of the pair furthest apart.
        evidence: by layer, without the layers that were not asked for.
    """

    distances: tuple[DistanceMatrix, NnstdNull] | str
    evidence: Mapping[int, Evidence | str]


def comparison_report(
    networks: Sequence[ComparedNetwork],
    how: MatchingWay,
    measured: Measured,
    logs: Mapping[str, Sequence[EpochMetrics]],
    baseline: str | None,
) -> bytes:
    """The report as a file.

    Args:
        networks: at least two.
        how: their neurons were matched.
        measured: of these networks.
        logs: of the runs, by id.
        baseline: id of the run that has a star, if it is among them.
    """
    runs = {one.record.id: one.record for one in networks}
    names = {one.record.id: one.run for one in networks}
    parts = [
        ReportPart("Networks", rows=[_row(one) for one in networks]),
        ReportPart(
            "Settings that differ",
            rows=settings_rows(list(runs.values()), names, only_differences=True),
            text="" if len(runs) > 1 else "There is one run.",
        ),
        _distances(networks, how, measured.distances),
        *_degrees(networks),
        *_power_laws(networks, measured.evidence),
        _curves(networks, logs, baseline),
    ]
    return report_html(f"{len(networks)} networks compared", parts).encode()


def _row(network: ComparedNetwork) -> dict[str, object]:
    return {
        "network": network.name,
        "run": network.record.id,
        "layers": layers_name(network.snapshot),
        "connections": network.snapshot.n_connections,
        "digest": network.snapshot.digest,
    }


def _distances(
    networks: Sequence[ComparedNetwork],
    how: MatchingWay,
    measured: tuple[DistanceMatrix, NnstdNull] | str,
) -> ReportPart:
    title = f"Distances (NNSTD, {how.label.lower()})"
    if isinstance(measured, str):
        return ReportPart(title, measured)
    found, null = measured
    networks, problem = matchable(networks)
    figures = [
        ReportFigure(
            distance_heatmap(found, layer, by_order=True),
            "distances" if layer is None else f"distances-layer-{layer + 1}",
            "NNSTD of each network to each",
            height=600,
        )
        for layer in (None, *common_sparse_layers(networks))
    ]
    if len(networks) > 2:
        runs, epochs = [one.run for one in networks], [one.epoch for one in networks]
        figure = distance_map(found, runs, epochs, null.mean_sparse)
        figures.append(ReportFigure(figure, "distance-map", "Networks as points", height=600))
    text = f"Liu et al. 2020, arXiv 2006.14085. {distance_sentence(found, null)}"
    if problem:
        text = f"{text} {problem}."
    return ReportPart(title, text, _pairs(found), figures)


def _pairs(found: DistanceMatrix) -> list[dict[str, object]]:
    """A row for each pair."""
    n = len(found.labels)
    return [
        {
            "a": found.labels[i],
            "b": found.labels[j],
            **{
                f"layer {index + 1}": f"{value:.6f}"
                for index, value in enumerate(found.per_layer[i, j].tolist())
            },
            "mean of the sparse layers": f"{found.mean_sparse[i, j]:.6f}",
        }
        for i in range(n)
        for j in range(i + 1, n)
    ]


def _degrees(networks: Sequence[ComparedNetwork]) -> list[ReportPart]:
    parts = []
    for index in common_sparse_layers(networks):
        figures = []
        for side in SIDES:
            random = expected(networks[0].snapshot.layers[index], side)
            title = f"{side.capitalize()}-degree CCDF of layer {index + 1}"
            figure = degree_ccdf(degree_series(networks, index, side), random, None, title)
            figures.append(ReportFigure(figure, f"{side}-ccdf-layer-{index + 1}", title))
        parts.append(
            ReportPart(f"Degrees of layer {index + 1}", "", degree_rows(networks, index), figures)
        )
    return parts


def _power_laws(
    networks: Sequence[ComparedNetwork],
    evidence: Mapping[int, Evidence | str],
) -> list[ReportPart]:
    names, parts = [one.name for one in networks], []
    for index, found in evidence.items():
        title = f"Power laws of layer {index + 1}"
        if isinstance(found, str):
            parts.append(ReportPart(title, found))
            continue
        rows: list[dict[str, object]] = []
        figures = []
        for place, side in enumerate(SIDES):
            of_side = [both[place] for both in found]
            rows += [{"degrees": side, **row} for row in evidence_rows(names, of_side)]
            figure, key = (
                exponent_figure(names, of_side, side),
                f"{side}-exponents-layer-{index + 1}",
            )
            label = f"Exponents of the {side}-degrees of layer {index + 1}"
            figures.append(ReportFigure(figure, key, label, exponents_height(len(names))))
        parts.append(ReportPart(title, EVIDENCE_HELP, rows, figures))
    return parts


def _curves(
    networks: Sequence[ComparedNetwork],
    logs: Mapping[str, Sequence[EpochMetrics]],
    baseline: str | None,
) -> ReportPart:
    runs = list({one.record.id: one.record for one in networks}.values())
    names = {one.record.id: one.run for one in networks}
    figures = []
    for field, (title, _) in FIELDS.items():
        curves = learning_curves(runs, names, logs, field, by_seed=True, baseline=baseline)
        if curves:
            figure = learning_figure(curves, field, CurveLook())
            figures.append(ReportFigure(figure, field.replace("_", "-"), f"{title} by epoch"))
    return ReportPart("Learning curves", "" if figures else "None was recorded.", (), figures)
