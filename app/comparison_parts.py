"""What the report of a comparison holds."""

from __future__ import annotations

from collections.abc import Sequence

from analysis import SIDES, DistanceMatrix, IncomparableError, pairwise_nnstd
from app.compared import ComparedNetwork, common_sparse_layers
from app.comparison_report import ReportFigure, ReportPart, report_html
from app.curves import CurveLook
from app.degree_comparison import degree_rows, degree_series
from app.degree_figures import degree_ccdf
from app.degree_panel import expected
from app.distance_job import CACHE
from app.labels import layers_name
from app.learning_comparison import FIELDS, learning_curves, learning_figure, log_of
from app.matching_choice import MatchingWay
from app.matrix_figures import distance_heatmap, distance_map
from app.services import store
from app.settings_comparison import settings_rows


def comparison_report(networks: Sequence[ComparedNetwork], how: MatchingWay) -> bytes:
    """The report as a file; distances that are not known yet are measured.

    Args:
        networks: at least two.
        how: their neurons are matched.
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
        _distances(networks, how),
        *_degrees(networks),
        _curves(networks),
    ]
    return report_html(f"{len(networks)} networks compared", parts).encode()


def _row(network: ComparedNetwork) -> dict[str, object]:
    return {
        "network": network.name,
        "run": network.record.id,
        "layers": layers_name(network.snapshot),
        "connections": sum(layer.n_connections for layer in network.snapshot.layers),
        "digest": network.snapshot.digest,
    }


def _distances(networks: Sequence[ComparedNetwork], how: MatchingWay) -> ReportPart:
    title = f"Distances (NNSTD, {how.label.lower()})"
    try:
        found = pairwise_nnstd(
            [one.snapshot for one in networks],
            how.ties,
            labels=[one.name for one in networks],
            aligned=how.aligned,
            cache=store().root / CACHE,
        )
    except IncomparableError as error:
        return ReportPart(title, f"The networks cannot be matched: {error}.")
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
        figure = distance_map(found, runs, epochs)
        figures.append(ReportFigure(figure, "distance-map", "Networks as points", height=600))
    return ReportPart(title, "Liu et al. 2020, arXiv 2006.14085.", _pairs(found), figures)


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


def _curves(networks: Sequence[ComparedNetwork]) -> ReportPart:
    runs = list({one.record.id: one.record for one in networks}.values())
    names = {one.record.id: one.run for one in networks}
    logs = {run.id: log_of(run.id) for run in runs}
    figures = []
    for field, (title, _) in FIELDS.items():
        curves = learning_curves(runs, names, logs, field, by_seed=True)
        if curves:
            figure = learning_figure(curves, field, CurveLook())
            figures.append(ReportFigure(figure, field.replace("_", "-"), f"{title} by epoch"))
    return ReportPart("Learning curves", "" if figures else "None was recorded.", (), figures)
