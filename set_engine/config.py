"""What to train: one frozen, checked, serialisable record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails

from set_engine.activations import ACTIVATIONS
from set_engine.data.sources import SOURCES_HELP
from set_engine.initialisation import INITIALISATIONS
from set_engine.methods import METHODS, SET, Method
from set_engine.optimizers import OPTIMIZERS
from set_engine.schedules import LEARNING_RATE_SCHEDULES, ZETA_SCHEDULES


class ConfigError(ValueError):
    """Settings out of range. `problems` maps each field to a message with its value and range."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = dict(problems)


MODELS: dict[str, str] = {
    "mlp": "SET-MLP: sparse layers one after the other",
    "cnn": "SET-CNN: convolutions with a sparse fully connected top",
    "rbm": "SET-RBM: one sparse layer between visible and hidden units, without labels",
}
LOSSES: dict[str, str] = {
    "cross_entropy": "softmax and cross-entropy",
    "mse": "squared distance between the outputs and 1 for the class, 0 for the others",
}


_CHOICES: dict[str, Callable[[], Mapping[str, str]]] = {
    "model": lambda: MODELS,
    # Looked up at every question: methods of others register themselves.
    "method": lambda: {name: method.summary for name, method in METHODS.items()},
    "zeta_schedule": lambda: ZETA_SCHEDULES,
    "optimizer": lambda: OPTIMIZERS,
    "learning_rate_schedule": lambda: LEARNING_RATE_SCHEDULES,
    "activation": lambda: ACTIVATIONS,
    "loss": lambda: LOSSES,
    "initialisation": lambda: INITIALISATIONS,
}


def choices(setting: str) -> Mapping[str, str]:
    """The names a setting may take, each with a summary; none if it takes other values.

    >>> choices("loss")["cross_entropy"]
    'softmax and cross-entropy'
    """
    return _CHOICES[setting]() if setting in _CHOICES else {}


_OF_OTHERS: ContextVar[bool] = ContextVar("_OF_OTHERS", default=False)


@contextmanager
def methods_of_others() -> Iterator[None]:
    """In this context a configuration may name a method that is not registered here.

    A run can be looked at where the class of its method was not imported; it cannot be trained.
    """
    token = _OF_OTHERS.set(True)
    try:
        yield
    finally:
        _OF_OTHERS.reset(token)


def _known(name: str, info: ValidationInfo) -> str:
    is_of_others = info.field_name == "method" and _OF_OTHERS.get()
    if name not in choices(str(info.field_name)) and not is_of_others:
        raise ValueError("unknown name")
    return name


_Choice = Annotated[str, AfterValidator(_known)]
_Widths = tuple[Annotated[int, Field(strict=True, ge=1, le=10_000_000)], ...]
_WIDTHS_ALLOWED = "one or more whole numbers, each from 1 to 10,000,000"
_Positive = Annotated[
    float, Field(gt=0, allow_inf_nan=False, description="a finite number above 0")
]
_NotNegative = Annotated[
    float, Field(ge=0, allow_inf_nan=False, description="a finite number of at least 0")
]
_BelowOne = Annotated[float, Field(ge=0, lt=1, description="a number of at least 0 and below 1")]
_Count = Annotated[int, Field(strict=True, ge=1, description="a whole number of at least 1")]
_Share = Annotated[float, Field(gt=0, le=1, description="a number above 0 and up to 1")]
_Switch = Annotated[bool, Field(description="true or false")]


