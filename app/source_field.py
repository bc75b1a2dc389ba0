"""The field of the data set: which kind of source, and which one of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from app.draft import NOTHING, drawn_with, held, note_typed, put_into
from app.session import kept
from set_engine import SOURCES_HELP, DatasetError, check_source

_NAMES = "typed_sources"  # in the session: kind -> what was typed for it
_KIND, _NAME = "setting-dataset-kind", "setting-dataset"


@dataclass(frozen=True)
class SourceKind:
    """One way to name a data set.

    Attributes:
        title: what it is called on the page.
        prefix: what the setting begins with, before the name that is typed.
        label: of the field for that name; empty if there is none to type.
        placeholder, help: of that field.
        hint: what is said while nothing is typed; empty if that is all right.
    """

    title: str
    prefix: str
    label: str = ""
    placeholder: str = ""
    help: str = ""
    hint: str = ""


_DIGITS = SourceKind("Digits (8 × 8, bundled)", "digits")
_FILE = SourceKind(
    "File or folder",
    "",
    "Path",
    "path of a file or folder",
    "On the machine that serves this page: a folder of IDX files such as MNIST's, plain or "
    "gzipped, or of CIFAR-10's binary files; a .mat file with X and Y, a .npz file, or a .csv "
    "table with the class in its last column.",
    "Give the path of a file or folder, such as that of MNIST.",
)
_OPENML = SourceKind(
    "OpenML (download)",
    "openml:",
    "Name",
    "mnist_784:1",
    "NAME or NAME:VERSION of a data set of openml.org. Downloaded once, then read from a copy.",
    "Give a name, such as mnist_784:1.",
)
_SYNTHETIC = SourceKind(
    "Synthetic",
    "synthetic:",
    "Shape",
    "samples=3000,features=100,classes=10",
    "Any of samples, features, classes, informative and seed, with commas between them. "
    "`informative` features tell the classes apart, the others are noise.",
)
SOURCE_KINDS = {kind.title: kind for kind in (_DIGITS, _FILE, _OPENML, _SYNTHETIC)}


def source_kind(source: str) -> SourceKind:
    """The kind of source that a value of the setting `dataset` names.

    >>> source_kind("openml:iris").title, source_kind("data/mnist").title
    ('OpenML (download)', 'File or folder')
    """
    if source == _DIGITS.prefix:
        return _DIGITS
    # `synthetic` alone is a name, too.
    kinds = (_OPENML, _SYNTHETIC)
    return next((kind for kind in kinds if f"{source}:".startswith(kind.prefix)), _FILE)


def source_problem(source: str) -> str | None:
    """What is wrong with the name of a data set, as far as that is told without reading it."""
    kind = source_kind(source)
    if kind.hint and source == kind.prefix:
        return kind.hint
    if kind is _FILE and not _exists(source):
        return f"{source} is not there. {_FILE.hint}"
    try:
        check_source(source)
    except DatasetError as error:
        return str(error)
    return None


def _exists(source: str) -> bool:
    try:
        return Path(source).expanduser().exists()
    except (OSError, RuntimeError, ValueError):
        return False


def note_source() -> None:
    """Keep what was put into the field since it was drawn, as `note_inputs` does."""
    title, name = put_into(_KIND), put_into(_NAME)
    if title is NOTHING and name is NOTHING:
        return
    before = drawn_with(_KIND)
    if name is not NOTHING:
        _names()[before] = name.strip()  # typed for the kind that was chosen then
    kind = SOURCE_KINDS[before if title is NOTHING else title]
    note_typed("dataset", kind.prefix + _names().get(kind.title, ""))


def source_field(source: str) -> None:
    """Choose a kind of source and type which one; the draft of the settings keeps it."""
    kind = source_kind(source)
    st.selectbox(
        "Data set",
        list(SOURCE_KINDS),
        key=held(_KIND, kind.title),
        on_change=note_source,
        persist_state="session",
        help=f"{SOURCES_HELP}.",
    )
    # A place of its own, so that the fields below stay what they are when it comes and goes.
    if not kind.label:
        st.container()
        return
    with st.container():
        st.text_input(
            kind.label,
            placeholder=kind.placeholder,
            help=kind.help,
            key=held(_NAME, source.partition(":")[2] if kind.prefix else source, str.strip),
            on_change=note_source,
            persist_state="session",
        )


def _names() -> dict[str, str]:
    return kept(_NAMES)
