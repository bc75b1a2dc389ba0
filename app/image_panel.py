"""What image data show of a run: what an RBM has learned, and where its inputs are wired to."""

from __future__ import annotations

import streamlit as st

from app.chart import chart
from app.images import (
    ImageShape,
    PixelDegrees,
    filter_figure,
    filter_mosaic,
    pixel_figure,
    reconstruction_figure,
    reconstruction_mosaic,
)
from app.labels import escaped
from app.run_facts import is_classifier, pixels_shape
from app.run_reader import RunView
from app.services import store
from set_engine import DamagedRunError
from topology import LayerTopology

_HEIGHT = 360

_FILTERS_HELP = (
    "A hidden unit's filter is the image it answers to: orange pixels speak for it, blue ones "
    "against it, and where there is no colour it has no connection, or one of hardly any weight."
)
_LEARNED_HELP = f"An RBM learns without labels, to give back what it sees. {_FILTERS_HELP}"

_PIXELS_HELP = (
    "Connections of each input to the first layer. At the start all pixels are alike but for "
    "chance. Evolution keeps the connections that matter, and in images with an empty margin, such "
    "as handwritten digits, these come from the middle."
)


def image_panel(view: RunView, when: str) -> None:
    """Draw what the data of the run allow; nothing for a network without an input layer.

    Args:
        view: the run as it is shown.
        when: what that is called, such as "Now".
    """
    if not is_classifier(view.record):
        _learned(view)
    shape = pixels_shape(view.record)
    if shape is not None and view.first is not None and view.latest is not None:
        _pixels(view.first.layers[0], view.latest.layers[0], shape, when)
        if is_classifier(view.record) and not view.first.layers[0].is_full:
            st.subheader("What the hubs look at", help=_FILTERS_HELP)
            _filters(view, shape)


def _learned(view: RunView) -> None:
    st.subheader("What it has learned", help=_LEARNED_HELP)
    shape = pixels_shape(view.record)
    if shape is None:
        st.info("These data are no images: there is nothing to picture.", icon=":material/info:")
        return
    left, right = st.columns(2)
    with left:
        _reconstructions(view, shape)
    with right:
        _filters(view, shape)


def _reconstructions(view: RunView, shape: ImageShape) -> None:
    try:
        found = store().reconstructions(view.record.id)
    except DamagedRunError as error:
        st.warning(escaped(f"{error}."), icon=":material/warning:")
        return
    if found is None:
        st.caption("No reconstructions have been recorded yet.")
        return
    figure = reconstruction_figure(reconstruction_mosaic(found, shape))
    label = "Test samples and their reconstructions"
    chart(figure, "reconstructions", label=label, height=_HEIGHT)
    st.caption(f"Test samples at epoch {found.epoch:,}, none of which it was trained on.")


def _filters(view: RunView, shape: ImageShape) -> None:
    layer = view.latest.layers[0] if view.latest is not None else None
    if layer is None or layer.weights is None:
        return
    figure = filter_figure(filter_mosaic(layer, shape))
    chart(figure, "filters", label="Weights of hidden units as images", height=_HEIGHT)
    silent = int((layer.in_degrees == 0).sum())
    st.caption(
        f"The most connected unit has {layer.in_degrees.max():,} connections; {silent:,} of "
        f"{layer.n_outputs:,} have none."
    )


def _pixels(first: LayerTopology, latest: LayerTopology, shape: ImageShape, when: str) -> None:
    if first.is_full:
        return
    start, now = PixelDegrees.of(first, shape), PixelDegrees.of(latest, shape)
    largest = float(max(start.degrees.max(), now.degrees.max()))
    st.subheader("Input pixels", help=_PIXELS_HELP)
    parts = (("Epoch 0", "start", start), (when, "now", now))
    for column, (moment, key, found) in zip(st.columns(2), parts, strict=True):
        with column:
            figure = pixel_figure(found, f"Connections of each pixel: {moment}", largest)
            label = f"Connections of each input pixel, {moment}"
            chart(figure, f"pixels-{key}", label=label, height=300)
    st.caption(
        f"In the middle half of rows and columns a pixel has {now.centre:.1f} connections on "
        f"average, outside of it {now.rest:.1f}; at epoch 0 it was {start.centre:.1f} and "
        f"{start.rest:.1f}."
    )
