"""How runs and their parts are called on a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from set_engine import RunRecord, RunStatus, TrainingConfig
from topology import TopologySnapshot

STATUS_COLORS = {
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
    return Path(record.config.dataset).name


def widths_name(config: TrainingConfig) -> str:
    """Hidden widths, as papers write them.

    >>> widths_name(TrainingConfig(hidden=(100, 50)))
    '100-50'
    """
    return "-".join(map(str, config.hidden))


def run_label(record: RunRecord) -> str:
    """One line that tells a run from others: when, data, widths, ε, seed."""
    config = record.config
    moment = record.created.astimezone().strftime("%d %b %H:%M:%S")
    widths = widths_name(config)
    return f"{moment} · {data_name(record)} · {widths} · ε {config.epsilon:g} · seed {config.seed}"


def layer_name(snapshot: TopologySnapshot, index: int) -> str:
    """Layer at `index`, from 0, with its widths.

    >>> from topology import LayerTopology
    >>> layer = LayerTopology([0, 1, 2], [0, 1], n_inputs=2, n_outputs=2)
    >>> layer_name(TopologySnapshot((layer,)), 0)
    'Layer 1 (2 → 2)'
    """
    layer = snapshot.layers[index]
    return f"Layer {index + 1} ({layer.n_inputs} → {layer.n_outputs})"


def sparse_layers(snapshot: TopologySnapshot) -> list[int]:
    """Indices of the layers that are not full: the others have no wiring to see."""
    return [index for index, layer in enumerate(snapshot.layers) if layer.density < 1]


def duration(seconds: float) -> str:
    """Seconds in words of two units at most.

    >>> duration(7.4), duration(75), duration(3700)
    ('7 s', '1 min 15 s', '1 h 1 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def listed(items: Sequence[object]) -> str:
    """Items with commas between them."""
    return ", ".join(map(str, items))
