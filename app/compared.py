"""The networks of a comparison: some runs at some of their epochs."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.labels import data_name, network_name, run_name, sparse_layers
from app.run_facts import setting_values
from set_engine import RunRecord
from topology import TopologySnapshot

MOST = 50
"""Networks at most: their distances are 1,225 pairs."""

LAST, ENDS, COURSE = "last", "ends", "course"
MODES: Mapping[str, str] = {
    LAST: "Last epoch",
    ENDS: "First and last",
    COURSE: "Whole course",
}
"""Ways to take the epochs of each run, and what they are called."""

_TOLD = 3  # settings in the name of a run, at most


@dataclass(frozen=True)
class ComparedNetwork:
    """A run at one of its epochs.

    Attributes:
        record: the run.
        run: what it is called among the others.
        snapshot: its wiring then.
    """

    record: RunRecord
    run: str
    snapshot: TopologySnapshot

    @property
    def epoch(self) -> int:
        """When it was so."""
        return self.snapshot.epoch

    @property
    def name(self) -> str:
        """What it is called, unlike any other of a comparison."""
        return f"{self.run} @ {self.epoch}"


def epochs_of(recorded: Sequence[int], how: str | Sequence[int], most: int) -> tuple[int, ...]:
    """Which epochs of a run are compared.

    Args:
        recorded: all that it has, ascending, at least one.
        how: one of `MODES`, or epochs: of each, the last that is recorded until then.
        most: so many at most of a course, evenly spread, the first and the last among them.

    >>> recorded = (0, 5, 10, 15, 20)
    >>> epochs_of(recorded, "ends", 3), epochs_of(recorded, "course", 3)
    ((0, 20), (0, 10, 20))
    >>> epochs_of(recorded, (0, 12, 14), 3)
    (0, 10)
    """
    if how == LAST:
        return (recorded[-1],)
    if how == ENDS:
        return tuple(dict.fromkeys((recorded[0], recorded[-1])))
    if how == COURSE:
        n = min(len(recorded), max(1, most))
        places = np.linspace(len(recorded) - 1, 0, n).round().astype(int)[::-1]
        return tuple(recorded[place] for place in places)
    until = sorted({max(0, bisect_right(recorded, int(epoch)) - 1) for epoch in how})
    return tuple(recorded[place] for place in until)


def run_names(records: Sequence[RunRecord], given: Mapping[str, str | None]) -> dict[str, str]:
    """What each run is called among these: as people call it, or by what it alone has.

    Args:
        records: the runs.
        given: names by id, where people gave one.

    >>> from set_engine import TrainingConfig
    >>> runs = [RunRecord(id=id, config=TrainingConfig(seed=s)) for id, s in (("a", 1), ("b", 2))]
    >>> run_names(runs, {"b": "mine"})
    {'a': 'seed 1', 'b': 'mine'}
    """
    told = differing_settings(records)[:_TOLD]
    usual = network_name if len(set(map(data_name, records))) == 1 else run_name
    names = {}
    for record in records:
        values = setting_values(record)
        said = [f"{name} {values[name][0]}" for name in told if name in values]
        names[record.id] = given.get(record.id) or ", ".join(said) or usual(record)
    counts = Counter(names.values())
    return {
        run_id: name if counts[name] == 1 else f"{name} · {run_id.rpartition('-')[2]}"
        for run_id, name in names.items()
    }


def differing_settings(records: Sequence[RunRecord]) -> list[str]:
    """Names of the settings in which some of the runs differ, as the settings have them in turn."""
    values = [setting_values(record) for record in records]
    names = dict.fromkeys(name for one in values for name in one)
    return [name for name in names if len({one.get(name) and one[name][0] for one in values}) > 1]


def common_sparse_layers(networks: Sequence[ComparedNetwork]) -> list[int]:
    """Layers that all of the networks have, and that are not full in some of them."""
    sparse = set().union(*(sparse_layers(one.snapshot) for one in networks))
    n_common = min(len(one.snapshot.layers) for one in networks)
    return sorted(index for index in sparse if index < n_common)
