"""What several commands take, and how they say what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from app.locations import STORE_VARIABLE, default_store

_errors = Console(stderr=True, highlight=False)

StoreOption = Annotated[
    Path,
    typer.Option(
        "--store",
        help="Folder of the runs.",
        file_okay=False,
        default_factory=default_store,
        show_default=f"runs, or what {STORE_VARIABLE} says",
    ),
]

JsonOption = Annotated[bool, typer.Option("--json", help="As JSON, for other programs.")]

ThresholdOption = Annotated[
    float,
    typer.Option(
        "--threshold", help="Numbers of a dense matrix further from 0 than this are connections."
    ),
]


def refuse(*messages: str) -> NoReturn:
    """Say what is wrong, and end."""
    for message in messages:
        complain(f"Error: {message}", "red")
    raise typer.Exit(1)


def complain(message: str, style: str = "yellow") -> None:
    """Say it beside what the command is asked for."""
    _errors.print(message, style=style, markup=False, soft_wrap=True)
