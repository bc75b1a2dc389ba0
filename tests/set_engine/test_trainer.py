"""When the trainer changes the learning rate, the wiring and ζ, and by how much."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from set_engine import Observer, RunControl, SparseLinear, TrainingConfig, kernels
from set_engine.evolving_layer import EvolvingLayer
from set_engine.methods import METHODS, fraction_of
from set_engine.trainer import Trainer

# Of the 120 samples of `blobs`: five batches of 24.
N_STEPS, EPOCHS = 5, 4
USUAL = {"hidden": (20, 15), "epsilon": 2, "batch_size": 24, "learning_rate": 0.02}


def _trainer(blobs, **settings) -> Trainer:
    return Trainer(TrainingConfig(**(USUAL | {"epochs": EPOCHS} | settings)), blobs)


def _run(trainer: Trainer, observer: Observer | None = None):
    """The metrics of all epochs."""
    return [trainer.run_epoch(RunControl(), observer or Observer()) for _ in range(EPOCHS)]


def _evolving(trainer: Trainer) -> list[EvolvingLayer]:
    return [m for m in trainer.model.modules() if isinstance(m, EvolvingLayer)]


class TestLearningRate:
    # Before step s of 20, the share s / 20 of the training is over.
    SHARES = tuple(step / 20 for step in range(20))

    @pytest.mark.parametrize(
        ("schedule", "expected"),
        [
            ("constant", [1.0] * 20),
            ("linear", [1 - share for share in SHARES]),
            ("cosine", [(1 + math.cos(math.pi * share)) / 2 for share in SHARES]),
            ("step", [1.0] * 10 + [0.1] * 5 + [0.01] * 5),
            (
                "warmup_cosine",
                # Step 1 is at 5 %, where the rise from 0.01 ends.
                [0.01] + [(1 + math.cos(math.pi * (s - 0.05) / 0.95)) / 2 for s in SHARES[1:]],
            ),
        ],
    )
    def test_at_every_step_is_as_scheduled(self, blobs, monkeypatch, schedule, expected):
        trainer = _trainer(blobs, learning_rate_schedule=schedule)
        used = []
        step = trainer.optimizer.step

        def watched():
            used.extend(group["lr"] for group in trainer.optimizer.param_groups)
            step()

        monkeypatch.setattr(trainer.optimizer, "step", watched)
        _run(trainer)
        assert used == pytest.approx([0.02 * share for share in expected])

    def test_a_step_is_as_large_as_its_rate(self, blobs):
        trainer = _trainer(
            blobs, learning_rate_schedule="linear", momentum=0, weight_decay=0, method="fixprob"
        )
        before, changes = [], []

        class Watch(Observer):
            def step(self, _epoch, _done, _n_steps):
                weight = trainer.model[0].weight
                changes.append((before[-1] - weight.detach()) / weight.grad)
                before.append(weight.detach().clone())

        before.append(trainer.model[0].weight.detach().clone())
        trainer.run_epoch(RunControl(), Watch())
        for number, change in enumerate(changes):
            known = change[torch.isfinite(change)].median().item()
            assert known == pytest.approx(0.02 * (1 - number / 20), rel=1e-2)


class CountedMethod(METHODS["set"]):
    """SET that keeps the fractions it was asked for, layer by layer."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    def keep(self, weights, zeta, rng):
        self.asked.append(zeta)
        return super().keep(weights, zeta, rng)


def _asked(blobs, monkeypatch, **settings) -> list[list[float]]:
    """By epoch, the fractions ζ that were asked for, once for each of the two layers."""
    method = CountedMethod()
    trainer = _trainer(blobs, **settings)
    monkeypatch.setattr(trainer.evolution, "method", method)
    by_epoch = []
    for _ in range(EPOCHS):
        trainer.run_epoch(RunControl(), Observer())
        assert method.asked[::2] == method.asked[1::2]
        by_epoch.append(method.asked[::2])
        method.asked.clear()
        method.asked = []
    return by_epoch


