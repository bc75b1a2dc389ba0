from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from set_engine.data.dataset import load_dataset
from set_engine.data.samples import DatasetError
from set_engine.data.synthetic import SyntheticShape, make_synthetic


def _refusal(source: str) -> str:
    with pytest.raises(DatasetError) as caught:
        SyntheticShape.parse(source)
    return str(caught.value)


class TestShape:
    def test_settings_are_read_in_any_order(self):
        found = SyntheticShape.parse("synthetic:seed=3, classes=4,samples=12,informative=2")
        assert found == SyntheticShape(12, 100, 4, 2, 3)
        assert SyntheticShape.parse("synthetic") == SyntheticShape.parse("synthetic:")

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ("samples=ten", "synthetic: samples is 'ten'; it must be a whole number"),
            ("samples=-5", "synthetic: samples is '-5'; it must be a whole number"),
            ("samples", "synthetic: samples is ''; it must be a whole number"),
            ("samples=29", "synthetic: samples is 29; it must be from 30 to 1,000,000,000"),
            ("classes=1", "synthetic: classes is 1; it must be from 2 to 1,000,000,000"),
            ("features=0", "synthetic: features is 0; it must be from 1 to 1,000,000,000"),
            ("features=5,informative=6", "synthetic: informative is 6; it must be from 1 to 5"),
            (
                "depth=3",
                "synthetic has no setting 'depth'; it has samples, features, classes, "
                "informative, seed",
            ),
        ],
    )
    def test_refusals(self, settings, message):
        assert _refusal(f"synthetic:{settings}") == message


class TestSamples:
    @given(
        samples=st.integers(9, 90),
        features=st.integers(1, 12),
        classes=st.integers(2, 3),
        seed=st.integers(0, 5),
    )
    def test_any_shape(self, samples, features, classes, seed):
        shape = SyntheticShape(samples, features, classes, seed=seed)
        made = make_synthetic(shape)
        assert made.train.x.shape == (samples - samples // 3, features)
        assert made.test.x.shape == (samples // 3, features)
        for part in (made.train, made.test):
            assert part.x.dtype == np.float32
            counts = np.bincount(part.y, minlength=classes)
            assert counts.min() >= 1
            assert np.ptp(counts) <= 1

    def test_it_is_the_same_every_time_and_another_for_another_seed(self):
        one, other, third = (
            load_dataset(f"synthetic:samples=90,features=7,seed={seed}") for seed in (1, 1, 2)
        )
        assert one.digest == other.digest != third.digest
        assert not np.array_equal(one.x_train[:30], one.x_test)

    @pytest.mark.parametrize("classes", [2, 10])
    def test_classes_can_be_learned_from_the_informative_features_alone(self, classes):
        shape = SyntheticShape(samples=3000, features=50, classes=classes, informative=20)
        made = make_synthetic(shape)
        x, y = made.train.x.astype(float), made.train.y
        centres = np.stack([x[y == k].mean(axis=0) for k in range(classes)])
        # The nearest centre is the best of all classifiers for equal round Gaussians.
        distances = np.square(made.test.x[:, None] - centres).sum(axis=2)
        assert (distances.argmin(axis=1) == made.test.y).mean() > 0.9
        # Noise alone keeps means within five of their deviations; most centroids lie beyond.
        noise = 1 / np.sqrt(2000 / classes)
        apart = np.abs(centres - centres.mean(axis=0)).max(axis=0) > 5 * noise
        assert 12 <= apart.sum() <= 20
        assert np.abs(x[:, ~apart].std(axis=0) - 1).max() < 0.1

    def test_a_data_set_of_it_is_in_memory_once(self):
        load_dataset("synthetic:samples=30")  # What is imported once is not counted.
        tracemalloc.start()
        data = load_dataset("synthetic:samples=9000,features=1000,informative=10")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert (data.name, data.image_shape) == ("synthetic 9000 × 1000", None)
        assert peak <= 1.2 * (data.x_train.nbytes + data.x_test.nbytes)
        np.testing.assert_allclose(data.x_train.std(axis=0), 1, rtol=1e-4)

    @pytest.mark.parametrize("samples", [3_000_000, 1_000_000_000])
    def test_more_than_any_memory(self, samples):
        shape = SyntheticShape(samples=samples, features=1_000_000_000, informative=1)
        with pytest.raises(DatasetError) as caught:
            make_synthetic(shape)
        assert str(caught.value) == (
            f"synthetic: {samples:,} samples of 1,000,000,000 features need "
            f"{samples * 4:,.1f} GB, which is more memory than there is"
        )
