"""Every setting of a run, what it was trained on, and where."""

from __future__ import annotations

import streamlit as st

from app.labels import duration, escaped, listed
from app.run_facts import data_sentence, setting_values
from app.run_reader import RunView
from app.services import store


def origin_panel(view: RunView) -> None:
    """Draw it, folded: empty until it is opened."""
    record = view.record
    key = f"origin-{record.id}"
    folder = st.expander("Settings and origin of this run", key=key, on_change="rerun")
    if not folder.open:
        return
    values = setting_values(record)
    with folder:
        changed = [f"{name} {text}" for name, (text, default) in values.items() if text != default]
        st.markdown(f"**Other than the defaults:** {escaped(listed(changed)) or 'nothing'}.")
        st.markdown(_data_sentences(view))
        st.dataframe(
            [
                {"Setting": name, "Value": text, "Default": default}
                for name, (text, default) in values.items()
            ],
            hide_index=True,
            height=240,
            key=f"settings-{record.id}",
        )
        versions = listed([f"{name} {number}" for name, number in record.versions.items()])
        st.caption(
            escaped(
                f"{record.id} in {store().root.resolve()}, trained on {record.host}, "
                f"{record.n_cores} cores, for {duration(view.trained_seconds)}. {versions}."
            )
        )


def _data_sentences(view: RunView) -> str:
    said = [data_sentence(view.record)]
    if view.latest is not None and view.latest.is_chain:
        said.append(f"Widths {listed(view.latest.widths)}")
    return escaped("".join(f"{sentence}. " for sentence in said if sentence))
