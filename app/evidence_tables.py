"""What is found of a network, for the terminal: each number with its uncertainty or its null."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from analysis import LayerEvidence, NetworkEvidence, SideEvidence
from app.null_rows import OF_NULL, null_rows
from app.tables import text_table

_OF_DEGREES = ("neurons", "mean", "var/mean", "Gini", "largest", "dead", "top 1 %")
_OF_FIT = ("α", "x_min", "tail", "p")


def degree_table(evidence: NetworkEvidence) -> Table:
    """A row for each side of each layer."""
    rows = [
        (layer.name, side, *_degree_cells(found), *_fit_cells(found))
        for layer, side, found in _sides(evidence)
    ]
    headings = ("layer", "degrees", *_OF_DEGREES, *_OF_FIT, "category")
    return text_table(headings, rows, numbers=(*_OF_DEGREES, *_OF_FIT))


def null_table(evidence: NetworkEvidence) -> Table:
    """A row for each measure that has a null; a full layer is all of its own."""
    rows = [(row.where, row.measure, *row.cells()) for row in null_rows(evidence)]
    return text_table(("layer", "measure", *OF_NULL), rows, numbers=OF_NULL)


def verdicts(evidence: NetworkEvidence) -> Iterator[str]:
    """A sentence for each side of each layer."""
    for layer, side, found in _sides(evidence):
        said = found.scale_free.verdict if found.scale_free else f"No power law: {found.no_tail}."
        yield f"{layer.name}, {side}: {said}"


def _sides(evidence: NetworkEvidence) -> Iterator[tuple[LayerEvidence, str, SideEvidence]]:
    for layer in evidence.layers:
        yield layer, "in", layer.incoming
        yield layer, "out", layer.outgoing


def _degree_cells(found: SideEvidence) -> tuple[str, ...]:
    degrees = found.degrees
    return (
        f"{degrees.n:,}",
        f"{degrees.mean:.2f}",
        f"{degrees.variance_to_mean:.2f}",
        f"{degrees.gini:.3f}",
        f"{degrees.largest:,}",
        f"{degrees.n_zero:,}",
        f"{degrees.top_share:.1%}",
    )


def _fit_cells(found: SideEvidence) -> tuple[str, ...]:
    if found.scale_free is None:
        return ("–",) * (len(_OF_FIT) + 1)
    fit = found.scale_free.fit
    # That of the bootstrap, which chooses x_min again, where there is one.
    error = fit.alpha_error if fit.alpha_spread is None else fit.alpha_spread
    return (
        f"{fit.alpha:.2f} ± {error:.2f}",
        f"{fit.xmin:,}",
        f"{fit.n_tail:,}",
        "–" if fit.p_value is None else f"{fit.p_value:.3f}",
        found.scale_free.category,
    )
