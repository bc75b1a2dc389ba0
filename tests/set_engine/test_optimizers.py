from __future__ import annotations

import pytest
import torch

from set_engine.optimizer_state import check_known
from set_engine.optimizers import OPTIMIZERS, make_optimizer

SETTINGS = {"learning_rate": 0.03, "momentum": 0.7, "weight_decay": 0.01}

# The same, made by hand.
BY_HAND = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.03, momentum=0.7, weight_decay=0.01),
    "adam": lambda p: torch.optim.Adam(p, lr=0.03, weight_decay=0.01),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.03, weight_decay=0.01),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.03, momentum=0.7, weight_decay=0.01),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.03, weight_decay=0.01),
}


def _after_steps(make) -> torch.Tensor:
    parameter = torch.nn.Parameter(torch.tensor([1.0, -2.0, 3.0]))
    optimizer = make([parameter])
    for _ in range(4):
        optimizer.zero_grad()
        parameter.pow(4).sum().backward()
        optimizer.step()
    return parameter.detach()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_as_the_one_made_by_hand(name):
    found = _after_steps(lambda parameters: make_optimizer(name, parameters, **SETTINGS))
    # A step in one pass rounds elsewhere.
    torch.testing.assert_close(found, _after_steps(BY_HAND[name]), rtol=1e-6, atol=0)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_has_the_kind_and_the_settings_of_its_name(name):
    optimizer = make_optimizer(name, [torch.nn.Parameter(torch.ones(1))], **SETTINGS)
    assert type(optimizer).__name__.lower() == name
    by_hand = BY_HAND[name]([torch.nn.Parameter(torch.ones(1))]).defaults
    fused = {} if name == "rmsprop" else {"fused": True}
    assert optimizer.defaults == by_hand | fused


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_can_be_evolved_with(name):
    optimizer = make_optimizer(name, [torch.nn.Parameter(torch.ones(1))], **SETTINGS)
    assert check_known(optimizer) is None


def test_every_name_has_a_summary_of_one_line():
    assert set(OPTIMIZERS) == set(BY_HAND)
    assert all(summary and "\n" not in summary for summary in OPTIMIZERS.values())


@pytest.mark.parametrize("name", ["SGD", "", "adadelta"])
def test_refuses_an_unknown_name(name):
    with pytest.raises(ValueError, match=f"optimizer is '{name}'; it must be one of sgd, adam, "):
        make_optimizer(name, [torch.nn.Parameter(torch.ones(1))], **SETTINGS)
