"""Ten networks that start 1 % apart, trained by SET on MNIST: how far apart they come.

`python -m benchmarks.similar_starts FOLDER --dataset DATA` trains them, and writes their wirings
into FOLDER; what is there is not trained again.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from set_engine import Observer, RunControl, TrainingConfig, leave_cores_to_kernels, use_cores
from set_engine.layers import named_layers
from set_engine.places import draw_absent, places_of
from set_engine.rewiring import Rewiring
from set_engine.sparse_linear import SparseLinear
from set_engine.trainer import Trainer
from set_engine.training import load_data
from topology import load_topology, save_topology

N_NETWORKS = 10
EPOCHS = (0, 1, 3, 10, 30, 100)
_SHARE = 0.01  # of the connections of each layer that the next network has elsewhere


def main() -> None:
    """Train all."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.similar_starts", description=__doc__
    )
    parser.add_argument("folder", type=Path, help="Where the wirings go.")
    parser.add_argument("--dataset", required=True, help="The folder of MNIST.")
    parser.add_argument("--jobs", type=int, default=2, help="Networks trained at once.")
    options = parser.parse_args()
    job = partial(train_network, folder=options.folder, dataset=options.dataset)
    with ProcessPoolExecutor(options.jobs, get_context("spawn")) as pool:
        for number, accuracy in enumerate(pool.map(job, range(N_NETWORKS))):
            print(f"network {number}: test accuracy {accuracy:.2%}", flush=True)


def network_file(folder: Path, number: int, epoch: int) -> Path:
    """Where the wiring of one of them at an epoch is."""
    return folder / f"network_{number}" / f"epoch_{epoch:03d}.npz"


def train_network(number: int, folder: Path, dataset: str) -> float:
    """Train one, and write its wirings; the test accuracy at the end.

    Number n is number n - 1 with 1 % of the connections of each sparse layer elsewhere. Weights to
    start with, batches and random numbers are the same for all.
    """
    leave_cores_to_kernels()
    use_cores(1)
    paths = [network_file(folder, number, epoch) for epoch in EPOCHS]
    if not paths[-1].exists():
        config = TrainingConfig(
            dataset=dataset,
            hidden=(784, 784, 784),
            epsilon=2.5,
            epochs=EPOCHS[-1] + 1,  # the removal that ends a run is left out
            batch_size=100,
            learning_rate=0.05,
            dropout=0.2,
        )
        trainer = Trainer(config, load_data(config))
        rng = np.random.default_rng(0)
        for _ in range(number):
            for layer in named_layers(trainer.model).values():
                if isinstance(layer, SparseLinear):
                    _move_some(layer, rng)
        paths[0].parent.mkdir(parents=True, exist_ok=True)
        save_topology(trainer.snapshot(), paths[0])
        for epoch in range(1, EPOCHS[-1] + 1):
            metrics = trainer.run_epoch(RunControl(), Observer())
            if epoch in EPOCHS:
                save_topology(trainer.snapshot(metrics), paths[EPOCHS.index(epoch)])
    return load_topology(paths[-1]).metrics["test_accuracy"]


def _move_some(layer: SparseLinear, rng: np.random.Generator) -> None:
    """Put a share of the connections of a layer, with their weights, where none are."""
    places = places_of(*layer.wiring(), layer.n_inputs)
    n_moved = round(_SHARE * len(places))
    kept = np.ones(len(places), bool)
    kept[rng.choice(len(places), n_moved, replace=False)] = False
    grown = draw_absent(places, layer.n_inputs * layer.n_outputs, n_moved, rng)
    layer.install(Rewiring.of(places, kept, grown), layer.connection_weights()[~kept])


if __name__ == "__main__":
    main()
