"""Records of measurements as JSON."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from analysis import ScaleFreeEvidence


def as_json(value: Any) -> Any:
    """A record as what `json.dumps` takes: by the names of its fields, arrays as lists.

    JSON has no NaN and no infinity: they become None, "inf" and "-inf".

    >>> from analysis import compare_with_null
    >>> as_json(compare_with_null(2.0, [1.0, 1.0]))["z"]
    'inf'
    """
    if is_dataclass(value) and not isinstance(value, type):
        found = {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
        if isinstance(value, ScaleFreeEvidence):
            found["verdict"] = value.verdict
        return found
    if isinstance(value, np.ndarray):
        return as_json(value.tolist())
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value