class TrainingConfig(BaseModel):
    """The settings of one run; the defaults show hubs emerge on digits in seconds.

    Attributes:
        model: `mlp`, `cnn` or `rbm`.
        method: what changes the wiring, a name in `set_engine.methods.METHODS`.
        dataset: what to learn from, see `set_engine.load_dataset`: `digits`, a folder or file,
            `openml:NAME`, or `synthetic:…`.
        hidden: width of each sparse hidden layer, each at least 1; one alone for an RBM.
        channels: of each convolutional stage of a CNN.
        cd_steps: length of the chain in the contrastive divergence of an RBM.
        epsilon: ε > 0: a layer starts with about ε (n_inputs + n_outputs) connections.
        zeta: ζ in (0, 1): the fraction of connections replaced at an evolution.
        zeta_schedule: how ζ changes until the last evolution.
        evolve_every: `epoch`, or a number of optimiser steps.
        evolve_until: share of the training after which the wiring stays, in (0, 1]; below 1 there
            is no removal after the last epoch either.
        new_weights: standard deviation of the weights of new connections; 0 starts them at 0.
        importance_percentile: in (0, 100): hidden neurons at or below this percentile of Σ|w_in|
            lose their incoming connections (Curci et al. 2021); None for no such pruning.
        importance_from: share of the epochs after which that begins, in [0, 1).
        importance_every: epochs between two such prunings.
        epochs: at least 1. After the last one SET removes connections only, the fraction that ζ
            has come to by then.
        batch_size: training samples in one step, at least 1.
        optimizer: `sgd`, `adam`, `adamw`, `rmsprop` or `adagrad`.
        learning_rate: above 0.
        learning_rate_schedule: how it changes from the first step to the last.
        momentum: of SGD and RMSprop, in [0, 1).
        weight_decay: at least 0.
        dropout: probability in [0, 1) that a hidden activation is zeroed in training.
        activation: of the hidden layers, a name in `set_engine.activations.ACTIVATIONS`.
        loss: `cross_entropy` or `mse`.
        initialisation: of all weights but those of a dense output layer, a name in
            `set_engine.initialisation.INITIALISATIONS`.
        shift: images are moved by up to this share of their size, in [0, 0.5], in training.
        rotate: images are turned by up to so many degrees, in [0, 180], in training.
        flip: whether images are mirrored, left to right, every second time in training.
        sparse_output: whether the output layer is sparse and evolves too; dense if False.
        seed: at least 0; equal seeds and settings give equal runs.
        record_every: record the wiring every so many epochs; None records densely at first and
            ever more sparsely later, see `set_engine.recording_policy`.

    Settings that are left out have the defaults of the method's paper where it names some, such as
    `evolve_every` of RigL, and those below otherwise.

    Raises:
        ConfigError: if a value is out of range or of the wrong kind, or a name is unknown.

    >>> TrainingConfig(zeta=1.5)
    Traceback (most recent call last):
    set_engine.config.ConfigError: zeta is 1.5; it must be a number above 0 and below 1
    >>> config = TrainingConfig(hidden=(100, 50), method="rigl")
    >>> config.evolve_every, TrainingConfig.from_json(config.to_json()) == config
    (100, True)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: _Choice = "mlp"
    method: _Choice = "set"
    dataset: Annotated[str, Field(min_length=1, description=SOURCES_HELP)] = "digits"
    hidden: Annotated[_Widths, Field(min_length=1, description=_WIDTHS_ALLOWED)] = (256, 256, 256)
    channels: Annotated[_Widths, Field(min_length=1, description=_WIDTHS_ALLOWED)] = (32, 64)
    cd_steps: _Count = 1
    epsilon: _Positive = 2.5
    zeta: Annotated[float, Field(gt=0, lt=1, description="a number above 0 and below 1")] = 0.3
    zeta_schedule: _Choice = "constant"
    evolve_every: Annotated[
        Literal["epoch"] | Annotated[int, Field(strict=True, ge=1)],
        Field(description="epoch, or a whole number of steps of at least 1"),
    ] = "epoch"
    evolve_until: _Share = 1.0
    new_weights: _NotNegative = 0.0
    importance_percentile: Annotated[
        float | None, Field(gt=0, lt=100, description="a number above 0 and below 100, or nothing")
    ] = None
    importance_from: _BelowOne = 0.5
    importance_every: _Count = 10
    epochs: Annotated[
        int,
        Field(strict=True, ge=1, le=1_000_000, description="a whole number from 1 to 1,000,000"),
    ] = 1500
    batch_size: _Count = 144
    optimizer: _Choice = "sgd"
    learning_rate: _Positive = 0.2
    learning_rate_schedule: _Choice = "constant"
    momentum: _BelowOne = 0.9
    weight_decay: _NotNegative = 0.0002
    dropout: _BelowOne = 0.0
    activation: _Choice = "relu"
    loss: _Choice = "cross_entropy"
    initialisation: _Choice = "he_normal"
    shift: Annotated[float, Field(ge=0, le=0.5, description="a number from 0 to 0.5")] = 0.0
    rotate: Annotated[float, Field(ge=0, le=180, description="a number from 0 to 180")] = 0.0
    flip: _Switch = False
    sparse_output: _Switch = False
    seed: Annotated[
        int,
        Field(
            strict=True,
            ge=0,
            lt=2**63,
            description="a whole number from 0 to 9,223,372,036,854,775,807",
        ),
    ] = 0
    record_every: Annotated[
        int | None, Field(strict=True, ge=1, description="a whole number of at least 1, or nothing")
    ] = None

    def __init__(self, **settings: Any) -> None:
        method = METHODS.get(str(settings.get("method", "set")), Method)
        try:
            super().__init__(**{**method.defaults, **settings})
        except ValidationError as error:
            raise ConfigError(_problems(error)) from None
        _check_together(self)

    @property
    def changes_wiring(self) -> bool:
        """Whether connections ever go or come."""
        return METHODS.get(self.method, SET).evolves or self.importance_percentile is not None

    def to_json(self) -> str:
        """One JSON object with every setting."""
        return self.model_dump_json()

    @classmethod
    def from_json(cls, text: str) -> TrainingConfig:
        """The configuration that `to_json` wrote.

        Raises:
            ConfigError: if the text is no such JSON object.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise ConfigError(_problems(error)) from None


