from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from set_engine import MaskedLinear, SparseLinear, TrainingConfig, train
from set_engine.layers import FeatureMajorLinear, wirings
from set_engine.rbm import SetRBM

METHODS = ["set", "masked", "dense"]
N_VISIBLE, N_HIDDEN, BATCH = 9, 7, 5


def _rbm(method: str = "set", seed: int = 0, n_visible: int = N_VISIBLE, **settings) -> SetRBM:
    usual = {"model": "rbm", "hidden": (N_HIDDEN,), "epsilon": 2, "method": method}
    config = TrainingConfig(**(usual | settings))
    rbm = SetRBM(n_visible, config, torch.Generator().manual_seed(seed))
    rng = np.random.default_rng(seed)
    with torch.no_grad():
        for bias in (rbm.layer.bias, rbm.visible_bias):
            bias.copy_(torch.from_numpy(rng.normal(size=len(bias))))
    return rbm


def _samples() -> torch.Tensor:
    return torch.rand(BATCH, N_VISIBLE, generator=torch.Generator().manual_seed(7))


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _parts(rbm: SetRBM) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """W (n_hidden, n_visible), b and a as plain float64 arrays."""
    (wiring,) = wirings(rbm)
    biases = (bias.detach().numpy().astype(float) for bias in (rbm.layer.bias, rbm.visible_bias))
    return wiring.to_scipy().toarray().astype(float), *biases


def _chain(rbm: SetRBM, visible: np.ndarray, cd_steps: int) -> np.ndarray:
    """Visible probabilities at the end of the chain, with the draws that the RBM will make."""
    weights, hidden_bias, visible_bias = _parts(rbm)
    generator = torch.Generator()
    generator.set_state(rbm.generator.get_state())
    for _ in range(cd_steps):
        hidden = _sigmoid(visible @ weights.T + hidden_bias)
        draws = torch.rand((N_HIDDEN, BATCH), generator=generator).numpy().T
        states = draws < hidden
        visible = _sigmoid(states @ weights + visible_bias)
    return visible


def _weight_gradient(rbm: SetRBM) -> tuple[np.ndarray, np.ndarray]:
    """The gradient as a matrix, and the places that have a connection."""
    (wiring,) = wirings(rbm)
    exists = np.zeros((N_HIDDEN, N_VISIBLE), bool)
    exists[np.repeat(np.arange(N_HIDDEN), wiring.in_degrees), wiring.indices] = True
    gradient = np.zeros(exists.shape)
    values = rbm.layer.weight.grad.numpy()
    gradient[exists] = values if values.ndim == 1 else values[exists]
    return gradient, exists


@pytest.mark.parametrize("method", METHODS)
class TestConditionals:
    def test_hidden(self, method):
        rbm, v = _rbm(method), _samples()
        weights, hidden_bias, _ = _parts(rbm)
        expected = _sigmoid(v.numpy() @ weights.T + hidden_bias)
        assert np.allclose(rbm.hidden(v).detach().numpy(), expected, atol=1e-6)

    def test_visible(self, method):
        rbm = _rbm(method)
        h = torch.rand(BATCH, N_HIDDEN, generator=torch.Generator().manual_seed(8))
        weights, _, visible_bias = _parts(rbm)
        expected = _sigmoid(h.numpy() @ weights + visible_bias)
        assert np.allclose(rbm.visible(h).numpy(), expected, atol=1e-6)

    def test_the_reconstruction_takes_probabilities_throughout(self, method):
        rbm, v = _rbm(method), _samples()
        before = rbm.generator.get_state()
        assert torch.equal(rbm(v), rbm.visible(rbm.hidden(v)))
        assert torch.equal(rbm.generator.get_state(), before)


