"""The measures that have a null, each beside what random networks give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from analysis import NetworkEvidence, NullComparison

OF_NULL = ("value", "null", "95 % of the null", "z", "p")
"""What the cells of a row are."""

_MOTIFS = {
    "four_cycles": "4-cycles",
    "robins_alexander": "clustering (Robins–Alexander)",
    "latapy": "clustering (Latapy)",
}
_STRUCTURE = {
    "parts": "parts",
    "nestedness": "nestedness",
    "spectral_gap": "spectral gap",
    "degeneracy": "largest core",
    "modularity": "modularity",
}
_PATHS = {
    "log_paths": "paths, log10",
    "reachable": "outputs that an input reaches",
    "active_share": "active neurons",
    "mean_distance": "mean distance",
}


class NullRow(NamedTuple):
    """One measure.

    Attributes:
        where: name of the layer, or "network".
        measure: what it is called.
        found: its value, and the null's.
    """

    where: str
    measure: str
    found: NullComparison

    def cells(self) -> tuple[str, ...]:
        """The numbers as text, in the order of `OF_NULL`."""
        found = self.found
        return (
            _number(found.value),
            _number(found.mean),
            f"{_number(found.low)} … {_number(found.high)}",
            _score(found.z),
            f"{found.p_value:.3f}",
        )


def null_rows(evidence: NetworkEvidence) -> Iterator[NullRow]:
    """A row for each measure that has a null; a full layer is all of its own."""
    for layer in evidence.layers:
        if layer.n_connections == layer.n_inputs * layer.n_outputs:
            continue
        for names, record in ((_MOTIFS, layer.motifs), (_STRUCTURE, layer.structure)):
            for field, name in names.items():
                yield NullRow(layer.name, name, getattr(record, field))
        if layer.degree_correlation is not None:
            yield NullRow(
                layer.name, "in- with out-degree (Pearson)", layer.degree_correlation.pearson
            )
            yield NullRow(
                layer.name, "in- with out-degree (Spearman)", layer.degree_correlation.spearman
            )
    if evidence.paths is not None:
        for field, name in _PATHS.items():
            yield NullRow("network", name, getattr(evidence.paths, field))


def _score(z: float) -> str:
    return f"{z:+.1f}".replace("inf", "∞") if z else "0"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
