"""Distances of many pairs: each that of the pair alone, kept in a file, in an order, on a plane."""

from __future__ import annotations

import json
import threading
from itertools import combinations, pairwise

import numpy as np
import pytest
import scipy.sparse as sp

from analysis import (
    ForeignCacheError,
    IncomparableError,
    distances_of_pairs,
    nnstd,
    nnstd_between,
    nnstd_since,
    pairwise_nnstd,
)
from analysis.distance_cache import DistanceCache
from topology import LayerTopology, TopologySnapshot


def network(seed: int, widths=(9, 8, 7), density=0.3, epoch=0) -> TopologySnapshot:
    rng = np.random.default_rng(seed)
    layers = [
        LayerTopology.from_scipy(sp.csr_array((rng.random((n, m)) < density).astype(float)))
        for m, n in pairwise(widths)
    ]
    return TopologySnapshot((*layers, LayerTopology.full(widths[-1], 3)), epoch=epoch)


NETWORKS = [network(seed) for seed in range(5)]


class TestMatrix:
    @pytest.mark.parametrize("options", [{}, {"aligned": True, "restarts": 2, "seed": 4}])
    @pytest.mark.parametrize("ties", ["reference", "structural"])
    def test_each_entry_is_that_of_the_pair(self, ties, options):
        found = pairwise_nnstd(NETWORKS, ties, labels="abcde", n_jobs=2, **options)
        assert found.labels == tuple("abcde")
        assert (found.ties, found.aligned) == (ties, options.get("aligned", False))
        for i, j in combinations(range(5), 2):
            alone = nnstd(NETWORKS[i], NETWORKS[j], ties, **options)
            for one, other in ((i, j), (j, i)):
                assert found.per_layer[one, other].tolist() == list(alone.per_layer)
                assert found.mean[one, other] == pytest.approx(alone.mean, rel=1e-15)
                assert found.mean_sparse[one, other] == alone.mean_sparse
        assert not np.diagonal(found.per_layer).any()
        assert not np.diagonal(found.mean_sparse).any()

    def test_cores_change_nothing(self, on_cores):
        one, three = on_cores(lambda: pairwise_nnstd(NETWORKS, "structural"))
        assert one == three

    def test_progress_counts_the_pairs(self):
        heard = []
        pairwise_nnstd(NETWORKS, progress=lambda *counts: heard.append(counts))
        assert heard == [(done, 10) for done in range(1, 11)]

    def test_a_single_network(self):
        found = pairwise_nnstd(NETWORKS[:1])
        assert (found.mean.tolist(), found.order) == ([[0.0]], (0,))

    def test_near_ones_stand_beside_each_other(self):
        # Copies with ever more rows of another network, in a shuffled order.
        rng = np.random.default_rng(0)
        a, b = (sp.csr_array((rng.random((12, 10)) < 0.3).astype(float)) for _ in range(2))
        rows = [0, 8, 2, 6, 4]
        course = [
            TopologySnapshot((LayerTopology.from_scipy(sp.vstack([a[:k], b[k:]])),)) for k in rows
        ]
        order = [rows[place] for place in pairwise_nnstd(course).order]
        assert order in ([0, 2, 4, 6, 8], [8, 6, 4, 2, 0])

    def test_the_dendrogram_joins_the_nearest_first(self):
        found = pairwise_nnstd(NETWORKS)
        upper = found.mean_sparse[np.triu_indices(5, 1)]
        assert found.linkage.shape == (4, 4)
        assert found.linkage[0, 2] == upper.min()
        assert found.linkage[-1, 3] == 5

    def test_the_embedding_keeps_distances_that_lie_in_a_plane(self):
        # One neuron each with disjoint inputs: all at distance 1, a regular triangle.
        layers = [LayerTopology([0, 1], [k], 3, 1) for k in range(3)]
        found = pairwise_nnstd([TopologySnapshot((layer,)) for layer in layers])
        points = found.embedding()
        for i, j in combinations(range(3), 2):
            assert np.linalg.norm(points[i] - points[j]) == pytest.approx(1)
        with pytest.raises(ValueError, match="n_dimensions is 3; it must be from 1 to 2"):
            found.embedding(3)

    def test_the_authors_networks_stand_in_the_order_in_which_they_start(self, authors_network):
        # Each start differs from the one before by a little; aligned, it shows at the end as well.
        names = [f"w{k}" for k in range(6)]
        found = pairwise_nnstd(
            [authors_network(name, "190") for name in names], "structural", aligned=True
        )
        assert found.order in ((0, 1, 2, 3, 4, 5), (5, 4, 3, 2, 1, 0))

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"labels": ["a"]}, "there are 1 labels for 5 networks"),
            ({"n_jobs": 0}, "n_jobs is 0; it must be at least 1"),
            ({"ties": "best"}, "ties is 'best'"),
        ],
    )
    def test_refusals(self, options, message):
        with pytest.raises(ValueError, match=message):
            pairwise_nnstd(NETWORKS, **options)

    def test_refuses_what_is_not_comparable_before_it_computes(self):
        heard = []
        with pytest.raises(IncomparableError, match="networks have 3 and 2 layers"):
            pairwise_nnstd(
                [*NETWORKS, network(0, (9, 8))], progress=lambda *counts: heard.append(counts)
            )
        assert heard == []
        with pytest.raises(ValueError, match="no networks; it takes one"):
            pairwise_nnstd([])


