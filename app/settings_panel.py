"""The settings of the next run, in the sidebar: checked as they are typed."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.labels import escaped, listed
from app.widths import parse_widths
from set_engine import (
    ConfigError,
    Dataset,
    DatasetError,
    DivergedError,
    RunRecord,
    TrainingConfig,
    check_fit,
    data_folder,
    load_dataset,
    overfilled_layers,
)

_DEFAULTS = TrainingConfig()
_DIGITS, _FOLDER = "Digits (8 × 8, bundled)", "Folder of IDX files (MNIST …)"
_TYPED = "typed_settings"  # in the session: name -> value
_REFUSED = "refused_settings"  # in the session: field -> (value refused at Train, why)

_HELP = {
    "hidden": "Neurons of each hidden layer, from the input on, with commas between them.",
    "epsilon": "Density: a layer of n × m neurons starts with about ε (n + m) random connections "
    "(Erdős–Rényi). Mocanu et al. 2018, equation 1.",
    "zeta": "The fraction of connections that is removed, smallest weights first, and regrown "
    "elsewhere at random after every epoch.",
    "epochs": "Passes over the training data. After the last one, connections are removed only.",
    "batch_size": "Training samples in one optimiser step.",
    "learning_rate": "Of SGD. Hubs need a large one: at 0.01 they hardly begin to grow. "
    "With far too large a one the loss diverges.",
    "seed": "Equal seeds and settings give equal runs.",
    "momentum": "Of SGD. New connections start without momentum.",
    "weight_decay": "Of SGD: pulls every weight towards 0.",
    "dropout": "Probability that a hidden activation is zeroed in a training step.",
    "record_every": "Record the wiring every so many epochs. Empty: every epoch at first, then "
    "ever more rarely, some 200 in 1,500 epochs.",
}


def settings_panel(shown: RunRecord | None) -> tuple[TrainingConfig, Dataset] | None:
    """Show the settings; what to train once Train was pressed and everything holds.

    Args:
        shown: the run on the page; if it diverged, its learning rate is marked.
    """
    st.subheader("New run")
    values, spots = _fields()
    problems = _problems(values)
    for field, message in problems.items():
        spots.get(field, spots["dataset"]).error(escaped(message), icon=":material/error:")
    _mark_divergence(shown, values, spots)
    pressed = st.button(
        "Train",
        type="primary",
        width="stretch",
        icon=":material/play_arrow:",
        disabled=bool(problems),
        help="Mend the settings marked above first." if problems else None,
    )
    if not pressed or problems:
        return None
    return _ready(values, spots)


def _fields() -> tuple[dict[str, Any], dict[str, Any]]:
    """The values as typed, and for each field the spot where its problem is said."""
    values: dict[str, Any] = {}
    spots: dict[str, Any] = {}
    values["dataset"] = _dataset_field()
    spots["dataset"] = st.empty()
    hidden = st.text_input(
        "Hidden layers", help=_HELP["hidden"], key=_begun("hidden", listed(_DEFAULTS.hidden))
    )
    values["hidden"] = parse_widths(hidden)
    spots["hidden"] = st.empty()
    _pair(values, spots, ("epsilon", "ε (density)", "%g"), ("zeta", "ζ (rewired)", "%g"))
    _pair(values, spots, ("epochs", "Epochs", "%d"), ("batch_size", "Batch", "%d"))
    _pair(values, spots, ("learning_rate", "Learning rate", "%g"), ("seed", "Seed", "%d"))
    with st.expander("More settings"):
        _more_fields(values, spots)
    return values, spots


def _more_fields(values: dict[str, Any], spots: dict[str, Any]) -> None:
    values["activation"] = st.selectbox(
        "Activation",
        ["relu", "leaky_relu", "srelu"],
        key=_begun("activation", _DEFAULTS.activation),
    )
    _pair(values, spots, ("momentum", "Momentum", "%g"), ("weight_decay", "Weight decay", "%g"))
    _pair(values, spots, ("dropout", "Dropout", "%g"), ("record_every", "Record every", "%d"))
    values["sparse_output"] = st.checkbox(
        "Sparse output layer", key=_begun("sparse_output", _DEFAULTS.sparse_output)
    )


def _dataset_field() -> str:
    kind = st.selectbox("Data set", [_DIGITS, _FOLDER], key=_begun("dataset", _DIGITS))
    if kind == _DIGITS:
        return "digits"
    return st.text_input(
        "Folder",
        placeholder="path of the folder",
        key=_begun("folder", ""),
        help="On the machine that serves this page: train-images-idx3-ubyte, "
        "train-labels-idx1-ubyte and the two t10k files, plain or gzipped.",
    ).strip()


def _begun(name: str, default: object) -> str:
    """The key of a setting's widget, which begins with what was typed last, or with its default.

    Streamlit forgets the widgets of a page while another one is shown, so what was typed is kept
    beside them. Not by the widget's own default: with that, it warns of every value kept.
    """
    key, typed = f"setting-{name}", st.session_state.setdefault(_TYPED, {})
    if key in st.session_state:
        typed[name] = st.session_state[key]
    else:
        st.session_state[key] = typed.get(name, default)
    return key


def _pair(values: dict[str, Any], spots: dict[str, Any], *fields: tuple[str, str, str]) -> None:
    for column, (name, label, form) in zip(st.columns(2), fields, strict=True):
        default = getattr(_DEFAULTS, name)
        step = 1 if form == "%d" else default / 10 or 0.1
        values[name] = column.number_input(
            label,
            value=None if default is None else "min",
            step=step,
            format=form,
            help=_HELP[name],
            key=_begun(name, default),
        )
        spots[name] = st.empty()


def _problems(values: dict[str, Any]) -> dict[str, str]:
    problems = _refused_before(values)
    if values["dataset"] == "":
        problems["dataset"] = "Name a folder of IDX files, such as MNIST's."
    elif values["dataset"] != "digits":
        try:
            data_folder(values["dataset"])
        except DatasetError as error:
            problems["dataset"] = str(error)
    try:
        TrainingConfig(**values)
    except ConfigError as error:
        problems = error.problems | problems
    return problems


def _refused_before(values: dict[str, Any]) -> dict[str, str]:
    """What was refused when Train was pressed, for as long as the field says the same."""
    refused = st.session_state.get(_REFUSED, {})
    return {field: why for field, (value, why) in refused.items() if values[field] == value}


def _mark_divergence(
    shown: RunRecord | None, values: dict[str, Any], spots: dict[str, Any]
) -> None:
    if shown is None or shown.failure is None or shown.failure.kind != DivergedError.__name__:
        return
    if values["learning_rate"] == shown.config.learning_rate:
        spots["learning_rate"].warning(
            f"With learning rate {shown.config.learning_rate:g} the run on this page diverged.",
            icon=":material/trending_up:",
        )


def _ready(values: dict[str, Any], spots: dict[str, Any]) -> tuple[TrainingConfig, Dataset] | None:
    """Load the data, so that what is wrong with them is said here and no run is begun."""
    config = TrainingConfig(**values)
    st.session_state[_REFUSED] = {}
    try:
        with st.spinner("Reading the data set"):
            dataset = load_dataset(config.dataset)
        check_fit(config, dataset)
    except DatasetError as error:
        _refuse(spots, "dataset", config.dataset, str(error))
        return None
    except ConfigError as error:
        for field, message in error.problems.items():
            _refuse(spots, field, values[field], message)
        return None
    for notice in overfilled_layers(config, dataset.n_features, dataset.n_classes):
        st.toast(escaped(notice), icon=":material/info:")
    return config, dataset


def _refuse(spots: dict[str, Any], field: str, value: object, why: str) -> None:
    # Data can be mended without a change of the field, so Train stays allowed for them.
    if field != "dataset":
        st.session_state[_REFUSED][field] = (value, why)
    spots[field].error(escaped(why), icon=":material/error:")
