"""What a run says of itself in `run.json`."""

from __future__ import annotations

import platform
import socket
import traceback
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import version
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    Tag,
    ValidationError,
)

from set_engine.config import ConfigError, TrainingConfig
from set_engine.cores import available_cores
from set_engine.data.dataset import Dataset

_PACKAGES = ("setscope", "torch", "numpy", "numba", "scipy", "scikit-learn")


class RunStatus(StrEnum):
    """Where a run is in its life."""

    QUEUED = "queued"
    PENDING = "pending"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    FINISHED = "finished"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def is_active(self) -> bool:
        """Whether the run may still change by itself."""
        active = (RunStatus.QUEUED, RunStatus.PENDING, RunStatus.RUNNING, RunStatus.PAUSED)
        return self in active


class FailureInfo(BaseModel):
    """An exception as data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    message: str
    traceback: str

    @classmethod
    def of(cls, error: BaseException) -> FailureInfo:
        """The record of an exception that was caught."""
        lines = traceback.format_exception(error)
        return cls(kind=type(error).__name__, message=str(error), traceback="".join(lines))


class DatasetInfo(BaseModel):
    """What a run was trained on, without the samples; the attributes are those of `Dataset`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    digest: str
    n_train: int
    n_test: int
    n_features: int
    n_classes: int
    image_shape: tuple[int, int, int] | None = None

    @classmethod
    def of(cls, dataset: Dataset) -> DatasetInfo:
        """The record of loaded samples."""
        return cls(
            name=dataset.name,
            digest=dataset.digest,
            n_train=len(dataset.x_train),
            n_test=len(dataset.x_test),
            n_features=dataset.n_features,
            n_classes=dataset.n_classes,
            image_shape=dataset.image_shape,
        )


_CountIfAny = Annotated[
    int | None, Field(ge=1, description="a whole number of at least 1, or nothing")
]


class RecordedConfig(BaseModel):
    """What is known of a training that is not setscope's own, but that a `Recorder` follows.

    Attributes:
        kind: tells it from a `TrainingConfig` in `run.json`.
        name: of the model or the experiment, not empty.
        epochs: how many there will be; None if nobody said.
        record_every: as in `TrainingConfig`.
        settings: of the training loop, by name.

    Raises:
        ConfigError: if a value is out of range or of the wrong kind.

    >>> RecordedConfig(name="my-net", epochs=0)
    Traceback (most recent call last):
    set_engine.config.ConfigError: epochs is 0; it must be a whole number of at least 1, or nothing
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["recorded"] = "recorded"
    name: Annotated[str, Field(min_length=1, description="a text that is not empty")]
    epochs: _CountIfAny = None
    record_every: _CountIfAny = None
    settings: Annotated[
        dict[str, JsonValue],
        Field(default_factory=dict, description="JSON values by name, such as {'lr': 0.1}"),
    ]

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ConfigError(_problems(error)) from None


def _problems(error: ValidationError) -> dict[str, str]:
    problems: dict[str, str] = {}
    for detail in error.errors():
        name, *inner = map(str, detail["loc"])
        where = name + "".join(f"[{part}]" for part in inner)
        found = "missing" if detail["type"] == "missing" else repr(detail["input"])
        allowed = "a JSON value" if inner else _allowed(name)
        problems.setdefault(name, f"{where} is {found}; it must be {allowed}")
    return problems


def _allowed(name: str) -> str:
    field = RecordedConfig.model_fields.get(name)
    return field.description if field and field.description else "left out"


def _kind(config: Any) -> str:
    if isinstance(config, dict):
        return str(config.get("kind", "training"))
    return "recorded" if isinstance(config, RecordedConfig) else "training"


_Config = Annotated[
    Annotated[TrainingConfig, Tag("training")] | Annotated[RecordedConfig, Tag("recorded")],
    Discriminator(_kind),
]


def _now() -> datetime:
    return datetime.now(UTC)


def _versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {name: version(name) for name in _PACKAGES}


class RunRecord(BaseModel):
    """One run: its settings, its state, and where it was made.

    Attributes:
        id: name of its folder in the store.
        config: what was trained; a `RecordedConfig` if a `Recorder` wrote the run.
        status: INTERRUPTED is never written; a reader concludes it when the owner is gone.
        created, ended: moments in UTC; `ended` is None while the run is active.
        data: what it was trained on; None until that is loaded.
        notices: sentences for the user, such as a layer that ε made full.
        failure: the error of a FAILED run.
        versions, host, n_cores: where it ran.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    config: _Config
    status: RunStatus = RunStatus.PENDING
    created: datetime = Field(default_factory=_now)
    ended: datetime | None = None
    data: DatasetInfo | None = None
    notices: tuple[str, ...] = ()
    failure: FailureInfo | None = None
    versions: dict[str, str] = Field(default_factory=_versions)
    host: str = Field(default_factory=socket.gethostname)
    n_cores: int = Field(default_factory=available_cores)

    def taken_over(self) -> RunRecord:
        """The record of a run that goes on in this process; a notice says what differs."""
        here = {"versions": _versions(), "host": socket.gethostname(), "n_cores": available_cores()}
        changed = [name for name, value in here.items() if getattr(self, name) != value]
        notices = self.notices
        if changed:
            said = ", ".join(f"{name} {getattr(self, name)}" for name in changed)
            notices = (*notices, f"the run was resumed elsewhere; it began with {said}")
        return self.model_copy(update={**here, "notices": notices})

    def changed_to(self, status: RunStatus, failure: FailureInfo | None = None) -> RunRecord:
        """The record with another status, ended now if that status is a last one."""
        ended = None if status.is_active else _now()
        return self.model_copy(update={"status": status, "ended": ended, "failure": failure})
