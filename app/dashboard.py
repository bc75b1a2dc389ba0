"""The dashboard's main script: `streamlit run app/dashboard.py`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.chart import prepare_charts
from app.message_queue import mend_message_queue
from app.readiness import prepare_pages
from app.views import compare, live, runs

# Streamlit leaves a hand's breadth around a page, and writes a chosen segment and the value of a
# slider in the primary colour, which is too dark on a dark background, and captions too pale on a
# light one. It centres the lines of a long run name. Its sign of a running script, with a Stop
# button of its own, would flicker at every update. It puts columns below each other from 640 pixels
# on down, where charts side by side have long been too narrow.
_STYLE = """
<style>
  .stMainBlockContainer { padding: 4.5rem 2.5rem 3rem; }
  [data-testid="stSidebarUserContent"] { padding-top: 0.5rem; }
  [data-testid="stCaptionContainer"] { opacity: 0.75; }
  button[data-variant="segmented_control"][data-selected="true"] { color: inherit !important; }
  [data-testid="stSliderThumbValue"] { color: inherit !important; }
  [data-testid="stSidebar"] button[kind="tertiary"] { justify-content: start; text-align: start; }
  [data-testid="stStatusWidget"] { display: none; }
  @media (max-width: 900px) {
    [data-testid="stColumn"]:has(.setscope-chart) { min-width: calc(100% - 1.5rem); }
  }
</style>
"""

# A file of our own: Streamlit fetches its named icons for a page from the network.
_ICON = Path(__file__).parent / "static" / "icon.svg"

st.set_page_config(page_title="setscope", page_icon=str(_ICON), layout="wide")
st.logo(str(_ICON))
st.html(_STYLE)
mend_message_queue()
prepare_charts()
prepare_pages()
pages = [
    st.Page(live.render, title="Live", icon=":material/monitoring:", url_path="live", default=True),
    st.Page(runs.render, title="Runs", icon=":material/table_rows:", url_path=runs.URL_PATH),
    st.Page(
        compare.render, title="Compare", icon=":material/compare_arrows:", url_path=compare.URL_PATH
    ),
]
st.navigation(pages, position="top").run()
