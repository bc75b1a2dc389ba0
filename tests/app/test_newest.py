"""One analysis at a time of something that changes, and how far another process is."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from functools import partial
from typing import Any

import pytest

from app.analysis_pool import AnalysisPool, ProgressFile
from app.newest import Newest, NewestAnalysis


class Pool:
    """Computes when it is told to."""

    def __init__(self) -> None:
        self.begun: dict[Hashable, tuple[Future[Any], Callable[[], Any]]] = {}

    def submit(self, key: Hashable, function: Callable[[], Any]) -> Future[Any]:
        return self.begun.setdefault(key, (Future(), function))[0]

    def forget(self, key: Hashable) -> None:
        self.begun.pop(key, None)

    def finish(self, key: Hashable) -> None:
        future, function = self.begun[("a", key)]
        try:
            future.set_result(function())
        except ValueError as error:
            future.set_exception(error)


@pytest.fixture
def pool() -> Pool:
    return Pool()


@pytest.fixture
def analysis(pool: Pool) -> NewestAnalysis:
    return NewestAnalysis(pool, "a")  # type: ignore[arg-type]


def ask(analysis: NewestAnalysis, key: int) -> Newest:
    return analysis.of(key, lambda: 10 * key)


def test_the_first_result_is_waited_for(pool: Pool, analysis: NewestAnalysis) -> None:
    assert ask(analysis, 1) == Newest(pending_key=1)
    pool.finish(1)
    assert ask(analysis, 1) == Newest(1, 10)
    assert len(pool.begun) == 1


def test_what_came_and_went_meanwhile_is_passed_over(pool: Pool, analysis: NewestAnalysis) -> None:
    for key in (1, 2, 3, 4):
        ask(analysis, key)
    assert list(pool.begun) == [("a", 1)]
    pool.finish(1)
    assert ask(analysis, 4) == Newest(1, 10, pending_key=4)
    assert list(pool.begun) == [("a", 1), ("a", 4)]
    pool.finish(4)
    assert ask(analysis, 5) == Newest(4, 40, pending_key=5)


def test_what_was_computed_before_is_there_at_once(pool: Pool, analysis: NewestAnalysis) -> None:
    for key in (1, 2):
        ask(analysis, key)
        pool.finish(key)
        ask(analysis, key)
    assert ask(analysis, 2) == Newest(2, 20)
    assert ask(analysis, 1) == Newest(1, 10)
    assert len(pool.begun) == 2


def test_a_failure_stays_until_one_tries_again(pool: Pool, analysis: NewestAnalysis) -> None:
    def fail() -> None:
        raise ValueError("none")

    analysis.of(1, fail)
    pool.finish(1)
    found = analysis.of(1, fail)
    assert (found.key, found.result, str(found.error), found.is_pending) == (1, None, "none", False)
    analysis.try_again()
    assert ask(analysis, 1) == Newest(pending_key=1)
    pool.finish(1)
    assert ask(analysis, 1) == Newest(1, 10)


@pytest.fixture
def real_pool() -> Iterator[AnalysisPool]:
    pool = AnalysisPool()
    yield pool
    pool.close()


def count(report: ProgressFile, to: int) -> int:
    for done in range(1, to + 1):
        report(done)
    return to


def test_another_process_says_how_far_it_is(real_pool: AnalysisPool) -> None:
    report, other = real_pool.progress_of("a"), real_pool.progress_of("b")
    assert report.read() == 0
    assert real_pool.submit("a", partial(count, report, 7)).result(timeout=60) == 7
    assert (report.read(), other.read()) == (7, 0)
    report.path.write_text("")  # while the other process writes
    assert report.read() == 0
