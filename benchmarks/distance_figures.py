"""The distances of networks that start alike, by epoch: Figure 4 of the paper of NNSTD, and ours.

`python -m benchmarks.distance_figures FOLDER` writes docs/images/nnstd-authors.svg, from the
authors' networks, and docs/images/nnstd-similar-starts.svg, from those that
`benchmarks.similar_starts` has put into FOLDER.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from statistics import mean

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from analysis import DistanceMatrix, nnstd_null, pairwise_nnstd
from benchmarks import nnstd, similar_starts
from benchmarks.browser import save_svg
from topology import import_network

_IMAGES = Path(__file__).parents[1] / "docs" / "images"
_WAYS = {
    "as published": partial(pairwise_nnstd, ties="reference"),
    "ties by structure": partial(pairwise_nnstd, ties="structural"),
    "all layers together": partial(pairwise_nnstd, ties="structural", aligned=True),
}
_DRAWN = ("as published", "all layers together")


def main() -> None:
    """Compute, print, draw both."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.distance_figures", description=__doc__
    )
    parser.add_argument("folder", type=Path, help="Of the networks that start 1 % apart.")
    folder = parser.parse_args().folder
    authors = {
        int(epoch): [nnstd.authors_file(number, epoch) for number in range(nnstd.N_NETWORKS)]
        for epoch in nnstd.EPOCHS
    }
    ours = {
        epoch: [
            similar_starts.network_file(folder, number, epoch)
            for number in range(similar_starts.N_NETWORKS)
        ]
        for epoch in similar_starts.EPOCHS
    }
    for name, files in (("nnstd-authors", authors), ("nnstd-similar-starts", ours)):
        networks = {
            epoch: [import_network(file).snapshot for file in of_epoch]
            for epoch, of_epoch in files.items()
        }
        found = {
            way: {epoch: distances(of_epoch) for epoch, of_epoch in networks.items()}
            for way, distances in _WAYS.items()
        }
        print(name)
        for way, by_epoch in found.items():
            for epoch, matrix in by_epoch.items():
                print(f"  {way}, epoch {epoch}: {_summary(matrix)}")
        for epoch, of_epoch in networks.items():
            a, b = of_epoch[:2]
            chance = (
                nnstd_null(a, b, rng=np.random.default_rng(0)),
                nnstd_null(a, b, ties="structural", rng=np.random.default_rng(0), aligned=True),
            )
            values = " and ".join(f"{one.mean_sparse:.3f}" for one in chance)
            print(f"  by chance, as published and together, epoch {epoch}: {values}")
        target = _IMAGES / f"{name}.svg"
        save_svg(_figure(found), target)
        print(f"Written to {target}")


def _summary(matrix: DistanceMatrix) -> str:
    """Mean distances, and how much they say of which network started near which."""
    n = len(matrix.labels)
    upper = np.triu_indices(n, 1)
    gaps, distances = upper[1] - upper[0], matrix.mean_sparse[upper]
    neighbours = mean(distances[gaps == 1].tolist())
    correlation = np.corrcoef(gaps, distances)[0, 1]
    return (
        f"neighbours {neighbours:.3f}, all {distances.mean():.3f}, first and last "
        f"{matrix.mean_sparse[0, -1]:.3f}, correlation with the difference of numbers "
        f"{correlation:.2f}, order {' '.join(map(str, matrix.order))}"
    )


def _figure(found: dict[str, dict[int, DistanceMatrix]]) -> go.Figure:
    epochs = list(found[_DRAWN[0]])
    figure = make_subplots(
        rows=len(_DRAWN),
        cols=len(epochs),
        column_titles=[f"epoch {epoch}" for epoch in epochs],
        row_titles=list(_DRAWN),
        horizontal_spacing=0.02,
        vertical_spacing=0.06,
    )
    for row, way in enumerate(_DRAWN, 1):
        for column, epoch in enumerate(epochs, 1):
            matrix = found[way][epoch].mean_sparse
            figure.add_heatmap(z=matrix, coloraxis="coloraxis", row=row, col=column)
    figure.update_xaxes(showticklabels=False, constrain="domain")
    figure.update_yaxes(showticklabels=False, autorange="reversed", scaleratio=1)
    for number in range(1, len(_DRAWN) * len(epochs) + 1):
        axis = "" if number == 1 else str(number)
        figure.update_layout({f"yaxis{axis}": {"scaleanchor": f"x{axis}"}})
    figure.update_layout(
        template="plotly_white",
        coloraxis={"colorscale": "Viridis", "cmin": 0, "colorbar": {"title": "NNSTD"}},
        font={"family": "sans-serif", "size": 13},
        width=150 * len(epochs) + 130,
        height=370,
        margin={"l": 10, "r": 10, "t": 40, "b": 10},
    )
    return figure


if __name__ == "__main__":
    main()
