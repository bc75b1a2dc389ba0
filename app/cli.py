"""The command line: what `setscope` takes, and which part of the program does it."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app.cli_options import JsonOption, StoreOption, ThresholdOption, complain, refuse
from app.cli_store import store_commands
from app.launch import DashboardError, serve_dashboard
from app.settings_command import SettingsCommand

if TYPE_CHECKING:
    from app.train_command import Outcome

# The engine is imported where a command needs it: torch takes seconds to load, and `setscope
# --help` should not.

cli = typer.Typer(
    name="setscope",
    help="Train sparse neural networks by SET and watch their wiring change.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
cli.add_typer(store_commands)

NETWORK_HELP = (
    "Id or name of a run, for its last recorded epoch, or RUN@EPOCH; a folder of SciPy matrices; "
    "or a file: .npz of `save_topology` or of arrays, .safetensors of a state dict."
)

RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="Id, as `setscope runs` shows it, or name.")
]

TiesOption = Annotated[
    Literal["reference", "structural"],
    typer.Option(
        "--ties",
        help="Which of equally cheap matchings: that of the authors' code, which depends on the "
        "order of neurons, or one that pairs neurons that feed alike neurons.",
    ),
]

AlignedOption = Annotated[
    bool, typer.Option("--aligned", help="Match the neurons of all layers together.")
]

CacheOption = Annotated[
    Path | None,
    typer.Option("--cache", help="File that keeps each distance as it is found, to go on from."),
]

JobsOption = Annotated[
    int | None, typer.Option("--jobs", help="Pairs at once; as many as cores if not given.")
]

TableOption = Annotated[
    Path | None, typer.Option("--output", help="File for all numbers, .csv or .json.")
]

ForceOption = Annotated[bool, typer.Option("--force", help="Replace files that are there already.")]

ThreadsOption = Annotated[
    int | None,
    typer.Option(
        "--threads", min=1, help="Cores to train on; all if not given. No result depends on it."
    ),
]

CheckpointOption = Annotated[
    float,
    typer.Option(min=0, help="Seconds between two checkpoints, where `setscope resume` goes on."),
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
    threads: ThreadsOption = None,
) -> None:
    """Serve the dashboard on this machine until Ctrl-C."""
    try:
        raise typer.Exit(serve_dashboard(store, port, threads, open_browser=open_browser))
    except DashboardError as error:
        refuse(str(error))


@cli.command(cls=SettingsCommand)
def train(
    context: typer.Context,
    store: StoreOption,
    preset: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Begin with the settings that `setscope presets` lists."),
    ] = None,
    checkpoint_seconds: CheckpointOption = 60.0,
    threads: ThreadsOption = None,
) -> None:
    """Train a network into the store; Ctrl-C stops it and keeps all.

    An option that is left out has the value of the preset, then that of the method's paper, then
    the default below.
    """
    from app.train_command import train_into
    from app.typed_settings import configuration
    from set_engine import ConfigError

    try:
        config = configuration(preset, context.obj)
    except ConfigError as error:
        refuse(*error.problems.values())
    _use_cores(threads)
    _end(train_into(store, config, checkpoint_seconds))


@cli.command()
def resume(
    run_id: Annotated[
        str, typer.Argument(metavar="RUN", help="Id, as `setscope runs` shows it, or name.")
    ],
    store: StoreOption,
    checkpoint_seconds: CheckpointOption = 60.0,
    threads: ThreadsOption = None,
) -> None:
    """Go on with a run that was stopped, interrupted or failed."""
    from app.named_run import UnknownRunError, named_run
    from app.train_command import resume_in
    from set_engine import RunStore

    try:
        found = named_run(RunStore(store), run_id)
    except UnknownRunError as error:
        refuse(str(error))
    _use_cores(threads)
    _end(resume_in(store, found, checkpoint_seconds))


@cli.command()
def presets() -> None:
    """List the papers' experiments, for `train --preset`."""
    from app.tables import presets_table, print_table
    from set_engine import PRESETS

    print_table(presets_table(PRESETS))


