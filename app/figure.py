"""A figure as plotly.js draws it: traces, and the layout around them.

plotly's own `Figure` looks every value up that it is given, and took most of the time in
which the server answers. Names and values here are those of plotly's reference all the same; the
tests have plotly look them up.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from plotly.io.json import to_json_plotly

# As plotly.js calls them; whole numbers of 64 bits it does not know.
_TYPES = {"f4", "f8", "i1", "i2", "i4", "u1", "u2", "u4"}


class Figure:
    """Traces and a layout, to be filled in.

    Attributes:
        data: of each trace, in the order in which they are drawn, its attributes.
        layout: attributes of the layout.

    >>> figure = Figure()
    >>> figure.add_scatter(x=[1, 2], y=np.array([0.5, 0.25], np.float32), mode="lines")
    >>> figure.update_layout(yaxis={"title": "nats"})
    >>> figure.layout
    {'yaxis': {'title': {'text': 'nats'}}}
    """

    def __init__(self) -> None:
        self.data: list[dict[str, Any]] = []
        self.layout: dict[str, Any] = {}

    def add_scatter(self, **attributes: Any) -> None:
        """Points, lines or both."""
        self.data.append({"type": "scatter", **attributes})

    def add_bar(self, **attributes: Any) -> None:
        """Bars."""
        self.data.append({"type": "bar", **attributes})

    def add_heatmap(self, **attributes: Any) -> None:
        """A matrix in colours."""
        self.data.append({"type": "heatmap", **attributes})

    def add_hline(self, y: float, line: Mapping[str, Any]) -> None:
        """A line from the left of the plot to its right."""
        self._add_shape("line", {"xref": "x domain", "x0": 0, "x1": 1, "y0": y, "y1": y}, line)

    def add_vline(self, x: float, line: Mapping[str, Any]) -> None:
        """A line from the bottom of the plot to its top."""
        self._add_shape("line", {"yref": "y domain", "y0": 0, "y1": 1, "x0": x, "x1": x}, line)

    def add_vrect(self, x0: float, x1: float, color: str, opacity: float) -> None:
        """A band from the bottom of the plot to its top."""
        place = {"yref": "y domain", "y0": 0, "y1": 1, "x0": x0, "x1": x1}
        self._add_shape("rect", place | {"fillcolor": color, "opacity": opacity}, {"width": 0})

    def update_layout(self, **attributes: Any) -> None:
        """Set these, and leave what else is set within the same dictionaries."""
        _merge(self.layout, attributes)

    def to_json(self) -> str:
        """Both as JSON; arrays as base64, of which the browser makes typed arrays."""
        return str(to_json_plotly(_encoded({"data": self.data, "layout": self.layout})))

    def _add_shape(self, kind: str, place: Mapping[str, Any], line: Mapping[str, Any]) -> None:
        shape = {"type": kind, **place, "line": dict(line)}
        self.layout.setdefault("shapes", []).append(shape)


def plotly_text(text: str) -> str:
    """Text of a file or a user, to be shown as it is where plotly understands some HTML.

    >>> plotly_text("Net<relu> & more")
    'Net&lt;relu&gt; &amp; more'
    """
    return html.escape(text, quote=False)


def _merge(target: dict[str, Any], attributes: Mapping[str, Any]) -> None:
    for name, value in attributes.items():
        given = {"text": value} if name == "title" and isinstance(value, str) else value
        if isinstance(given, Mapping):
            _merge(target.setdefault(name, {}), given)
        else:
            target[name] = given


def _encoded(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return _encoded_array(value)
    if isinstance(value, dict):
        return {name: _encoded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_encoded(one) for one in value]
    return value


def _encoded_array(array: NDArray[Any]) -> Any:
    """As `Lib.decodeTypedArraySpec` of plotly.js reads it."""
    kind = array.dtype.str[1:]
    if kind not in _TYPES or not array.size:
        return array.tolist()
    spec = {"dtype": kind, "bdata": base64.b64encode(array.tobytes()).decode("ascii")}
    if array.ndim > 1:
        spec["shape"] = ", ".join(map(str, array.shape))
    return spec
