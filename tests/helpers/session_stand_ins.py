"""What stands for Streamlit's session and for the URL of its page."""

from __future__ import annotations

from typing import Any


class SessionState(dict[str, Any]):
    """A session's state that counts what is assigned to it."""

    n_assigned = 0

    def __setitem__(self, key: str, value: Any) -> None:
        self.n_assigned += 1
        super().__setitem__(key, value)

    def to_dict(self) -> dict[str, Any]:
        return dict(self)


class QueryParams(dict[str, str]):
    """Those that came with an input; `told` is what the browser was told since."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[dict[str, str]] = []

    def __setitem__(self, name: str, value: str) -> None:
        super().__setitem__(name, value)
        self.told.append(dict(self))

    def to_dict(self) -> dict[str, str]:
        return dict(self)

    def from_dict(self, values: dict[str, str]) -> None:
        self.clear()
        self.update(values)
        self.told.append(dict(self))
