"""The log of a run as CSV, and as event files that TensorBoard shows."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

from analysis import SIDES, degree_distribution, degrees_of
from app.run_facts import setting_values
from set_engine import EpochMetrics, RunRecord, RunStore

_FIELDS = (
    "epoch",
    "step",
    "train_loss",
    "test_loss",
    "train_accuracy",
    "test_accuracy",
    "seconds",
    "n_connections",
    "replaced",
)
# Where TensorBoard puts what belongs together into one group.
_TAGS = {
    "train_loss": "loss/train",
    "test_loss": "loss/test",
    "train_accuracy": "accuracy/train",
    "test_accuracy": "accuracy/test",
    "seconds": "time/epoch_seconds",
    "n_connections": "wiring/n_connections",
    "replaced": "wiring/replaced",
}


def metrics_csv(rows: Sequence[EpochMetrics]) -> str:
    """A line for each epoch; empty what was not measured, and figures of its own at the end.

    >>> row = EpochMetrics(epoch=1, step=9, seconds=0.5, n_connections=4, replaced=1)
    >>> print(metrics_csv([row.model_copy(update={"figures": {"lr": 0.1}})]), end="")
    epoch,step,train_loss,test_loss,train_accuracy,test_accuracy,seconds,n_connections,replaced,lr
    1,9,,,,,0.5,4,1,0.1
    """
    own = list(dict.fromkeys(name for row in rows for name in row.figures))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*_FIELDS, *own])
    for row in rows:
        values = [getattr(row, field) for field in _FIELDS]
        writer.writerow([*values, *(row.figures.get(name) for name in own)])
    return text.getvalue()


def write_event_files(
    store: RunStore,
    run_id: str,
    folder: Path,
    progress: Callable[[float], object] = lambda _: None,
) -> None:
    """Write a run for TensorBoard: its figures by epoch, its degrees where they were recorded.

    Scalars and histograms have the epoch as their step. Times are those at which the epochs ended,
    pauses left out.

    Args:
        store: where the run is.
        run_id: of the run.
        folder: of the run among those that TensorBoard is pointed at; made if it is not there.
        progress: is given the share that is written, from 0 to 1.

    Raises:
        RunNotFoundError, DamagedRunError, TopologyFileError: as the store does.
        OSError: if the folder cannot be written.
    """
    from tensorboardX import SummaryWriter

    record, rows, epochs = store.record(run_id), store.metrics(run_id)[1], store.epochs(run_id)
    begun = record.created.timestamp()
    ends = {0: begun}
    for row in rows:
        ends[row.epoch] = max(ends.values()) + row.seconds
    with SummaryWriter(logdir=str(folder), write_to_disk=True) as writer:
        writer.add_text("settings", _settings(record), 0, walltime=begun)
        for row in rows:
            for name, value in row.values.items():
                tag = _TAGS.get(name, f"figures/{name}")
                writer.add_scalar(tag, value, row.epoch, walltime=ends[row.epoch])
        for number, epoch in enumerate(epochs, start=1):
            layers = store.snapshot(run_id, epoch).layers
            at = ends.get(epoch, begun)
            for index, layer in enumerate(layers, start=1):
                for side in SIDES:
                    degrees = degrees_of(layer, side)
                    found = degree_distribution(degrees)
                    name = f"degrees/layer_{index}/{side}"
                    writer.add_scalar(
                        f"{name}/variance_to_mean", found.variance_to_mean, epoch, walltime=at
                    )
                    writer.add_histogram(name, degrees, epoch, bins="auto", walltime=at)
            progress(number / len(epochs))


def _settings(record: RunRecord) -> str:
    """As Markdown."""
    values = setting_values(record)
    lines = [f"| {name} | {said} |" for name, (said, _) in values.items()]
    return "\n".join(["| setting | value |", "|---|---|", *lines])
