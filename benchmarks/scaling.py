"""What a connection costs in a training step, from 10^5 to 7·10^7 of them, as a figure.

`python -m benchmarks.scaling` writes docs/images/cost-per-connection.svg.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path
from statistics import median

import plotly.graph_objects as go

from benchmarks.browser import save_svg
from benchmarks.contender import in_a_process

_WIDTHS = (800, 3_000, 10_000, 30_000, 100_000, 300_000, 700_000)
_N_FEATURES, _N_CLASSES, _BATCH = 3312, 5, 2
_BYTES = 16  # of a connection: weight, gradient, momentum, input neuron
_CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
_TARGET = Path(__file__).parents[1] / "docs" / "images" / "cost-per-connection.svg"


def main() -> None:
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--output", type=Path, default=_TARGET, help="Where the figure goes.")
    target = parser.parse_args().output
    points = []
    for width in _WIDTHS:
        points.append(in_a_process(cost_per_connection, width))
        print(f"{width:>7,} neurons: {points[-1][0]:>11,} connections, {points[-1][1]:.1f} ns each")
    save_svg(_figure(points), target)
    print(f"Written to {target}")


def cost_per_connection(width: int) -> tuple[int, float]:
    """Sparse connections of 3312-width³-5, ε = 20, and nanoseconds of a step for each."""
    from benchmarks import peers

    step = peers.sparse((_N_FEATURES, width, width, width, _N_CLASSES), _BATCH)
    step()
    seconds: list[float] = []
    while len(seconds) < 5 or (sum(seconds) < 3 and len(seconds) < 500):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    n_connections = int(peers.EPSILON * (_N_FEATURES + width + 2 * 2 * width))
    return n_connections, 1e9 * median(seconds) / n_connections


def _figure(points: list[tuple[int, float]]) -> go.Figure:
    connections, nanoseconds = zip(*points, strict=True)
    figure = go.Figure()
    figure.add_scatter(x=connections, y=nanoseconds, mode="lines+markers", line_color="#1E6AD8")
    for name, size in _cache_sizes():
        full = size / _BYTES
        figure.add_vline(x=full, line={"color": "#8A97A3", "dash": "dot"})
        figure.add_annotation(
            x=math.log10(full),  # on a logarithmic axis annotations stand at the exponent
            y=1,
            yref="paper",
            text=f"{name} ({size // 2**20} MiB) full",
            showarrow=False,
            xanchor="left",
        )
    figure.update_layout(
        template="plotly_white",
        title="Training step of 3312-n-n-n-5, ε = 20, batch 2",
        xaxis={"title": "connections", "type": "log", "exponentformat": "power"},
        yaxis={"title": "nanoseconds for each", "rangemode": "tozero"},
        font={"family": "sans-serif", "size": 14},
        width=760,
        height=440,
    )
    return figure


def _cache_sizes() -> list[tuple[str, int]]:
    """The caches of 1 MiB or more, where the system tells."""
    found = {}
    for folder in _CACHES.glob("index*"):
        level = (folder / "level").read_text(encoding="ascii").strip()
        size = (folder / "size").read_text(encoding="ascii").strip()
        kibibytes = int(size.removesuffix("K"))
        if kibibytes >= 1024:
            found[f"L{level}"] = kibibytes * 1024
    return sorted(found.items())


if __name__ == "__main__":
    main()
