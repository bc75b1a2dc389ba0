"""Which run is shown, whatever the browser still says."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest
from session_stand_ins import QueryParams

from app import current_run as module
from app import parameters
from app.current_run import current_run, open_run
from app.parameters import drop_parameters, put_parameter


class Rerun(Exception):
    """In the place of Streamlit's own way to draw the page anew."""


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A session, and the URL that its browser sends."""

    def rerun() -> None:
        raise Rerun

    page: Any = SimpleNamespace(session_state={}, query_params=QueryParams(), rerun=rerun)
    for used in (module, parameters):
        monkeypatch.setattr(used, "st", page)
    monkeypatch.setattr(time, "monotonic", lambda: page.now)
    page.now = 100.0
    return page


def opened(run_id: str | None) -> str | None:
    with pytest.raises(Rerun):
        open_run(run_id)
    return current_run()


def test_the_url_says_which(page: Any) -> None:
    assert current_run() is None
    page.query_params["run"] = "a"
    assert current_run() == "a"


def test_another_page_forgets_nothing(page: Any) -> None:
    page.query_params["run"] = "a"
    current_run()
    page.query_params.clear()
    assert current_run() == "a"
    assert page.query_params == {"run": "a"}


def test_an_opened_run_stands_against_the_url_of_before(page: Any) -> None:
    page.query_params["run"] = "a"
    assert opened("b") == "b"
    page.query_params["run"] = "a"  # an input that was on its way
    page.now += 1
    assert current_run() == "b"
    assert page.query_params == {"run": "b"}


@pytest.mark.parametrize("seconds", [0.5, 60])
def test_once_the_browser_knows_it_the_url_counts_again(page: Any, seconds: float) -> None:
    page.query_params["run"] = "a"
    assert opened("b") == "b"
    page.now += seconds
    assert current_run() == "b"
    page.query_params["run"] = "a"  # back
    assert current_run() == "a"


def test_a_browser_that_never_says_it_is_believed_in_the_end(page: Any) -> None:
    page.query_params["run"] = "a"
    assert opened("b") == "b"
    page.query_params["run"] = "a"
    page.now += 6
    assert current_run() == "a"


def test_none_stands_too(page: Any) -> None:
    page.query_params["run"] = "a"
    current_run()
    assert opened(None) is None
    page.query_params["run"] = "a"
    assert current_run() is None
    page.query_params.clear()
    assert current_run() is None


def test_the_browser_is_told_again_what_an_input_on_its_way_has_hidden(page: Any) -> None:
    given = page.query_params
    for value in ("200", "196"):
        put_parameter("epoch", value)
    dict.update(given, epoch="200")  # comes with an input from before 196 was told
    put_parameter("epoch", "200")
    assert given.told[-1] == {"epoch": "200"}
    assert len(given.told) == 3
    put_parameter("epoch", "200")
    assert len(given.told) == 3, "and not more than once: each is a step of the Back button"

    dict.clear(given)  # from before any was told
    drop_parameters("epoch")
    assert given.told[-1] == {}
    assert len(given.told) == 4
    drop_parameters("epoch")
    assert len(given.told) == 4


def test_what_was_told_long_ago_is_not_told_again(page: Any) -> None:
    given = page.query_params
    put_parameter("epoch", "196")
    page.now += 60
    dict.update(given, epoch="200")  # the reader went back
    put_parameter("epoch", "200")
    assert len(given.told) == 1
