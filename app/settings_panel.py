"""The settings of the next run, in the sidebar: checked as they are typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import streamlit as st

from app.clicks import button
from app.draft import (
    NOTHING,
    begun,
    can_undo,
    draft_preset,
    draft_values,
    fill_in,
    held,
    note_inputs,
    preset_names,
    put_into,
    undo,
)
from app.labels import escaped
from app.run_facts import diverged_learning_rate
from app.setting_fields import (
    FIRST,
    SettingField,
    fields_by_theme,
    is_shown,
    setting_field,
    without_meaning,
)
from app.settings_link import follow_link, write_link
from app.shortcuts import shortcut
from app.source_field import note_source, source_field, source_problem
from set_engine import (
    PRESETS,
    ConfigError,
    Dataset,
    DatasetError,
    RunRecord,
    TrainingConfig,
    check_fit,
    choices,
    load_data,
    overfilled_layers,
)

_REFUSED = "refused_settings"  # in the session: field -> (what was refused at Train, why)
_OPENED = "opened_themes"  # in the session: themes that stay open, for a problem was in them
_PRESET = "settings-preset"
_LINK_HELP = (
    "The address of this page names every setting that is not as the defaults have it. Whoever "
    "opens that link finds the same settings here."
)

# Side by side in the first view; the others stand alone.
_PAIRS = (
    ("model", "method"),
    ("epsilon", "zeta"),
    ("epochs", "batch_size"),
    ("learning_rate", "seed"),
)


def settings_panel(shown: RunRecord | None) -> tuple[TrainingConfig, Dataset] | None:
    """Show the settings; what to train once Train was pressed and everything holds.

    Args:
        shown: the run on the page; if it diverged, its learning rate is marked.
    """
    st.subheader("New run", help=_LINK_HELP)
    follow_link()
    _note_all()
    write_link()
    values = draft_values()
    problems = _problems(values)
    _preset_field()
    # Data can be mended without a change of the field, so Train stays allowed for them.
    blocking = problems.keys() - ({"dataset"} if source_problem(values["dataset"]) is None else ())
    # Above the fields: below them it would move when a choice brings fields or takes some away,
    # and a button that moves under the pointer swallows the click.
    pressed = button(
        "Train",
        "train",
        type="primary",
        width="stretch",
        icon=":material/play_arrow:",
        shortcut=shortcut("train"),
        disabled=bool(blocking),
        help="Mend the settings marked below first." if blocking else None,
    )
    reading = st.container()
    _fields(values, problems, _warnings(shown, values))
    if not pressed or blocking:
        return None
    with reading:
        return _ready(values)


def _preset_field() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            "Settings of",
            preset_names(),
            index=None,
            placeholder="your own",
            key=held(_PRESET, draft_preset()),
            on_change=_note_preset,
            persist_state="session",
            help="Fills in all fields: the defaults, or an experiment of the papers.\n"
            + "".join(f"\n- **{name}**: {preset.summary}" for name, preset in PRESETS.items()),
        )
        # Callbacks come before a drawing: the fields of this one show what they had.
        st.button(
            "Undo",
            icon=":material/undo:",
            key="undo-settings",
            on_click=undo,
            disabled=not can_undo(),
            help="The settings as they were before they were filled in; once more brings these "
            "back.",
        )


def _note_all() -> None:
    """Keep what was put into any field since the last drawing."""
    note_inputs()
    note_source()
    _note_preset()


def _note_preset() -> None:
    chosen = put_into(_PRESET)
    if chosen is not NOTHING and chosen is not None:
        fill_in(chosen)


def _fields(
    values: Mapping[str, Any],
    problems: Mapping[str, str],
    warnings: Mapping[str, str],
) -> None:
    opened: set[str] = st.session_state.setdefault(_OPENED, set())
    for theme, fields in fields_by_theme().items():
        if any(field.name in problems for field in fields):
            opened.add(theme)
        if theme == FIRST:
            _theme(fields, values, problems, warnings)
            continue
        # A folded theme has no fields: at every answer of the server the browser goes through all
        # that a page has, and twenty folded fields took a fifth of that.
        folder = st.expander(theme, theme in opened, key=f"theme-{theme}", on_change="rerun")
        if folder.open:
            with folder:
                _theme(fields, values, problems, warnings)
    for name in problems.keys() - values.keys():
        _say(problems[name])


def _theme(
    fields: Sequence[SettingField],
    values: Mapping[str, Any],
    problems: Mapping[str, str],
    warnings: Mapping[str, str],
) -> None:
    for names in _rows(fields):
        # Rows and messages have places of their own, empty or not: fields below that moved would
        # be there twice for a moment, and lose what is being typed.
        with st.container():
            _row([name for name in names if is_shown(name, values)], values)
        with st.container():
            for name in names:
                _say(problems.get(name), warnings.get(name))


def _rows(fields: Sequence[SettingField]) -> Iterator[tuple[str, ...]]:
    """The names of the fields that stand side by side, from the top down."""
    names = [field.name for field in fields]
    for name in names:
        pair = next((pair for pair in _PAIRS if name in pair), (name,))
        if name == pair[0]:
            yield pair


def _row(names: Sequence[str], values: Mapping[str, Any]) -> None:
    for column, name in zip(st.columns(len(names)) if names else (), names, strict=True):
        with column:
            if name == "dataset":
                source_field(values[name])
            else:
                _field(setting_field(name), values)


def _field(field: SettingField, values: Mapping[str, Any]) -> None:
    why_not = without_meaning(field.name, values)
    common: dict[str, Any] = {
        "key": begun(field, values[field.name]),
        "help": f"**{why_not}** {field.help}" if why_not else field.help,
        "disabled": bool(why_not),
        "on_change": note_inputs,
        "persist_state": "session",
    }
    if field.kind == "choice":
        st.selectbox(field.label, list(choices(field.name)), **common)
    elif field.kind == "switch":
        st.checkbox(field.label, **common)
    elif field.kind in ("count", "number"):
        st.number_input(field.label, **_number_form(field), **common)
    else:
        st.text_input(field.label, **common)


def _number_form(field: SettingField) -> dict[str, Any]:
    form: dict[str, Any] = {"value": "min"}
    if field.when_empty is not ...:
        form = {"value": None, "placeholder": field.placeholder}
    if field.kind == "count":
        return {**form, "step": 1, "format": "%d"}
    default = TrainingConfig.model_fields[field.name].default
    return {**form, "step": default / 10 if default else 0.1, "format": "%g"}


def _say(problem: str | None, warning: str | None = None) -> None:
    if problem is not None:
        st.error(escaped(problem), icon=":material/error:")
    if warning is not None:
        st.warning(escaped(warning), icon=":material/trending_up:")


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings to train with: those that mean nothing keep their defaults."""
    return {name: value for name, value in values.items() if not without_meaning(name, values)}


