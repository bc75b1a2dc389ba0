"""Making the layers of any model sparse, so that they can evolve."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Collection
from typing import Literal, cast

import torch
from torch import nn

from set_engine.evolving_layer import EvolvingLayer
from set_engine.layers import FeatureMajorLinear
from set_engine.masked_layers import MaskedConv2d
from set_engine.sparse_linear import SparseLinear

_Layer = nn.Linear | nn.Conv2d
# Of these types themselves: a subclass may compute something else.
_LINEAR = (nn.Linear, FeatureMajorLinear)


def sparsify(
    model: nn.Module,
    epsilon: float = 20.0,
    *,
    dense: Collection[str] = (),
    output: Literal["dense", "sparse"] = "dense",
    generator: torch.Generator | None = None,
) -> nn.Module:
    """Replace the linear and the convolutional layers of a model, however deep, by sparse ones.

    An `nn.Linear` becomes a `SparseLinear`, an `nn.Conv2d` of one group a `MaskedConv2d`. Their
    wiring is an Erdős–Rényi graph: about ε Σ sizes of Π sizes connections, at most all of them,
    where the sizes are those of the weight. For a linear layer that is Equation 1 of Mocanu et al.
    2018, ε (n_inputs + n_outputs); for a convolution the Erdős–Rényi kernel of Evci et al. 2020,
    ε (channels out + channels in + rows + columns).

    The weights at the chosen places are kept, and multiplied by one factor, so that the sum of
    their squares is that of the dense layer. With it the mean variance of the layer's outputs stays
    what it was, for inputs that are uncorrelated and of equal variance. Biases are kept.

    The parameters stay the same objects, so that an optimiser made before knows them; one that has
    made a step must be made anew. `Evolution` then evolves all these layers together.

    Left as they are: layers of a subclass, such as the output of an `nn.MultiheadAttention`, which
    reads the weight itself; grouped convolutions; and all other layers. So must a layer be, by its
    name in `dense`, whose weight a model reads without calling the layer. Hooks of a replaced layer
    are not carried over.

    Args:
        model: changed in place; of float32, on the CPU.
        epsilon: density parameter ε, a finite number above 0.
        dense: names of modules, as in `model.named_modules()`, to leave as they are with all that
            is in them.
        output: `dense` leaves the last `nn.Linear` of `model.modules()` as well, which in SET is
            dense; it does so only where the model is more than that one layer.
        generator: source of randomness; torch's global one if None.

    Returns:
        The model; for a model that is itself a layer, its sparse counterpart.

    Raises:
        ValueError: if ε or `output` is out of range, a name in `dense` is unknown, there is no
            layer to replace, or one cannot be: then the model is unchanged.

    Warns:
        UserWarning: if ε is so large that every one of the layers is full.

    >>> model = nn.Sequential(nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 10))
    >>> sparse = sparsify(model, epsilon=5, generator=torch.Generator().manual_seed(0))
    >>> sparse is model, type(model[0]).__name__, type(model[2]).__name__
    (True, 'SparseLinear', 'Linear')
    """
    if not (math.isfinite(epsilon) and epsilon > 0):
        raise ValueError(f"epsilon is {epsilon}; it must be a finite number above 0")
    if output not in ("dense", "sparse"):
        raise ValueError(f"output is {output!r}; it must be 'dense' or 'sparse'")
    chosen = _chosen(model, dense, output)
    _check(model, chosen)
    if all(_density(layer, epsilon) == 1 for layer in chosen):
        warnings.warn(
            f"epsilon {epsilon:g} makes every layer full, with nowhere to grow; choose a smaller "
            "one",
            stacklevel=2,
        )
    return _replace(model, {layer: _sparse(layer, epsilon, generator) for layer in chosen})


def _chosen(model: nn.Module, dense: Collection[str], output: str) -> dict[_Layer, str]:
    """The layers to replace, each once, with their names."""
    left = _named(model, dense)
    linear = [module for module in model.modules() if type(module) in _LINEAR]
    if output == "dense" and linear and linear[-1] is not model:
        left.add(linear[-1])
    # What a sparse layer is made of, such as the convolution in a masked one, belongs to it.
    for layer in model.modules():
        if isinstance(layer, EvolvingLayer):
            left.update(layer.modules())
    chosen = {
        module: name or type(module).__name__
        for name, module in model.named_modules()
        if _is_replaceable(module) and module not in left
    }
    if not chosen:
        raise ValueError(
            f"there is no layer to make sparse in {type(model).__name__}, beside those that are "
            "left dense: dense names them, and output='dense' leaves the last nn.Linear"
        )
    return chosen


def _is_replaceable(module: nn.Module) -> bool:
    # Of a subclass it is unknown what else it does, and what others expect of it.
    return type(module) in _LINEAR or (type(module) is nn.Conv2d and module.groups == 1)


def _named(model: nn.Module, names: Collection[str]) -> set[nn.Module]:
    """The modules of these names, with all that is in them."""
    if isinstance(names, str):
        raise ValueError(f"dense is {names!r}; it must be a collection of names, as in [{names!r}]")
    modules = dict(model.named_modules(remove_duplicate=False))
    for name in names:
        if name not in modules:
            layers = [known for known, module in modules.items() if _is_replaceable(module)]
            raise ValueError(
                f"dense names {name!r}, which the model has not; its layers are {', '.join(layers)}"
            )
    return {inner for name in names for inner in modules[name].modules()}


def _check(model: nn.Module, chosen: dict[_Layer, str]) -> None:
    """Refuse layers that no sparse one can stand for."""
    owners = Counter(
        id(parameter) for module in model.modules() for parameter in module._parameters.values()
    )
    for layer, name in chosen.items():
        weight = layer._parameters.get("weight")
        if weight is None:
            raise ValueError(
                f"layer {name!r} computes its weight from other parameters; undo that or name the "
                "layer in dense"
            )
        if weight.device.type != "cpu" or weight.dtype != torch.float32:
            raise ValueError(
                f"layer {name!r} is {weight.dtype} on {weight.device}; sparse layers are "
                f"{torch.float32} on cpu"
            )
        if owners[id(weight)] > 1:
            raise ValueError(
                f"layer {name!r} shares its weight with another module, which needs it dense; name "
                "the layer in dense"
            )


def _density(layer: _Layer, epsilon: float) -> float:
    """P(connection) = ε Σ sizes / Π sizes of the weight, at most 1 (Evci et al. 2020)."""
    sizes = layer.weight.shape
    return min(1.0, epsilon * sum(sizes) / math.prod(sizes))


def _sparse(layer: _Layer, epsilon: float, generator: torch.Generator | None) -> EvolvingLayer:
    if isinstance(layer, nn.Linear):
        return _sparse_linear(layer, epsilon, generator)
    return _masked_convolution(layer, epsilon, generator)


def _sparse_linear(
    layer: nn.Linear, epsilon: float, generator: torch.Generator | None
) -> SparseLinear:
    sparse = SparseLinear(
        layer.in_features, layer.out_features, epsilon, bias=False, generator=generator
    )
    weights = layer.weight.detach().flatten()
    kept = weights[torch.from_numpy(sparse.places())]
    sparse.weight, sparse.bias = cast(nn.Parameter, layer.weight), layer.bias
    sparse.replace_weights(kept * _factor(weights, kept))
    return sparse.train(layer.training)


def _masked_convolution(
    layer: nn.Conv2d, epsilon: float, generator: torch.Generator | None
) -> MaskedConv2d:
    shape = layer.weight.shape
    mask = torch.rand(shape, generator=generator) < _density(layer, epsilon)
    weights = layer.weight.detach().clone()
    masked = MaskedConv2d(layer, mask)
    masked.weight.data *= _factor(weights, weights[mask])
    masked.weight.grad = None
    return masked.train(layer.training)


def _factor(weights: torch.Tensor, kept: torch.Tensor) -> float:
    """What gives the kept weights the norm of all of them."""
    norm = float(kept.norm())
    return float(weights.norm()) / norm if norm else 1.0


def _replace(model: nn.Module, replacements: dict[_Layer, EvolvingLayer]) -> nn.Module:
    if model in replacements:
        return replacements[model]
    for path, module in list(model.named_modules(remove_duplicate=False)):
        if module in replacements:
            parent, _, name = path.rpartition(".")
            setattr(model.get_submodule(parent), name, replacements[module])
    _leave_fast_paths(model, set(replacements.values()))
    return model


def _leave_fast_paths(model: nn.Module, sparse: set[EvolvingLayer]) -> None:
    # In evaluation, torch's encoders hand the weights of their linear layers to one fused kernel,
    # which needs them dense. These attributes are what their own conditions for it look at.
    for module in model.modules():
        if sparse.isdisjoint(module.modules()):
            continue
        if isinstance(module, nn.TransformerEncoderLayer):
            module.activation_relu_or_gelu = 0
        elif isinstance(module, nn.TransformerEncoder):
            module.use_nested_tensor = False
