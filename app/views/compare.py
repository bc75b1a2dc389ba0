"""The compare page: saved networks beside each other, two or many."""

from __future__ import annotations

import streamlit as st

from app.degree_comparison import degree_comparison
from app.distance_panel import distance_panel
from app.evidence_comparison import evidence_comparison
from app.labels import escaped
from app.learning_comparison import learning_comparison
from app.network_choice import network_choice, recorded_epochs
from app.parameters import parameter, put_parameter
from app.report_panel import report_panel
from app.services import known_records, store
from app.settings_comparison import settings_comparison

URL_PATH = "compare"
_DISTANCES, _DEGREES, _EVIDENCE = "Distances", "Degrees", "Scale-free?"
_CURVES, _SETTINGS = "Learning curves", "Settings"
SECTIONS = (_DISTANCES, _DEGREES, _EVIDENCE, _CURVES, _SETTINGS)
"""What can be compared, of which one is drawn."""

_SECTION = "section"  # in the URL


def render() -> None:
    """Draw the comparison that the URL names, or one of the newest run's start and end."""
    st.title("Compare networks")
    listing = known_records().read()
    records = {record.id: record for record in listing.records}
    for problem in listing.problems:
        st.warning(escaped(problem))
    # Asked in turn until one has: to ask all takes long where there are thousands.
    if not any(recorded_epochs(run_id) for run_id in records):
        st.info("No network has been saved yet. Train one on the Live page first.")
        return
    networks = network_choice(records)
    if len(networks) < 2:
        st.info("Choose two networks at least: another run, or another epoch.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        section = _section_choice()
        st.space("stretch")
        report = st.container(width="content")
    runs = {one.record.id: one.record for one in networks}
    names = {one.record.id: one.run for one in networks}
    if section == _DISTANCES:
        distance_panel(networks)
    elif section == _DEGREES:
        degree_comparison(networks)
    elif section == _EVIDENCE:
        evidence_comparison(networks)
    elif section == _CURVES:
        learning_comparison(list(runs.values()), names, store().baseline)
    else:
        settings_comparison(list(runs.values()), names)
    with report:  # last, with the matching that was chosen meanwhile
        report_panel(networks)


def _section_choice() -> str:
    """What is compared; kept in the URL."""
    wanted = parameter(_SECTION)
    chosen: str = st.segmented_control(
        "What to compare",
        SECTIONS,
        default=wanted if wanted in SECTIONS else _DISTANCES,
        required=True,
        key="compared-section",
        label_visibility="collapsed",
    )
    put_parameter(_SECTION, chosen)
    return chosen
