"""The command line: `setscope train` and `setscope dashboard`."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.launch import DashboardError, serve_dashboard
from app.locations import default_store
from app.widths import parse_widths

cli = typer.Typer(
    name="setscope",
    help="Train sparse neural networks by SET and watch their wiring change.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
_errors = Console(stderr=True, highlight=False)

StoreOption = Annotated[
    Path, typer.Option("--store", help="Folder of the runs.", default_factory=default_store)
]


def main() -> None:
    """Entry point of the `setscope` command."""
    cli()


@cli.command()
def dashboard(
    store: StoreOption,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 8501,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open it in the browser, if there is a screen.")
    ] = True,
) -> None:
    """Serve the dashboard on this machine until Ctrl-C."""
    try:
        raise typer.Exit(serve_dashboard(store, port, open_browser=open_browser))
    except DashboardError as error:
        _refuse(str(error))


@cli.command()
def train(
    store: StoreOption,
    dataset: Annotated[str, typer.Option(help="digits, or a folder of IDX files.")] = "digits",
    hidden: Annotated[str, typer.Option(help="Width of each hidden layer.")] = "256,256,256",
    epsilon: Annotated[float, typer.Option(help="Density of the sparse layers, > 0.")] = 2.5,
    zeta: Annotated[float, typer.Option(help="Fraction replaced each epoch, in (0, 1).")] = 0.3,
    epochs: Annotated[int, typer.Option(help="Epochs, >= 1.")] = 1500,
    batch_size: Annotated[int, typer.Option(help="Samples in a step, >= 1.")] = 144,
    learning_rate: Annotated[float, typer.Option(help="Of SGD, > 0.")] = 0.2,
    momentum: Annotated[float, typer.Option(help="Of SGD, in [0, 1).")] = 0.9,
    weight_decay: Annotated[float, typer.Option(help="Of SGD, >= 0.")] = 0.0002,
    dropout: Annotated[float, typer.Option(help="On hidden activations, in [0, 1).")] = 0.0,
    activation: Annotated[str, typer.Option(help="relu, leaky_relu or srelu.")] = "relu",
    sparse_output: Annotated[bool, typer.Option(help="Make the output layer sparse.")] = False,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal runs, >= 0.")] = 0,
    record_every: Annotated[
        int | None, typer.Option(help="Record every so many epochs; thinning by default.")
    ] = None,
) -> None:
    """Train a network into the store; Ctrl-C stops and keeps what was trained."""
    # Imported here: torch takes seconds to load, and `setscope --help` should not.
    from app.train_command import train_into
    from set_engine import ConfigError, TrainingConfig

    try:
        config = TrainingConfig(
            dataset=dataset,
            hidden=parse_widths(hidden),
            epsilon=epsilon,
            zeta=zeta,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            momentum=momentum,
            weight_decay=weight_decay,
            dropout=dropout,
            activation=activation,
            sparse_output=sparse_output,
            seed=seed,
            record_every=record_every,
        )
    except ConfigError as error:
        _refuse(*error.problems.values())
    outcome = train_into(store, config)
    if outcome.error:
        _refuse(outcome.error)
    if outcome.stopped:
        raise typer.Exit(128 + signal.SIGINT)


def _refuse(*messages: str) -> None:
    for message in messages:
        _errors.print(f"Error: {message}", style="red", markup=False, soft_wrap=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    main()