class TestCache:
    def test_work_that_broke_off_goes_on(self, tmp_path, monkeypatch):
        file, computed = tmp_path / "distances.jsonl", []

        def counted(a, b, *arguments, **options):
            computed.append((a.digest, b.digest))
            return nnstd(a, b, *arguments, **options)

        monkeypatch.setattr("analysis.distance_matrix.nnstd", counted)

        def breaks_off(done, _total):
            if done == 4:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            pairwise_nnstd(NETWORKS, cache=file, n_jobs=1, progress=breaks_off)
        assert len(computed) == 4
        file.write_bytes(file.read_bytes() + b'{"pair": "half a li')
        found = pairwise_nnstd(NETWORKS, cache=file)
        assert len(computed) == 10
        assert found == pairwise_nnstd(NETWORKS)
        assert len(computed) == 20
        assert pairwise_nnstd(NETWORKS, cache=file) == found
        assert len(computed) == 20
        assert len([json.loads(line) for line in file.read_text().splitlines()]) == 11

    def test_other_settings_are_other_distances(self, tmp_path):
        file = tmp_path / "distances.jsonl"
        pairs = [(NETWORKS[0], NETWORKS[1])]
        for ties, options in (("reference", {}), ("structural", {}), ("structural", {"seed": 1})):
            found = distances_of_pairs(pairs, ties, cache=file, **options)
            assert found.tolist() == [list(nnstd(*pairs[0], ties, **options).per_layer)]
        assert len(file.read_text().splitlines()) == 4

    def test_many_threads_write_whole_lines(self, tmp_path):
        cache = DistanceCache(tmp_path / "cache")
        threads = [
            threading.Thread(target=lambda k=k: [cache.put(f"{k} {n}", (k, n)) for n in range(50)])
            for k in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        again = DistanceCache(tmp_path / "cache")
        assert all(again.get(f"{k} {n}") == (k, n) for k in range(8) for n in range(50))

    def test_two_that_add_to_one_file_lose_nothing(self, tmp_path):
        file = tmp_path / "cache"
        one, other = DistanceCache(file), DistanceCache(file)
        for number in range(6):
            (one, other)[number % 2].put(f"pair {number}", (number,))
        again = DistanceCache(file)
        assert all(again.get(f"pair {number}") == (number,) for number in range(6))

    @pytest.mark.parametrize("kept", [0, 9, 34, 35, 50])
    def test_a_file_that_was_cut_off_goes_on(self, tmp_path, kept):
        file = tmp_path / "cache"
        DistanceCache(file).put("a b", (0.5,))
        file.write_bytes(file.read_bytes()[:kept])
        DistanceCache(file).put("a c", (0.25,))
        again = DistanceCache(file)
        assert (again.get("a b"), again.get("a c")) == (None, (0.25,))

    def test_a_write_that_failed_leaves_no_half_line(self, tmp_path):
        file = tmp_path / "cache"
        cache = DistanceCache(file)
        cache.put("a b", (0.5,))
        with pytest.raises(TypeError):
            cache.put("a c", (object(),))
        with file.open("ab") as content:
            content.write(b'{"pair": "a c", ')
        cache.put("a d", (0.25,))
        again = DistanceCache(file)
        assert (again.get("a b"), again.get("a d")) == ((0.5,), (0.25,))

    def test_a_damaged_line_is_named(self, tmp_path):
        file = tmp_path / "mine"
        DistanceCache(file).put("a b", (0.5,))
        for line in (b"no json\n", b'{"pair": "a"}\n', b"[" * 200_000 + b"\n"):
            whole = file.read_bytes()
            file.write_bytes(whole + line)
            with pytest.raises(ForeignCacheError, match="mine has a damaged line 3"):
                DistanceCache(file)
            file.write_bytes(whole)

    @pytest.mark.parametrize("content", [b"a,b\n1,2\n", b'{"format": "x"}\n', b"\xff\xfe\n", b"x"])
    def test_another_file_is_left_as_it_is(self, tmp_path, content):
        file = tmp_path / "mine"
        file.write_bytes(content)
        with pytest.raises(ForeignCacheError, match="mine is no cache of distances"):
            pairwise_nnstd(NETWORKS, cache=file)
        assert file.read_bytes() == content


COURSE = [network(seed, epoch=epoch) for seed, epoch in ((0, 0), (1, 5), (2, 6))]


class TestTrajectories:
    @pytest.mark.parametrize("ties", ["reference", "structural"])
    def test_from_the_start_and_from_the_one_before(self, ties):
        for since, firsts in (("start", (0, 0)), ("previous", (0, 1))):
            found = nnstd_since(COURSE, since, ties)
            expected = [
                nnstd(COURSE[first], COURSE[later], ties)
                for first, later in zip(firsts, (1, 2), strict=True)
            ]
            assert found.epochs.tolist() == [5, 6]
            assert found.per_layer.tolist() == [list(one.per_layer) for one in expected]
            assert found.mean.tolist() == pytest.approx([one.mean for one in expected])
            assert found.mean_sparse.tolist() == [one.mean_sparse for one in expected]

    def test_between_runs_at_epochs_that_both_have(self):
        other = [network(seed, epoch=epoch) for seed, epoch in ((7, 6), (8, 0), (9, 4))]
        found = nnstd_between(COURSE, other)
        assert found.epochs.tolist() == [0, 6]
        expected = [nnstd(COURSE[0], other[1]), nnstd(COURSE[2], other[0])]
        assert found.per_layer.tolist() == [list(one.per_layer) for one in expected]

    def test_refusals(self):
        with pytest.raises(ValueError, match="since is 'end'; it must be one of 'start', 'prev"):
            nnstd_since(COURSE, "end")
        with pytest.raises(ValueError, match="there are 1 wirings; a course needs at least 2"):
            nnstd_since(COURSE[:1])
        with pytest.raises(ValueError, match="epoch 0 comes after 5; epochs must ascend"):
            nnstd_since([COURSE[1], COURSE[0]])
        with pytest.raises(ValueError, match="one has epochs 0 to 6, the other epochs 9 to 9"):
            nnstd_between(COURSE, [network(0, epoch=9)])
