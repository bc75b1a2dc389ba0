"""Settings as one types them on a command line."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import Any, get_args, get_origin

from app.widths import parse_widths
from set_engine import PRESETS, ConfigError, TrainingConfig

# What may be typed for None; the first is what messages call it.
_NOTHING = ("nothing", "none")


def configuration(preset: str | None, typed: Mapping[str, str | bool]) -> TrainingConfig:
    """What to train: the settings of a preset, and over them those that were typed.

    Args:
        preset: a name in `PRESETS`, or None.
        typed: text by setting, or a bool for a switch.

    Raises:
        ConfigError: if there is no such preset, or a setting is refused.

    >>> config = configuration(None, {"hidden": "32,16", "zeta": "0.2", "flip": True})
    >>> config.hidden, config.zeta, config.flip
    ((32, 16), 0.2, True)
    """
    if preset is not None and preset not in PRESETS:
        known = ", ".join(PRESETS)
        raise ConfigError({"preset": f"preset is {preset!r}; it must be one of {known}"})
    settings = dict(PRESETS[preset].settings) if preset is not None else {}
    settings |= {setting: from_typed(setting, text) for setting, text in typed.items()}
    return TrainingConfig(**settings)


def as_typed(value: Any) -> str:
    """The value of a setting as `configuration` reads it; of a switch, in words.

    >>> as_typed((256, 128)), as_typed(None), as_typed(0.3), as_typed(False)
    ('256,128', 'nothing', '0.3', 'no')
    """
    if value is None:
        return _NOTHING[0]
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def from_typed(setting: str, typed: str | bool) -> Any:
    """A typed text as the setting takes it; what is not understood stays, for an error to quote.

    >>> from_typed("hidden", "64,32"), from_typed("evolve_every", "epoch"), from_typed("seed", "x")
    ((64, 32), 'epoch', 'x')
    """
    kind = TrainingConfig.model_fields[setting].annotation
    if isinstance(typed, bool) or kind is str:
        return typed
    if get_origin(kind) is tuple:
        return parse_widths(typed)
    if typed.lower() in _NOTHING and NoneType in get_args(kind):
        return None
    return _number(typed)


def _number(text: str) -> int | float | str:
    """The number that a text is, if it is one.

    >>> _number("3"), _number("3e-1"), _number("epoch")
    (3, 0.3, 'epoch')
    """
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
