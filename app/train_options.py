"""Options of the command line for the settings of a training, made from the configuration."""

from __future__ import annotations

import inspect
import re
from typing import Annotated, Any, get_origin

import typer

from app.typed_settings import as_typed
from set_engine import TrainingConfig, allowed, choices

_PANELS = {
    "Data": "dataset",
    "Model": "model hidden channels cd_steps activation initialisation loss dropout sparse_output",
    "Sparsity": "method epsilon zeta zeta_schedule evolve_every evolve_until new_weights "
    "importance_percentile importance_from importance_every",
    "Training": "epochs batch_size optimizer learning_rate learning_rate_schedule momentum "
    "weight_decay",
    "Images": "shift rotate flip",
    "Run": "seed record_every",
}
# Where a setting is shown that is new and has no place above yet.
_LAST_PANEL = "Other settings"


def setting_options() -> list[Any]:
    """An option for every setting of `TrainingConfig`, as typer makes them, panel by panel.

    The value of an option is what was typed, or None if it was not given.

    >>> [option.opts for option in setting_options() if option.name == "batch_size"]
    [['--batch-size']]
    """

    def settings() -> None:
        """Never called: it lends typer its signature."""

    parameters = [_parameter(setting, panel) for setting, panel in _panel_of_settings().items()]
    settings.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    app = typer.Typer(add_completion=False)
    app.command()(settings)
    return list(typer.main.get_command(app).params)


def _panel_of_settings() -> dict[str, str]:
    """The panel of every setting, in the order in which they are shown."""
    panels = {setting: panel for panel, names in _PANELS.items() for setting in names.split()}
    others = dict.fromkeys(TrainingConfig.model_fields, _LAST_PANEL)
    return panels | {setting: panel for setting, panel in others.items() if setting not in panels}


def _parameter(setting: str, panel: str) -> inspect.Parameter:
    kind = TrainingConfig.model_fields[setting].annotation
    is_switch = kind is bool
    option = typer.Option(
        help=_help(setting),
        metavar=None if is_switch else _metavar(setting, kind),
        rich_help_panel=panel,
    )
    # None if not given: then the default of the preset, or of the method, holds.
    annotation = Annotated[bool | None, option] if is_switch else Annotated[str | None, option]
    return inspect.Parameter(
        setting, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )


def _metavar(setting: str, kind: Any) -> str:
    if choices(setting):
        return "NAME"
    return "N,N,…" if get_origin(kind) is tuple else "VALUE"


def _help(setting: str) -> str:
    """Meaning, allowed values and default; names to choose from are shown in rows of their own."""
    default = f"default: {as_typed(TrainingConfig.model_fields[setting].default)}"
    # A switch says by its two forms what it takes.
    is_plain = TrainingConfig.model_fields[setting].annotation is bool or choices(setting)
    facts = default if is_plain else f"{allowed(setting)}; {default}"
    return f"{_meanings().get(setting, '')} [{facts}]".lstrip()


def _meanings() -> dict[str, str]:
    """What each setting is for, from the docstring of the configuration."""
    section = (inspect.getdoc(TrainingConfig) or "").partition("Attributes:\n")[2]
    entries = re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", section, re.MULTILINE)
    return {setting: _for_the_help(" ".join(text.split())) for setting, text in entries}


def _for_the_help(text: str) -> str:
    """A meaning without what names code, or nothing if it only lists values as `allowed` does.

    >>> _for_the_help("of the hidden layers, a name in `set_engine.activations.ACTIVATIONS`.")
    'of the hidden layers'
    >>> _for_the_help("`sgd` or `adam`.")
    ''
    """
    if text.startswith("`"):
        return ""
    parts = re.split(r"(?<=[,;]) ", text.removesuffix("."))
    return " ".join(part for part in parts if "`set_engine" not in part).rstrip(",;")
