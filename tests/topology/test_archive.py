from __future__ import annotations

import json
import math
import pickle
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from topology import (
    LayerTopology,
    TopologyFileError,
    TopologySnapshot,
    load_topology,
    save_topology,
)

FIRST = LayerTopology([0, 1, 3], [0, 0, 2], n_inputs=3, n_outputs=2, weights=[1, -2, 0.5])
BARE = LayerTopology([0, 1, 1, 2, 2], [0, 1], n_inputs=2, n_outputs=4)
SNAPSHOT = TopologySnapshot((FIRST, BARE), epoch=3, step=40, metrics={"test_loss": 0.25})


class Boom:
    """Leaves a mark when it is unpickled."""

    mark: Path

    def __reduce__(self):
        return (Path.touch, (self.mark,))


def _parts(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


@pytest.fixture
def saved(tmp_path) -> Path:
    path = tmp_path / "net.npz"
    save_topology(SNAPSHOT, path)
    return path


class TestRoundTrip:
    def test_with_and_without_weights(self, saved):
        loaded = load_topology(saved)
        assert loaded == SNAPSHOT
        assert loaded.layers[1].weights is None
        with pytest.raises(ValueError, match="read-only"):
            loaded.layers[0].indices[0] = 1

    def test_accepts_a_plain_string(self, tmp_path):
        save_topology(SNAPSHOT, f"{tmp_path}/other.npz")
        assert load_topology(f"{tmp_path}/other.npz") == SNAPSHOT

    @pytest.mark.parametrize("density", [0.0, 0.2, 1.0])
    @pytest.mark.parametrize("widths", [(1, 1), (7, 30, 4), (50, 1, 20)])
    def test_over_a_grid(self, tmp_path, widths, density):
        rng = np.random.default_rng(0)
        layers = tuple(
            LayerTopology.from_scipy(
                sp.csr_array(rng.normal(size=(m, n)) * (rng.random((m, n)) < density))
            )
            for n, m in pairwise(widths)
        )
        save_topology(TopologySnapshot(layers, 5, 6), tmp_path / "net.npz")
        assert load_topology(tmp_path / "net.npz") == TopologySnapshot(layers, 5, 6)

    def test_metrics_that_are_not_finite(self, tmp_path):
        metrics = {"a": math.inf, "b": -math.inf, "c": math.nan}
        save_topology(TopologySnapshot((FIRST,), metrics=metrics), tmp_path / "net.npz")
        found = load_topology(tmp_path / "net.npz").metrics
        assert (found["a"], found["b"]) == (math.inf, -math.inf)
        assert math.isnan(found["c"])

    def test_is_readable_with_numpy_alone(self, saved):
        parts = _parts(saved)
        header = json.loads(str(parts.pop("header")))
        assert header == {
            "format": "setscope topology 3",
            "epoch": 3,
            "step": 40,
            "metrics": {"test_loss": 0.25},
            "names": ["layer 1", "layer 2"],
            "shapes": [[3, 2], [2, 4]],
            "full": [False, False],
        }
        assert {name: array.tolist() for name, array in parts.items()} == {
            "layer1_indptr": [0, 1, 3],
            "layer1_indices": [0, 0, 2],
            "layer1_weights": [1, -2, 0.5],
            "layer2_indptr": [0, 1, 1, 2, 2],
            "layer2_indices": [0, 1],
        }

    @pytest.mark.parametrize("weights", [None, [1.0, -2.0, 0.0, 0.5, 3.0, 4.0]])
    def test_of_a_full_layer_only_the_weights_are_written(self, tmp_path, weights):
        full = LayerTopology([0, 3, 6], [0, 1, 2, 0, 1, 2], 3, 2, weights)
        save_topology(TopologySnapshot((full, BARE)), tmp_path / "net.npz")
        names = set(_parts(tmp_path / "net.npz")) - {"header", "layer2_indptr", "layer2_indices"}
        assert names == (set() if weights is None else {"layer1_weights"})
        loaded = load_topology(tmp_path / "net.npz")
        assert loaded.layers == (full, BARE)

    def test_names_and_layers_that_are_no_chain(self, tmp_path):
        snapshot = TopologySnapshot((FIRST, FIRST, BARE), names=("conv.0", "ü", "head"))
        save_topology(snapshot, tmp_path / "net.npz")
        loaded = load_topology(tmp_path / "net.npz")
        assert loaded == snapshot
        assert (loaded.names, loaded.is_chain) == (("conv.0", "ü", "head"), False)

    def test_the_name_is_taken_as_it_is(self, tmp_path):
        # numpy alone would add .npz.
        save_topology(SNAPSHOT, tmp_path / "net")
        assert [path.name for path in tmp_path.iterdir()] == ["net"]


class TestDamage:
    def _refused(self, path: Path) -> str:
        with pytest.raises(TopologyFileError) as caught:
            load_topology(path)
        assert str(caught.value).startswith(f"{path} is not a saved topology: ")
        return str(caught.value)

    def test_a_missing_file_is_missing(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            load_topology(tmp_path / "absent.npz")

    def test_cut_short_anywhere(self, saved):
        content = saved.read_bytes()
        for length in range(0, len(content), 7):
            saved.write_bytes(content[:length])
            self._refused(saved)

    def test_any_flipped_bits_are_refused_or_harmless(self, saved):
        assert self._refusals_of_flips(saved, step=1) > len(saved.read_bytes()) / 2

    def test_compressed_content_that_is_damaged(self, saved):
        np.savez_compressed(saved, **_parts(saved))
        assert load_topology(saved) == SNAPSHOT
        assert self._refusals_of_flips(saved, step=3) > len(saved.read_bytes()) / 6

    @staticmethod
    def _refusals_of_flips(path: Path, step: int) -> int:
        content = path.read_bytes()
        rng = np.random.default_rng(0)
        refused = 0
        for place in range(0, len(content), step):
            damaged = bytearray(content)
            damaged[place] ^= int(rng.integers(1, 256))
            path.write_bytes(damaged)
            try:
                # Some bytes of a zip file, such as the time of writing, say nothing of the content.
                assert load_topology(path) == SNAPSHOT
            except TopologyFileError:
                refused += 1
        path.write_bytes(content)
        return refused

    @pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04", b"\x93NUMPY\x01\x00"])
    def test_not_an_archive(self, tmp_path, content):
        (tmp_path / "net.npz").write_bytes(content)
        self._refused(tmp_path / "net.npz")

    def test_a_folder(self, tmp_path):
        self._refused(tmp_path)

    def test_a_single_array(self, tmp_path):
        with (tmp_path / "net.npz").open("wb") as file:
            np.save(file, np.arange(3))
        self._refused(tmp_path / "net.npz")

    def test_a_matrix_of_scipy(self, tmp_path):
        sp.save_npz(tmp_path / "net.npz", sp.csr_array(np.eye(3)))
        assert "has no setscope header" in self._refused(tmp_path / "net.npz")

    @pytest.mark.parametrize("whole", [True, False])
    def test_nothing_is_ever_unpickled(self, saved, tmp_path, whole):
        boom = Boom()
        boom.mark = tmp_path / "unpickled"
        if whole:
            saved.write_bytes(pickle.dumps(boom))
        else:
            objects = np.array([boom, None, None], dtype=object)
            np.savez(saved, **(_parts(saved) | {"layer1_indices": objects}))
        self._refused(saved)
        assert not boom.mark.exists()

    @pytest.mark.parametrize(
        "name", ["layer1_indptr", "layer1_indices", "layer2_indptr", "layer2_indices", "header"]
    )
    def test_a_missing_array_is_named(self, saved, name):
        parts = _parts(saved)
        del parts[name]
        np.savez(saved, **parts)
        assert name in self._refused(saved)

    def test_an_unknown_array_is_named(self, saved):
        parts = _parts(saved)
        parts["layer1_wEights"] = parts.pop("layer1_weights")
        np.savez(saved, **parts)
        assert "'layer1_wEights', which is no part of a topology" in self._refused(saved)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"format": "setscope topology 4"}, "its format is 'setscope topology 4', not 'setsco"),
            ({"format": "setscope topology 1"}, "its format is 'setscope topology 1', not"),
            ({"epoch": -1}, "epoch is -1"),
            ({"epoch": "three"}, "'<' not supported"),
            ({"metrics": 5}, "not iterable"),
            ({"shapes": [], "names": [], "full": []}, "at least one layer"),
            ({"shapes": [[3, 3], [3, 4]]}, "indptr has 3 entries; 3 output neurons need 4"),
            ({"shapes": [[2, 2], [2, 4]]}, "indices hold 2"),
            (
                {
                    "shapes": [[3, 2], [2, 4], [4, 5]],
                    "names": ["a", "b", "c"],
                    "full": [False, False, False],
                },
                "layer3_indptr",
            ),
            (
                {"shapes": [[3, 2]], "names": ["a"], "full": [False]},
                "'layer2_indices', which is no part",
            ),
            (
                {"full": [True, False]},
                "there are 3 weights; a full layer of 3 inputs and 2 outputs",
            ),
            ({"full": [False, True]}, "'layer2_indices', which is no part"),
            ({"full": [False]}, "full is [False]; it must be true or false for 2 layers"),
            ({"full": [0, 1]}, "full is [0, 1]; it must be true or false for 2 layers"),
            ({"full": 7}, "no len()"),
            ({"shapes": [[3, 2]]}, "it has 2 names for 1 layers"),
            ({"shapes": [3, 2]}, "cannot unpack"),
            ({"shapes": [[3, 2], [2, 4, 1]]}, "too many values to unpack"),
            ({"shapes": 7}, "no len()"),
            ({"shapes": [[3, None], [2, 4]]}, "NoneType"),
            ({"names": []}, "it has 0 names for 2 layers"),
            ({"names": ["a"]}, "it has 1 names for 2 layers"),
            ({"names": "ab"}, "names are 'ab'; each must be a text that is not empty"),
            ({"names": ["a", ""]}, "names are ['a', '']; each must be a text that is not empty"),
            ({"names": ["a", 7]}, "names are ['a', 7]; each must be a text that is not empty"),
            ({"names": ["a", "a"]}, "two layers are named 'a'"),
            ({"names": None}, "NoneType"),
        ],
    )
    def test_a_header_that_does_not_fit(self, saved, changes, message):
        parts = _parts(saved)
        header = json.loads(str(parts["header"])) | changes
        np.savez(saved, **(parts | {"header": np.array(json.dumps(header))}))
        assert message in self._refused(saved)

    @pytest.mark.parametrize("header", ["", "{", "[]", "7", "null", "{}"])
    def test_a_header_that_is_none(self, saved, header):
        np.savez(saved, **(_parts(saved) | {"header": np.array(header)}))
        self._refused(saved)


class TestSaving:
    def test_a_save_that_fails_leaves_the_old_file(self, saved, monkeypatch):
        def full(*_arguments, **_arrays):
            raise OSError("disk full")

        monkeypatch.setattr(np, "savez", full)
        with pytest.raises(OSError, match="disk full"):
            save_topology(TopologySnapshot((BARE,)), saved)
        assert load_topology(saved) == SNAPSHOT
        assert list(saved.parent.iterdir()) == [saved]

    def test_needs_its_folder(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            save_topology(SNAPSHOT, tmp_path / "absent" / "net.npz")
