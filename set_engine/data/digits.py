"""The digits that come with scikit-learn (Alpaydin & Kaynak 1998): small and always there."""

from __future__ import annotations

from set_engine.data.samples import Labelled, Samples


def read_digits() -> Samples:
    """1797 images of 8 × 8 pixels from 0 to 16, a fifth of them to test on."""
    # Imported where needed: scikit-learn takes half a second to load.
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return Samples("digits", Labelled(x, y), test_share=0.2, image_shape=(1, 8, 8))
