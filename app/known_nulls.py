"""The nulls of pairs of networks, each measured once for a store."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path

import numpy as np

from analysis import NnstdNull, Ties, nnstd_null
from app.record_json import as_json
from topology import TopologySnapshot, write_atomically

NULL_SAMPLES, NULL_SEED = 10, 0
"""Pairs of random networks that a null is the mean of, and the seed that they are drawn with."""

NULLS = ".nulls"
"""Folder of the store that keeps what was measured; only a memory, which may be deleted."""


def known_null(
    store: Path, a: TopologySnapshot, b: TopologySnapshot, ties: Ties, aligned: bool
) -> NnstdNull:
    """The null of a pair, measured unless the store remembers it.

    Args:
        store: root of the store.
        a, b: the networks.
        ties, aligned: as for `nnstd`.

    Raises:
        As `nnstd_null`.
    """
    said = f"{a.digest} {b.digest} {ties} {aligned} {NULL_SAMPLES} {NULL_SEED}"
    path = store / NULLS / f"{hashlib.sha256(said.encode()).hexdigest()[:32]}.json"
    try:
        return _null(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        pass  # never measured, or damaged
    rng = np.random.default_rng(NULL_SEED)
    null = nnstd_null(a, b, NULL_SAMPLES, ties, rng=rng, aligned=aligned)
    content = json.dumps(as_json(null)).encode()
    try:
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, lambda file: file.write(content))
    except OSError as error:
        logging.getLogger(__name__).info("The null of a pair cannot be kept: %s", error)
    return null


def _null(content: dict[str, object]) -> NnstdNull:
    arrays = ("distances", "per_layer", "per_layer_std")
    return NnstdNull(
        **content | {name: np.array(content[name], np.float64) for name in arrays}  # type: ignore[arg-type]
    )
