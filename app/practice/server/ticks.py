"""Tick-by-tick subscriptions and historical ticks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from app.practice.contracts import Contract
from app.practice.market import Tick
from app.practice.server.dispatch import answers
from app.practice.server.times import read_moment
from app.practice.wire import requests, tick_replies
from app.practice.wire.codes import DUPLICATE_TICKER, INVALID, NO_TICKER

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway
    from app.practice.server.session import Session

MOST_TICKS = 1000
# How far back a request by end time looks for its ticks, in seconds, doubling each time.
FIRST_LOOK, LONGEST_LOOK = 600.0, 40 * 86_400.0
TRADE_KINDS = {"Last": tick_replies.LAST, "AllLast": tick_replies.ALL_LAST}


@dataclass(slots=True, eq=False)
class TickLine:
    """One tick-by-tick subscription."""

    session: Session
    req_id: int
    contract: Contract
    message: Callable[[Tick], Any]


class TickFeed:
    """All tick-by-tick subscriptions."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._lines: dict[tuple[Session, int], TickLine] = {}

    def subscribe(self, line: TickLine) -> bool:
        """Start a subscription; return whether the request id was free."""
        if (line.session, line.req_id) in self._lines:
            return False
        self._lines[line.session, line.req_id] = line
        self._gateway.market.watch(line.contract.con_id)
        return True

    def cancel(self, session: Session, req_id: int) -> bool:
        """End a subscription; return whether there was one."""
        line = self._lines.pop((session, req_id), None)
        if line is not None:
            self._gateway.market.unwatch(line.contract.con_id)
        return line is not None

    def count(self, session: Session) -> int:
        """Return how many subscriptions a session has."""
        return sum(owner is session for owner, _ in self._lines)

    def drop(self, session: Session) -> None:
        """End every subscription of a session."""
        for owner, req_id in [key for key in self._lines if key[0] is session]:
            self.cancel(owner, req_id)

    def on_tick(self, tick: Tick) -> None:
        """Tell a tick to who wants every one."""
        for line in self._lines.values():
            if line.contract.con_id == tick.con_id:
                line.session.send(line.message(tick))


@answers(requests.TickByTick)
def tick_by_tick(gateway: Gateway, session: Session, request: requests.TickByTick) -> None:
    """Stream every trade, quote or mid price of a contract."""
    contract = gateway.resolve(session, request.req_id, request.contract)
    if contract is None or not gateway.faults.allows_data(session, request.req_id):
        return
    message, full = _message_of(request, contract), gateway.limits.tick_by_tick_refusal(gateway.ticks.count(session))
    if full is not None:
        session.complain(request.req_id, full)
    elif message is None:
        session.complain(request.req_id, INVALID.about("b5", f"Invalid tick-by-tick type {request.kind}"))
    elif not gateway.ticks.subscribe(TickLine(session, request.req_id, contract, message)):
        session.complain(request.req_id, DUPLICATE_TICKER)


def _message_of(request: requests.TickByTick, contract: Contract) -> Callable[[Tick], Any] | None:
    kind = TRADE_KINDS.get(request.kind)
    if kind is not None:
        return lambda tick: tick_replies.TradeTick(
            req_id=request.req_id,
            kind=kind,
            time=int(tick.at),
            price=tick.price,
            size=Decimal(tick.size),
            exchange=contract.primary_exchange,
        )
    if request.kind == "BidAsk":
        return lambda tick: tick_replies.QuoteTick(
            req_id=request.req_id,
            time=int(tick.at),
            bid=tick.bid,
            ask=tick.ask,
            bid_size=Decimal(tick.bid_size),
            ask_size=Decimal(tick.ask_size),
        )
    if request.kind == "MidPoint":
        return lambda tick: tick_replies.MidTick(
            req_id=request.req_id, time=int(tick.at), price=round((tick.bid + tick.ask) / 2, 6)
        )
    return None


@answers(requests.CancelTickByTick)
def cancel_tick_by_tick(gateway: Gateway, session: Session, request: requests.CancelTickByTick) -> None:
    """End a subscription."""
    if not gateway.ticks.cancel(session, request.req_id):
        session.complain(request.req_id, NO_TICKER.about(request.req_id))


@answers(requests.HistoricalTicksQuery)
def historical_ticks(gateway: Gateway, session: Session, request: requests.HistoricalTicksQuery) -> None:
    """Tell up to 1000 ticks from a start or before an end; exactly one of the two is given."""
    contract = gateway.resolve(session, request.req_id, request.contract)
    if contract is None:
        return
    start, end = read_moment(request.start), read_moment(request.end)
    what = request.what.upper()
    if bool(request.start) == bool(request.end) or (start is None and end is None) or what not in _ANSWERS:
        session.complain(request.req_id, INVALID.about("b5", "Historical ticks need one of start and end, and a type"))
        return
    gateway.step()
    count = min(max(request.count, 1), MOST_TICKS)
    ticks = _after(gateway, contract, start, count) if start is not None else _before(gateway, contract, end, count)
    session.send(_ANSWERS[what](request.req_id, ticks, contract))


def _after(gateway: Gateway, contract: Contract, start: float, count: int) -> list[Tick]:
    return list(islice(gateway.market.path(contract.con_id, start, gateway.clock.now()), count))


def _before(gateway: Gateway, contract: Contract, end: float | None, count: int) -> list[Tick]:
    until = min(end or 0.0, gateway.clock.now())
    look = FIRST_LOOK
    while True:
        found = list(gateway.market.path(contract.con_id, until - look, until))
        if len(found) >= count or look >= LONGEST_LOOK:
            return found[-count:]
        look *= 2


def _trades(req_id: int, ticks: list[Tick], contract: Contract) -> tick_replies.HistoricalTrades:
    told = tuple(
        tick_replies.PastTrade(time=int(t.at), price=t.price, size=Decimal(t.size), exchange=contract.primary_exchange)
        for t in ticks
    )
    return tick_replies.HistoricalTrades(req_id=req_id, ticks=told, is_done=True)


def _quotes(req_id: int, ticks: list[Tick], _: Contract) -> tick_replies.HistoricalQuotes:
    told = tuple(
        tick_replies.PastQuote(
            time=int(t.at), bid=t.bid, ask=t.ask, bid_size=Decimal(t.bid_size), ask_size=Decimal(t.ask_size)
        )
        for t in ticks
    )
    return tick_replies.HistoricalQuotes(req_id=req_id, ticks=told, is_done=True)


def _mids(req_id: int, ticks: list[Tick], _: Contract) -> tick_replies.HistoricalMids:
    told = tuple(
        tick_replies.PastMid(time=int(t.at), price=round((t.bid + t.ask) / 2, 6), size=Decimal(0)) for t in ticks
    )
    return tick_replies.HistoricalMids(req_id=req_id, ticks=told, is_done=True)


_ANSWERS: dict[str, Callable[[int, list[Tick], Contract], Any]] = {
    "TRADES": _trades,
    "BID_ASK": _quotes,
    "MIDPOINT": _mids,
}
