"""Runs that differ in their seed alone, as one: their mean and how far they lie apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.run_facts import setting_values
from set_engine import EpochMetrics, RunRecord


@dataclass(frozen=True)
class RunGroup:
    """Runs with the same settings, the seed left out.

    Attributes:
        name: what they are called together.
        run_ids: theirs, in the order they were given.
    """

    name: str
    run_ids: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class GroupCurve:
    """A figure of a group of runs by epoch.

    Attributes:
        epochs: (n,) int64, those at which every run of the group has the figure.
        mean: (n,) float64.
        deviation: (n,) float64, the standard deviation of the sample; 0 of one run.
    """

    epochs: NDArray[np.int64]
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]


def groups_of(
    records: Sequence[RunRecord], names: Mapping[str, str], *, by_seed: bool
) -> list[RunGroup]:
    """The runs in groups, each of which is named after its first.

    Args:
        records: the runs.
        names: what each is called, by id.
        by_seed: whether runs that differ in the seed alone are one group; otherwise each is its
            own.
    """
    found: dict[object, list[str]] = {}
    for record in records:
        values = {name: said for name, said in setting_values(record).items() if name != "seed"}
        # Of another program's training the settings may say nothing: it is a group of its own.
        key: object = tuple(sorted(values.items())) if by_seed and values else record.id
        found.setdefault(key, []).append(record.id)
    short = [_name(ids, names) for ids in found.values()]
    return [
        RunGroup(name if short.count(name) == 1 else f"{name} · {_tail(ids[0])}", tuple(ids))
        for name, ids in zip(short, found.values(), strict=True)
    ]


def curve_of(logs: Sequence[Sequence[EpochMetrics]], field: str) -> GroupCurve:
    """Mean and deviation of one figure over the logs of a group.

    >>> row = {"step": 1, "seconds": 1.0, "n_connections": 1, "replaced": 0}
    >>> logs = [[EpochMetrics(epoch=1, test_loss=loss, **row)] for loss in (0.5, 1.5)]
    >>> curve = curve_of(logs, "test_loss")
    >>> curve.epochs.tolist(), curve.mean.tolist(), curve.deviation.round(3).tolist()
    ([1], [1.0], [0.707])
    """
    series = [
        {row.epoch: value for row in log if (value := getattr(row, field)) is not None}
        for log in logs
    ]
    common = sorted(set(series[0]).intersection(*series[1:]))
    values = np.array([[one[epoch] for epoch in common] for one in series], np.float64)
    deviation = values.std(axis=0, ddof=1) if len(series) > 1 else np.zeros(len(common))
    return GroupCurve(np.array(common, np.int64), values.mean(axis=0), deviation)


def _name(ids: Sequence[str], names: Mapping[str, str]) -> str:
    if len(ids) == 1:
        return names[ids[0]]
    # Seeds are what the names of a group differ in, or the end of the id where no seed is told.
    name = names[ids[0]].removesuffix(f" · {_tail(ids[0])}")
    parts = [part for part in name.split(", ") if not part.startswith("seed ")]
    return f"{', '.join(parts) or 'same settings'} ({len(ids)} seeds)"


def _tail(run_id: str) -> str:
    return run_id.rpartition("-")[2]
