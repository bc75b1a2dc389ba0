"""A mend of Streamlit's queue of what is to be sent to the browser."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.RootContainer_pb2 import RootContainer
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

_Path = tuple[int, ...]


@functools.cache
def mend_message_queue() -> None:
    """Have the queue drop what stands within a part that is drawn anew; once per process.

    As a fragment is drawn anew, Streamlit (1.67) drops what it drew before and was not sent yet,
    but not what fragments within it drew. The browser is then told to put an element into a
    container that it was never given, says "Bad delta path index", and gives the page up for good.
    It takes an input that comes while the part is drawn for the first time: on a busy machine that
    happens.
    """
    clear = ForwardMsgQueue.clear

    @functools.wraps(clear)
    def mended(
        self: ForwardMsgQueue,
        retain_lifecycle_msgs: bool = False,
        fragment_ids_this_run: list[str] | None = None,
    ) -> None:
        redrawn = _paths_of(self._queue, fragment_ids_this_run or ())
        clear(self, retain_lifecycle_msgs, fragment_ids_this_run)
        if redrawn:
            self._queue = [one for one in self._queue if not _is_within(one, redrawn)]

    ForwardMsgQueue.clear = mended  # type: ignore[method-assign]


def _paths_of(messages: Iterable[ForwardMsg], fragment_ids: Collection[str]) -> set[_Path]:
    """Where fragments have drawn something."""
    return {
        tuple(one.metadata.delta_path)
        for one in messages
        if one.WhichOneof("type") == "delta"
        and one.delta.fragment_id in fragment_ids
        and one.metadata.delta_path[0] != RootContainer.EVENT  # toasts, which stay
    }


def _is_within(message: ForwardMsg, places: Collection[_Path]) -> bool:
    path = tuple(message.metadata.delta_path)
    return any(path[: len(place)] == place for place in places)
