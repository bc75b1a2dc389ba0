"""A bar in the terminal while a file is read or written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress


@contextmanager
def file_progress(text: str) -> Iterator[Callable[[float], None]]:
    """Show it for as long as the context lasts; what it gives takes the share that is done."""
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(text, total=1.0)
        yield lambda share: progress.update(task, completed=share)
