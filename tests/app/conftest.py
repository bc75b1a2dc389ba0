"""What the tests of the dashboard's parts share."""

from __future__ import annotations

import pytest
from plotly_figures import checked

from app.figure import Figure


@pytest.fixture(autouse=True)
def _only_figures_that_plotly_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """No page draws another one."""
    to_json = Figure.to_json

    def checked_json(figure: Figure) -> str:
        checked(figure)
        return to_json(figure)

    monkeypatch.setattr(Figure, "to_json", checked_json)
