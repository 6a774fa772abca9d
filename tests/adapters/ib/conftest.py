"""Channels over real sockets for the tests of this room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import uuid4

import pytest

from app.adapters.calendar import ExchangeCalendar, open_calendar
from app.adapters.ib.data import IbDataChannel
from app.adapters.ib.orders import IbOrderChannel
from app.domain.broker import OrderReport
from app.domain.instruments import Instrument
from app.domain.orders import (
    Intent,
    IntentId,
    Leg,
    Limit,
    Order,
    OrderRef,
    OrderState,
    OrderType,
    Role,
    Side,
    Stop,
    TimeInForce,
)
from app.domain.quotes import Quote
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from tests.support.gateway import practice_gateway, shared_gateway

__all__ = ["practice_gateway", "shared_gateway"]

T = TypeVar("T")
PATIENCE_S = 8.0


@dataclass
class Heard:
    """What a channel reported, in order; a test waits on it for what it expects."""

    news: list[Any] = field(default_factory=list)
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, news: Any) -> None:
        self.news.append(news)
        self._came.set()

    def all(self, kind: type[T], ref: str | None = None) -> list[T]:
        """Return the reports of one kind, about one order when a ref is given."""
        return [n for n in self.news if isinstance(n, kind) and (ref is None or getattr(n, "ref", None) == ref)]

    def state(self, ref: str) -> OrderState | None:
        """Return the newest state reported of an order."""
        states = [report.state for report in self.all(OrderReport, ref) if report.state]
        return states[-1] if states else None

    async def until(self, is_true: Callable[[], T], within: float = PATIENCE_S) -> T:
        """Return once a condition holds on what was heard; fail with all of it when it never does."""
        try:
            async with asyncio.timeout(within):
                while not (result := is_true()):
                    self._came.clear()
                    await self._came.wait()
                return result
        except TimeoutError:
            pytest.fail("never heard what was expected; heard:\n" + "\n".join(map(str, self.news)))

    async def one(self, kind: type[T], ref: str | None = None, **fields: Any) -> T:
        """Return the first report of a kind with these fields, waiting for it."""

        def found() -> T | None:
            fits = (n for n in self.all(kind, ref) if all(getattr(n, name) == value for name, value in fields.items()))
            return next(fits, None)

        await self.until(lambda: found() is not None)
        result = found()
        assert result is not None
        return result


@dataclass
class OrderDesk:
    """An order channel and what it reported."""

    channel: IbOrderChannel
    heard: Heard


@dataclass
class DataDesk:
    """A data channel, and the quotes and news it reported."""

    channel: IbDataChannel
    quotes: Heard
    news: Heard

    def quote(self) -> Quote | None:
        """Return the newest quote."""
        return self.quotes.news[-1] if self.quotes.news else None


@pytest.fixture(scope="session")
def calendar() -> ExchangeCalendar:
    today = Clock().now().date()
    return open_calendar("XNYS", today - timedelta(days=400), today + timedelta(days=60))


@pytest.fixture
async def tasks() -> AsyncIterator[Tasks]:
    tasks = Tasks()
    yield tasks
    await tasks.close()


@pytest.fixture
async def orders(tasks: Tasks) -> AsyncIterator[OrderDesk]:
    """An order channel that is not open yet."""
    channel, heard = IbOrderChannel(tasks), Heard()
    channel.listen(heard)
    yield OrderDesk(channel, heard)
    await channel.close()


@pytest.fixture
async def data(tasks: Tasks, calendar: ExchangeCalendar) -> AsyncIterator[DataDesk]:
    """A data channel that is not open yet."""
    channel, quotes, news = IbDataChannel(tasks, Clock(), calendar), Heard(), Heard()
    channel.listen(quotes, news)
    yield DataDesk(channel, quotes, news)
    await channel.close()


def leg(
    ref: str, side: Side, type_: OrderType, quantity: int = 10, role: Role = Role.ENTRY, tif: TimeInForce | None = None
) -> Leg:
    """Return one leg; protection is good till cancelled, the rest for the day."""
    is_child = role in (Role.STOP, Role.TARGET)
    tif = tif or (TimeInForce.GTC if is_child else TimeInForce.DAY)
    return Leg(OrderRef(ref), role, side, Decimal(quantity), type_, tif)


def intent_of(account: str, instrument: Instrument, *legs: Leg) -> Intent:
    """Return an intent of these legs."""
    return Intent(IntentId(legs[0].ref), uuid4().hex, account, instrument.con_id, instrument.symbol, legs)


def bracket(
    account: str, instrument: Instrument, *, limit: Decimal, stop: Decimal, target: Decimal, quantity: int = 10
) -> Intent:
    """Return a long bracket."""
    ref = uuid4().hex
    return intent_of(
        account,
        instrument,
        leg(ref, Side.BUY, Limit(limit), quantity),
        leg(f"{ref}.stop", Side.SELL, Stop(stop), quantity, Role.STOP),
        leg(f"{ref}.target", Side.SELL, Limit(target), quantity, Role.TARGET),
    )


def single(account: str, instrument: Instrument, type_: OrderType, side: Side = Side.BUY, quantity: int = 10) -> Intent:
    """Return one order without protection."""
    return intent_of(account, instrument, leg(uuid4().hex, side, type_, quantity))


def order_of(report: OrderReport, instrument: Instrument) -> Order:
    """Return the domain's order that a report is about, as far as a cancel needs it."""
    now = Clock().now()
    assert report.ref is not None
    return Order(
        ref=report.ref,
        intent=None,
        account=report.account,
        con_id=instrument.con_id,
        symbol=report.symbol,
        role=Role.ENTRY,
        side=report.side,
        quantity=report.quantity,
        type_name=report.type_name,
        limit=report.limit,
        stop=report.stop,
        tif=report.tif,
        state=OrderState.ACCEPTED,
        created=now,
        updated=now,
        perm_id=report.perm_id,
    )
