"""A data set is named by its kind and its own name; what is wrong is said while it is typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.source_field import SOURCE_KINDS, source_kind, source_problem

DIGITS, FILE, OPENML, SYNTHETIC = SOURCE_KINDS.values()


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("digits", DIGITS),
        ("", FILE),
        ("digits.csv", FILE),
        ("./digits", FILE),
        ("data/mnist", FILE),
        ("openml", OPENML),
        ("openml:", OPENML),
        ("openml:mnist_784:1", OPENML),
        ("openml.csv", FILE),
        ("synthetic", SYNTHETIC),
        ("synthetic:", SYNTHETIC),
        ("synthetic:samples=100", SYNTHETIC),
        ("synthetic-data.npz", FILE),
    ],
)
def test_the_kind_of_a_source_is_told_by_its_name(source: str, kind: object) -> None:
    assert source_kind(source) is kind


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "Give the path of a file or folder, such as that of MNIST."),
        ("openml:", "Give a name, such as mnist_784:1."),
        ("nowhere", "nowhere is not there. Give the path of a file or folder"),
        ("nowhere.csv", "nowhere.csv is not there. Give the path of a file or folder"),
        ("synthetic:samples=few", "samples is 'few'; it must be a whole number"),
        ("synthetic:rows=9", "rows"),
    ],
)
def test_what_cannot_be_a_data_set_is_said(source: str, said: str) -> None:
    assert said in str(source_problem(source))


def test_a_file_of_another_kind_is_no_data_set(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("")
    assert f"{path} is not a folder, nor any other data set" in str(source_problem(str(path)))
    assert f"{tmp_path} holds neither IDX files" in str(source_problem(str(tmp_path)))


def test_what_may_be_a_data_set_has_no_problem(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("not read yet")
    for source in ("digits", str(table), "openml:iris", "synthetic:", "synthetic:samples=100"):
        assert source_problem(source) is None


def _page() -> None:
    from app.draft import draft_values
    from app.source_field import note_source, source_field

    note_source()
    source_field(draft_values()["dataset"])


@pytest.fixture
def page() -> AppTest:
    """The field alone, of a session nothing was typed in."""
    return AppTest.from_function(_page, default_timeout=60).run()


def dataset(page: AppTest) -> str:
    return str(page.session_state["typed_settings"].get("dataset", "digits"))


def test_a_name_is_typed_for_the_chosen_kind_and_remembered_with_it(page: AppTest) -> None:
    kind = page.selectbox[0]
    assert kind.value == DIGITS.title
    assert not page.text_input
    kind.set_value(FILE.title).run()
    assert dataset(page) == ""
    page.text_input[0].input("  data/mnist ").run()
    assert dataset(page) == "data/mnist"
    page.selectbox[0].set_value(SYNTHETIC.title).run()
    assert dataset(page) == "synthetic:"
    page.text_input[0].input("samples=99").run()
    assert dataset(page) == "synthetic:samples=99"
    page.selectbox[0].set_value(FILE.title).run()
    assert dataset(page) == "data/mnist"
    assert page.text_input[0].value == "data/mnist"
    page.selectbox[0].set_value(DIGITS.title).run()
    assert dataset(page) == "digits"
    assert not page.exception


def test_a_name_with_the_prefix_of_a_kind_is_taken_for_that_kind(page: AppTest) -> None:
    page.selectbox[0].set_value(FILE.title).run()
    page.text_input[0].input("openml:iris").run()
    assert dataset(page) == "openml:iris"
    assert page.selectbox[0].value == OPENML.title
    assert page.text_input[0].value == "iris"
