"""`setscope measure` and `setscope emergence`: the measures of `analysis`, without a page."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import numpy as np
from rich.console import Console
from rich.progress import Progress

from analysis import Emergence, NetworkEvidence, Null, network_evidence
from app.emergence_table import HEADING, WholeEpochs, as_csv, whole_epochs
from app.evidence_tables import degree_table, null_table, verdicts
from app.record_json import as_json
from app.tables import print_table
from set_engine import RunStore
from topology import TopologySnapshot


def measured(
    snapshot: TopologySnapshot,
    *,
    null: Null,
    samples: int,
    bootstrap: int,
    most_sources: int,
    seed: int,
) -> NetworkEvidence:
    """All measures, with a progress bar over the random networks.

    Raises:
        ValueError: as `network_evidence` does, or if the seed is negative.
    """
    if seed < 0:
        raise ValueError(f"seed is {seed}; it must be at least 0")
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Random networks", total=samples)
        return network_evidence(
            snapshot,
            samples,
            null=null,
            bootstrap=bootstrap,
            most_sources=most_sources,
            rng=np.random.default_rng(seed),
            progress=lambda done: progress.update(task, completed=done),
        )


def print_evidence(evidence: NetworkEvidence) -> None:
    """Degrees, verdicts, and what is beyond the null."""
    print_table(degree_table(evidence))
    print()
    for sentence in verdicts(evidence):
        print(sentence)
    print()
    print_table(null_table(evidence))
    kept = {"degrees": "degrees", "density": "number of connections"}[evidence.null]
    print(f"\nNull: {evidence.samples} random networks with the {kept} of each layer.")


def evidence_json(evidence: NetworkEvidence) -> str:
    """All of it, also what the tables leave out."""
    return json.dumps(as_json(evidence), indent=2)


def emergence_csv(store: RunStore, run_id: str, output: Path | None) -> int:
    """Measure the recorded epochs of a run, to a file or to standard output.

    A file that is there is continued: only epochs after its last whole one are measured.

    Args:
        store: of the run.
        run_id: of the run.
        output: of the table; standard output if None.

    Returns:
        How many epochs were measured.

    Raises:
        ForeignTableError: if the file is another table, or that of another run.
        RunNotFoundError: if there is no such run.
        TopologyFileError: if a wiring is damaged.
        OSError: if the file cannot be read or written.
    """
    epochs, whole = store.epochs(run_id), WholeEpochs(-1, 0)
    if output is not None and output.exists() and epochs:
        n_layers = len(store.snapshot(run_id, epochs[0]).layers)
        whole = whole_epochs(output, run_id, n_layers)
    emergence = Emergence(after=whole.last)
    with (
        open_table(output, whole.n_bytes) as file,
        Progress(console=Console(stderr=True), transient=True) as progress,
    ):
        if not whole.n_bytes:
            file.write(HEADING)
        for epoch in progress.track(epochs, description="Epochs"):
            if emergence.extend([store.snapshot(run_id, epoch)]):
                file.write(as_csv(run_id, emergence.rows[-1:]))
                file.flush()
    return len(emergence.rows)


@contextmanager
def open_table(output: Path | None, n_bytes: int) -> Iterator[TextIO]:
    """A file to write to after its first `n_bytes`; or standard output, which stays open."""
    if output is None:
        yield sys.stdout
    else:
        with output.open("a", encoding="utf-8", newline="") as file:
            file.truncate(n_bytes)
            yield file
