from __future__ import annotations

import pickle
import re
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import scipy.sparse as sp

from topology import LayerTopology

SHAPES = [(1, 1), (1, 6), (6, 1), (5, 4), (30, 17)]
DENSITIES = [0.0, 0.1, 0.5, 1.0]


def _dense(shape: tuple[int, int], density: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=shape).astype(np.float32)
    return weights * (rng.random(shape) < density)


def _layer_of(dense: np.ndarray) -> LayerTopology:
    n_outputs, n_inputs = dense.shape
    rows = [np.flatnonzero(row) for row in dense]
    indptr = np.cumsum([0, *map(len, rows)])
    return LayerTopology(
        indptr, np.concatenate(rows), n_inputs, n_outputs, weights=dense[dense != 0]
    )


class TestWhatItSays:
    def test_worked_by_hand(self):
        layer = LayerTopology([0, 2, 2, 3], [0, 3, 1], 4, 3, weights=[0.5, -1, 2])
        assert (layer.n_inputs, layer.n_outputs, layer.n_connections) == (4, 3, 3)
        assert layer.density == 3 / 12
        assert layer.in_degrees.tolist() == [2, 0, 1]
        assert layer.out_degrees.tolist() == [1, 1, 0, 1]
        assert layer.to_scipy().toarray().tolist() == [[0.5, 0, 0, -1], [0, 0, 0, 0], [0, 2, 0, 0]]

    def test_dtypes(self):
        layer = LayerTopology(
            np.array([0, 1], np.uint8), np.array([2], np.uint64), 3, 1, np.array([1], ">f8")
        )
        assert (layer.indptr.dtype, layer.indices.dtype) == (np.int64, np.int32)
        assert layer.weights.dtype == np.dtype("=f4")
        assert (layer.in_degrees.dtype, layer.out_degrees.dtype) == (np.int64, np.int64)

    def test_a_layer_without_connections(self):
        layer = LayerTopology([0, 0, 0], [], 3, 2, weights=[])
        assert (layer.n_connections, layer.density) == (0, 0.0)
        assert layer.in_degrees.tolist() == [0, 0]
        assert layer.out_degrees.tolist() == [0, 0, 0]

    @pytest.mark.parametrize("shape", SHAPES)
    @pytest.mark.parametrize("density", DENSITIES)
    def test_against_a_dense_matrix(self, shape, density):
        dense = _dense(shape, density)
        layer = _layer_of(dense)
        assert layer.in_degrees.tolist() == (dense != 0).sum(axis=1).tolist()
        assert layer.out_degrees.tolist() == (dense != 0).sum(axis=0).tolist()
        assert layer.density == (dense != 0).mean()
        assert (layer.to_scipy().toarray() == dense).all()


class TestFull:
    @pytest.mark.parametrize("shape", [(1, 1), (1, 4), (5, 1), (3, 7)])
    def test_has_every_connection_in_the_order_of_a_dense_matrix(self, shape):
        weights = np.random.default_rng(0).normal(size=shape).astype(np.float32)
        layer = LayerTopology.full(shape[1], shape[0], weights.ravel())
        assert layer == LayerTopology.from_scipy(sp.csr_array(weights))
        np.testing.assert_array_equal(layer.to_scipy().toarray(), weights)
        assert layer.is_full

    def test_one_connection_fewer_is_not_full(self):
        assert not LayerTopology([0, 2, 3], [0, 1, 0], 2, 2).is_full

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                (3, 2, [1.0] * 5),
                "there are 5 weights; a full layer of 3 inputs and 2 outputs has 6",
            ),
            ((3, 0), "n_outputs is 0; a layer needs at least 1"),
            ((0, 3), "n_inputs is 0; a layer needs at least 1"),
        ],
    )
    def test_refuses_what_is_none(self, arguments, message):
        with pytest.raises(ValueError, match=re.escape(message)):
            LayerTopology.full(*arguments)


