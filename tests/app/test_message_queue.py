"""What a part has not been shown of, no part within it is shown of alone."""

from __future__ import annotations

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.RootContainer_pb2 import RootContainer
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from app.message_queue import mend_message_queue

OUTER, INNER, OTHER = "outer", "inner", "other"


@pytest.fixture
def _as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit's queue without the mend."""
    found = ForwardMsgQueue.clear
    monkeypatch.setattr(ForwardMsgQueue, "clear", getattr(found, "__wrapped__", found))


def queue() -> ForwardMsgQueue:
    """An outer part with a container, in which an inner part stands, and another beside them."""
    found = ForwardMsgQueue()
    drawn = [
        ((0, 1), OTHER, "element"),
        ((0, 2), OUTER, "block"),
        ((0, 2, 0), OUTER, "block"),
        ((0, 2, 0, 0), INNER, "block"),
        ((0, 2, 0, 0, 0), INNER, "element"),
        ((0, 3), INNER, "element"),  # not within it
    ]
    for path, fragment_id, kind in drawn:
        message = ForwardMsg()
        message.metadata.delta_path.extend(path)
        message.delta.fragment_id = fragment_id
        if kind == "block":
            message.delta.add_block.allow_empty = True
        else:
            message.delta.new_element.text.body = "drawn"
        found.enqueue(message)
    return found


def paths(found: ForwardMsgQueue) -> list[tuple[int, ...]]:
    return [tuple(one.metadata.delta_path) for one in found.flush()]


@pytest.mark.usefixtures("_as_it_comes")
def test_streamlit_keeps_what_has_no_container() -> None:
    """If this fails, Streamlit has mended it: `app/message_queue.py` can go."""
    found = queue()
    found.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[OUTER])
    assert (0, 2, 0, 0) in paths(found)


def test_what_stands_within_a_part_goes_with_it() -> None:
    mend_message_queue()
    found = queue()
    found.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[OUTER])
    assert paths(found) == [(0, 1), (0, 3)]


def test_what_surrounds_a_part_stays() -> None:
    mend_message_queue()
    found = queue()
    found.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[INNER])
    assert paths(found) == [(0, 1), (0, 2), (0, 2, 0)]


def test_the_rest_is_as_before() -> None:
    mend_message_queue()
    found = queue()
    found.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["absent"])
    assert len(paths(found)) == 6
    found = queue()
    found.clear()
    assert paths(found) == []


def test_a_toast_of_the_part_stays() -> None:
    mend_message_queue()
    found = queue()
    toast = ForwardMsg()
    toast.metadata.delta_path.extend((RootContainer.EVENT, 0))
    toast.delta.fragment_id = OUTER
    toast.delta.new_element.toast.body = "saved"
    found.enqueue(toast)
    found.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[OUTER])
    assert (RootContainer.EVENT, 0) in paths(found)
