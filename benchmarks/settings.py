"""Settings of runs that several measurements share."""

from __future__ import annotations

from typing import Any


def small_network(n_samples: int) -> dict[str, Any]:
    """784-1000-1000-1000-10 at batch 100, of so many samples; a third of them is to test with."""
    return {
        "dataset": f"synthetic:samples={n_samples},features=784,classes=10",
        "hidden": (1000,) * 3,
        "epsilon": 20.0,
        "batch_size": 100,
        "learning_rate": 0.01,
    }
