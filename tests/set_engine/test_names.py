"""What `import set_engine` gives."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

import set_engine


@pytest.mark.parametrize("name", set_engine.__all__)
def test_every_name_is_there(name: str) -> None:
    home = getattr(set_engine, name)
    assert not isinstance(home, type(os)), f"{name} is a module"


def test_nothing_slow_is_imported_before_it_is_used(run_python: Callable[..., str]) -> None:
    script = """
import os, sys
os.environ.pop("OMP_WAIT_POLICY", None)
import set_engine
print(sorted({"torch", "numba", "scipy", "pydantic"} & set(sys.modules)))
print(os.environ["OMP_WAIT_POLICY"])
set_engine.SparseLinear
print("torch" in sys.modules)
"""
    assert run_python(script).split("\n")[:3] == ["[]", "passive", "True"]
