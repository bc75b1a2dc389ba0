"""What the distances of many networks come to, in words."""

from __future__ import annotations

import numpy as np

from analysis import DistanceMatrix, NnstdNull


def distance_sentence(found: DistanceMatrix, null: NnstdNull, layer: int | None = None) -> str:
    """What the distances range over, and how they stand to the null.

    Args:
        found: the distances.
        null: of the pair furthest apart.
        layer: which one, from 0; None for the mean of the sparse layers.
    """
    i, j = found.furthest
    values = found.mean_sparse if layer is None else found.per_layer[:, :, layer]
    upper = values[np.triu_indices(len(found.labels), 1)]
    by_chance = null.mean_sparse if layer is None else null.per_layer[layer]
    of = "the mean of the sparse layers" if layer is None else f"layer {layer + 1}"
    apart = (
        f"Over {len(upper):,} pairs {of} is at {upper.min():.4f} to {upper.max():.4f}. Furthest "
        f"apart are {found.labels[i]} and {found.labels[j]}"
        if len(upper) > 1
        else f"{found.labels[i]} and {found.labels[j]} are {upper[0]:.4f} apart, by {of}"
    )
    return f"{apart}; unrelated networks with their in-degrees would be at {by_chance:.4f} (null)."