@cli.command()
def methods() -> None:
    """List the methods of sparse training, for `train --method`."""
    from app.tables import methods_table, print_table
    from set_engine import METHODS

    print_table(methods_table(METHODS))


@cli.command()
def measure(
    network: Annotated[
        str,
        typer.Argument(
            metavar="NETWORK",
            help=NETWORK_HELP,
        ),
    ],
    store: StoreOption,
    threshold: ThresholdOption = 0.0,
    null: Annotated[
        Literal["degrees", "density"],
        typer.Option(help="What the random networks keep of each layer."),
    ] = "degrees",
    samples: Annotated[int, typer.Option(help="Random networks, at least 2.")] = 100,
    bootstrap: Annotated[
        int, typer.Option(help="Samples of the test of each power law, at least 1.")
    ] = 1000,
    most_sources: Annotated[
        int, typer.Option(help="Neurons from which distances are measured, at least 2.")
    ] = 200,
    seed: Annotated[int, typer.Option(help="Of all that is drawn, at least 0.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, with all details.")] = False,
) -> None:
    """Measure a network: degrees, power laws, motifs, structure and paths, beside their null."""
    from app.measure_command import evidence_json, measured, print_evidence
    from app.saved_network import UnknownNetworkError, saved_network
    from set_engine import RunStore

    try:
        found = saved_network(RunStore(store), network, threshold=threshold)
        for note in found.notes:
            complain(f"Note: {note}", "dim")
        evidence = measured(
            found.snapshot,
            null=null,
            samples=samples,
            bootstrap=bootstrap,
            most_sources=most_sources,
            seed=seed,
        )
    except (UnknownNetworkError, ValueError) as error:
        refuse(str(error))
    if as_json:
        typer.echo(evidence_json(evidence))
    else:
        print_evidence(evidence)


@cli.command()
def emergence(
    run_id: Annotated[
        str, typer.Argument(metavar="RUN", help="Id, as `setscope runs` shows it, or name.")
    ],
    store: StoreOption,
    output: Annotated[
        Path | None,
        typer.Option(help="File of the table; one that is there is continued. Else it is printed."),
    ] = None,
) -> None:
    """Measure every recorded epoch of a run, as CSV with a line for each layer."""
    from app.emergence_table import ForeignTableError
    from app.measure_command import emergence_csv
    from app.named_run import UnknownRunError, named_run
    from set_engine import RunNotFoundError, RunStore
    from topology import TopologyFileError

    try:
        count = emergence_csv(RunStore(store), named_run(RunStore(store), run_id), output)
    except (
        UnknownRunError,
        ForeignTableError,
        RunNotFoundError,
        TopologyFileError,
        OSError,
    ) as error:
        refuse(str(error))
    if output is not None:
        typer.echo(f"{count} epochs were measured into {output}")


