"""Who computes on which cores: the sparse kernels on all, torch's own operations on one."""

from __future__ import annotations

import os

# Read when an OpenMP library is loaded, so set before torch and numba are imported. By default a
# thread that waits keeps its core busy; with two pools, or a browser beside the training, the
# thread that is waited for then gets no core: steps of 6 ms were seen to take 200.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def leave_cores_to_kernels() -> None:
    """Let torch compute on one core; for processes of our own, as the setting is global.

    Between sparse layers torch has elementwise work only, too small to share. Convolutions and the
    dense controls would gain from more cores; a page beside them, and equal runs, gain from one.
    """
    import torch

    torch.set_num_threads(1)


def kernel_cores() -> int:
    """Cores that the sparse kernels may take: all of this process, or what NUMBA_NUM_THREADS says.

    >>> kernel_cores() >= 1
    True
    """
    import numba

    return int(numba.config.NUMBA_NUM_THREADS)


def use_cores(count: int) -> None:
    """Let the kernels that this thread runs from now on compute on so many cores.

    No result depends on it.

    Raises:
        ValueError: if the count is below 1 or above `kernel_cores()`.
    """
    import numba

    if not 1 <= count <= kernel_cores():
        raise ValueError(f"threads is {count}; it must be from 1 to {kernel_cores()}, the cores")
    numba.set_num_threads(count)


def available_cores() -> int:
    """Cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
