from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from set_engine import TrainingConfig
from set_engine.objectives import Classification, Reconstruction, objective_of
from set_engine.rbm import SetRBM

OUTPUTS = [[2.0, 0.0, -1.0], [0.5, 1.5, 0.0], [0.0, 1.0, 3.0], [1.0, 0.9, 0.0]]
CLASSES = [0, 1, 1, 1]


def _losses(outputs: np.ndarray, classes: np.ndarray) -> dict[str, float]:
    """Both losses from their definitions, in float64."""
    exponentials = np.exp(outputs)
    softmax = exponentials / exponentials.sum(axis=1, keepdims=True)
    targets = np.eye(outputs.shape[1])[classes]
    return {
        "cross_entropy": -np.log((softmax * targets).sum(axis=1)).mean(),
        "mse": ((outputs - targets) ** 2).mean(),
    }


class TestClassification:
    def test_squared_error_by_hand(self):
        # Distances to (1, 0) and (0, 1): 1 and 4, then 0.25 and 0.25.
        outputs = torch.tensor([[2.0, 2.0], [0.5, 0.5]])
        score = Classification("mse").score(nn.Identity(), outputs, torch.tensor([0, 1]))
        assert score.loss == pytest.approx((1 + 4 + 0.25 + 0.25) / 4)

    def test_cross_entropy_by_hand(self):
        # Equal outputs for four classes: each has probability 1/4.
        score = Classification("cross_entropy").score(
            nn.Identity(), torch.full((3, 4), 7.0), torch.tensor([0, 1, 3])
        )
        assert score.loss == pytest.approx(np.log(4))

    @pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
    @pytest.mark.parametrize(("n", "n_classes"), [(1, 2), (7, 3), (50, 10)])
    def test_as_the_definition(self, loss, n, n_classes):
        rng = np.random.default_rng(n)
        outputs, classes = rng.normal(0, 2, (n, n_classes)), rng.integers(0, n_classes, n)
        score = Classification(loss).score(
            nn.Identity(), torch.from_numpy(outputs), torch.from_numpy(classes)
        )
        assert score.loss == pytest.approx(_losses(outputs, classes)[loss], rel=1e-12)
        assert score.hits == (outputs.argmax(axis=1) == classes).sum()

    @pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
    def test_hits_are_counted(self, loss):
        score = Classification(loss).score(
            nn.Identity(), torch.tensor(OUTPUTS), torch.tensor(CLASSES)
        )
        assert score.hits == 2

    @pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
    def test_gradient_as_by_hand(self, loss):
        outputs = torch.tensor(OUTPUTS, dtype=torch.float64, requires_grad=True)
        Classification(loss).prepare(nn.Identity(), outputs, torch.tensor(CLASSES))[1]()
        values, targets = np.array(OUTPUTS), np.eye(3)[CLASSES]
        softmax = np.exp(values) / np.exp(values).sum(axis=1, keepdims=True)
        expected = {
            "cross_entropy": (softmax - targets) / 4,
            "mse": 2 * (values - targets) / (4 * 3),
        }
        assert np.allclose(outputs.grad.numpy(), expected[loss], atol=1e-12)

    def test_judging_leaves_no_gradient(self):
        network = nn.Linear(3, 2)
        Classification("mse").score(network, torch.ones(4, 3), torch.tensor([0, 1, 1, 0]))
        assert network.weight.grad is None


class TestReconstruction:
    def test_the_loss_is_the_mean_squared_error_of_the_reconstruction(self):
        config = TrainingConfig(model="rbm", hidden=(5,), epsilon=2)
        rbm = SetRBM(8, config, torch.Generator().manual_seed(0))
        x = torch.rand(6, 8, generator=torch.Generator().manual_seed(1))
        with torch.no_grad():
            expected = ((rbm(x).numpy().astype(float) - x.numpy()) ** 2).mean()
        score = Reconstruction(1).score(rbm, x, torch.zeros(6, dtype=torch.int64))
        assert score.loss == pytest.approx(expected, rel=1e-6)
        assert score.hits is None

    def test_judging_draws_nothing(self):
        config = TrainingConfig(model="rbm", hidden=(5,), epsilon=2)
        rbm = SetRBM(8, config, torch.Generator().manual_seed(0))
        before = rbm.generator.get_state()
        Reconstruction(3).score(rbm, torch.ones(6, 8), torch.zeros(6, dtype=torch.int64))
        assert torch.equal(rbm.generator.get_state(), before)


class TestObjectiveOf:
    @pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
    def test_classifying_models_have_the_configured_loss(self, loss):
        for model in ("mlp", "cnn"):
            objective = objective_of(TrainingConfig(model=model, loss=loss))
            score = objective.score(nn.Identity(), torch.tensor(OUTPUTS), torch.tensor(CLASSES))
            expected = _losses(np.array(OUTPUTS), np.array(CLASSES))[loss]
            assert score.loss == pytest.approx(expected)

    def test_an_rbm_reconstructs(self):
        assert isinstance(objective_of(TrainingConfig(model="rbm", hidden=(5,))), Reconstruction)
