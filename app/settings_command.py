"""A command that takes every setting of a training."""

from __future__ import annotations

from functools import cached_property
from itertools import groupby
from typing import Any

from typer.core import TyperCommand


class SettingsCommand(TyperCommand):
    """Adds an option for each setting to those of its function.

    The function finds the settings that were given in `context.obj`, as typed, by name. The options
    are made when they are first needed: they come from the engine, which takes seconds to load, and
    `setscope --help` should not.
    """

    # Contexts, parameters and formatters are Any: typer has no public names for its click.

    @cached_property
    def _settings(self) -> list[Any]:
        from app.train_options import setting_options

        return setting_options()

    def get_params(self, ctx: Any) -> list[Any]:
        """The function's own parameters, then the settings."""
        return [*super().get_params(ctx), *self._settings]

    def invoke(self, ctx: Any) -> Any:
        """Call the function, which does not name the settings as its parameters."""
        typed = {option.name: ctx.params.pop(option.name) for option in self._settings}
        ctx.obj = {name: value for name, value in typed.items() if value is not None}
        return super().invoke(ctx)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the options under their headings, and below each the names it takes."""
        for panel, options in groupby(self.get_params(ctx), _panel):
            with formatter.section(panel):
                formatter.write_dl([row for option in options for row in _rows(option, ctx)])


def _panel(option: Any) -> str:
    # In some versions of typer the option --help is not its own, and has no panel at all.
    return getattr(option, "rich_help_panel", None) or "Options"


def _rows(option: Any, ctx: Any) -> list[tuple[str, str]]:
    from set_engine import choices

    names = [(f"  {name}", summary) for name, summary in choices(option.name).items()]
    return [option.get_help_record(ctx), *names]