class TestContrastiveDivergence:
    @pytest.mark.parametrize("cd_steps", [1, 3])
    @pytest.mark.parametrize("method", METHODS)
    def test_gradient_is_the_textbook_s(self, method, cd_steps):
        rbm, v = _rbm(method), _samples()
        weights, hidden_bias, _ = _parts(rbm)
        data = v.numpy().astype(float)
        model = _chain(rbm, data, cd_steps)
        data_hidden = _sigmoid(data @ weights.T + hidden_bias)
        model_hidden = _sigmoid(model @ weights.T + hidden_bias)

        rbm.contrastive_divergence(v, cd_steps).backward()

        # Δw ∝ ⟨v h⟩_data − ⟨v h⟩_model; the gradient is what a descent subtracts.
        expected = -(data_hidden.T @ data - model_hidden.T @ model) / BATCH
        gradient, exists = _weight_gradient(rbm)
        assert np.allclose(gradient[exists], expected[exists], atol=1e-5)
        assert exists.all() == (method == "dense")
        for bias, change in (
            (rbm.layer.bias, (model_hidden - data_hidden).mean(axis=0)),
            (rbm.visible_bias, (model - data).mean(axis=0)),
        ):
            assert np.allclose(bias.grad.numpy(), change, atol=1e-5)

    def test_an_absent_connection_of_the_masked_form_gets_no_gradient(self):
        rbm = _rbm("masked")
        rbm.contrastive_divergence(_samples(), 1).backward()
        assert (rbm.layer.weight.grad[~rbm.layer.mask] == 0).all()
        assert (~rbm.layer.mask).any()

    @pytest.mark.parametrize("method", METHODS)
    def test_brings_the_reconstruction_along(self, method):
        rbm, v = _rbm(method), _samples()
        found = rbm.contrastive_divergence(v, 2).reconstruction
        torch.testing.assert_close(found, rbm(v).detach())

    def test_longer_chains_differ(self):
        gradients = []
        for cd_steps in (1, 2, 3):
            rbm = _rbm()
            rbm.contrastive_divergence(_samples(), cd_steps).backward()
            gradients.append(rbm.layer.weight.grad)
        assert not torch.equal(gradients[0], gradients[1])
        assert not torch.equal(gradients[1], gradients[2])

    def test_draws_from_its_own_generator_alone(self):
        before = torch.get_rng_state()
        rbm = _rbm()
        state = rbm.generator.get_state()
        rbm.contrastive_divergence(_samples(), 2)
        assert not torch.equal(rbm.generator.get_state(), state)
        assert torch.equal(torch.get_rng_state(), before)

    def test_a_model_that_reproduces_the_data_does_not_change(self):
        # With no weights and a = logit(mean of equal samples) the chain ends at the data.
        rbm = _rbm()
        v = torch.full((4, N_VISIBLE), 0.25)
        with torch.no_grad():
            rbm.layer.weight.zero_()
            rbm.visible_bias.fill_(float(np.log(0.25 / 0.75)))
        rbm.contrastive_divergence(v, 3).backward()
        for parameter in rbm.parameters():
            assert np.allclose(parameter.grad.numpy(), 0, atol=1e-6)


class TestStorage:
    def test_is_the_method_s(self):
        kinds = [type(_rbm(method).layer) for method in METHODS]
        assert kinds == [SparseLinear, MaskedLinear, FeatureMajorLinear]

    def test_one_layer_is_the_topology(self):
        rbm = _rbm()
        assert wirings(rbm) == (rbm.layer.topology(),)
        assert (rbm.layer.n_inputs, rbm.layer.n_outputs) == (N_VISIBLE, N_HIDDEN)

    def test_state_goes_into_another(self):
        source, target = _rbm(seed=1), _rbm(seed=2)
        target.load_state_dict(source.state_dict())
        assert torch.equal(target(_samples()), source(_samples()))

    def test_deepcopy(self):
        rbm = _rbm()
        twin = copy.deepcopy(rbm)
        for one in (rbm, twin):
            one.contrastive_divergence(_samples(), 2).backward()
        assert torch.equal(twin.layer.weight.grad, rbm.layer.weight.grad)


class TestTraining:
    CONFIG = TrainingConfig(
        model="rbm",
        hidden=(100,),
        epsilon=8,
        epochs=12,
        batch_size=20,
        learning_rate=0.1,
        momentum=0.5,
    )

    def test_learns_to_reconstruct_digits(self, unit_digits):
        result = train(self.CONFIG, dataset=unit_digits)
        errors = [metrics.test_loss for metrics in result.metrics]
        mean = unit_digits.x_train.mean(axis=0)
        of_the_mean = float(((unit_digits.x_test - mean) ** 2).mean())
        assert errors[-1] < 0.5 * of_the_mean
        assert errors[-1] < 0.7 * errors[0]

    def test_its_metrics_have_no_accuracies(self, few_unit_digits):
        config = self.CONFIG.model_copy(update={"epochs": 2})
        for metrics in train(config, dataset=few_unit_digits).metrics:
            assert metrics.train_accuracy is None
            assert metrics.test_accuracy is None
            assert not {"train_accuracy", "test_accuracy"} & metrics.values.keys()
            assert 0 < metrics.test_loss < 1

    def test_the_masked_form_takes_the_same_course(self, few_unit_digits):
        settings = {"epochs": 6, "learning_rate": 0.05}
        sparse, masked = (
            train(
                self.CONFIG.model_copy(update=settings | {"method": method}),
                dataset=few_unit_digits,
            )
            for method in ("set", "masked")
        )
        (ours,), (theirs,) = sparse.snapshot.layers, masked.snapshot.layers
        assert np.array_equal(ours.indptr, theirs.indptr)
        assert np.array_equal(ours.indices, theirs.indices)
        for a, b in zip(sparse.metrics, masked.metrics, strict=True):
            assert a.test_loss == pytest.approx(b.test_loss, abs=1e-4)
            assert a.replaced == b.replaced
