"""The pool computes each key once, in another process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor

import pytest

from app.analysis_pool import AnalysisPool

SECONDS = 60


@pytest.fixture(scope="module")
def pool() -> Iterator[AnalysisPool]:
    pool = AnalysisPool()
    yield pool
    pool.close()


def test_the_same_key_is_the_same_future(pool: AnalysisPool) -> None:
    first = pool.submit("sum", sum, [1, 2])
    assert pool.submit("sum", sum, [5, 5]) is first
    assert first.result(SECONDS) == 3
    assert pool.submit("other", sum, [5, 5]).result(SECONDS) == 10


def test_it_runs_in_another_process(pool: AnalysisPool) -> None:
    assert pool.submit("pid", os.getpid).result(SECONDS) != os.getpid()


def test_what_failed_stays_failed_until_it_is_forgotten(pool: AnalysisPool) -> None:
    failed = pool.submit("division", divmod, 1, 0)
    assert isinstance(failed.exception(SECONDS), ZeroDivisionError)
    assert pool.submit("division", divmod, 7, 2) is failed
    pool.forget("division")
    assert pool.submit("division", divmod, 7, 2).result(SECONDS) == (3, 1)


def test_it_works_again_after_a_process_was_killed() -> None:
    pool = AnalysisPool()
    try:
        killed = pool.submit("killed", os._exit, 1)
        assert isinstance(killed.exception(SECONDS), BrokenExecutor)
        assert pool.submit("sum", sum, [1, 2]).result(SECONDS) == 3
    finally:
        pool.close()
