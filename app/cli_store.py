"""The commands that look after the runs of a store: list, label, delete, take out, bring in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from app.cli_options import JsonOption, StoreOption, ThresholdOption, complain, refuse

if TYPE_CHECKING:
    from app.runs_command import Done

store_commands = typer.Typer()

# As `app.run_export.EXPORTS` has them: to import that takes longer than to say it.
ExportKindName = Literal["bundle", "npz", "graphml", "gexf", "csv", "metrics", "tensorboard"]
RunsArgument = Annotated[
    list[str],
    typer.Argument(metavar="RUN...", help="Ids, as `setscope runs` shows them, or names."),
]


@store_commands.command()
def runs(
    store: StoreOption,
    text: Annotated[
        str,
        typer.Option(
            "--filter",
            metavar="EXPRESSION",
            help="Only the runs of which it holds, as on the page of runs, such as "
            "'method == \"set\" and best_accuracy > 0.95'; words are looked for in all texts.",
        ),
    ] = "",
    fact: Annotated[
        str | None,
        typer.Option("--sort", metavar="FACT", help="Largest first, by what a filter may ask for."),
    ] = None,
    is_ascending: Annotated[
        bool, typer.Option("--ascending", help="Smallest, or oldest, first.")
    ] = False,
    is_trash: Annotated[bool, typer.Option("--trash", help="Those that were deleted.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the runs of the store, newest first."""
    from app.run_filter import RunFilterError
    from app.runs_command import list_runs
    from app.tables import print_table, runs_table
    from set_engine import RunStore

    try:
        found = list_runs(RunStore(store), text, fact, is_ascending=is_ascending, is_trash=is_trash)
    except (RunFilterError, ValueError, OSError) as error:
        refuse(str(error))
    if as_json:
        typer.echo(json.dumps([run.as_json() for run in found.runs], indent=2))
    elif found.runs:
        print_table(runs_table(found.runs))
    else:
        where = f"the trash of {store}" if is_trash else str(store)
        typer.echo(f"No run of {where} passes" if text.strip() else f"There are no runs in {where}")
    for problem in found.problems:
        complain(f"Warning: {problem}")


@store_commands.command()
def label(
    names: RunsArgument,
    store: StoreOption,
    name: Annotated[str | None, typer.Option(help="Of one run; '' takes it off.")] = None,
    tags: Annotated[list[str], typer.Option("--tag", help="To add; may be given again.")] = [],  # noqa: B006
    untags: Annotated[list[str], typer.Option("--untag", help="To take off; likewise.")] = [],  # noqa: B006
    note: Annotated[str | None, typer.Option(help="Of one run; '' takes it off.")] = None,
    is_baseline: Annotated[
        bool | None,
        typer.Option("--pin/--unpin", help="As the baseline that others are set beside."),
    ] = None,
) -> None:
    """Name, tag and note runs, and pin the baseline."""
    from app.runs_command import RunsCommandError, label_runs
    from set_engine import RunStore

    try:
        done = label_runs(RunStore(store), names, name, tags, untags, note, is_baseline)
    except RunsCommandError as error:
        refuse(str(error))
    _say(done, "Labelled {}")


@store_commands.command()
def delete(
    names: RunsArgument,
    store: StoreOption,
    is_for_good: Annotated[
        bool, typer.Option("--for-good", help="Out of the trash, where they must be already.")
    ] = False,
) -> None:
    """Move runs into the trash, from where `setscope restore` brings them back."""
    from app.runs_command import RunsCommandError, delete_runs
    from set_engine import RunStore

    try:
        done = delete_runs(RunStore(store), names, is_for_good=is_for_good)
    except RunsCommandError as error:
        refuse(str(error))
    _say(done, "Deleted {} for good" if is_for_good else "Deleted {} into the trash")


@store_commands.command()
def restore(names: RunsArgument, store: StoreOption) -> None:
    """Bring runs back from the trash."""
    from app.runs_command import RunsCommandError, restore_runs
    from set_engine import RunStore

    try:
        done = restore_runs(RunStore(store), names)
    except RunsCommandError as error:
        refuse(str(error))
    _say(done, "Restored {}")


@store_commands.command("export")
def export_run(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="Id, or RUN@EPOCH for what is of one wiring.")
    ],
    store: StoreOption,
    kind: Annotated[
        ExportKindName,
        typer.Option(
            "--as",
            help="bundle: all, for another setscope. npz, graphml, csv: the connections of one "
            "recorded epoch, the last if none is said. gexf: with lifetimes, for Gephi. metrics: "
            "CSV by epoch. tensorboard: event files, zipped.",
        ),
    ] = "bundle",
    output: Annotated[
        Path | None, typer.Option(help="File to write; named after the run, here, if not given.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a run as one file: a bundle, a graph, a table, or for TensorBoard."""
    from app.export_command import ExportCommandError
    from app.export_command import export_run as write
    from set_engine import RunStore

    try:
        path = write(RunStore(store), run, kind, output, force=force)
    except ExportCommandError as error:
        refuse(str(error))
    size = path.stat().st_size
    if as_json:
        typer.echo(json.dumps({"run": run, "as": kind, "path": str(path), "bytes": size}))
    else:
        typer.echo(f"{path}, {size / 1e6:,.1f} MB")


@store_commands.command("import")
def import_runs(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...", help="Bundles of `setscope export`, or networks of others."
        ),
    ],
    store: StoreOption,
    threshold: ThresholdOption = 0.0,
    is_dry: Annotated[
        bool, typer.Option("--dry-run", help="Say what was recognised, and save nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Take in runs that `setscope export` wrote, and networks that others saved.

    A folder is looked through: folders or files called by an epoch, such as epoch_190, are the
    networks of one run.
    """
    from app.import_command import ImportCommandError, as_rows, recognise, save, taken_already
    from set_engine import RunStore

    ids: list[str] = []
    rows: list[dict[str, object]] = []
    problems: list[str] = []
    console = Console(highlight=False, stderr=as_json)
    for path in paths:
        try:
            if not path.strip():  # would be the folder that one is in
                raise ImportCommandError(f"a path is {path!r}; it must name a file or a folder")
            found = recognise(Path(path), console, threshold)
        except ImportCommandError as error:
            problems.append(str(error))
            continue
        if is_dry:
            rows += as_rows(found)
            problems += taken_already(RunStore(store), found)
        else:
            taken, failed = save(RunStore(store), found)
            ids += taken
            problems += failed
    if as_json:
        typer.echo(json.dumps(rows if is_dry else ids, indent=2 if is_dry else None))
    else:
        for run_id in ids:
            typer.echo(f"Imported {run_id}")
    for problem in problems:
        complain(f"Error: {problem}", "red")
    if problems:
        raise typer.Exit(1)


def _say(done: Done, sentence: str) -> None:
    """What was done to which runs, and what was not."""
    for run_id in done.ids:
        typer.echo(sentence.format(run_id))
    if done.problems:
        refuse(*done.problems)