class TestZeta:
    def test_once_after_every_epoch(self, blobs, monkeypatch):
        assert _asked(blobs, monkeypatch) == [[0.3]] * 4

    def test_by_the_cosine_until_the_end(self, blobs, monkeypatch):
        asked = _asked(blobs, monkeypatch, zeta=0.4, zeta_schedule="cosine")
        # A quarter, a half and three quarters through, and the removal at the end.
        shares = [(1 + math.sqrt(0.5)) / 2, 0.5, (1 - math.sqrt(0.5)) / 2]
        assert [z for (z,) in asked] == pytest.approx([*(0.4 * s for s in shares), 0])

    def test_by_the_cosine_until_the_last_evolution(self, blobs, monkeypatch):
        asked = _asked(
            blobs, monkeypatch, zeta=0.4, zeta_schedule="cosine", evolve_until=0.5, method="rigl",
            evolve_every="epoch",
        )  # fmt: skip
        assert asked[0] == pytest.approx([0.4 * 0.5])
        assert asked[1] == pytest.approx([0.0])
        assert asked[2] == []

    @pytest.mark.parametrize(
        ("every", "until", "expected"),
        [
            # Steps 3, 6, 9, 12, 15, 18 of 20; the end removes once more, unless the wiring stays.
            (3, 1.0, [1, 2, 2, 1 + 1]),
            (3, 0.5, [1, 2, 0, 0]),
            # Step 20 is the last one: nothing grows after it.
            (5, 1.0, [1, 1, 1, 0 + 1]),
            (1, 1.0, [5, 5, 5, 4 + 1]),
            (99, 1.0, [0, 0, 0, 0 + 1]),
            ("epoch", 0.5, [1, 1, 0, 0]),
            ("epoch", 0.49, [1, 0, 0, 0]),
        ],
    )
    def test_as_often_as_configured(self, blobs, monkeypatch, every, until, expected):
        asked = _asked(blobs, monkeypatch, evolve_every=every, evolve_until=until)
        assert [len(fractions) for fractions in asked] == expected
        assert {zeta for fractions in asked for zeta in fractions} == {0.3}


