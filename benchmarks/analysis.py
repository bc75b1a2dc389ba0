"""The statistics of wirings: bootstraps, random networks, and all measures of a large network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from benchmarks.contender import in_a_process
from benchmarks.epochs import peak_gibibytes
from benchmarks.row import Row
from benchmarks.taken import Taken, timed

if TYPE_CHECKING:
    import numpy as np

    from topology import LayerTopology

_WIDTHS = (3072, 10_000, 10_000, 10_000, 10)
_SAMPLES = 30  # random networks: their deviation, and so a z-score, is known to 13 %
_CONNECTIONS = (220_000, 340_000, 340_000, 100_000)  # the last layer is full


def rows() -> Iterator[Row]:
    """One for each that must be quick."""
    for law in ("power law", "Poisson"):
        found = in_a_process(bootstrap, law)
        name = f"power law of 3,000 degrees with 1,000 bootstraps, {law}"
        yield Row(name, found.seconds, "s", 3, detail=found.detail)
    found = in_a_process(motifs)
    name = "4-cycles of 1000², 40,000 connections, with 100 nulls"
    yield Row(name, found.seconds, "s", 10, detail=found.detail)
    found = in_a_process(everything)
    name = "all measures of a network of a million connections"
    yield Row(name, found.seconds, "s", 60, detail=found.detail)
    yield Row("its peak memory", found.gibibytes, "GiB", 2)


def bootstrap(law: str) -> Taken:
    """Fit and test 3,000 degrees."""
    import numpy as np

    from analysis import fit_power_law

    rng = np.random.default_rng(0)
    degrees = rng.zipf(2.5, 3000) if law == "power law" else rng.poisson(20, 3000)
    fit_power_law(degrees, bootstrap=2)  # compiles
    seconds, fit = timed(lambda: fit_power_law(degrees, bootstrap=1000))
    return Taken(seconds, peak_gibibytes(), f"α = {fit.alpha:.2f}, p = {fit.p_value:.3f}")


def motifs() -> Taken:
    """Compare 4-cycles and clustering of a random layer with its null."""
    import numpy as np

    from analysis import motif_evidence

    rng = np.random.default_rng(0)
    layer = _random_layer(1000, 1000, 40_000, rng)
    motif_evidence(layer, samples=2, rng=rng)  # compiles
    seconds, found = timed(lambda: motif_evidence(layer, samples=100, rng=rng))
    return Taken(seconds, peak_gibibytes(), f"z = {found.four_cycles.z:+.1f}")


def everything() -> Taken:
    """All of `network_evidence` on 3072-10,000³-10."""
    import numpy as np

    from analysis import network_evidence
    from topology import LayerTopology, TopologySnapshot

    rng = np.random.default_rng(0)
    layers = []
    for n_inputs, n_outputs, count in zip(_WIDTHS, _WIDTHS[1:], _CONNECTIONS, strict=False):
        drawn = _random_layer(n_inputs, n_outputs, count, rng)
        weights = rng.normal(size=count)
        layers.append(LayerTopology(drawn.indptr, drawn.indices, n_inputs, n_outputs, weights))
    network = TopologySnapshot(tuple(layers))
    small = TopologySnapshot((LayerTopology([0, 1, 3], [0, 0, 1], 2, 2),))
    network_evidence(small, 2, bootstrap=2, rng=rng)  # compiles
    seconds, found = timed(lambda: network_evidence(network, _SAMPLES, rng=rng))
    assert found.paths is not None
    distances = found.paths.paths.distances
    detail = (
        f"{network.n_connections:,} connections, {found.samples} random networks; distance "
        f"{distances.mean:.3f} ± {distances.mean_error:.3f} from {distances.sources} neurons"
    )
    return Taken(seconds, peak_gibibytes(), detail)


def _random_layer(
    n_inputs: int, n_outputs: int, count: int, rng: np.random.Generator
) -> LayerTopology:
    import numpy as np

    from analysis import erdos_renyi
    from topology import LayerTopology

    # The first `count` places; of these only their number stays.
    starts = np.minimum(np.arange(n_outputs + 1) * n_inputs, count)
    first = LayerTopology(starts, np.arange(count) % n_inputs, n_inputs, n_outputs)
    return erdos_renyi(first, rng)
