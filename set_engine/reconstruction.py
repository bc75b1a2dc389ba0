"""Some samples and what an RBM makes of them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from topology import write_atomically

# What numpy raises at a file that is cut short, no archive, or one of something else.
_DAMAGE = (
    AttributeError,
    BadZipFile,
    EOFError,
    KeyError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    zlib.error,
)


@dataclass(frozen=True, eq=False)
class Reconstructions:
    """Test samples beside their reconstructions.

    Attributes:
        epoch: completed epochs.
        samples, reconstructed: (n, n_features) float32 in [0, 1].
    """

    epoch: int
    samples: NDArray[np.float32]
    reconstructed: NDArray[np.float32]

    def save(self, path: Path) -> None:
        """Write an .npz file, whole or not at all."""
        write_atomically(
            path,
            lambda file: np.savez_compressed(
                file,
                epoch=np.array(self.epoch),
                samples=self.samples,
                reconstructed=self.reconstructed,
            ),
        )

    @classmethod
    def load(cls, path: Path) -> Reconstructions:
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if it is something else, or damaged.
        """
        try:
            # Opened here: numpy leaves the file open when it is no archive.
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                return cls(int(arrays["epoch"]), arrays["samples"], arrays["reconstructed"])
        except FileNotFoundError:
            raise
        except _DAMAGE as error:
            raise ValueError(f"{path} holds no reconstructions: {error}") from error
