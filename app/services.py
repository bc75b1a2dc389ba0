"""What all browser sessions share: the store, the manager of runs, the pool for slow analyses."""

from __future__ import annotations

import logging
from collections.abc import Hashable

import streamlit as st

from app.analysis_pool import AnalysisPool
from app.compared import MOST
from app.course_measuring import CourseMeasuring
from app.examples import add_examples
from app.known_records import KnownRecords
from app.locations import default_store
from app.newest import NewestAnalysis
from app.run_index import RunIndex
from app.run_reader import RunReader
from set_engine import RunBundleError, RunManager, RunStore


@st.cache_resource
def store() -> RunStore:
    """The store that SETSCOPE_RUNS names; an empty one is given the example runs."""
    store = RunStore(default_store())
    try:
        add_examples(store)
    except (OSError, RunBundleError) as error:
        logging.getLogger(__name__).warning("The example runs cannot be unpacked: %s", error)
    return store


@st.cache_resource
def known_records() -> KnownRecords:
    """The records of all runs."""
    return KnownRecords(store())


@st.cache_resource
def run_index() -> RunIndex:
    """What has been read of all runs so far."""
    return RunIndex(store())


@st.cache_resource
def manager() -> RunManager:
    """The one owner of training threads; its runs are stopped, and kept, when the server ends."""
    return RunManager(store())


@st.cache_resource
def analysis_pool() -> AnalysisPool:
    """Processes for what would hold up a page, or a training, in this one."""
    return AnalysisPool()


@st.cache_resource(max_entries=64)
def newest_analysis(name: Hashable) -> NewestAnalysis:
    """The analysis of this name, of whatever it is of now."""
    return NewestAnalysis(analysis_pool(), name)


@st.cache_resource(max_entries=64)
def course_measuring(run_id: str) -> CourseMeasuring:
    """What has been measured of how far a run has gone."""
    return CourseMeasuring(analysis_pool(), store().root, run_id)


@st.cache_resource(max_entries=3 * MOST)  # a page may draw the curves of so many at once
def reader(run_id: str) -> RunReader:
    """What has been read of a run so far."""
    return RunReader(store(), run_id)