class TestRefuses:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (([0], [], 0, 0), "n_inputs is 0; a layer needs at least 1"),
            (([0], [], 3, 0), "n_outputs is 0; a layer needs at least 1"),
            (([0, 1], [0], -2, 1), "n_inputs is -2"),
            (([[0, 1]], [0], 2, 1), r"indptr has shape \(1, 2\); it must be one-dimensional"),
            (([0, 1], 0, 2, 1), r"indices has shape \(\)"),
            (([0.0, 1.0], [0], 2, 1), "indptr has dtype float64; it must hold integers"),
            (([0, 1], [True], 2, 1), "indices has dtype bool; it must hold integers"),
            (([0, 1], ["0"], 2, 1), "indices has dtype <U1"),
            (([0, 2], [2**31, 5], 9, 1), "indices holds 2147483648, too large for int32"),
            (([0, 2], [-(2**40), 5], 9, 1), "indices holds -1099511627776, too large for int32"),
            (
                (np.array([0, 2**63], np.uint64), [0], 9, 1),
                "indptr holds 9223372036854775808, too large for int64",
            ),
            (([0, 1, 1], [0], 2, 1), "indptr has 3 entries; 1 output neurons need 2"),
            (([], [], 2, 1), "indptr has 0 entries; 1 output neurons need 2"),
            (([1, 1], [0], 2, 1), "indptr runs from 1 to 1; it must run from 0 to 1"),
            (([0, 2], [0], 2, 1), "indptr runs from 0 to 2; it must run from 0 to 1"),
            (([0, 2, 1, 3], [0, 1, 2], 3, 3), "indptr decreases"),
            (([0, 9, 1], [0], 3, 2), "indptr decreases"),
            (([0, 1], [-1], 2, 1), r"indices hold -1; they must lie in \[0, 1\]"),
            (([0, 2], [0, 2], 2, 1), r"indices hold 2; they must lie in \[0, 1\]"),
            (([0, 2], [1, 1], 2, 1), "row 0 holds 1 after 1; .* strictly ascending"),
            (([0, 0, 1, 3], [2, 2, 0], 3, 3), "row 2 holds 0 after 2"),
            (([0, 2, 2, 2], [2, 0], 3, 3), "row 0 holds 0 after 2"),
        ],
    )
    def test_a_wiring_that_is_none(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            LayerTopology(*arguments)

    @pytest.mark.parametrize(
        ("weights", "message"),
        [
            ([1.0], r"weights have shape \(1,\); 2 connections need \(2,\)"),
            ([[1.0, 2.0]], r"weights have shape \(1, 2\)"),
            ([], r"weights have shape \(0,\)"),
            ([1.0, float("nan")], "weights hold nan; every weight must be finite"),
            ([float("-inf"), 1.0], "weights hold -inf"),
            ([1e39, 1.0], "weights hold inf"),
        ],
    )
    def test_weights_that_do_not_fit(self, weights, message):
        with pytest.raises(ValueError, match=message):
            LayerTopology([0, 2], [0, 1], 2, 1, weights)

    @pytest.mark.parametrize("indptr", [[0, 0, 0, 2], [0, 2, 2, 2], [0, 1, 1, 2], [0, 0, 2, 2]])
    def test_empty_rows_are_no_disorder(self, indptr):
        columns = [1, 0] if indptr[1] == 1 else [0, 1]
        assert LayerTopology(indptr, columns, 2, 3).in_degrees.sum() == 2


class TestNeverChanges:
    @staticmethod
    def _arrays(layer: LayerTopology) -> list[np.ndarray]:
        return [layer.indptr, layer.indices, layer.weights, layer.in_degrees, layer.out_degrees]

    @pytest.mark.parametrize("journey", [lambda x: x, lambda x: pickle.loads(pickle.dumps(x))])
    def test_is_read_only(self, journey):
        layer = journey(LayerTopology([0, 2, 3], [0, 2, 1], 3, 2, [1, 2, 3]))
        for array in self._arrays(layer):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1
        with pytest.raises(FrozenInstanceError):
            layer.n_inputs = 9

    def test_is_a_copy(self):
        sources = [
            np.array([0, 2, 3], np.int64),
            np.array([0, 2, 1], np.int32),
            np.array([1, 2, 3], np.float32),
        ]
        layer = LayerTopology(sources[0], sources[1], 3, 2, sources[2])
        digest, kept = layer.digest, [source.copy() for source in sources]
        for source in sources:
            source[:] = 0
        for array, before in zip((layer.indptr, layer.indices, layer.weights), kept, strict=True):
            assert (array == before).all()
        assert LayerTopology(*kept[:2], 3, 2, kept[2]).digest == digest

    def test_does_not_freeze_its_source(self):
        source = np.array([0, 2, 3], np.int64)
        LayerTopology(source, [0, 2, 1], 3, 2)
        source[0] = 7
        assert source[0] == 7

    def test_what_it_hands_to_scipy_is_a_copy(self):
        layer = LayerTopology([0, 2, 3], [0, 2, 1], 3, 2, [1, 2, 3])
        digest = layer.digest
        matrix = layer.to_scipy()
        for array in (matrix.data, matrix.indices, matrix.indptr):
            array[:] = 0
        assert LayerTopology(layer.indptr, layer.indices, 3, 2, layer.weights).digest == digest


class TestIdentity:
    base = ([0, 2, 3], [0, 2, 1], 3, 2)

    def test_equal_content_is_equal(self):
        one, same = LayerTopology(*self.base, [1, 2, 3]), LayerTopology(*self.base, [1, 2, 3])
        assert one == same
        assert hash(one) == hash(same)
        assert pickle.loads(pickle.dumps(one)) == one

    @pytest.mark.parametrize(
        "other",
        [
            LayerTopology(*base),
            LayerTopology(*base, [1, 2, np.nextafter(np.float32(3), np.float32(4))]),
            LayerTopology([0, 2, 3], [0, 1, 1], 3, 2, [1, 2, 3]),
            LayerTopology([0, 1, 3], [0, 1, 2], 3, 2, [1, 2, 3]),
            LayerTopology([0, 2, 3], [0, 2, 1], 4, 2, [1, 2, 3]),
            LayerTopology([0, 2, 3, 3], [0, 2, 1], 3, 3, [1, 2, 3]),
        ],
        ids=["no weights", "one weight", "one input", "one row", "more inputs", "more outputs"],
    )
    def test_any_difference_shows(self, other):
        layer = LayerTopology(*self.base, [1, 2, 3])
        assert layer != other
        assert layer.digest != other.digest

    def test_is_no_other_kind_of_thing(self):
        assert LayerTopology(*self.base) != LayerTopology(*self.base).digest

    def test_digest_stays_the_same_in_time(self):
        # Digests are keys of stored analyses; this one was made with hashlib from the definition.
        import hashlib

        content = b"2x3"
        content += np.array([0, 2, 3], "<i8").tobytes() + np.array([0, 2, 1], "<i4").tobytes()
        content += b"weights" + np.array([1, 2, 3], "<f4").tobytes()
        expected = hashlib.blake2b(content, digest_size=16).hexdigest()
        assert LayerTopology(*self.base, [1, 2, 3]).digest == expected


class TestScipy:
    @pytest.mark.parametrize("shape", SHAPES)
    @pytest.mark.parametrize("density", DENSITIES)
    @pytest.mark.parametrize("kind", [sp.csr_array, sp.csc_array, sp.coo_array, sp.csr_matrix])
    def test_round_trip(self, shape, density, kind):
        dense = _dense(shape, density)
        layer = LayerTopology.from_scipy(kind(dense))
        assert layer == _layer_of(dense)
        assert LayerTopology.from_scipy(layer.to_scipy()) == layer

    def test_without_weights_it_gives_ones(self):
        matrix = LayerTopology([0, 2], [0, 2], 3, 1).to_scipy()
        assert matrix.dtype == np.float64
        assert matrix.toarray().tolist() == [[1, 0, 1]]

    def test_stored_zeros_are_connections(self):
        matrix = sp.csr_array(([0.0, 5.0], [1, 2], [0, 2]), shape=(1, 3))
        assert LayerTopology.from_scipy(matrix).indices.tolist() == [1, 2]

    def test_disorder_and_repetition_are_put_right_in_a_copy(self):
        columns, values = np.array([2, 0, 2]), np.array([1.0, 2.0, 4.0])
        matrix = sp.csr_array((values, columns, np.array([0, 3])), shape=(1, 3))
        layer = LayerTopology.from_scipy(matrix)
        assert layer.indices.tolist() == [0, 2]
        assert layer.weights.tolist() == [2.0, 5.0]
        assert matrix.indices.tolist() == [2, 0, 2]
        assert matrix.data.tolist() == [1.0, 2.0, 4.0]
        assert matrix.indptr.tolist() == [0, 3]
