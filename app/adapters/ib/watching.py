"""Quote subscriptions on one data connection: one a listing however many watch it, delayed where live is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from app.adapters.ib.codes import NOT_SUBSCRIBED
from app.adapters.ib.contracts import contract_of
from app.adapters.ib.link import Link
from app.adapters.ib.quotes import DELAYED_FROZEN, LIVE, Line, Tape
from app.adapters.ib.socket import Urgency
from app.domain.instruments import ConId, Instrument

FALL_BACK_S = 0.5
RETRY_REFUSED_S = 30.0


class QuoteFeed:
    """The watched instruments of one connection."""

    def __init__(self, link: Link, tape: Tape, spawn: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self._link = link
        self._tape = tape
        self._spawn = spawn
        self._refused: dict[ConId, Line] = {}
        self._takes_delayed = False
        self._timer: asyncio.TimerHandle | None = None

    async def watch(self, instrument: Instrument) -> None:
        """Have quotes from now on; each further watch only counts."""
        if line := self._tape.line(instrument.con_id):
            line.watchers += 1
            return
        line = self._tape.start(instrument, self._link.next_id())
        await self._link.socket.room(Urgency.QUERY)
        if self._is_current(line):
            self._request(line)

    def unwatch(self, con_id: ConId) -> None:
        """End one watch; the quotes stop with the last."""
        line = self._tape.line(con_id)
        if line is None:
            return
        line.watchers -= 1
        if line.watchers <= 0:
            self._tape.stop(line)
            self._refused.pop(con_id, None)
            if self._link.is_open:
                self._link.socket.cancelMktData(line.request_id)

    async def renew(self) -> None:
        """Ask for every line again, under new request ids."""
        for line in self._tape:
            await self._again(line)

    async def retake(self) -> None:
        """Ask for live data of every line again; what is refused once more becomes delayed as it did before."""
        self._takes_delayed, self._refused = False, {}
        self._link.socket.reqMarketDataType(LIVE)
        await self.renew()

    def heard(self, request_id: int, code: int) -> None:
        """Take a message about a request: where live data is refused, delayed data is taken, or asked for again later.

        Live data still comes wherever it may; only what was refused is delayed.
        """
        line = self._tape.line_of(request_id)
        if line is None or code not in NOT_SUBSCRIBED:
            return
        self._refused[line.instrument.con_id] = line
        if not self._takes_delayed:
            self._takes_delayed = True
            self._link.socket.reqMarketDataType(DELAYED_FROZEN)
            self._retry_in(FALL_BACK_S)
        else:
            self._retry_in(RETRY_REFUSED_S)

    def close(self) -> None:
        """Ask for nothing again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _retry_in(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._retry)

    def _retry(self) -> None:
        self._timer = None
        refused, self._refused = tuple(self._refused.values()), {}
        self._spawn(self._retry_lines(refused))

    async def _retry_lines(self, lines: tuple[Line, ...]) -> None:
        for line in lines:
            await self._again(line)

    async def _again(self, line: Line) -> None:
        await self._link.socket.room(Urgency.QUERY)
        if self._is_current(line):
            self._link.socket.cancelMktData(self._tape.move(line, self._link.next_id()))
            self._request(line)

    def _is_current(self, line: Line) -> bool:
        return self._link.is_open and self._tape.line(line.instrument.con_id) is line

    def _request(self, line: Line) -> None:
        self._link.socket.reqMktData(line.request_id, contract_of(line.instrument), "", False, False, [])
