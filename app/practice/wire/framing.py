"""Frames: a big-endian length and that many bytes. Knows nothing of what is inside."""

from __future__ import annotations

import struct

MAX_FRAME = 0xFFFFFF
PREFIX = b"API\0"
_LENGTH = struct.Struct(">I")


class FramingError(Exception):
    """The byte stream cannot be cut into frames; the connection is of no more use."""


def frame(payload: bytes) -> bytes:
    """Return the payload behind its length."""
    return _LENGTH.pack(len(payload)) + payload


class FrameReader:
    """Cuts a byte stream into frames; optionally expects the `API` prefix first.

    Raises FramingError on a wrong prefix, on an empty frame and on a length above `limit` bytes.
    """

    def __init__(self, *, limit: int = MAX_FRAME, prefixed: bool = True) -> None:
        self.limit = limit
        self._awaiting_prefix = prefixed
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take in bytes and return the frames that are complete now."""
        self._buffer += data
        if self._awaiting_prefix and not self._take_prefix():
            return []
        return self._cut()

    def _take_prefix(self) -> bool:
        head = bytes(self._buffer[: len(PREFIX)])
        if not PREFIX.startswith(head):
            raise FramingError(f"expected the prefix {PREFIX!r}, found {head!r}")
        if len(head) < len(PREFIX):
            return False
        del self._buffer[: len(PREFIX)]
        self._awaiting_prefix = False
        return True

    def _cut(self) -> list[bytes]:
        frames: list[bytes] = []
        start = 0
        while len(self._buffer) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer, start)
            if not 0 < length <= self.limit:
                raise FramingError(f"expected a frame of 1 to {self.limit} bytes, found a length of {length}")
            end = start + _LENGTH.size + length
            if len(self._buffer) < end:
                break
            frames.append(bytes(self._buffer[start + _LENGTH.size : end]))
            start = end
        del self._buffer[:start]
        return frames
