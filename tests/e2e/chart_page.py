"""A page with one chart that gets a new point at every tick, and a switch to stop the ticks."""

import numpy as np
import streamlit as st

from app.chart import chart
from app.figure import Figure
from app.palette import BASELINE, BASELINE_DASH, layer_color

st.set_page_config(page_title="chart page", layout="wide")
st.title("A live chart")
st.session_state.setdefault("points", 10)
frozen = st.checkbox("Freeze")
st.button("Primary", type="primary")


def growing_figure(points: int) -> Figure:
    x = np.arange(points, dtype=np.float32)
    random = {"color": BASELINE, "dash": BASELINE_DASH}
    figure = Figure()
    lines = {"layer 1": {"color": layer_color(0)}, "layer 2": {"color": layer_color(1)}}
    for divisor, (name, line) in enumerate((lines | {"random": random}).items(), start=1):
        figure.add_scatter(x=x, y=x / divisor, name=name, line=line, mode="lines")
    figure.update_layout(xaxis={"title": "epoch"}, yaxis={"title": "largest degree"})
    return figure


@st.fragment(run_every=0.3)
def live() -> None:
    if not frozen:
        st.session_state.points += 1
    st.metric("Points", st.session_state.points)
    chart(growing_figure(st.session_state.points), "growth", label="Growth of the largest degree")


def heat_figure() -> Figure:
    counts = np.array([[1, 100], [np.nan, 10]], np.float32)
    figure = Figure()
    figure.add_heatmap(x=[0, 5], y=[1, 2], z=np.log10(counts), customdata=counts)
    figure.update_layout(xaxis={"title": "epoch"}, yaxis={"title": 'degree, "k"'})
    return figure


def image_figure() -> Figure:
    figure = Figure()
    figure.add_heatmap(z=np.array([[1, 2]], np.float32))
    figure.update_layout(xaxis={"visible": False}, yaxis={"visible": False})
    return figure


live()
chart(heat_figure(), "heat", label="Neurons by degree and epoch", height=200)
chart(image_figure(), "image", label="An image without axes", height=200)
st.html('<div style="height: 3000px"></div>')  # room to scroll the chart out of sight
