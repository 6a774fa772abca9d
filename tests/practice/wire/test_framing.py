"""Frames are cut from any chopping of the stream, and what is no frame is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.practice.wire.framing import PREFIX, FrameReader, FramingError, frame


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=8), st.lists(st.integers(1, 40), min_size=1))
def test_frames_come_out_whole_however_the_stream_is_chopped(payloads: list[bytes], cuts: list[int]) -> None:
    stream = PREFIX + b"".join(map(frame, payloads))
    reader, found, at = FrameReader(), [], 0
    while at < len(stream):
        size = cuts[at % len(cuts)]
        found += reader.feed(stream[at : at + size])
        at += size
    assert found == payloads


@pytest.mark.parametrize(
    "stream",
    [b"GET / HTTP/1.1", b"APJ\0", PREFIX + b"\xff\xff\xff\xff", PREFIX + b"\x7f\xff\xff\xff", PREFIX + b"\0\0\0\0"],
)
def test_what_is_no_frame_is_refused(stream: bytes) -> None:
    with pytest.raises(FramingError, match="expected"):
        FrameReader().feed(stream)


def test_half_a_prefix_is_waited_for() -> None:
    reader = FrameReader()
    assert reader.feed(b"AP") == []
    assert reader.feed(b"I\0" + frame(b"v157..178")) == [b"v157..178"]
