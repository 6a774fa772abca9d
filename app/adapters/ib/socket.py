"""The socket to a gateway: ib_async's client with a frame limit, whole-group writes and a rate of our own.

What a message means is not decided here; see `ears`.
"""

from __future__ import annotations

import asyncio
import logging
import struct
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from ib_async.client import Client
from ib_async.decoder import Decoder

log = logging.getLogger(__name__)

LARGEST_FRAME = 16 * 1024 * 1024
MESSAGES_PER_SECOND = 45


class Refused(StrEnum):
    """Why a gateway would not have us."""

    ID_IN_USE = "id_in_use"
    TOO_OLD = "too_old"
    NOT_A_GATEWAY = "not_a_gateway"
    HUNG_UP = "hung_up"


class HandshakeFailed(Exception):
    """The gateway, or what answers in its place, ended the handshake."""

    def __init__(self, why: Refused) -> None:
        super().__init__(why.value)
        self.why = why


class Urgency(StrEnum):
    """How much of the message rate a request may use up; a cancel never waits."""

    QUERY = "query"
    ORDER = "order"


_ROOM = {Urgency.QUERY: MESSAGES_PER_SECOND - 10, Urgency.ORDER: MESSAGES_PER_SECOND - 5}


class GatewaySocket(Client):
    """ib_async's client, made safe to trade through.

    Messages go to the transport at once: there is no queue in which an order could be lost.
    """

    def __init__(self, ears: Any) -> None:
        super().__init__(ears)
        self.decoder = ZoneDecoder(ears, 0)
        # ib_async guesses at why a connection ended; we know, and report it.
        self._logger = logging.getLogger(f"{__name__}.ib_async")
        self._logger.setLevel(logging.CRITICAL)
        self.why_dropped = ""
        self._sent: deque[float] = deque()
        self._corked: list[bytes] | None = None
        self._greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._listen_to_events()

    def _listen_to_events(self) -> None:
        # WORKAROUND: an eventkit Event swallows exceptions of its listeners unless its error_event has one.
        for event in (self.conn.hasData, self.conn.disconnected, self.apiStart, self.apiEnd, self.apiError):
            event.error_event += log_handler_failure
        self.apiStart += self._on_start
        self.apiError += self._on_error
        self.conn.disconnected += self._on_disconnected

    @property
    def is_writable(self) -> bool:
        """Say whether a message written now would leave at once."""
        transport = self._transport
        return bool(self.isReady() and transport and not transport.is_closing() and not self._is_backed_up)

    @property
    def _transport(self) -> asyncio.Transport | None:
        transport: asyncio.Transport | None = self.conn.transport
        return transport

    @property
    def _is_backed_up(self) -> bool:
        return self._transport is not None and self._transport.get_write_buffer_size() > 0

    async def enter(self, host: str, port: int, client_id: int) -> None:
        """Connect and shake hands; raise OSError or HandshakeFailed. The caller sets the time limit."""
        self.host, self.port, self.clientId = host, port, client_id
        self.connState = Client.CONNECTING
        await self.conn.connectAsync(host, port)
        versions = b"v%d..%d" % (self.MinClientVersion, self.MaxClientVersion)
        self.conn.sendMsg(b"API\0" + self._prefix(versions))
        await self._greeted

    def refuse(self, why: Refused) -> None:
        """End the handshake, if it still goes on."""
        if not self._greeted.done():
            self._greeted.set_exception(HandshakeFailed(why))

    def drop(self, why: str) -> None:
        """Cut the connection at once."""
        self.why_dropped = self.why_dropped or why
        if self._transport is not None:
            self._transport.abort()

    def leave(self) -> None:
        """Close the connection; what was written still leaves, unless the peer takes nothing any more."""
        if self._transport is not None and self._is_backed_up:
            self._transport.abort()
        self.disconnect()

    async def room(self, urgency: Urgency) -> None:
        """Wait until a message of this urgency fits into the rate that gateways allow."""
        while (wait := self._wait_s(_ROOM[urgency])) > 0:  # noqa: ASYNC110 - time itself is waited for
            await asyncio.sleep(wait)

    def _wait_s(self, most: int) -> float:
        now = asyncio.get_running_loop().time()
        while self._sent and now - self._sent[0] >= 1.0:
            self._sent.popleft()
        return self._sent[-most] + 1.0 - now if len(self._sent) >= most else 0.0

    @contextmanager
    def together(self) -> Iterator[None]:
        """Collect the messages of this block and write them in one go; if it raises, none of them is written."""
        self._corked = []
        try:
            yield
            frames = b"".join(self._corked)
        finally:
            self._corked = None
        self.conn.sendMsg(frames)

    async def flushed(self) -> bool:
        """Say whether all that was written has left this process and more may be, waiting up to two seconds for it."""
        loop = asyncio.get_running_loop()
        until = loop.time() + 2.0
        while self._is_backed_up and loop.time() < until:  # noqa: ASYNC110 - a transport tells nobody when it is empty
            await asyncio.sleep(0.01)
        return self.is_writable

    # ib_async's own hooks; the names are its

    def sendMsg(self, msg: str) -> None:
        """Write one message now; ib_async's own throttle would queue it, and lose it with the connection."""
        self._sent.append(asyncio.get_running_loop().time())
        frame = self._prefix(msg.encode())
        if self._corked is None:
            self.conn.sendMsg(frame)
        else:
            self._corked.append(frame)

    def _onSocketHasData(self, data: bytes) -> None:
        super()._onSocketHasData(data)
        # WORKAROUND: ib_async waits for ever for a frame of impossible length.
        if len(self._data) >= 4 and struct.unpack(">I", self._data[:4])[0] > LARGEST_FRAME:
            self.refuse(Refused.NOT_A_GATEWAY)
            self.drop("the gateway sent a message of impossible length")

    def _on_start(self) -> None:
        if not self._greeted.done():
            self._greeted.set_result(None)

    def _on_error(self, _text: str) -> None:
        if 0 < self._serverVersion < self.MinClientVersion:
            self.refuse(Refused.TOO_OLD)

    def _on_disconnected(self, _text: str) -> None:
        self.refuse(Refused.HUNG_UP)


class ZoneDecoder(Decoder):
    """ib_async's decoder, which would lose an execution whose time names a zone that Python does not know."""

    _TIME = 15

    def execDetails(self, fields: list[str]) -> None:
        """Decode an execution; an unknown zone is read as UTC and logged."""
        day, _, rest = fields[self._TIME].partition(" ")
        clock, _, zone = rest.strip().partition(" ")
        if zone and not is_zone(zone):
            log.warning("an execution names the unknown time zone %s; its time is read as UTC", zone)
            fields[self._TIME] = f"{day}  {clock}"
        super().execDetails(fields)


@lru_cache(maxsize=64)
def is_zone(name: str) -> bool:
    """Say whether Python knows a time zone of this name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def log_handler_failure(event: Any, error: BaseException) -> None:
    """Log what a listener of an ib_async event raised."""
    log.error("a handler of %s failed", event.name(), exc_info=error)
