"""All that a training needs to go on where it was, in one file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch

from topology import write_atomically

_FACTS = "setscope"


class CheckpointError(ValueError):
    """A file that is no checkpoint, or one of another run; the message names it."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The state of a training between two steps.

    Attributes:
        tensors: parameters, buffers, optimiser state and generator states by name.
        facts: what else there is, as JSON can hold it: counters, states of numpy generators.
    """

    tensors: Mapping[str, torch.Tensor]
    facts: Mapping[str, Any]

    @property
    def epoch(self) -> int:
        """Completed epochs."""
        return int(self.facts["epoch"])

    def part(self, prefix: str) -> dict[str, torch.Tensor]:
        """The tensors whose names begin with `prefix` and a dot, without it."""
        start = f"{prefix}."
        return {
            name.removeprefix(start): tensor
            for name, tensor in self.tensors.items()
            if name.startswith(start)
        }

    def save(self, path: Path) -> None:
        """Write the file whole or not at all: safetensors, the facts in its header."""
        tensors = {name: tensor.contiguous() for name, tensor in self.tensors.items()}
        content = safetensors.torch.save(tensors, {_FACTS: json.dumps(dict(self.facts))})
        write_atomically(path, lambda file: file.write(content))

    @classmethod
    def load(cls, path: Path) -> Checkpoint:
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: if there is no such file.
            CheckpointError: if it is damaged or something else.
        """
        try:
            with safetensors.safe_open(path, "pt") as file:
                facts = json.loads((file.metadata() or {})[_FACTS])
                names = file.keys()
                checkpoint = cls({name: file.get_tensor(name) for name in names}, facts)
            if checkpoint.epoch < 0:
                raise ValueError(f"epoch is {checkpoint.epoch}; it must be at least 0")
        except (safetensors.SafetensorError, KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"{path} is no checkpoint: {error}") from error
        return checkpoint
