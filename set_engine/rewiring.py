"""From one wiring of a layer to the next: which connections stay, and where new ones are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from set_engine.merging import merge_grown
from set_engine.places import Places


@dataclass(frozen=True, eq=False)
class Rewiring:
    """The connections of a layer after a change, and where each comes from.

    Attributes:
        places: (n_connections,) ascending places after the change.
        origins: (n_connections,) the index of each among the connections before; -1 if it is new.
    """

    places: Places
    origins: NDArray[np.int64]

    @classmethod
    def of(cls, places: Places, kept: NDArray[np.bool_], grown: Places) -> Rewiring:
        """Keep those of `places` that `kept` marks, and add the ascending places `grown`.

        >>> change = Rewiring.of(np.array([1, 4, 6]), np.array([True, False, True]), np.array([2]))
        >>> change.places.tolist(), change.origins.tolist()
        ([1, 2, 6], [0, -1, 2])
        """
        return cls(*merge_grown(places, kept, grown))

    @property
    def is_new(self) -> NDArray[np.bool_]:
        """(n_connections,) which connections were grown."""
        grown: NDArray[np.bool_] = self.origins < 0
        return grown
