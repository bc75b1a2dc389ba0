"""A figure reaches the browser as it was said."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import numpy as np
import pytest
from plotly_figures import checked

from app.figure import Figure


def sent(figure: Figure) -> Any:
    return json.loads(figure.to_json())


def decoded(spec: dict[str, str]) -> np.ndarray:
    found = np.frombuffer(base64.b64decode(spec["bdata"]), f"<{spec['dtype']}")
    return found.reshape(
        [int(size) for size in spec["shape"].split(",")] if "shape" in spec else -1
    )


@pytest.mark.parametrize("dtype", ["f4", "f8", "i1", "i2", "i4", "u1", "u2", "u4"])
@pytest.mark.parametrize("shape", [(6,), (2, 3)])
def test_arrays_travel_as_bytes(dtype: str, shape: tuple[int, ...]) -> None:
    values = np.arange(6, dtype=dtype).reshape(shape)
    figure = Figure()
    figure.add_heatmap(z=values[::-1], colorbar={"tickvals": values.ravel()})
    (trace,) = sent(figure)["data"]
    assert decoded(trace["z"]).tolist() == values[::-1].tolist()
    assert decoded(trace["colorbar"]["tickvals"]).tolist() == values.ravel().tolist()


def test_what_has_no_typed_array_in_the_browser_travels_as_digits() -> None:
    figure = Figure()
    figure.add_bar(x=np.array(["a", "b"]), y=np.array([1, 2**40]), customdata=np.empty(0))
    (trace,) = sent(figure)["data"]
    assert trace == {"type": "bar", "x": ["a", "b"], "y": [1, 2**40], "customdata": []}


def test_not_a_number_becomes_nothing() -> None:
    figure = Figure()
    figure.add_scatter(x=[1, 2], y=[math.nan, 0.5], customdata=[[math.inf]])
    (trace,) = sent(figure)["data"]
    assert (trace["y"], trace["customdata"]) == ([None, 0.5], [[None]])


def test_the_layout_grows_within_its_dictionaries() -> None:
    axis, figure = {"title": "epoch", "type": "log"}, Figure()
    figure.update_layout(xaxis=axis, title="Loss")
    figure.update_layout(xaxis={"range": [0, 1]}, title="Error")
    assert sent(figure)["layout"] == {
        "title": {"text": "Error"},
        "xaxis": {"title": {"text": "epoch"}, "type": "log", "range": [0, 1]},
    }
    assert axis == {"title": "epoch", "type": "log"}, "what was given is left alone"


def test_lines_and_bands_go_across_the_whole_plot() -> None:
    figure = Figure()
    figure.add_hline(1.5, {"color": "red"})
    figure.add_vline(3, {"color": "blue", "width": 2})
    figure.add_vrect(-1, 1, "#00ff00", opacity=0.2)
    across, upwards, band = checked(figure).layout.shapes
    assert (across.xref, across.x0, across.x1) == ("x domain", 0, 1)
    assert (across.y0, across.y1, across.line.color) == (1.5, 1.5, "red")
    assert (upwards.yref, upwards.y0, upwards.y1) == ("y domain", 0, 1)
    assert (upwards.x0, upwards.x1, upwards.line.width) == (3, 3, 2)
    assert (band.x0, band.x1, band.yref, band.line.width) == (-1, 1, "y domain", 0)


def test_a_name_that_plotly_does_not_know_fails_here() -> None:
    figure = Figure()
    figure.add_scatter(x=[1], colour="red")
    with pytest.raises(ValueError, match="colour"):
        checked(figure)