def allowed(setting: str) -> str:
    """The values a setting may take, in words.

    >>> allowed("zeta")
    'a number above 0 and below 1'
    """
    if setting in _CHOICES:
        *others, last = choices(setting)
        return f"{', '.join(others)} or {last}"
    return str(TrainingConfig.model_fields[setting].description)


def _check_together(config: TrainingConfig) -> None:
    """Refuse settings that are fine alone but not with each other."""
    problems = {}
    if config.model == "rbm":
        if len(config.hidden) != 1:
            widths = ", ".join(map(str, config.hidden))
            problems["hidden"] = f"hidden is {widths}; it must be one width for an RBM"
        if config.sparse_output:
            problems["sparse_output"] = "sparse_output is True; it must be False for an RBM"
        if config.dropout:
            problems["dropout"] = f"dropout is {config.dropout:g}; it must be 0 for an RBM"
        if config.importance_percentile is not None:
            problems["importance_percentile"] = (
                f"importance_percentile is {config.importance_percentile:g}; it must be nothing "
                "for an RBM"
            )
    method = METHODS.get(config.method, SET)
    if config.importance_percentile is not None and method.storage == "dense":
        problems["importance_percentile"] = (
            f"importance_percentile is {config.importance_percentile:g}; it must be nothing for "
            f"method {config.method}, whose connections all exist"
        )
    if problems:
        raise ConfigError(problems)


def _problems(error: ValidationError) -> dict[str, str]:
    problems: dict[str, str] = {}
    for detail in error.errors():
        cause = detail.get("ctx", {}).get("error")
        if isinstance(cause, ConfigError):  # from_json goes through __init__, which has raised it
            problems |= cause.problems
            continue
        name = str(detail["loc"][0]) if detail["loc"] else "settings"
        problems.setdefault(name, _sentence(name, detail))
    return problems


def _sentence(name: str, detail: ErrorDetails) -> str:
    if name in TrainingConfig.model_fields:
        # The other parts of a place are not positions but names of alternatives.
        positions = [part for part in detail["loc"][1:] if isinstance(part, int)]
        where = name + "".join(f"[{position}]" for position in positions)
        return f"{where} is {detail['input']!r}; it must be {allowed(name)}"
    if detail["type"] == "extra_forbidden":
        known = ", ".join(TrainingConfig.model_fields)
        return f"{name} is no setting; the settings are {known}"
    return f"{name}: {detail['msg']}"
