"""What README says works as it stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.images import PixelDegrees
from set_engine import RunStatus, RunStore
from topology import LayerTopology

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


@pytest.mark.timeout(900)
def test_the_line_for_mnist_reaches_the_accuracy_it_promises(
    shared_data: Path, tmp_path: Path
) -> None:
    (line,) = re.findall(r"^setscope (train .*)$", README, re.MULTILINE)
    arguments = shlex.split(line.replace("data/mnist", shlex.quote(str(shared_data / "mnist"))))
    result = CliRunner().invoke(cli, [*arguments, "--store", str(tmp_path)])
    assert result.exit_code == 0, result.output
    store = RunStore(tmp_path)
    (record,) = store.records().records
    _, metrics = store.metrics(record.id)
    assert len(metrics) == 10
    assert record.config.hidden == (1000, 1000, 1000)
    assert record.config.epsilon == 20
    assert metrics[-1].test_accuracy >= 0.975
    # SET gathers the connections of the inputs in the middle, beyond what chance gives.
    assert abs(_excess_in_the_middle(store.snapshot(record.id, 0).layers[0])) < 4
    assert _excess_in_the_middle(store.snapshot(record.id, 9).layers[0]) > 4


def _excess_in_the_middle(layer: LayerTopology) -> float:
    """How many more connections a pixel of the middle has, in standard errors of random wiring."""
    found = PixelDegrees.of(layer, (1, 28, 28))
    inside = 14 * 14
    deviation = np.sqrt(layer.out_degrees.mean() * (1 - layer.density))
    error = deviation * np.sqrt(1 / inside + 1 / (28 * 28 - inside))
    return float((found.centre - found.rest) / error)


def test_the_python_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(r"## From Python\n+```python\n(.*?)```", README, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(example, names)
    assert (tmp_path / "network.npz").is_file()
    (record,) = RunStore("runs").records().records
    assert record.status is RunStatus.FINISHED