def _problems(values: Mapping[str, Any]) -> dict[str, str]:
    problems = _refused_before(values)
    wrong_source = source_problem(values["dataset"])
    if wrong_source is not None:
        problems["dataset"] = wrong_source
    try:
        TrainingConfig(**_given(values))
    except ConfigError as error:
        problems = error.problems | problems
    return problems


def _refused_before(values: Mapping[str, Any]) -> dict[str, str]:
    """What was refused when Train was pressed, as long as the field and the data are the same."""
    refused = st.session_state.get(_REFUSED, {})
    return {name: why for name, (said, why) in refused.items() if said == _said(values, name)}


def _warnings(shown: RunRecord | None, values: Mapping[str, Any]) -> dict[str, str]:
    rate = diverged_learning_rate(shown) if shown is not None else None
    if rate is None or rate != values["learning_rate"]:
        return {}
    return {"learning_rate": f"With learning rate {rate:g} the run on this page diverged."}


def _ready(values: Mapping[str, Any]) -> tuple[TrainingConfig, Dataset] | None:
    """Load the data, so that what is wrong with them is said here and no run is begun."""
    config = TrainingConfig(**_given(values))
    st.session_state[_REFUSED] = {}
    try:
        with st.status("Reading the data set …") as status:
            dataset = load_data(config, lambda doing: status.update(label=f"{doing} …"))
        check_fit(config, dataset)
    except DatasetError as error:
        _refuse(values, {"dataset": str(error)})
        return None
    except ConfigError as error:
        _refuse(values, error.problems)
        return None
    for notice in overfilled_layers(config, dataset):
        st.toast(escaped(notice), icon=":material/info:")
    return config, dataset


def _refuse(values: Mapping[str, Any], problems: Mapping[str, str]) -> None:
    """Say it beside the fields, which are drawn anew for that."""
    refused = {name: (_said(values, name), why) for name, why in problems.items()}
    st.session_state[_REFUSED] = refused
    st.rerun()


def _said(values: Mapping[str, Any], name: str) -> tuple[Any, str]:
    """What a refusal is about: the setting and the data it does not fit."""
    return values[name], values["dataset"]
