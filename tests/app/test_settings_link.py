"""A link names the settings, and whoever opens it has the same."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from session_stand_ins import QueryParams, SessionState

from app import draft, parameters, session, settings_link
from app.draft import draft_values, fill_in, note_typed, preset_names
from app.settings_link import follow_link, settings_of, write_link


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A session and its URL; `page.opened()` begins another session with the same URL."""
    page: Any = SimpleNamespace(session_state=SessionState(), query_params=QueryParams(), said=[])
    page.toast = lambda text, **_options: page.said.append(text)
    page.opened = lambda: setattr(page, "session_state", SessionState())
    for module in (draft, parameters, session, settings_link):
        monkeypatch.setattr(module, "st", page)
    return page


@pytest.mark.parametrize("preset", preset_names())
def test_whoever_opens_the_link_has_the_same_settings(page: Any, preset: str) -> None:
    fill_in(preset)
    note_typed("importance_percentile", 5.0)
    note_typed("flip", True)
    write_link()
    wanted = draft_values()
    page.opened()
    assert draft_values() != wanted
    follow_link()
    assert draft_values() == wanted
    assert page.said == []


def test_the_link_says_what_is_not_the_default_and_no_more(page: Any) -> None:
    page.query_params["run"] = "a"
    write_link()
    assert page.query_params == {"run": "a"}
    note_typed("zeta", 0.2)
    note_typed("record_every", 5)
    write_link()
    assert page.query_params == {"run": "a", "zeta": "0.2", "record_every": "5"}
    note_typed("zeta", 0.3)
    note_typed("record_every", None)
    write_link()
    assert page.query_params == {"run": "a"}


def test_a_link_is_followed_once(page: Any) -> None:
    page.query_params["seed"] = "4"
    follow_link()
    note_typed("seed", 5)
    follow_link()  # the browser still sends the link
    assert draft_values()["seed"] == 5


def test_what_a_link_cannot_have_is_said_and_the_rest_holds(page: Any) -> None:
    page.query_params.update(zeta="1.5", seed="many", hidden="40,30", model="rmb")
    follow_link()
    values = draft_values()
    assert (values["zeta"], values["seed"], values["model"]) == (0.3, 0, "mlp")
    assert values["hidden"] == (40, 30)
    said = " ".join(page.said)
    assert len(page.said) == 3
    assert r"zeta is 1.5; it must be a number above 0 and below 1" in said
    assert "seed is 'many'" in said
    assert "model is 'rmb'" in said


def test_settings_that_only_others_make_possible_are_kept() -> None:
    asked = {"model": "rbm", "hidden": "200", "sparse_output": "yes"}
    assert settings_of(asked) == (
        {"model": "rbm", "hidden": (200,), "sparse_output": True},
        {},
    )


def test_a_setting_that_was_put_back_at_once_leaves_the_link(page: Any) -> None:
    note_typed("epochs", 21)
    write_link()
    dict.clear(page.query_params)  # the next input comes with the URL of before
    note_typed("epochs", 1500)
    write_link()
    assert page.query_params.told[-1] == {}
    n_told = len(page.query_params.told)
    write_link()
    assert len(page.query_params.told) == n_told
