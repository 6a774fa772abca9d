"""One connection to a gateway from handshake to loss: opening, the heartbeat, request ids, and clear refusals."""

from __future__ import annotations

import asyncio
import itertools
import socket as sockets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from app.adapters.ib.ears import TIME, Ears
from app.adapters.ib.socket import GatewaySocket, HandshakeFailed, Refused, Urgency
from app.domain.broker import Greeting
from app.domain.errors import ApiSilent, ClientIdTaken, Retryable, TapelineError, UserError

OPEN_S = 4.5
HEARTBEAT_S = 5.0
QUERY_S = 10.0
# Errors name orders and requests by one number, so requests count far away from order ids.
FIRST_REQUEST_ID = 1_500_000_000


class Link:
    """One open (or lost) connection; a new one is made for every attempt."""

    def __init__(self, ears: Ears, host: str, port: int, client_id: int) -> None:
        self.client_id = client_id
        self._ears = ears
        self._socket = ears.socket
        self._where = f"{host}:{port}"
        self._address = (host, port)
        self._ids = itertools.count(FIRST_REQUEST_ID)

    @property
    def is_open(self) -> bool:
        """Say whether the gateway greeted us and the socket is there."""
        return bool(self._socket.isReady())

    @property
    def socket(self) -> GatewaySocket:
        """The socket itself."""
        return self._socket

    @property
    def why_lost(self) -> str:
        """Why the connection was lost, as far as we know."""
        return self._socket.why_dropped or "the gateway closed the connection"

    async def open(self) -> Greeting:
        """Connect and ask for the time; raise UserError or Retryable with a sentence and leave nothing open."""
        try:
            async with asyncio.timeout(OPEN_S):
                await self._socket.enter(*self._address, self.client_id)
            at = await self.heartbeat()
        except (TimeoutError, OSError, HandshakeFailed) as error:
            sentence = self._sentence(error)
            self.close()
            raise sentence from None
        except BaseException:
            self.close()
            raise
        return Greeting(self._socket.serverVersion(), self._ears.accounts, at)

    def close(self) -> None:
        """Leave; harmless when the connection is gone."""
        self._ears.on_lost = lambda: None
        self._socket.leave()
        self._ears.questions.refuse_all("it was closed here")

    async def heartbeat(self) -> datetime:
        """Return the gateway's clock; raise Retryable after five seconds."""
        at: datetime = await self._ears.questions.ask_in_turn(
            TIME, self._socket.reqCurrentTime, within=HEARTBEAT_S, what=TIME
        )
        return at

    async def ask(self, send: Callable[[int], None], *, what: str, within: float = QUERY_S, key: int = 0) -> Any:
        """Ask a question that carries a request id, which `send` is given."""
        await self._socket.room(Urgency.QUERY)
        id_ = key or self.next_id()
        return await self._ears.questions.ask(id_, lambda: send(id_), within=within, what=what)

    async def ask_in_turn(self, kind: str, send: Callable[[], None], *, what: str, within: float = QUERY_S) -> Any:
        """Ask a question of a kind that carries no id."""
        await self._socket.room(Urgency.QUERY)
        return await self._ears.questions.ask_in_turn(kind, send, within=within, what=what)

    def next_id(self) -> int:
        """Return a request id that was not used on this connection."""
        return next(self._ids)

    def _sentence(self, error: Exception) -> TapelineError:
        where = self._where
        match error:
            case HandshakeFailed(why=Refused.ID_IN_USE):
                return ClientIdTaken(
                    f"Another program uses client id {self.client_id} on {where};"
                    " close it, or choose another client id in Connection."
                )
            case HandshakeFailed(why=Refused.TOO_OLD):
                return UserError(
                    f"The gateway at {where} is too old to talk to; install TWS or IB Gateway 10.19 or newer."
                )
            case HandshakeFailed(why=Refused.HUNG_UP):
                return ApiSilent(
                    f"What listens at {where} hung up on us; expected a TWS gateway: check the port,"
                    " that its API is enabled and that this machine is among its trusted addresses."
                )
            case HandshakeFailed():
                return UserError(
                    f"Something else than a TWS gateway answers at {where}; correct the host or the port in Connection."
                )
            case TimeoutError() if self._socket.serverVersion():
                return Retryable(
                    f"The gateway at {where} is not ready yet: it greeted us but named no account;"
                    " wait until it has logged in."
                )
            case TimeoutError():
                return ApiSilent(
                    f"Nothing at {where} greeted us as a TWS gateway within {OPEN_S:g} s; if TWS asks to accept"
                    " the connection, accept it, otherwise correct the host or the port in Connection."
                )
            case sockets.gaierror():
                return UserError(f"The host {self._address[0]} is not known; correct its name in Connection.")
            case _:
                return UserError(
                    f"Nobody answers at {where}; start TWS or IB Gateway, enable its API on that port,"
                    " or correct the port."
                )


def lost() -> Retryable:
    """Return what is raised where there is no connection."""
    return Retryable("There is no connection to a gateway; it is being made again.")
