"""Networks that others saved, as the authors of NNSTD did."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from topology import TopologyFileError, import_scipy_layers


def saved(folder, *shapes, name="weight_l{}.npz", seed=0):
    """Dense copies of random matrices that are saved in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    rng, dense = np.random.default_rng(seed), []
    for number, shape in enumerate(shapes):
        matrix = rng.normal(size=shape) * (rng.random(shape) < 0.5)
        sp.save_npz(folder / name.format(number), sp.csr_array(matrix))
        dense.append(matrix)
    return dense


def assert_is(layer, matrix):
    assert np.allclose(layer.to_scipy().toarray(), matrix.T)


@pytest.mark.parametrize("bias", [0, 1])
def test_layers_are_the_transposed_matrices(tmp_path, bias):
    folder = tmp_path / "epoch_050"
    dense = saved(folder, (5 + bias, 4), (4 + bias, 3), (3 + bias, 2))
    found = import_scipy_layers(folder)
    assert found.snapshot.widths == (5, 4, 3, 2)
    assert found.snapshot.epoch == 50
    assert found.snapshot.names == ("weight_l0", "weight_l1", "weight_l2")
    for layer, matrix in zip(found.snapshot.layers, dense, strict=True):
        assert_is(layer, matrix[: len(matrix) - bias])
    assert any("bias" in note for note in found.notes) == bool(bias)


def test_files_are_taken_by_number(tmp_path):
    folder = tmp_path / "net"
    saved(folder, *[(3, 3)] * 12, name="w{}.npz")
    assert import_scipy_layers(folder).snapshot.names == tuple(f"w{k}" for k in range(12))


def test_a_number_within_the_name_of_the_folder_is_no_epoch(tmp_path):
    saved(tmp_path / "run3_final", (3, 4))
    assert import_scipy_layers(tmp_path / "run3_final").snapshot.epoch == 0


def test_a_single_layer_has_a_bias_row_only_if_told(tmp_path):
    folder = tmp_path / "net"
    (matrix,) = saved(folder, (5, 3))
    assert_is(import_scipy_layers(folder).snapshot.layers[0], matrix)
    told = import_scipy_layers(folder, has_bias_row=True).snapshot.layers[0]
    assert_is(told, matrix[:-1])


def test_the_authors_networks(shared_data):
    folder = shared_data / "nnstd_topologies" / "e5_s0_w0" / "epoch_190"
    found = import_scipy_layers(folder)
    assert found.snapshot.widths == (784, 784, 784, 784, 10)
    assert found.snapshot.epoch == 190
    assert "bias" in found.notes[-1]
    matrix = sp.csr_array(sp.load_npz(folder / "weight_l1.npz"))
    assert found.snapshot.layers[1].n_connections == matrix[:-1].nnz


class TestRefusals:
    def test_no_folder(self, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere"):
            import_scipy_layers(tmp_path / "nowhere")

    def test_an_empty_folder(self, tmp_path):
        with pytest.raises(TopologyFileError, match=r"has no \.npz file"):
            import_scipy_layers(tmp_path)

    def test_what_is_no_matrix(self, tmp_path):
        np.savez(tmp_path / "a.npz", numbers=np.arange(3))
        with pytest.raises(TopologyFileError, match=r"a\.npz is no sparse matrix of SciPy"):
            import_scipy_layers(tmp_path)

    def test_a_file_that_is_cut_short(self, tmp_path):
        saved(tmp_path, (5, 4))
        file = tmp_path / "weight_l0.npz"
        file.write_bytes(file.read_bytes()[:-40])
        with pytest.raises(TopologyFileError, match="no sparse matrix of SciPy"):
            import_scipy_layers(tmp_path)

    @pytest.mark.parametrize("places", [[0, 1, 30_000_000], [0, 1, 5], [0, 1, -1]])
    @pytest.mark.parametrize("kind", ["csr", "coo"])
    def test_places_outside_of_the_matrix(self, tmp_path, kind, places):
        # SciPy would read and write wherever they point.
        arrays = {"data": np.ones(3), "shape": (3, 4), "format": kind.encode()}
        if kind == "csr":
            arrays |= {"indices": np.array(places, np.int32), "indptr": np.arange(4)}
        else:
            arrays |= {"row": np.arange(3), "col": np.array(places, np.int32)}
        np.savez(tmp_path / "w0.npz", **arrays)
        with pytest.raises(TopologyFileError, match=r"w0\.npz is no sparse matrix of SciPy"):
            import_scipy_layers(tmp_path)

    def test_numbers_that_are_not_real(self, tmp_path):
        sp.save_npz(tmp_path / "w0.npz", sp.csr_array(np.ones((3, 4)) * 1j))
        with pytest.raises(TopologyFileError, match="numbers are complex128; they must be real"):
            import_scipy_layers(tmp_path)

    def test_files_whose_order_no_number_tells(self, tmp_path):
        saved(tmp_path, (3, 4), name="zeta.npz")
        saved(tmp_path, (4, 2), name="alpha.npz")
        with pytest.raises(TopologyFileError, match=r"which of alpha\.npz and zeta\.npz"):
            import_scipy_layers(tmp_path)

    def test_a_pickle_is_not_opened(self, tmp_path):
        np.save(tmp_path / "a.npy", np.array([{}], object), allow_pickle=True)
        (tmp_path / "a.npy").rename(tmp_path / "a.npz")
        with pytest.raises(TopologyFileError, match="no sparse matrix of SciPy"):
            import_scipy_layers(tmp_path)

    @pytest.mark.parametrize("shapes", [((5, 4), (6, 3)), ((5, 4), (5, 3), (3, 2))])
    def test_layers_that_make_no_chain(self, tmp_path, shapes):
        saved(tmp_path, *shapes)
        with pytest.raises(TopologyFileError, match=r"the matrices, 5 × 4, .* make no chain"):
            import_scipy_layers(tmp_path)

    def test_a_bias_row_that_cannot_be(self, tmp_path):
        saved(tmp_path, (5, 4), (4, 3))
        with pytest.raises(TopologyFileError, match=r"has 4 outputs, but .* has 3 inputs"):
            import_scipy_layers(tmp_path, has_bias_row=True)

    def test_weights_that_are_not_finite(self, tmp_path):
        sp.save_npz(tmp_path / "a.npz", sp.csr_array(np.array([[np.nan, 1.0]])))
        with pytest.raises(TopologyFileError, match="weights hold nan"):
            import_scipy_layers(tmp_path)
