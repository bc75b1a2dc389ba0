"""A page with one chart that gets a new point at every tick, and a switch to stop the ticks."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from app.chart import chart
from app.palette import BASELINE, BASELINE_DASH, layer_color

st.set_page_config(page_title="chart page", layout="wide")
st.title("A live chart")
st.session_state.setdefault("points", 10)
frozen = st.checkbox("Freeze")
st.button("Primary", type="primary")


def growing_figure(points: int) -> go.Figure:
    x = np.arange(points, dtype=np.float32)
    random = {"color": BASELINE, "dash": BASELINE_DASH}
    figure = go.Figure()
    figure.add_scatter(x=x, y=x, name="layer 1", line_color=layer_color(0))
    figure.add_scatter(x=x, y=x / 2, name="layer 2", line_color=layer_color(1))
    figure.add_scatter(x=x, y=x / 3, name="random", line=random)
    figure.update_traces(mode="lines")
    figure.update_layout(xaxis_title="epoch", yaxis_title="largest degree")
    return figure


@st.fragment(run_every=0.3)
def live() -> None:
    if not frozen:
        st.session_state.points += 1
    st.metric("Points", st.session_state.points)
    chart(growing_figure(st.session_state.points), "growth", label="Growth of the largest degree")


def heat_figure() -> go.Figure:
    counts = np.array([[1, 100], [np.nan, 10]], np.float32)
    figure = go.Figure()
    figure.add_heatmap(x=[0, 5], y=[1, 2], z=np.log10(counts), customdata=counts)
    figure.update_layout(xaxis_title="epoch", yaxis_title='degree, "k"')
    return figure


live()
chart(heat_figure(), "heat", label="Neurons by degree and epoch", height=200)
st.html('<div style="height: 3000px"></div>')  # room to scroll the chart out of sight
