"""Tables and runs are ready before a page asks for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from set_engine import RunStatus, RunStore, TrainingConfig

SCRIPT = """
import sys
from app.readiness import make_ready
from app.run_index import RunIndex
from set_engine import RunStore

before = {name for name in ("pandas", "pyarrow") if name in sys.modules}
index = RunIndex(RunStore(sys.argv[1]))
make_ready(index)
after = {name for name in ("pandas", "pyarrow") if name in sys.modules}
index._store.record = None  # is not asked again
print(sorted(before), sorted(after), len(index.read().runs))
"""


def test_is_ready_afterwards(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    store.create(TrainingConfig()).finish(RunStatus.FINISHED)
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[] ['pandas', 'pyarrow'] 1"
