"""Which epochs' wirings are kept: all of them would be too many in a long run."""

from __future__ import annotations

_DENSE_UNTIL = 64


def is_recorded(epoch: int, record_every: int | None, *, changes: bool = True) -> bool:
    """Whether the wiring after `epoch` is recorded; the start and the end of a run always are.

    With None the distance between recordings grows with the epoch: every epoch up to 64, every
    second up to 128, every fourth up to 256, and so on: 32 for each doubling, some 200 in 1,500.
    A wiring that never changes, such as that of a dense network, is recorded at the powers of 2.

    >>> [epoch for epoch in range(60, 140) if is_recorded(epoch, None)][:8]
    [60, 61, 62, 63, 64, 66, 68, 70]
    >>> [epoch for epoch in range(10) if is_recorded(epoch, 4)]
    [0, 4, 8]
    >>> [epoch for epoch in range(20) if is_recorded(epoch, None, changes=False)]
    [0, 1, 2, 4, 8, 16]
    """
    if record_every is not None:
        return epoch % record_every == 0
    if not changes:
        return epoch & (epoch - 1) == 0
    if epoch <= _DENSE_UNTIL:
        return True
    stride = 1 << ((epoch - 1) // _DENSE_UNTIL).bit_length()
    return epoch % stride == 0
