"""Which runs an expression lets through."""

from __future__ import annotations

import pytest

from app.run_filter import RunFilter, RunFilterError

RUN = {
    "name": "Hubs",
    "method": "set",
    "data": "mnist",
    "seed": 3,
    "best_accuracy": 0.96,
    "accuracy": 0.90,
    "loss": None,
    "tags": ("paper", "old one"),
}


def passes(text: str) -> bool:
    return RunFilter(text, RUN).passes(RUN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        'method == "set"',
        "method == 'set' and best_accuracy > 0.95",
        "seed in (1, 3) or seed > 100",
        "'paper' in tags and 'new' not in tags",
        '"nis" in data',
        "best_accuracy - accuracy > 0.05",
        "0.9 <= accuracy < best_accuracy <= 1",
        "not (seed == 4)",
        "loss == None",
        "accuracy != None",
        "-seed < 0",
        "mnist",
        "HUBS paper",
        "old one",
    ],
)
def test_passes(text: str) -> None:
    assert passes(text)


@pytest.mark.parametrize(
    "text",
    [
        'method != "set"',
        "0.9 < accuracy < 0.95",
        "loss < 1",
        "loss > -1",
        "loss != 1",
        "not loss == None",
        "seed + loss > 0",
        "seed / 0 > 1",
        "name * 3 == 'HubsHubsHubs'",
        "name > 3",
        "loss in (1, 2)",
        "'x' in loss",
        "'x' in seed",
        "cifar",
        "mnist cifar",
        "best_accuracy < 0.96",
        "seed == '3'",
    ],
)
def test_does_not_pass(text: str) -> None:
    assert not passes(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour == 'red'", "'colour' is no fact of a run; it must be one of name, method"),
        ("method ==", "the filter 'method ==' cannot be read from character"),
        ("(seed > 1", "the filter '(seed > 1' cannot be read from character"),
        ("seed.real > 1", "'seed.real' is more than a filter may say"),
        ("__import__('os').system('true')", "is more than a filter may say"),
        ("(lambda: 1)() == 1", "is more than a filter may say"),
        ("[x for x in tags] == 1", "is more than a filter may say"),
        ("seed ** 9 ** 9 ** 9 > 1", "is more than a filter may say"),
        ("loss is None", "a filter cannot compare by 'is'"),
        ("seed and colour", "'colour' is no fact of a run"),
        ("f'{seed}' == '3'", "is more than a filter may say"),
        ("(" * 5000 + "seed" + ")" * 5000, "cannot be read"),
    ],
)
def test_what_is_no_filter_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(RunFilterError) as refused:
        RunFilter(text, RUN)
    assert said in str(refused.value)


def test_words_are_looked_for_where_they_are_to_be() -> None:
    assert RunFilter("mnist", RUN).passes(RUN)
    assert not RunFilter("mnist", RUN, ["name", "tags"]).passes(RUN)
    assert RunFilter("paper", RUN, ["name", "tags"]).passes(RUN)
    assert RunFilter("data == 'mnist'", RUN, ["name", "tags"]).passes(RUN)
