from __future__ import annotations

import re

import pytest

from set_engine import TrainingConfig, memory
from set_engine.memory import available_bytes, memory_problem, required_bytes

LARGE = {"hidden": (20_000, 20_000), "epsilon": 20.0, "batch_size": 2}


class TestRequired:
    @pytest.mark.parametrize(
        "more",
        [
            {"epsilon": 21.0},
            {"hidden": (20_000, 20_001)},
            {"batch_size": 3},
            {"batch_size": 16},
            {"optimizer": "adam"},
            {"method": "masked"},
            {"method": "dense"},
        ],
    )
    def test_grows_with_what_costs(self, few_digits, more):
        least = required_bytes(TrainingConfig(**LARGE), few_digits)
        assert required_bytes(TrainingConfig(**LARGE | more), few_digits) > least

    def test_momentum_is_one_number_a_connection(self, few_digits):
        # ε (64 + 20,000) + ε 40,000 connections, and 10 × 20,000 of the dense output.
        without = required_bytes(TrainingConfig(**LARGE, momentum=0.0), few_digits)
        with_it = required_bytes(TrainingConfig(**LARGE), few_digits)
        assert with_it - without == pytest.approx(4 * (20 * 60_064 + 200_000), rel=1e-4)

    def test_is_a_bound_and_no_wild_one(self, run_python):
        script = """
import os, resource
from set_engine import *
from set_engine.memory import required_bytes

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

leave_cores_to_kernels()
data = load_dataset("synthetic:samples=60,features=500,classes=3")
small = TrainingConfig(
    hidden=(50,) * 3, epsilon=20.0, batch_size=2, epochs=2, learning_rate=0.001
)
train(small, dataset=data)
before = peak()
large = small.model_copy(update={"hidden": (50_000,) * 3})
train(large, dataset=data)
print(peak() - before, required_bytes(large, data))
"""
        taken, estimated = map(int, run_python(script).split())
        assert taken > 100 * 2**20
        assert taken <= estimated <= 2 * taken


class TestAvailable:
    def test_is_what_the_machine_has_at_most(self):
        assert 2**24 < available_bytes() < 2**46

    @pytest.mark.parametrize(
        ("limit", "used", "expected"),
        [("3000", "1000", 2000), ("1000", "1500", 0), ("max", "1000", 10**6)],
    )
    def test_a_container_may_have_less(self, monkeypatch, tmp_path, limit, used, expected):
        (tmp_path / "memory.max").write_text(f"{limit}\n")
        (tmp_path / "memory.current").write_text(f"{used}\n")
        monkeypatch.setattr(memory, "_CGROUP", tmp_path)
        free = type("Memory", (), {"available": 10**6})
        monkeypatch.setattr(memory.psutil, "virtual_memory", lambda: free)
        assert available_bytes() == expected

    def test_without_a_container_it_is_the_machine(self, monkeypatch, tmp_path):
        monkeypatch.setattr(memory, "_CGROUP", tmp_path)
        free = type("Memory", (), {"available": 10**6})
        monkeypatch.setattr(memory.psutil, "virtual_memory", lambda: free)
        assert available_bytes() == 10**6


class TestProblem:
    @pytest.mark.parametrize("method", ["set", "dense", "masked"])
    @pytest.mark.parametrize("gibibytes", [0.02, 0.05])
    def test_what_would_fit_fits(self, few_digits, monkeypatch, method, gibibytes):
        config = TrainingConfig(**LARGE, method=method)
        available = int(gibibytes * 2**30)
        monkeypatch.setattr(memory, "available_bytes", lambda: available)
        name, sentence = memory_problem(config, few_digits)
        if name == "epsilon":
            found = {"epsilon": float(re.search(r"an epsilon of ([0-9.]+) would fit", sentence)[1])}
        else:
            widths = re.search(r"; ([0-9, ]+) would fit", sentence)[1]
            found = {"hidden": tuple(int(w.replace(",", "")) for w in widths.split(", "))}
        fitting = config.model_copy(update=found)
        assert required_bytes(fitting, few_digits) <= available < required_bytes(config, few_digits)
        assert (name == "epsilon") == (method == "set")

    def test_narrower_layers_where_no_epsilon_would_do(self, few_digits, monkeypatch):
        config = TrainingConfig(hidden=(10**6, 10**6), epsilon=2.0, batch_size=2)
        monkeypatch.setattr(memory, "available_bytes", lambda: 2**26)
        name, sentence = memory_problem(config, few_digits)
        assert name == "hidden"
        assert sentence.startswith("hidden is 1,000,000, 1,000,000; training needs about ")
        assert sentence.endswith(" would fit")

    def test_no_memory_at_all(self, few_digits, monkeypatch):
        monkeypatch.setattr(memory, "available_bytes", lambda: 0)
        name, sentence = memory_problem(TrainingConfig(), few_digits)
        assert name == "hidden"
        assert sentence.endswith("and 0 GiB are free")

    def test_what_fits_is_none(self, few_digits):
        assert memory_problem(TrainingConfig(), few_digits) is None
