"""Networks that others saved as arrays: state dicts, dense matrices, masks, parts in CSR form."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from safetensors.numpy import save_file
from safetensors.torch import save_file as torch_file

from topology import (
    LayerTopology,
    TopologyFileError,
    TopologySnapshot,
    import_arrays,
    import_network,
    save_topology,
)


def dense(seed: int, *shape: int, density: float = 0.5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.normal(size=shape) * (rng.random(shape) < density)).astype(np.float32)


def written(path, arrays):
    if path.suffix == ".npz":
        np.savez(path, **arrays)
    else:
        save_file(arrays, path)
    return path


def assert_is(layer: LayerTopology, matrix: np.ndarray) -> None:
    assert np.array_equal(layer.to_scipy().toarray(), matrix)


@pytest.fixture(params=["net.npz", "net.safetensors"])
def file(request, tmp_path):
    return tmp_path / request.param


class TestDense:
    def test_a_state_dict(self, file):
        first, second = dense(0, 4, 5), dense(1, 3, 4)
        arrays = {
            "body.0.weight": first,
            "body.0.bias": np.zeros(4, np.float32),
            "body.2.weight": second,
            "conv.weight": np.zeros((2, 2, 3, 3), np.float32),
        }
        found = import_arrays(written(file, arrays))
        assert found.snapshot.names == ("body.0", "body.2")
        assert found.snapshot.widths == (5, 4, 3)
        assert_is(found.snapshot.layers[0], first)
        assert_is(found.snapshot.layers[1], second)
        assert f"body.0 5 to 4, {np.count_nonzero(first)} connections" in found.notes[0]
        assert "Left out: conv.weight 2×2×3×3." in found.notes

    def test_numbers_within_the_threshold_are_no_connections(self, file):
        matrix = np.array([[0.5, 0.1, -0.1, -0.2]], np.float32)
        found = import_arrays(written(file, {"fc.weight": matrix}), threshold=0.15)
        assert found.snapshot.layers[0].indices.tolist() == [0, 3]

    @pytest.mark.parametrize("mask", ["weight_mask", "mask"])
    def test_a_mask_says_what_is_there_whatever_its_weight(self, file, mask):
        weights = np.array([[0.0, 2.0, 3.0]], np.float32)
        name = "fc.weight_orig" if mask == "weight_mask" else "fc.weight"
        arrays = {name: weights, f"fc.{mask}": np.array([[1, 0, 1]], np.uint8)}
        (layer,) = import_arrays(written(file, arrays), threshold=1).snapshot.layers
        assert layer.indices.tolist() == [0, 2]
        assert layer.weights.tolist() == [0, 3]

    @pytest.mark.parametrize("mask", ["weight_mask", "mask"])
    def test_a_layer_alone_has_no_name(self, file, mask):
        name = "weight_orig" if mask == "weight_mask" else "weight"
        arrays = {name: np.ones((1, 3), np.float32), mask: np.array([[1, 0, 1]], np.uint8)}
        found = import_arrays(written(file, arrays)).snapshot
        assert found.names == ("layer",)
        assert found.layers[0].indices.tolist() == [0, 2]

    def test_the_least_integer_is_a_connection(self, file):
        matrix = np.array([[-128, 5, 0]], np.int8)
        assert import_arrays(written(file, {"w": matrix})).snapshot.layers[0].n_connections == 2

    def test_bfloat16(self, tmp_path):
        file = tmp_path / "net.safetensors"
        weights = torch.tensor([[0.5, 0.0, -2.0], [0.0, 3.140625, 0.0]])
        torch_file({"fc.weight": weights.bfloat16(), "fc.bias": torch.zeros(2)}, file)
        (layer,) = import_arrays(file).snapshot.layers
        assert_is(layer, weights.numpy())

    def test_names_are_taken_by_their_numbers(self, file):
        arrays = {f"fc{k}.weight": dense(k, 3, 3) for k in range(12)}
        names = import_arrays(written(file, arrays)).snapshot.names
        assert names == tuple(f"fc{k}" for k in range(12))

    def test_or_in_the_order_that_is_given(self, file):
        arrays = {"hidden.weight": dense(0, 3, 4), "first.weight": dense(1, 4, 5)}
        found = import_arrays(written(file, arrays | {"zero.weight": dense(2, 2, 2)}))
        assert "they are no chain: hidden has 3 outputs, but zero has 2 inputs." in found.notes[-1]
        chosen = import_arrays(file, layers=("first", "hidden"))
        assert chosen.snapshot.widths == (5, 4, 3)
        assert chosen.notes[-1] == "Left out: zero.weight 2×2."

    def test_rows_are_inputs_where_only_that_makes_a_chain(self, file):
        arrays = {"w1": dense(0, 5, 4), "w2": dense(1, 4, 3)}
        found = import_arrays(written(file, arrays))
        assert found.snapshot.widths == (5, 4, 3)
        assert_is(found.snapshot.layers[0], arrays["w1"].T)
        assert any("Rows were taken as inputs" in note for note in found.notes)
        assert not import_arrays(file, rows="outputs").snapshot.is_chain

    def test_a_single_matrix_has_outputs_as_rows_unless_told(self, file):
        matrix = dense(0, 5, 4)
        written(file, {"w": matrix})
        assert_is(import_arrays(file).snapshot.layers[0], matrix)
        assert_is(import_arrays(file, rows="inputs").snapshot.layers[0], matrix.T)


class TestSparse:
    @pytest.mark.parametrize(
        "parts", [("indptr", "indices", "weight"), ("crow_indices", "col_indices", "values")]
    )
    def test_parts_in_csr_form(self, file, parts):
        first, second = dense(0, 4, 5), dense(1, 3, 4)
        second[:, 3] = 0  # an input without a connection: only the layer before knows of it
        arrays = {}
        for name, matrix in (("a.0", first), ("a.1", second)):
            rows = sp.csr_array(matrix)
            values = (rows.indptr.astype(np.int64), rows.indices, rows.data)
            arrays |= dict(zip([f"{name}.{part}" for part in parts], values, strict=True))
        found = import_arrays(written(file, arrays), n_inputs=5)
        assert found.snapshot.widths == (5, 4, 3)
        assert_is(found.snapshot.layers[0], first)
        assert_is(found.snapshot.layers[1], second)

    def test_inputs_that_nobody_names_are_as_many_as_connections_need(self, file):
        arrays = {"l.indptr": np.array([0, 1]), "l.indices": np.array([6], np.int32)}
        arrays["l.weight"] = np.ones(1, np.float32)
        assert import_arrays(written(file, arrays)).snapshot.layers[0].n_inputs == 7


class TestRefusals:
    def test_objects_are_never_unpickled(self, tmp_path):
        file = tmp_path / "net.npz"
        np.savez(file, w=np.array([[{"run": "me"}]], dtype=object), allow_pickle=True)
        for read in (import_arrays, import_network):
            with pytest.raises(TopologyFileError, match="array 'w': Object arrays cannot be"):
                read(file)

    @pytest.mark.parametrize("name", ["net.npz", "net.safetensors"])
    def test_what_is_no_such_file(self, tmp_path, name):
        file = tmp_path / name
        file.write_bytes(b"no weights at all, but some text")
        for read in (import_arrays, import_network):
            with pytest.raises(TopologyFileError, match=f"{name} cannot be read as layers"):
                read(file)
        with pytest.raises(FileNotFoundError):
            import_arrays(tmp_path / f"other_{name}")

    def test_a_single_array(self, tmp_path):
        file = tmp_path / "net.npz"
        with file.open("wb") as content:
            np.save(content, np.eye(3))
        with pytest.raises(TopologyFileError, match=r"it is no \.npz archive"):
            import_arrays(file)

    @pytest.mark.parametrize(
        ("arrays", "options", "message"),
        [
            ({"b": np.zeros(3)}, {}, "no matrix among its arrays: b 3"),
            ({"w": np.eye(2)}, {"layers": ("fc",)}, "no layer 'fc'; its arrays are w 2×2"),
            ({"w": np.array([[1.0, np.nan]])}, {}, "layer 'w': it has numbers that are not finite"),
            (
                {"l.weight": np.eye(2), "l.mask": np.ones((2, 3))},
                {},
                r"layer 'l': it has shape \(2, 2\) and \(2, 3\)",
            ),
            (
                {
                    "l.indptr": np.array([0, 1]),
                    "l.indices": np.array([5]),
                    "l.weight": np.ones(1),
                },
                {"n_inputs": 3},
                "layer 'l': ",
            ),
        ],
    )
    def test_arrays_that_are_no_layers(self, file, arrays, options, message):
        with pytest.raises(TopologyFileError, match=message):
            import_arrays(written(file, arrays), **options)

    @pytest.mark.parametrize("threshold", [-0.5, float("nan")])
    def test_a_threshold_out_of_range(self, file, threshold):
        written(file, {"w": np.eye(2)})
        sp.save_npz(file.parent / "scipy.npz", sp.csr_array(np.eye(2)))
        message = f"threshold is {threshold}; it must be a number of"
        with pytest.raises(ValueError, match=message):
            import_arrays(file, threshold=threshold)
        for path in (file, file.parent, file.parent / "scipy.npz"):
            with pytest.raises(ValueError, match=message):
                import_network(path, threshold=threshold)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"rows": "foo"}, "rows is 'foo'; it must be 'outputs' or 'inputs'"),
            ({"n_inputs": 0}, "n_inputs is 0; it must be at least 1"),
        ],
    )
    def test_other_arguments_out_of_range(self, file, options, message):
        written(file, {"w": np.eye(2)})
        with pytest.raises(ValueError, match=message):
            import_arrays(file, **options)

    @pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::UserWarning")
    @pytest.mark.parametrize("kind", ["arrays.npz", "parts.npz", "scipy.npz", "net.safetensors"])
    def test_a_damaged_byte_anywhere_ends_in_our_error_or_in_a_network(self, tmp_path, kind):
        file, rows = tmp_path / kind, sp.csr_array(dense(0, 4, 5))
        if kind == "scipy.npz":
            sp.save_npz(file, rows, compressed=False)
        else:
            parts = (rows.indptr.astype(np.int64), rows.indices, rows.data)
            names = ("l.indptr", "l.indices", "l.weight")
            sparse = dict(zip(names, parts, strict=True))
            written(file, sparse if kind == "parts.npz" else {"w": dense(1, 4, 5)} | sparse)
        whole, rng, refused = file.read_bytes(), np.random.default_rng(0), 0
        for place in rng.choice(len(whole), 300, replace=False).tolist():
            damaged = bytearray(whole)
            damaged[place] ^= int(rng.integers(1, 256))
            file.write_bytes(damaged)
            try:
                import_network(file)
            except TopologyFileError as error:
                refused += kind in str(error)
        assert refused > 50


class TestAnyFile:
    def test_our_own(self, tmp_path):
        snapshot = TopologySnapshot((LayerTopology.full(3, 2),), epoch=4)
        save_topology(snapshot, tmp_path / "own.npz")
        assert import_network(tmp_path / "own.npz").snapshot == snapshot

    def test_a_matrix_of_scipy_and_a_folder_of_them(self, tmp_path):
        matrix = dense(0, 5, 4)  # inputs as rows
        sp.save_npz(tmp_path / "w0.npz", sp.csr_array(matrix))
        for path in (tmp_path / "w0.npz", tmp_path):
            assert_is(import_network(path).snapshot.layers[0], matrix.T)

    def test_arrays(self, file):
        written(file, {"w": np.array([[0.5, 2.0]])})
        assert import_network(file, threshold=1).snapshot.n_connections == 1

    def test_nothing(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            import_network(tmp_path / "nothing.npz")
