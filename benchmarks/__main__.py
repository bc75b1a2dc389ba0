"""`python -m benchmarks`: all measurements as a table, and as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import (
    analysis,
    dashboard,
    epochs,
    gpu,
    live_page,
    many_networks,
    many_runs,
    nnstd,
    roofline,
    start,
    steps,
    together,
)
from benchmarks.row import Row

_GROUPS: dict[str, Callable[[], Iterator[Row]]] = {
    "roofline": roofline.rows,
    "steps": steps.rows,
    "epochs": epochs.rows,
    "together": together.rows,
    "analysis": analysis.rows,
    "nnstd": nnstd.rows,
    "start": start.rows,
    "dashboard": dashboard.rows,
    "live-page": live_page.rows,
    "many-runs": many_runs.rows,
    "many-networks": many_networks.rows,
    "gpu": gpu.rows,
}


def main() -> int:
    """Measure, print, write; 1 if a figure misses its floor."""
    options = _options()
    console = Console(stderr=True)
    found: list[Row] = []
    for group in options.groups:
        with console.status(f"Measuring {group} …"):
            for row in _GROUPS[group]():
                found.append(row)
                console.print(f"{row.work}: {row.value:.3g} {row.unit}", highlight=False)
    Console(width=max(Console().width, 150)).print(_table(found))
    options.output.write_text(json.dumps(_document(found), indent=2) + "\n", encoding="utf-8")
    console.print(f"Written to {options.output}", highlight=False)
    return 0 if all(row.reaches(row.floor) for row in found) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "groups",
        nargs="*",
        metavar="GROUP",
        default=[],
        help=f"Of {', '.join(_GROUPS)}; all if none is named.",
    )
    parser.add_argument(
        "--output", type=Path, default=Path("benchmarks.json"), help="Where the JSON goes."
    )
    options = parser.parse_args()
    unknown = [group for group in options.groups if group not in _GROUPS]
    if unknown:
        parser.error(f"group is {unknown[0]!r}; it must be one of {', '.join(_GROUPS)}")
    options.groups = options.groups or list(_GROUPS)
    return options


def _table(rows: list[Row]) -> Table:
    table = Table("work", "measured", "floor", "aim", "of which", box=None, pad_edge=False)
    for row in rows:
        style = None if row.reaches(row.floor) else "red"
        wanted = ("" if limit is None else f"{limit:g}" for limit in (row.floor, row.aim))
        table.add_row(row.work, f"{row.value:.3g} {row.unit}", *wanted, row.detail, style=style)
    return table


def _document(rows: list[Row]) -> dict[str, object]:
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "rows": [row.as_json() for row in rows],
    }


if __name__ == "__main__":
    sys.exit(main())