class TestReplaced:
    def test_rigl_replaces_the_fraction_of_every_layer(self, blobs):
        trainer = _trainer(blobs, method="rigl", evolve_every=3, evolve_until=1.0)
        counts = [layer.n_connections for layer in _evolving(trainer)]
        rows = _run(trainer)
        expected = [0] * EPOCHS
        for step in (3, 6, 9, 12, 15, 18):
            zeta = 0.3 * (1 + math.cos(math.pi * step / 20)) / 2
            expected[(step - 1) // N_STEPS] += sum(fraction_of(zeta, n) for n in counts)
        assert [row.replaced for row in rows] == expected
        assert [layer.n_connections for layer in _evolving(trainer)] == counts

    @pytest.mark.parametrize("every", [2, 3])
    def test_set_replaces_the_fraction_of_either_sign(self, blobs, monkeypatch, every):
        trainer = _trainer(blobs, evolve_every=every, new_weights=0.1)
        expected = [0] * EPOCHS
        step = trainer.evolution.step

        def counted(zeta):
            for layer in _evolving(trainer):
                weights = layer.connection_weights()
                signs = (int((weights > 0).sum()), int((weights < 0).sum()))
                expected[trainer.completed_epochs] += sum(math.floor(0.3 * n) for n in signs)
            return step(zeta)

        monkeypatch.setattr(trainer.evolution, "step", counted)
        rows = _run(trainer)
        # The last epoch has the removal beside its evolutions.
        assert [row.replaced for row in rows[:-1]] == expected[:-1]
        assert rows[-1].replaced > expected[-1] > 0


class TestTheEnd:
    @pytest.mark.parametrize("every", ["epoch", 5])
    @pytest.mark.parametrize(
        "method", ["set", "set-random-removal", "set-largest-removal", "masked"]
    )
    def test_of_set_only_removes(self, blobs, method, every):
        trainer = _trainer(blobs, method=method, evolve_every=every, new_weights=0.1)
        before = [set(layer.places().tolist()) for layer in _evolving(trainer)]
        rows = [trainer.run_epoch(RunControl(), Observer()) for _ in range(EPOCHS - 1)]
        last = [set(layer.places().tolist()) for layer in _evolving(trainer)]
        rows.append(trainer.run_epoch(RunControl(), Observer()))
        end = [set(layer.places().tolist()) for layer in _evolving(trainer)]
        assert [len(wiring) for wiring in last] == [len(wiring) for wiring in before]
        assert all(b < a for a, b in zip(last, end, strict=True))
        assert rows[-1].replaced == sum(len(a) - len(b) for a, b in zip(last, end, strict=True))
        n_dense = trainer.model[-1].weight.numel()
        assert rows[-1].n_connections == sum(map(len, end)) + n_dense

    @pytest.mark.parametrize("every", ["epoch", 5])
    @pytest.mark.parametrize("method", ["rigl", "fixprob"])
    def test_of_others_changes_nothing(self, blobs, method, every):
        trainer = _trainer(blobs, method=method, evolve_every=every, evolve_until=1.0)
        rows = [trainer.run_epoch(RunControl(), Observer()) for _ in range(EPOCHS - 1)]
        last = [layer.places().tolist() for layer in _evolving(trainer)]
        rows.append(trainer.run_epoch(RunControl(), Observer()))
        assert [layer.places().tolist() for layer in _evolving(trainer)] == last
        assert rows[-1].replaced == 0
        assert len({row.n_connections for row in rows}) == 1
        assert (sum(row.replaced for row in rows) > 0) == (method == "rigl")

    def test_of_a_dense_network_changes_nothing(self, blobs):
        trainer = _trainer(blobs, method="dense")
        rows = _run(trainer)
        assert _evolving(trainer) == []
        assert {row.replaced for row in rows} == {0}
        assert {row.n_connections for row in rows} == {12 * 20 + 20 * 15 + 15 * 3}

    def test_of_an_rbm_only_removes_too(self, few_unit_digits):
        trainer = Trainer(
            TrainingConfig(model="rbm", hidden=(20,), epsilon=3, batch_size=20, epochs=EPOCHS),
            few_unit_digits,
        )
        rows = _run(trainer)
        counts = [row.n_connections for row in rows]
        assert counts[0] == counts[1] == counts[2] == counts[3] + rows[3].replaced


class TestImportancePruning:
    @pytest.mark.parametrize(
        ("since", "every", "expected"),
        [(0.0, 1, [1, 2, 3, 4]), (0.5, 1, [3, 4]), (0.4, 2, [2, 4]), (0.5, 3, [3]), (0.9, 3, [])],
    )
    def test_comes_at_the_configured_epochs(self, blobs, monkeypatch, since, every, expected):
        trainer = _trainer(
            blobs, importance_percentile=25, importance_from=since, importance_every=every
        )
        prune, epochs = trainer.evolution.prune_neurons, []

        def noted(percentile):
            epochs.append((trainer.completed_epochs + 1, percentile))
            return prune(percentile)

        monkeypatch.setattr(trainer.evolution, "prune_neurons", noted)
        _run(trainer)
        assert epochs == [(epoch, 25) for epoch in expected]

    def test_lowers_the_number_of_connections(self, blobs):
        counts = [row.n_connections for row in _run(_trainer(blobs, importance_percentile=25))]
        settings = {"importance_percentile": 25, "importance_from": 0.5, "importance_every": 1}
        trainer = _trainer(blobs, method="fixprob", **settings)
        start = sum(layer.n_connections for layer in _evolving(trainer)) + 15 * 3
        rows = _run(trainer)
        assert [row.n_connections for row in rows[:2]] == [start] * 2
        assert start > rows[2].n_connections
        assert rows[2].replaced == start - rows[2].n_connections
        # Every tenth epoch by default, of which there is none.
        assert counts[0] == counts[2] == start

    def test_takes_the_weakest_neurons(self, blobs):
        trainer = _trainer(
            blobs, method="fixprob", importance_percentile=30, importance_from=0, importance_every=4
        )
        for _ in range(EPOCHS - 1):
            trainer.run_epoch(RunControl(), Observer())
        degrees = [np.diff(layer.wiring()[0]) for layer in _evolving(trainer)]
        trainer.run_epoch(RunControl(), Observer())
        for before, layer in zip(degrees, _evolving(trainer), strict=True):
            after = np.diff(layer.wiring()[0])
            gone = after == 0
            # 30 % of 20, and of 15, and never only a part of a neuron's inputs.
            assert gone.sum() >= 0.3 * len(gone)
            assert np.array_equal(after[~gone], before[~gone])


class TestMemoryOfNewConnections:
    def test_a_new_connection_has_no_momentum(self, blobs):
        trainer = _trainer(blobs, zeta=0.5)
        layer = trainer.model[0]
        assert isinstance(layer, SparseLinear)
        trainer.run_epoch(RunControl(), Observer())
        new = layer.weight.detach() == 0
        buffer = trainer.optimizer.state[layer.weight]["momentum_buffer"]
        assert new.sum() > 0
        assert (buffer[new] == 0).all()
        assert (buffer[~new] != 0).any()


def test_rigl_prunes_neurons_after_it_has_grown(blobs):
    # Pruning changes the wiring, and the gradient that growth looks at belongs to the one before.
    config = TrainingConfig(
        method="rigl",
        hidden=(20, 15),
        epsilon=2,
        epochs=3,
        batch_size=16,
        evolve_every="epoch",
        evolve_until=1,
        importance_percentile=30,
        importance_from=0,
        importance_every=1,
    )
    trainer = Trainer(config, blobs)
    first = trainer.run_epoch(RunControl(), Observer())
    hidden = trainer.evolution.layers[0]
    pruned = np.diff(hidden.wiring()[0]) == 0
    assert pruned.sum() >= 6  # 30 % of 20
    assert first.n_connections < sum(
        layer.n_connections for layer in Trainer(config, blobs).snapshot().layers
    )


@pytest.mark.parametrize("settings", [{"model": "rbm"}, {"model": "mlp"}, {"batch_size": 100}])
def test_warm_up_compiles_all_that_the_training_needs(unit_digits, monkeypatch, settings):
    forms: list[set[tuple]] = [set(), set()]
    compiled, moment = kernels._compiled, 0

    def noted(*form):
        forms[moment].add(form)
        return compiled(*form)

    monkeypatch.setattr(kernels, "_compiled", noted)
    config = TrainingConfig(**({"hidden": (200,), "batch_size": 10, "epochs": 2} | settings))
    trainer = Trainer(config, unit_digits)
    trainer.warm_up()
    moment = 1
    trainer.run_epoch(RunControl(), Observer())
    warm, used = forms
    assert used <= warm
    assert len(used) >= 3
