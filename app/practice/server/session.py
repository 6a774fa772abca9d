"""One connected client: its bytes in, its messages out, its version and its client id.

Messages are collected and leave only when the gateway settles, which is after the state they tell of is on disk.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Protocol

from app.practice.wire import replies
from app.practice.wire.codes import Complaint
from app.practice.wire.framing import FrameReader, FramingError, frame
from app.practice.wire.text import encode

log = logging.getLogger(__name__)

# A client that reads nothing for so long that this much waits for it is cut off.
MAX_BACKLOG = 64 * 1024 * 1024
NO_REQUEST = -1


class Handler(Protocol):
    """What a session needs of the gateway; `wording` puts an error text into the language in force."""

    wording: Callable[[int, str], str]

    def connected(self, session: Session) -> None: ...
    def received(self, session: Session, frames: list[bytes]) -> None: ...
    def disconnected(self, session: Session) -> None: ...


class Session(asyncio.Protocol):
    """A client's connection; `version` is 0 until negotiated and `client_id` None until it started the API."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._reader = FrameReader()
        self._transport: asyncio.Transport | None = None
        self._out: list[bytes] = []
        self.version = 0
        self.client_id: int | None = None
        self.peer = "?"
        self.is_closed = False
        self.is_silent = False
        self.filter: Callable[[Session, Any], bool] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport and report to the gateway."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.peer = str(transport.get_extra_info("peername"))
        self._handler.connected(self)

    def data_received(self, data: bytes) -> None:
        """Cut the bytes into frames and hand them on; bytes that are no frames end the connection."""
        try:
            frames = self._reader.feed(data)
        except FramingError as problem:
            self.close(str(problem))
            self._handler.received(self, [])
            return
        if frames and not self.is_silent:
            self._handler.received(self, frames)

    def connection_lost(self, error: Exception | None) -> None:
        """Report the end to the gateway."""
        self.is_closed = True
        self._handler.disconnected(self)

    def send(self, message: Any) -> None:
        """Queue a message for the next flush."""
        if self.filter is None:
            if not self.is_closed:
                self._out.append(encode(message, self.version))
        elif self.filter(self, message):
            self.send_unfiltered(message)

    def send_unfiltered(self, message: Any) -> None:
        """Queue a message whatever fault is on."""
        if not self.is_closed:
            self._out.append(encode(message, self.version))

    def send_frame(self, framed: bytes) -> None:
        """Queue bytes that are framed already."""
        if not self.is_closed:
            self._out.append(framed)

    def complain(self, req_id: int, complaint: Complaint) -> None:
        """Queue an error or a warning for a request, an order or (−1) the session."""
        text = self._handler.wording(complaint.code, complaint.text)
        self.send(replies.ErrorMessage(req_id=req_id, code=complaint.code, text=text))

    def greet(self, version: int, time: str) -> None:
        """Answer the handshake; nothing else may leave before the client started the API."""
        self.version = version
        self._out.append(frame(f"{version}\0{time}\0".encode("ascii")))

    def flush(self) -> None:
        """Write what is queued, end the connection if that was decided, cut off a client that does not read."""
        if self._transport is None or self._transport.is_closing():
            return
        if self._out:
            waiting, self._out = b"".join(self._out), []
            if not self.is_silent:
                self._transport.write(waiting)
        if self.is_closed:
            self._transport.close()
        elif self._transport.get_write_buffer_size() > MAX_BACKLOG:
            self.abort("the client does not read")

    def close(self, reason: str) -> None:
        """End the connection with the next flush, behind what is queued; the reason is logged."""
        if not self.is_closed:
            log.warning("closing %s (client %s): %s", self.peer, self.client_id, reason)
        self.is_closed = True

    def abort(self, reason: str) -> None:
        """Reset the connection at once; what is queued is lost."""
        log.warning("resetting %s (client %s): %s", self.peer, self.client_id, reason)
        self.is_closed = True
        if self._transport is not None:
            self._transport.abort()
