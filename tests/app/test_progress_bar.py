"""A training on a progress bar."""

from __future__ import annotations

import io

from rich.console import Console

from app.progress_bar import progress_bar
from set_engine import EpochMetrics


def shown(*, completed: int = 0, **told: object) -> str:
    """The last line on the terminal after an observer was told these things, by method."""
    screen = io.StringIO()
    with progress_bar(Console(file=screen, width=120), completed, 10) as bar:
        for method, arguments in told.items():
            getattr(bar, method)(*(arguments if isinstance(arguments, tuple) else (arguments,)))
    return screen.getvalue().strip()


def test_a_training_that_goes_on_begins_where_it_was() -> None:
    assert "epoch 7/10" in shown(completed=7)


def test_steps_move_it_within_an_epoch() -> None:
    assert "epoch 5/10" in shown(step=(6, 1, 4))  # 5 epochs and a quarter


def test_an_epoch_shows_its_score() -> None:
    row = EpochMetrics(epoch=3, step=9, test_loss=0.5, seconds=1, n_connections=4, replaced=0)
    line = shown(epoch=row)
    assert "epoch 3/10" in line
    assert "test error 0.5000" in line


def test_text_that_looks_like_markup_stays() -> None:
    assert "Reading a[red]" in shown(phase="Reading a[red]; it takes long")
    assert "Note: [b] is full" in shown(notice="[b] is full")
