"""The charts of a page that was drawn without a browser."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest


def charts_of(drawn: AppTest) -> dict[str, Any]:
    """Their figures by key."""
    found = [json.loads(one.proto.json) for one in drawn.get("bidi_component")]
    return {one["key"]: json.loads(one["figure"]) for one in found if "figure" in one}
