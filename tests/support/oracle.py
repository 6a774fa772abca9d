"""The oracle of the fault tests: what must hold of ledger, wire and notices after any fault, by the gateway's own book.

O1 a decision has at most one order for each of its legs at the broker; O2 our fills are the broker's executions with
their commissions; O3 positions are equal; O4 no order left while the gate was closed; O5 a notice was given.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from app.domain import events as ev
from app.domain.broker import Message
from app.domain.instruments import Instrument
from app.domain.orders import Intent, OrderRef
from app.services.session import SessionView
from tests.support.core import Trader
from tests.support.ledger import ledger_equals_book, until_nothing_is_in_doubt

WAIT_S = 30.0


@dataclass
class Oracle:
    """What was seen of one trader since it was watched."""

    trader: Trader
    sent: list[OrderRef] = field(default_factory=list)
    sent_while_shut: list[OrderRef] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def holds(self, *notices: str) -> None:
        """Fail unless O1 to O4 hold once everything has come to rest, and each of these notices was given (O5)."""
        await until_nothing_is_in_doubt(self.trader, WAIT_S)
        await ledger_equals_book(self.trader)
        await self._one_order_a_leg()
        assert self.sent_while_shut == []
        for notice in notices:
            await self.told(notice)

    async def told(self, notice: str, within_s: float = 10.0) -> None:
        """Return once something a person is shown has these words."""
        try:
            async with asyncio.timeout(within_s):
                while not any(notice in text for text in self._notices()):
                    self.came.clear()
                    await self.came.wait()
        except TimeoutError:
            raise AssertionError(f"{notice!r} was never told; told was {list(self._notices())}") from None

    async def _one_order_a_leg(self) -> None:
        state, book = self.trader.state, (await self.trader.gateway.book())["orders"]
        at_broker = Counter(order["ref"] for order in book)
        legs = Counter((intent.decision, leg.role) for intent in state.intents.values() for leg in intent.legs)
        twice = {ref: times for ref, times in at_broker.items() if ref and times > 1}
        assert twice == {}, "an order is at the broker more than once"
        assert {leg: times for leg, times in legs.items() if times > 1} == {}, "a decision has more than one order"
        assert [ref for ref, times in Counter(self.sent).items() if times > 1] == [], "an order was written twice"

    def _notices(self) -> Iterator[str]:
        state = self.trader.state
        yield from self.heard
        yield state.trading.reason
        yield self.trader.core.session.view.why
        for order in state.orders.values():
            yield order.reason
            yield order.warning


@contextmanager
def watched(trader: Trader) -> Iterator[Oracle]:
    """Yield an oracle that hears every notice and every order that leaves from now on."""
    oracle, channel = Oracle(trader), trader.core.desk._channel
    place = channel.place

    async def placed(intent: Intent, instrument: Instrument) -> None:
        is_shut = not trader.core.session.view.is_ready or (
            trader.core.desk._brake.is_on and intent.entry.role.value == "entry"
        )
        refs = [leg.ref for leg in intent.legs]
        oracle.sent += refs
        oracle.sent_while_shut += refs if is_shut else []
        await place(intent, instrument)

    def heard(news: Any) -> None:
        oracle.heard.append(_words(news))
        oracle.came.set()

    kinds: list[type[Any]] = [Message, SessionView, ev.TradingStateChanged, ev.OrderReported]
    stops = [trader.core.bus.on(kind, heard) for kind in kinds]
    channel.place = placed  # type: ignore[method-assign]
    try:
        yield oracle
    finally:
        channel.place = place  # type: ignore[method-assign]
        for stop in stops:
            stop()


def _words(news: Message | SessionView | ev.TradingStateChanged | ev.OrderReported) -> str:
    match news:
        case Message():
            return news.text
        case SessionView():
            return news.why
        case _:
            return news.reason
