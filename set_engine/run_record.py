"""What a run says of itself in `run.json`."""

from __future__ import annotations

import platform
import socket
import traceback
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import version

from pydantic import BaseModel, ConfigDict, Field

from set_engine.config import TrainingConfig
from set_engine.cores import available_cores

_PACKAGES = ("setscope", "torch", "numpy", "numba", "scipy", "scikit-learn")


class RunStatus(StrEnum):
    """Where a run is in its life."""

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
        return self in (RunStatus.PENDING, RunStatus.RUNNING, RunStatus.PAUSED)


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


def _now() -> datetime:
    return datetime.now(UTC)


def _versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {name: version(name) for name in _PACKAGES}


class RunRecord(BaseModel):
    """One run: its settings, its state, and where it was made.

    Attributes:
        id: name of its folder in the store.
        config: what was trained.
        status: INTERRUPTED is never written; a reader concludes it when the owner is gone.
        created, ended: moments in UTC; `ended` is None while the run is active.
        notices: sentences for the user, such as a layer that ε made full.
        failure: the error of a FAILED run.
        versions, host, n_cores: where it ran.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    config: TrainingConfig
    status: RunStatus = RunStatus.PENDING
    created: datetime = Field(default_factory=_now)
    ended: datetime | None = None
    notices: tuple[str, ...] = ()
    failure: FailureInfo | None = None
    versions: dict[str, str] = Field(default_factory=_versions)
    host: str = Field(default_factory=socket.gethostname)
    n_cores: int = Field(default_factory=available_cores)

    def changed_to(self, status: RunStatus, failure: FailureInfo | None = None) -> RunRecord:
        """The record with another status, ended now if that status is a last one."""
        ended = None if status.is_active else _now()
        return self.model_copy(update={"status": status, "ended": ended, "failure": failure})
