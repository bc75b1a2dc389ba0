"""How runs and their parts are called on a page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from set_engine import RecordedConfig, RunRecord, RunStatus, TrainingConfig
from topology import TopologySnapshot

STAR = "★"
"""Marks the run that is pinned as the baseline."""

STATUS_COLORS = {
    RunStatus.QUEUED: "violet",
    RunStatus.PENDING: "gray",
    RunStatus.RUNNING: "blue",
    RunStatus.PAUSED: "orange",
    RunStatus.STOPPED: "gray",
    RunStatus.FINISHED: "green",
    RunStatus.FAILED: "red",
    RunStatus.INTERRUPTED: "orange",
}


def escaped(text: str) -> str:
    r"""Text of a file or a user, to be shown as it is where Markdown is understood.

    >>> print(escaped("a_b :red[z]"))
    a\_b \:red\[z\]
    """
    return re.sub(r"([\\`*_{}\[\]()#+!|~$:<>])", r"\\\1", text)


def data_name(record: RunRecord) -> str:
    """The data set of a run, without the way to it.

    >>> from set_engine import TrainingConfig
    >>> data_name(RunRecord(id="a", config=TrainingConfig(dataset="data/mnist")))
    'mnist'
    """
    if record.data is not None:
        return record.data.name
    config = record.config
    return "own data" if isinstance(config, RecordedConfig) else Path(config.dataset).name


def widths_name(config: TrainingConfig) -> str:
    """Widths of the layers that a configuration names, as papers write them.

    >>> widths_name(TrainingConfig(hidden=(100, 50)))
    '100-50'
    >>> widths_name(TrainingConfig(model="cnn", channels=(32, 64), hidden=(256,)))
    '32-64 + 256'
    """
    hidden = "-".join(map(str, config.hidden))
    if config.model == "cnn":
        return f"{'-'.join(map(str, config.channels))} + {hidden}"
    return hidden


def network_name(record: RunRecord) -> str:
    """What was trained: model, widths, method.

    >>> network_name(RunRecord(id="a", config=TrainingConfig(hidden=(100,), method="rigl")))
    'MLP 100 · rigl'
    """
    config = record.config
    if isinstance(config, RecordedConfig):
        return config.name
    return f"{config.model.upper()} {widths_name(config)} · {config.method}"


def run_name(record: RunRecord) -> str:
    """What was trained, on what."""
    return f"{data_name(record)} · {network_name(record)}"


def sparsity_name(record: RunRecord) -> str:
    """ε and seed of a run; of another program's, that it is one."""
    config = record.config
    if isinstance(config, RecordedConfig):
        return "recorded by another program"
    return f"ε {config.epsilon:g} · seed {config.seed}"


def run_label(record: RunRecord) -> str:
    """One line that tells a run from others: when, data, network, method, ε, seed."""
    moment = record.created.astimezone().strftime("%d %b %H:%M:%S")
    return f"{moment} · {run_name(record)} · {sparsity_name(record)}"


def run_labels(records: Iterable[RunRecord]) -> dict[str, str]:
    """Labels by the ids of runs, no two the same: a select box knows its options by their text."""
    labels = {record.id: run_label(record) for record in records}
    counts = Counter(labels.values())
    return {
        run_id: label if counts[label] == 1 else f"{label} · {run_id.rpartition('-')[2]}"
        for run_id, label in labels.items()
    }


def layer_name(snapshot: TopologySnapshot, index: int) -> str:
    """Layer at `index`, from 0, by its name and with its widths.

    >>> from topology import LayerTopology
    >>> layer = LayerTopology([0, 1, 2], [0, 1], n_inputs=2, n_outputs=2)
    >>> layer_name(TopologySnapshot((layer,)), 0)
    'Layer 1 (2 → 2)'
    """
    layer, name = snapshot.layers[index], snapshot.names[index]
    if name == f"layer {index + 1}":
        name = f"Layer {index + 1}"
    return f"{name} ({layer.n_inputs} → {layer.n_outputs})"


def layers_name(snapshot: TopologySnapshot) -> str:
    """The widths of all layers.

    >>> from topology import LayerTopology
    >>> layer = LayerTopology([0, 1, 2], [0, 1], n_inputs=3, n_outputs=2)
    >>> layers_name(TopologySnapshot((layer,)))
    '3 → 2'
    """
    return " · ".join(f"{layer.n_inputs} → {layer.n_outputs}" for layer in snapshot.layers)


def sparse_layers(snapshot: TopologySnapshot) -> list[int]:
    """Indices of the layers that are not full: the others have no wiring to see."""
    return [index for index, layer in enumerate(snapshot.layers) if layer.density < 1]


def duration(seconds: float) -> str:
    """Seconds in words of two units at most.

    >>> duration(0.23), duration(7.4), duration(75), duration(3700)
    ('0.2 s', '7 s', '1 min 15 s', '1 h 1 min')
    """
    if 0.05 <= seconds < 0.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def listed(items: Sequence[object]) -> str:
    """Items with commas between them."""
    return ", ".join(map(str, items))
