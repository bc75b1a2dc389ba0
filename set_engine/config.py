"""What to train: one frozen, checked, serialisable record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails


class ConfigError(ValueError):
    """Settings out of range. `problems` maps each field to a message with its value and range."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = dict(problems)


class TrainingConfig(BaseModel):
    """The settings of one run of SET-MLP; the defaults show hubs emerge on digits in seconds.

    Attributes:
        dataset: `digits` (bundled with scikit-learn) or the path of a folder of IDX files.
        hidden: width of each hidden layer, each at least 1.
        epsilon: ε > 0: a layer starts with about ε (n_inputs + n_outputs) connections.
        zeta: ζ in (0, 1): the fraction of connections replaced after every epoch.
        epochs: at least 1. After the last one connections are removed only.
        batch_size: training samples in one step, at least 1.
        learning_rate: above 0.
        momentum: of SGD, in [0, 1).
        weight_decay: of SGD, at least 0.
        dropout: probability in [0, 1) that a hidden activation is zeroed in training.
        activation: `relu`, `leaky_relu`, or `srelu` with four learned parameters per neuron.
        sparse_output: whether the output layer is sparse and evolves too; dense if False.
        seed: at least 0; equal seeds and settings give equal runs.
        record_every: record the wiring every so many epochs; None records densely at first and
            ever more sparsely later, see `set_engine.recording_policy`.

    Raises:
        ConfigError: if a value is out of range or of the wrong kind, or a name is unknown.

    >>> TrainingConfig(zeta=1.5)
    Traceback (most recent call last):
    set_engine.config.ConfigError: zeta is 1.5; it must be a number above 0 and below 1
    >>> config = TrainingConfig(hidden=(100, 50))
    >>> TrainingConfig.from_json(config.to_json()) == config
    True
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: Annotated[
        str, Field(min_length=1, description="digits, or the path of a folder of IDX files")
    ] = "digits"
    hidden: Annotated[
        tuple[Annotated[int, Field(ge=1, le=10_000_000)], ...],
        Field(min_length=1, description="one or more whole numbers, each from 1 to 10,000,000"),
    ] = (256, 256, 256)
    epsilon: Annotated[
        float, Field(gt=0, allow_inf_nan=False, description="a finite number above 0")
    ] = 2.5
    zeta: Annotated[float, Field(gt=0, lt=1, description="a number above 0 and below 1")] = 0.3
    epochs: Annotated[
        int, Field(ge=1, le=1_000_000, description="a whole number from 1 to 1,000,000")
    ] = 1500
    batch_size: Annotated[int, Field(ge=1, description="a whole number of at least 1")] = 144
    learning_rate: Annotated[
        float, Field(gt=0, allow_inf_nan=False, description="a finite number above 0")
    ] = 0.2
    momentum: Annotated[
        float, Field(ge=0, lt=1, description="a number of at least 0 and below 1")
    ] = 0.9
    weight_decay: Annotated[
        float, Field(ge=0, allow_inf_nan=False, description="a finite number of at least 0")
    ] = 0.0002
    dropout: Annotated[
        float, Field(ge=0, lt=1, description="a number of at least 0 and below 1")
    ] = 0.0
    activation: Annotated[
        Literal["relu", "leaky_relu", "srelu"], Field(description="relu, leaky_relu or srelu")
    ] = "relu"
    sparse_output: Annotated[bool, Field(description="true or false")] = False
    seed: Annotated[
        int, Field(ge=0, lt=2**63, description="a whole number from 0 to 9,223,372,036,854,775,807")
    ] = 0
    record_every: Annotated[
        int | None, Field(ge=1, description="a whole number of at least 1, or nothing")
    ] = None

    def __init__(self, **settings: Any) -> None:
        try:
            super().__init__(**settings)
        except ValidationError as error:
            raise ConfigError(_problems(error)) from None

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
    return str(TrainingConfig.model_fields[setting].description)


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
        where = name + "".join(f"[{part}]" for part in detail["loc"][1:])
        return f"{where} is {detail['input']!r}; it must be {allowed(name)}"
    if detail["type"] == "extra_forbidden":
        known = ", ".join(TrainingConfig.model_fields)
        return f"{name} is no setting; the settings are {known}"
    return f"{name}: {detail['msg']}"
