"""A null is measured once for a store, and the same whether it is remembered or not."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from analysis import NnstdNull, nnstd_null
from app.known_nulls import NULL_SAMPLES, NULL_SEED, NULLS, known_null
from topology import LayerTopology, TopologySnapshot


@pytest.fixture
def pair() -> tuple[TopologySnapshot, TopologySnapshot]:
    a = LayerTopology([0, 2, 4], [0, 1, 1, 3], n_inputs=4, n_outputs=2)
    b = LayerTopology([0, 2, 4], [0, 2, 2, 3], n_inputs=4, n_outputs=2)
    return TopologySnapshot((a,), epoch=0), TopologySnapshot((b,), epoch=1)


def same(a: NnstdNull, b: NnstdNull) -> bool:
    arrays = ("distances", "per_layer", "per_layer_std")
    return (a.samples, a.mean, a.mean_sparse) == (b.samples, b.mean, b.mean_sparse) and all(
        np.array_equal(getattr(a, name), getattr(b, name)) for name in arrays
    )


@pytest.mark.parametrize("ties", ["reference", "structural"])
def test_is_remembered_as_it_was(
    tmp_path: Path,
    pair: tuple[TopologySnapshot, TopologySnapshot],
    ties: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(NULL_SEED)
    expected = nnstd_null(*pair, NULL_SAMPLES, ties, rng=rng)
    assert same(known_null(tmp_path, *pair, ties, aligned=False), expected)

    def measure(*_: object, **__: object) -> NoReturn:
        pytest.fail("it is measured again")

    monkeypatch.setattr("app.known_nulls.nnstd_null", measure)
    assert same(known_null(tmp_path, *pair, ties, aligned=False), expected)


def test_of_another_pair_or_way_it_is_another(
    tmp_path: Path, pair: tuple[TopologySnapshot, TopologySnapshot]
) -> None:
    a, b = pair
    for first, second, ties in ((a, b, "reference"), (b, a, "reference"), (a, b, "structural")):
        known_null(tmp_path, first, second, ties, aligned=False)
    assert len(list((tmp_path / NULLS).iterdir())) == 3


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"samples": 3}'])
def test_what_is_damaged_is_measured_again(
    tmp_path: Path, pair: tuple[TopologySnapshot, TopologySnapshot], content: bytes
) -> None:
    first = known_null(tmp_path, *pair, "reference", aligned=False)
    (file,) = (tmp_path / NULLS).iterdir()
    file.write_bytes(content)
    assert same(known_null(tmp_path, *pair, "reference", aligned=False), first)


def test_a_store_that_cannot_be_written_has_it_all_the_same(
    tmp_path: Path, pair: tuple[TopologySnapshot, TopologySnapshot]
) -> None:
    absent = tmp_path / "absent" / "store"
    assert known_null(absent, *pair, "reference", aligned=False).samples == NULL_SAMPLES
