"""The field of each setting: what it is called, where it stands, when it means nothing.

The fields are built from `TrainingConfig`: a setting without words of its own here still gets one,
under "Other settings".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Annotated, Any, Literal, cast, get_args, get_origin

from app.labels import listed
from app.widths import parse_widths
from set_engine import METHODS, TrainingConfig, allowed, choices

FieldKind = Literal["choice", "switch", "widths", "count", "number", "text"]

FIRST = "First"
OTHER = "Other settings"

_THEMES: dict[str, tuple[str, ...]] = {
    FIRST: (
        "model",
        "method",
        "dataset",
        "hidden",
        "epsilon",
        "zeta",
        "epochs",
        "batch_size",
        "learning_rate",
        "seed",
    ),
    "Evolution": (
        "zeta_schedule",
        "evolve_every",
        "evolve_until",
        "new_weights",
        "importance_percentile",
        "importance_from",
        "importance_every",
    ),
    "Optimiser and schedule": (
        "optimizer",
        "learning_rate_schedule",
        "momentum",
        "weight_decay",
        "dropout",
    ),
    "Network": ("activation", "initialisation", "loss", "channels", "cd_steps", "sparse_output"),
    "Images": ("shift", "rotate", "flip"),
    "Recording": ("record_every",),
}

_LABELS = {
    "dataset": "Data set",
    "hidden": "Hidden layers",
    "epsilon": "ε (density)",
    "zeta": "ζ (rewired)",
    "batch_size": "Batch",
    "zeta_schedule": "ζ schedule",
    "evolve_every": "Evolve every (steps)",
    "evolve_until": "Evolve until (share)",
    "new_weights": "New weights (deviation)",
    "importance_percentile": "Importance percentile",
    "importance_from": "Prune from (share)",
    "importance_every": "Prune every (epochs)",
    "optimizer": "Optimiser",
    "learning_rate_schedule": "Rate schedule",
    "cd_steps": "CD steps",
    "sparse_output": "Sparse output layer",
    "shift": "Shift (share)",
    "rotate": "Rotate (degrees)",
    "flip": "Mirror left to right",
    "record_every": "Record every",
}

_HELP = {
    "hidden": "Neurons of each hidden layer, from the input on, with commas between them. An RBM "
    "has one.",
    "epsilon": "Density: a layer of n × m neurons starts with about ε (n + m) random connections "
    "(Erdős–Rényi). Mocanu et al. 2018, equation 1.",
    "zeta": "The fraction of connections that an evolution removes and regrows elsewhere.",
    "epochs": "Passes over the training data. After the last one, SET removes connections only.",
    "batch_size": "Training samples in one optimiser step.",
    "learning_rate": "Of the optimiser. Hubs need a large one of SGD: at 0.01 they hardly begin to "
    "grow. With far too large a one the loss diverges.",
    "seed": "Equal seeds and settings give equal runs.",
    "zeta_schedule": "How ζ changes until the last evolution.",
    "evolve_every": "Rewire every so many optimiser steps. Empty: after every epoch, as SET does.",
    "evolve_until": "Share of the training after which the wiring stays as it is, above 0 and up "
    "to 1.",
    "new_weights": "Standard deviation of the weights that new connections start with. "
    "0 starts them at 0.",
    "importance_percentile": "Hidden neurons at or below this percentile of Σ|incoming weights| "
    "lose their incoming connections (Curci et al. 2021). Empty: no such pruning.",
    "importance_from": "Share of the epochs after which importance pruning begins.",
    "importance_every": "Epochs between two importance prunings.",
    "learning_rate_schedule": "How the learning rate changes from the first step to the last.",
    "momentum": "Of SGD and RMSprop. New connections start without momentum.",
    "weight_decay": "Pulls every weight towards 0.",
    "dropout": "Probability that a hidden activation is zeroed in a training step.",
    "activation": "Of the hidden layers.",
    "initialisation": "How the weights of the start are drawn.",
    "loss": "What is made small in training.",
    "channels": "Of each convolutional stage, with commas between them; every stage halves the "
    "image.",
    "cd_steps": "Length of the Gibbs chain in contrastive divergence (Hinton 2002).",
    "sparse_output": "Makes the output layer sparse, too; it evolves with the others.",
    "shift": "Training images are moved at random by up to this share of their size, 0 to 0.5.",
    "rotate": "Training images are turned at random by up to so many degrees, 0 to 180.",
    "flip": "Every second training image is mirrored, at random.",
    "record_every": "Record the wiring every so many epochs. Empty: every epoch at first, then "
    "ever more rarely, some 200 in 1,500 epochs.",
}

# What an empty field says, where the value it stands for does not say it.
_WHEN_EMPTY = {"importance_percentile": "no pruning", "record_every": "ever more rarely"}

# Settings of one model alone, left out of the page for the others.
_ONLY_FOR = {"channels": "cnn", "cd_steps": "rbm"}
_IMPORTANCE = ("importance_percentile", "importance_from", "importance_every")


@dataclass(frozen=True)
class SettingField:
    """How one setting is shown.

    Attributes:
        name: of the setting in `TrainingConfig`.
        kind: which widget it has.
        when_empty: what an empty field stands for; `...` if it cannot be empty.
    """

    name: str
    kind: FieldKind
    when_empty: Any = ...

    @property
    def label(self) -> str:
        """What stands above the field."""
        return _LABELS.get(self.name, self.name.replace("_", " ").capitalize())

    @property
    def help(self) -> str:
        """What the field explains of itself, every choice of it included."""
        said = _HELP.get(self.name, "" if self.kind == "choice" else f"{allowed(self.name)}.")
        return "\n".join(
            [said, "", *(f"- **{name}**: {text}" for name, text in choices(self.name).items())]
        ).strip()

    @property
    def placeholder(self) -> str:
        """What the field says while it is empty."""
        return _WHEN_EMPTY.get(self.name, "" if self.when_empty is ... else f"{self.when_empty}")

    def to_widget(self, value: Any) -> Any:
        """A value of the setting, as its widget holds it."""
        if self.when_empty is not ... and value == self.when_empty:
            return None
        if self.kind == "widths":
            return listed(value)
        # Streamlit refuses a whole number where it expects others, and the other way round.
        return {"count": int, "number": float}.get(self.kind, lambda same: same)(value)

    def from_widget(self, held: Any) -> Any:
        """What a widget holds, as a value of the setting."""
        if held is None and self.when_empty is not ...:
            return self.when_empty
        return parse_widths(held) if self.kind == "widths" else held


def fields_by_theme() -> dict[str, tuple[SettingField, ...]]:
    """Every setting's field, under its heading.

    >>> [field.name for field in fields_by_theme()["Images"]]
    ['shift', 'rotate', 'flip']
    """
    themed = {name for names in _THEMES.values() for name in names}
    others = tuple(name for name in TrainingConfig.model_fields if name not in themed)
    themes = _THEMES | ({OTHER: others} if others else {})
    return {theme: tuple(map(setting_field, names)) for theme, names in themes.items()}


def setting_field(name: str) -> SettingField:
    """The field of a setting, by the type that `TrainingConfig` gives it.

    >>> setting_field("evolve_every").kind, setting_field("evolve_every").when_empty
    ('count', 'epoch')
    """
    kinds = list(_plain_types(TrainingConfig.model_fields[name].annotation))
    empty = [None] if NoneType in kinds else [kind for kind in kinds if isinstance(kind, str)]
    return SettingField(name, _kind(name, kinds), empty[0] if empty else ...)


def without_meaning(name: str, values: Mapping[str, Any]) -> str:
    """Why a setting means nothing beside the others, in a sentence; empty if it does.

    >>> without_meaning("zeta", {"model": "mlp", "method": "fixprob"})
    'The wiring of fixprob never changes.'
    """
    model, method = values["model"], METHODS[values["method"]]
    of_classifiers = ("activation", "dropout", "loss", "sparse_output", *_IMPORTANCE)
    if name in _ONLY_FOR and model != _ONLY_FOR[name]:
        return f"Only a network of model {_ONLY_FOR[name]} has {name}."
    if model == "rbm" and name in of_classifiers:
        return "An RBM is one layer of sigmoid units that learns without labels."
    if method.storage == "dense" and name in ("epsilon", "sparse_output", *_IMPORTANCE):
        return f"With {method.name} every layer is full."
    if not method.evolves and name in ("zeta", *_THEMES["Evolution"]) and name not in _IMPORTANCE:
        return f"The wiring of {method.name} never changes."
    if name in _IMPORTANCE[1:] and values["importance_percentile"] is None:
        return "Give an importance percentile first."
    if name == "momentum" and values["optimizer"] not in ("sgd", "rmsprop"):
        return f"{values['optimizer']} has no such setting."
    return ""


def is_shown(name: str, values: Mapping[str, Any]) -> bool:
    """Whether the page has a field for the setting: not if another model alone has it."""
    return name not in _ONLY_FOR or values["model"] == _ONLY_FOR[name]


def _kind(name: str, kinds: list[Any]) -> FieldKind:
    if choices(name):
        return "choice"
    by_type: dict[Any, str] = {bool: "switch", tuple: "widths", int: "count", float: "number"}
    return cast(FieldKind, next((by_type[kind] for kind in kinds if kind in by_type), "text"))


def _plain_types(annotation: Any) -> Iterator[Any]:
    """The types and literal values that an annotation is made of."""
    if get_origin(annotation) is Annotated:
        yield from _plain_types(get_args(annotation)[0])
    elif get_origin(annotation) is Literal:
        yield from get_args(annotation)
    elif get_origin(annotation) is tuple:
        yield tuple
    elif get_args(annotation):
        for part in get_args(annotation):
            yield from _plain_types(part)
    else:
        yield annotation
