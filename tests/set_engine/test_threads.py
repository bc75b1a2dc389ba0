"""What would bring the whole process down happens in a process of its own here."""

from __future__ import annotations

import json

TRAIN_AND_ANALYSE = """
import json, sys, threading
import numba
from analysis import fit_power_law, nnstd
from set_engine import Observers, RunManager, RunStatus, RunStore, TrainingConfig, kernels

kernels._PARALLEL_FROM = 1
launches = {}

launch = kernels._launch

def counted(*arguments):
    me = threading.current_thread().name
    launches[me] = launches.get(me, 0) + 1
    launch(*arguments)

kernels._launch = counted

manager = RunManager(RunStore(sys.argv[1]))
config = TrainingConfig(hidden=(128, 128, 128), epsilon=4, epochs=12, record_every=1)
ids = [manager.start(config.model_copy(update={"seed": seed})) for seed in (0, 1)]
analyses, failures = 0, []

def analyse():
    global analyses
    try:
        while any(manager.is_live(run_id) for run_id in ids):
            epochs = [manager.store.epochs(run_id) for run_id in ids]
            if not all(epochs):
                continue
            a, b = (manager.store.snapshot(i, e[-1]) for i, e in zip(ids, epochs))
            nnstd(a, b)
            fit_power_law(a.layers[1].in_degrees)
            analyses += 1
    except BaseException as error:
        failures.append(repr(error))

thread = threading.Thread(target=analyse)
thread.start()
thread.join()
for run_id in ids:
    assert manager.wait(run_id, 60)
manager.close()
print(json.dumps({
    "layer": numba.threading_layer(),
    "statuses": [manager.store.record(run_id).status for run_id in ids],
    "launches": [n for name, n in launches.items() if name.startswith("run ")],
    "analyses": analyses,
    "failures": failures,
}))
"""


def test_two_trainings_and_an_analysis_at_once(run_python, tmp_path):
    found = json.loads(run_python(TRAIN_AND_ANALYSE, str(tmp_path / "runs")))
    assert found["layer"] in ("omp", "tbb")
    assert found["failures"] == []
    assert found["statuses"] == ["finished", "finished"]
    # 12 epochs of 10 steps, three kernels for each of three layers, but no input gradient at first.
    assert len(found["launches"]) == 2
    assert min(found["launches"]) >= 12 * 10 * 8
    assert found["analyses"] >= 3


def test_a_process_that_ends_stops_its_runs(run_python, tmp_path):
    script = """
import sys, time
from set_engine import RunManager, RunStore, TrainingConfig, kernels

kernels._PARALLEL_FROM = 1
manager = RunManager(RunStore(sys.argv[1]))
config = TrainingConfig(hidden=(128, 128), epochs=1_000_000, record_every=1_000_000)
ids = [manager.start(config) for _ in range(2)]
while any(len(manager.store.metrics(run_id)[1]) < 2 for run_id in ids):
    assert all(map(manager.is_live, ids))
    time.sleep(0.01)
print(*ids)
"""
    from set_engine import RunStatus, RunStore

    ids = run_python(script, str(tmp_path / "runs")).split()
    store = RunStore(tmp_path / "runs")
    assert [store.record(run_id).status for run_id in ids] == [RunStatus.STOPPED] * 2


def test_torch_leaves_the_cores_to_the_kernels(run_python, tmp_path):
    script = """
import os, sys
import set_engine
import torch

before = torch.get_num_threads()
set_engine.RunManager(set_engine.RunStore(sys.argv[1]))
print(os.environ["OMP_WAIT_POLICY"], before, torch.get_num_threads())
"""
    # An import alone changes nothing for the process; a choice of the user's stands.
    said = run_python(script, str(tmp_path), OMP_NUM_THREADS="2", OMP_WAIT_POLICY="active")
    assert said.split() == ["active", "2", "1"]


def test_idle_threads_give_their_core_up(run_python, monkeypatch):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    script = "import os, set_engine; print(os.environ['OMP_WAIT_POLICY'])"
    assert run_python(script).split() == ["passive"]


def test_equal_results_whatever_the_number_of_threads(run_python):
    """The parallel kernels share rows out; no sum depends on who adds it."""
    script = """
import hashlib
import numba, torch
from set_engine import Evolution, SparseLinear, kernels, leave_cores_to_kernels

leave_cores_to_kernels()
kernels._PARALLEL_FROM = 0

def digest(n_threads):
    numba.set_num_threads(n_threads)
    generator = torch.Generator().manual_seed(0)
    model = torch.nn.Sequential(
        SparseLinear(700, 900, epsilon=15, generator=generator),
        torch.nn.ReLU(),
        SparseLinear(900, 500, epsilon=15, generator=generator),
    )
    x = torch.randn(37, 700, generator=generator, requires_grad=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    content = hashlib.blake2b()
    for method in ("set", "rigl"):
        evolution = Evolution(model, optimizer, method, rng=3)
        for _ in range(3):
            optimizer.zero_grad()
            y = model(x)
            (y * y).mean().backward()
            for tensor in (y.detach(), x.grad, *(p.grad for p in model.parameters())):
                content.update(tensor.contiguous().numpy().tobytes())
            optimizer.step()
            evolution.step()
            for tensor in model.state_dict().values():
                content.update(tensor.numpy().tobytes())
    return content.hexdigest()

print(digest(1), digest(2), digest(1))
"""
    # Two threads, also where the machine has one core.
    digests = run_python(script, NUMBA_NUM_THREADS="2").split()
    assert len(digests) == 3
    assert len(set(digests)) == 1
