"""How long it takes until something happens, with the kernels compiled on an earlier day."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median

from benchmarks.row import Row

_REPEATS = 5
_IMPORT = "import set_engine"
_WITH_A_LAYER = "from set_engine import SparseLinear"
_TORCH = "import torch"
_FIRST_STEP = """
from set_engine import RunControl, RunStore, TrainingConfig, leave_cores_to_kernels, train
from set_engine import Observer, StopRequested

leave_cores_to_kernels()
control = RunControl()

class AfterOneStep(Observer):
    def step(self, epoch, step, n_steps):
        control.stop()

data = "synthetic:samples=3000,features=784,classes=10"
config = TrainingConfig(dataset=data, hidden=(1000,) * 3, epsilon=20.0, batch_size=100)
result = train(config, control=control, observer=AfterOneStep())
assert result.stopped
"""


def rows() -> Iterator[Row]:
    """An import, and a process from its start to the end of its first training step."""
    layer, torch = _seconds(_WITH_A_LAYER), _seconds(_TORCH)
    detail = f"with a layer {layer:.2f} s, of which torch alone {torch:.2f} s"
    yield Row("import set_engine", _seconds(_IMPORT), "s", 2, 1, detail)
    yield Row("process start to first step, 784-1000³-10", _seconds(_FIRST_STEP), "s", 5, 2.5)


def _seconds(script: str) -> float:
    found = []
    for _ in range(_REPEATS + 1):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", script], check=True)
        found.append(time.perf_counter() - start)
    return median(found[1:])