@cli.command()
def compare(
    networks: Annotated[list[str], typer.Argument(metavar="NETWORK NETWORK…", help=NETWORK_HELP)],
    store: StoreOption,
    ties: TiesOption = "reference",
    aligned: AlignedOption = False,
    threshold: ThresholdOption = 0.0,
    null: Annotated[
        int, typer.Option(help="Pairs of random networks beside a pair, at least 2.")
    ] = 10,
    seed: Annotated[int, typer.Option(help="Of all that is drawn, at least 0.")] = 0,
    cache: CacheOption = None,
    jobs: JobsOption = None,
    output: TableOption = None,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            help="HTML file with settings, distances, degrees, power laws and curves of runs, as "
            "the page of comparisons makes it; of the other options it heeds --ties and --aligned.",
        ),
    ] = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compare networks by NNSTD: a pair layer by layer beside chance, or all pairs of more."""
    from analysis import nnstd
    from app.compare_command import (
        check_fitting,
        check_typed,
        labels_of,
        matrix_json,
        matrix_of,
        matrix_table,
        notes_of,
        null_of,
        pair_json,
        pair_table,
        write_matrix,
    )
    from app.distance_sentence import distance_sentence
    from app.output_files import check_new
    from app.saved_network import saved_network
    from app.tables import print_table
    from set_engine import RunStore

    try:
        if len(networks) < 2:
            raise ValueError(f"there is one network, {networks[0]}; it takes two to compare")
        check_typed(output, cache, jobs, null)
        check_new({"output": output, "report": report}, force=force)
        if report is not None:
            # Takes a second, for it draws as the page does.
            from app.report_command import places_of, write_report

            places = places_of(RunStore(store), networks)
        found = [saved_network(RunStore(store), one, threshold=threshold) for one in networks]
        labels = labels_of(networks)
        for note, whose in notes_of(found, labels).items():
            complain(f"Note on {whose}: {note}", "dim")
        snapshots = [one.snapshot for one in found]
        check_fitting(snapshots, labels)
        if len(networks) == 2:
            a, b = snapshots
            result = nnstd(a, b, ties, aligned=aligned, seed=seed)
            chance = null_of(a, b, null, ties, seed=seed, aligned=aligned)
            if as_json:
                typer.echo(pair_json(result, chance, labels))
            else:
                print_table(pair_table(result, chance, a.names))
        if len(networks) > 2 or output is not None or cache is not None:
            matrix = matrix_of(
                snapshots, labels, ties, aligned=aligned, seed=seed, cache=cache, n_jobs=jobs
            )
        if len(networks) > 2:
            a, b = (snapshots[place] for place in matrix.furthest)
            chance = null_of(a, b, null, ties, seed=seed, aligned=aligned)
            if as_json:
                typer.echo(matrix_json(matrix, chance), nl=False)
            else:
                print_table(matrix_table(matrix))
                typer.echo(distance_sentence(matrix, chance))
        if output is not None:
            write_matrix(matrix, chance, output)
            if not as_json:
                typer.echo(f"Distances written to {output}")
        if report is not None:
            write_report(RunStore(store), places, report, ties, aligned=aligned)
            if not as_json:
                typer.echo(f"Report written to {report}")
    except (ValueError, OSError) as error:
        refuse(str(error))


@cli.command()
def trajectory(
    run_id: Annotated[
        str, typer.Argument(metavar="RUN", help="Id, as `setscope runs` shows it, or name.")
    ],
    store: StoreOption,
    other: Annotated[
        str | None, typer.Argument(metavar="[OTHER]", help="Run to compare with at each epoch.")
    ] = None,
    since: Annotated[
        Literal["start", "previous"],
        typer.Option(help="Without OTHER: from its first wiring, or from the one before."),
    ] = "start",
    ties: TiesOption = "reference",
    aligned: AlignedOption = False,
    seed: Annotated[int, typer.Option(help="Of all that is drawn, at least 0.")] = 0,
    cache: CacheOption = None,
    jobs: JobsOption = None,
    output: TableOption = None,
    force: ForceOption = False,
) -> None:
    """Follow a run by NNSTD: from its start, from epoch to epoch, or beside another run."""
    from app.compare_command import (
        check_typed,
        trajectory_of,
        trajectory_table,
        write_trajectory,
    )
    from app.named_run import named_run
    from app.output_files import check_new
    from app.tables import print_table
    from set_engine import RunNotFoundError, RunStore

    try:
        check_typed(output, cache, jobs)
        check_new({"output": output}, force=force)
        found = trajectory_of(
            RunStore(store),
            named_run(RunStore(store), run_id),
            None if other is None else named_run(RunStore(store), other),
            since,
            ties,
            aligned=aligned,
            seed=seed,
            cache=cache,
            n_jobs=jobs,
        )
        print_table(trajectory_table(found))
        if output is not None:
            write_trajectory(found, output)
            typer.echo(f"Distances written to {output}")
    except (RunNotFoundError, ValueError, OSError) as error:
        refuse(str(error))


def _use_cores(threads: int | None) -> None:
    if threads is None:
        return
    from set_engine import use_cores

    try:
        use_cores(threads)
    except ValueError as error:
        refuse(str(error))


def _end(outcome: Outcome) -> None:
    if outcome.error:
        refuse(outcome.error)
    if outcome.stopped:
        raise typer.Exit(128 + signal.SIGINT)


if __name__ == "__main__":
    main()
