"""A training whose whole course, good or bad, is in the store."""

from __future__ import annotations

from set_engine.config import TrainingConfig
from set_engine.control import RunControl
from set_engine.data.dataset import Dataset
from set_engine.observer import Observer, Observers
from set_engine.run_record import FailureInfo, RunStatus
from set_engine.run_writer import RunWriter
from set_engine.training import Resumption, TrainingResult, train


def record_run(
    writer: RunWriter,
    config: TrainingConfig,
    *,
    dataset: Dataset | None = None,
    control: RunControl | None = None,
    observer: Observer | None = None,
    resumption: Resumption | None = None,
) -> TrainingResult:
    """Train as `train` does, writing into the run that `writer` owns, and finish it.

    Raises:
        BaseException: whatever the training raised, after the run was recorded as FAILED, or as
            STOPPED for a KeyboardInterrupt.
    """
    followers = Observers(writer, observer or Observer())
    try:
        writer.begin()
        result = train(
            config, dataset=dataset, control=control, observer=followers, resumption=resumption
        )
        writer.save_model(result.model)
    except KeyboardInterrupt:
        writer.finish(RunStatus.STOPPED)
        raise
    except BaseException as error:
        writer.finish(RunStatus.FAILED, FailureInfo.of(error))
        raise
    writer.finish(RunStatus.STOPPED if result.stopped else RunStatus.FINISHED)
    return result
