"""Tables for the terminal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.labels import STAR, duration
from app.run_summary import RunSummary
from app.scores import score
from app.typed_settings import as_typed
from set_engine import Method, Preset

# Of a file or another program, which wants one line a row; a table is no wider than its text.
_UNBOUNDED = 1000


def print_table(table: Table) -> None:
    """Print on standard output: cells are folded to the width of a terminal, and only there."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_UNBOUNDED)
    console.print(table)


def runs_table(runs: Iterable[RunSummary]) -> Table:
    """A row for each run: what it is, how far, the last and the best score, what people say."""
    rows = [
        (
            run.record.id,
            f"{STAR} {run.notes.name}" if run.is_baseline else run.notes.name,
            run.record.status.value,
            run.data or "–",
            run.model,
            run.method,
            run.progress,
            "–" if run.density is None else f"{run.density:.2%}",
            score(run.course.last) if run.course.last else "–",
            score(run.course.best) if run.course.best else "–",
            duration(run.course.seconds),
            ", ".join(run.notes.tags),
        )
        for run in runs
    ]
    headings = (
        *("run", "name", "status", "data", "model", "method"),
        *("epochs", "density", "last", "best", "time", "tags"),
    )
    return text_table(headings, rows, numbers=("epochs", "density", "time"))


def presets_table(presets: Mapping[str, Preset]) -> Table:
    """A row for each preset: what it is, and where it expects its data."""
    rows = [
        (name, preset.summary, preset.settings.get("dataset", "digits"))
        for name, preset in presets.items()
    ]
    return text_table(("preset", "what it is", "data"), rows)


def methods_table(methods: Mapping[str, type[Method]]) -> Table:
    """A row for each method: what it does, and the settings that its paper sets."""
    rows = [(name, method.summary, _options(method.defaults)) for name, method in methods.items()]
    return text_table(("method", "what it does", "settings of its paper"), rows)


def _options(settings: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{setting.replace('_', '-')} {as_typed(value)}" for setting, value in settings.items()
    )


def text_table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], numbers: Collection[str] = ()
) -> Table:
    """A table without lines; the columns headed by `numbers` are set flush right."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    # The first column names the row: it is what one copies, so it stays on one line.
    for place, heading in enumerate(headings):
        justify: Literal["left", "right"] = "right" if heading in numbers else "left"
        table.add_column(heading, overflow="fold", no_wrap=place == 0, justify=justify)
    for row in rows:
        # As Text: a name of data may look like markup.
        table.add_row(*map(Text, row))
    return table
