"""Figures of a run through its epochs: learning curves, heterogeneity."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from analysis import SIDES, Side
from app.figure import Figure
from app.palette import BASELINE, BASELINE_DASH, BLUE, ORANGE, START, layer_color
from set_engine import EpochMetrics

# More points than this are not seen on a screen, only sent and drawn.
_MOST_POINTS = 1500
_SHORT_AXIS = 100  # largest / smallest loss


def thinned(n: int, most: int = _MOST_POINTS) -> NDArray[np.int64]:
    """Indices of at most `most` of n points, evenly spaced, the last one always among them.

    >>> thinned(3).tolist(), len(thinned(100_000)), int(thinned(100_000)[-1])
    ([0, 1, 2], 1493, 99999)
    """
    stride = -(-n // most)
    backwards = np.arange(n - 1, -1, -stride, dtype=np.int64) if n else np.empty(0, np.int64)
    return backwards[::-1]


def values_of(metrics: Sequence[EpochMetrics], field: str) -> list[float]:
    """One column of the log, without the epochs that did not measure it."""
    values = (getattr(row, field) for row in metrics)
    return [value for value in values if value is not None]


@dataclass(frozen=True)
class CurveLook:
    """How learning curves are drawn.

    Attributes:
        smoothing: in [0, 1), see `smoothed`; the raw curve stays behind it, pale.
        is_log_loss: whether the axis of losses is logarithmic.
        is_log_epochs: whether that of epochs is.
    """

    smoothing: float = 0.0
    is_log_loss: bool = True
    is_log_epochs: bool = False


def smoothed(values: NDArray[np.floating[Any]], smoothing: float) -> NDArray[np.float64]:
    """An exponential moving average that is not drawn towards 0 at its beginning.

    Args:
        values: (n,); NaN is passed over.
        smoothing: weight of what was before, in [0, 1); 0 leaves the values as they are.

    Returns:
        (n,), NaN where the values are. The sums of the weights are divided out, as Adam does
        (Kingma & Ba 2015, section 3).

    >>> smoothed(np.array([1.0, 1.0, 4.0]), 0.5).round(4).tolist()
    [1.0, 1.0, 2.7143]
    """
    found = np.full(len(values), np.nan)
    seen = np.isfinite(values)
    weights = -np.expm1(np.arange(1, seen.sum() + 1) * np.log(smoothing)) if smoothing else 1.0
    found[seen] = lfilter([1 - smoothing], [1, -smoothing], values[seen]) / weights
    return found


def loss_curves(
    metrics: Sequence[EpochMetrics], title: str, unit: str, look: CurveLook | None = None
) -> Figure:
    """Training and test loss by epoch.

    Args:
        metrics: rows of the log.
        title: what the loss is called.
        unit: what it measures.
        look: how it is drawn.
    """
    look = look or CurveLook()
    figure = _curves(metrics, look, ("train_loss", "Training"), ("test_loss", "Test"))
    if not look.is_log_loss:
        figure.update_layout(title=title, yaxis={"title": unit, "rangemode": "tozero"})
        return figure
    losses = values_of(metrics, "train_loss") + values_of(metrics, "test_loss")
    axis = {"title": unit, "type": "log", **_log_ticks(losses)}
    figure.update_layout(title=title, yaxis=axis)
    return figure


def _log_ticks(values: Sequence[float]) -> dict[str, Any]:
    """Ticks at powers of ten, or at 1, 2 and 5 times them where those would be too few."""
    seen = [value for value in values if value > 0]
    if not seen or max(seen) > _SHORT_AXIS * min(seen):
        return {"dtick": 1}
    digits = range(math.floor(math.log10(min(seen))), math.ceil(math.log10(max(seen))) + 1)
    return {
        "tickvals": [digit * 10.0**power for power in digits for digit in (1, 2, 5)],
        "tickformat": "~g",
    }


def accuracy_curves(metrics: Sequence[EpochMetrics], look: CurveLook | None = None) -> Figure:
    """Training and test accuracy by epoch."""
    figure = _curves(
        metrics, look or CurveLook(), ("train_accuracy", "Training"), ("test_accuracy", "Test")
    )
    figure.update_layout(title="Accuracy", yaxis={"title": "share right", "tickformat": ".0%"})
    return figure


def dispersion_curves(
    epochs: NDArray[np.int64], dispersion: Mapping[Side, NDArray[np.float32]], layers: Sequence[int]
) -> Figure:
    """Variance/mean of the degrees by epoch; a random layer stays at 1 − density.

    Args:
        epochs: (n,) recorded epochs.
        dispersion: for each side (n, n_layers) variance/mean.
        layers: indices of the layers to show, in-degrees solid and out-degrees dotted.
    """
    figure = layer_curves(epochs, [(side, dispersion[side]) for side in SIDES], layers)
    figure.add_hline(1, line={"color": BASELINE, "dash": BASELINE_DASH, "width": 1})
    figure.update_layout(
        title="Heterogeneity of degrees (in ––, out ···)",
        yaxis={"title": "variance / mean", "rangemode": "tozero"},
    )
    return figure


def distance_curves(
    epochs: NDArray[np.int64],
    from_start: NDArray[np.float32],
    from_previous: NDArray[np.float32],
    layers: Sequence[int],
) -> Figure:
    """NNSTD by epoch, from the start of a run and from the epoch recorded before.

    Args:
        epochs: (n,) recorded epochs.
        from_start, from_previous: (n, n_layers).
        layers: indices of the layers to show, from the start solid and from the last one dotted.
    """
    kinds = [("from the start", from_start), ("from the last", from_previous)]
    figure = layer_curves(epochs, kinds, layers)
    figure.update_layout(
        title="Distance (from the start ––, from the epoch recorded before ···)",
        yaxis={"title": "NNSTD", "range": [0, 1]},
    )
    return figure


def mark_epoch(figure: Figure, epoch: int | None) -> None:
    """A line at an epoch that is looked back at; none if None."""
    if epoch is not None:
        figure.add_vline(epoch, line={"color": START, "width": 2})


def layer_curves(
    epochs: NDArray[np.int64],
    kinds: Sequence[tuple[str, NDArray[np.float32]]],
    layers: Sequence[int],
) -> Figure:
    """Values of each layer by epoch.

    Args:
        epochs: (n,).
        kinds: one or two, each what it is called and (n, n_layers); the first is drawn solid, the
            second dotted.
        layers: indices of the layers to show.
    """
    figure = Figure()
    for index in layers:
        for (kind, values), dash in zip(kinds, ("solid", "dot"), strict=False):
            figure.add_scatter(
                x=epochs.astype(np.float32),
                y=values[:, index],
                name=f"{index + 1}",
                hovertemplate=f"layer {index + 1}, {kind}: %{{y:.4~g}}<extra></extra>",
                uid=f"layer-{index}-{kind.replace(' ', '-')}",
                legendgroup=f"layer-{index}",
                showlegend=dash == "solid",
                mode=_mode(len(epochs)),
                line={"color": layer_color(index), "dash": dash},
            )
    figure.update_layout(
        xaxis={"title": "epoch"},
        hovermode="x unified",
        legend={"title": {"text": "Layer"}, "tracegroupgap": 0},
    )
    return figure


def _curves(metrics: Sequence[EpochMetrics], look: CurveLook, *fields: tuple[str, str]) -> Figure:
    chosen = thinned(len(metrics))
    epochs = np.array([metrics[place].epoch for place in chosen], np.float32)
    figure = Figure()
    for (field, name), color in zip(fields, (BLUE, ORANGE), strict=True):
        # Not measured is NaN, which plotly leaves out.
        values: NDArray[Any] = np.array([getattr(row, field) for row in metrics], np.float64)
        common = {"x": epochs, "mode": _mode(len(epochs)), "line": {"color": color}}
        if look.smoothing:
            raw = values[chosen].astype(np.float32)
            pale = {"opacity": 0.3, "showlegend": False, "hoverinfo": "skip"}
            figure.add_scatter(y=raw, name=f"{name}, raw", uid=f"{field}-raw", **pale, **common)
            values = smoothed(values, look.smoothing)
        drawn = values[chosen].astype(np.float32)
        figure.add_scatter(y=drawn, name=name, uid=field, **common)
    axis = {"title": "epoch", "type": "log" if look.is_log_epochs else "linear"}
    figure.update_layout(xaxis=axis, hovermode="x unified")
    return figure


def _mode(n_points: int) -> str:
    """A single point would be a line without length."""
    return "lines" if n_points > 1 else "markers"
