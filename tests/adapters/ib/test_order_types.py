"""Every order type over the socket: what we meant comes back as what we meant, and each can be changed in place."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from ib_async.contract import Contract
from ib_async.order import Order as IbOrder

from app.adapters.ib.translate import ib_order, moment_of, report_of, terms_of
from app.domain.broker import OrderReport
from app.domain.changes import Change, ChangeId, OrderChange
from app.domain.instruments import Instrument
from app.domain.order_rules import why_combination_unfit
from app.domain.orders import (
    ORDER_TYPES,
    Distance,
    Leg,
    Limit,
    LimitOnClose,
    Market,
    MarketOnClose,
    OrderRef,
    OrderState,
    OrderType,
    Role,
    Side,
    Stop,
    StopLimit,
    Terms,
    TimeInForce,
    Trail,
    TrailLimit,
    type_of,
)
from app.runtime.clock import Clock
from tests.adapters.ib.conftest import DataDesk, OrderDesk, intent_of, leg, order_of
from tests.support.gateway import PracticeGateway

D = Decimal
S = OrderState
RESTING: tuple[OrderType, ...] = (
    Limit(D(100)),
    Stop(D(900)),
    StopLimit(D(900), D("901.5")),
    Trail(Distance(D("4.5")), D(900)),
    Trail(Distance(D("2.5"), is_percent=True), D(900)),
    TrailLimit(Distance(D(5)), D(900), D("0.25")),
    TrailLimit(Distance(D(1), is_percent=True), D(900), D(0)),
    MarketOnClose(),
    LimitOnClose(D(100)),
)


@pytest.fixture
async def aapl(shared_gateway: PracticeGateway, data: DataDesk, orders: OrderDesk) -> Instrument:
    """AAPL, with both channels open and its market at 400."""
    await orders.channel.open(shared_gateway.endpoint)
    await data.channel.open(shared_gateway.endpoint)
    (instrument,) = await data.channel.describe("AAPL")
    await shared_gateway.move("AAPL", 400)
    return instrument


def told_type(report: OrderReport) -> OrderType | None:
    return type_of(report.type_name, report.limit, report.stop, report.trail, report.offset)


@pytest.mark.parametrize("type_", RESTING, ids=str)
async def test_what_we_meant_comes_back_as_what_we_meant(
    shared_gateway: PracticeGateway, orders: OrderDesk, aapl: Instrument, type_: OrderType
) -> None:
    meant = leg(uuid4().hex, Side.BUY, type_)
    await orders.channel.place(intent_of(shared_gateway.account, aapl, meant), aapl)
    first = await orders.heard.one(OrderReport, meant.ref, state=S.ACCEPTED)
    assert told_type(first) == type_
    (told,) = [report for report in await orders.channel.open_orders() if report.ref == meant.ref]
    assert type(told_type(told)) is type(type_), "a trailing stop may have followed the market by now"
    assert (told.tif, told.quantity, told.side) == (meant.tif, meant.quantity, meant.side)
    await orders.channel.cancel(order_of(told, aapl))
    await orders.heard.one(OrderReport, meant.ref, state=S.CANCELLED)


@pytest.mark.parametrize("type_", RESTING[:7], ids=str)
async def test_each_type_is_changed_in_place(
    shared_gateway: PracticeGateway, orders: OrderDesk, aapl: Instrument, type_: OrderType
) -> None:
    meant = leg(uuid4().hex, Side.BUY, type_)
    await orders.channel.place(intent_of(shared_gateway.account, aapl, meant), aapl)
    first = await orders.heard.one(OrderReport, meant.ref, state=S.ACCEPTED)
    old = terms_of(first)
    new = Terms(
        D(7),
        None if old.limit is None else old.limit + D("0.5"),
        None if old.stop is None else old.stop - D("0.5"),
        old.trail and replace(old.trail, value=old.trail.value + 1),
        None if old.offset is None else old.offset + D("0.05"),
    )
    await orders.channel.modify(Change(ChangeId(uuid4().hex), (OrderChange(meant.ref, old, new),)), aapl)
    changed = await orders.heard.one(OrderReport, meant.ref, quantity=D(7))
    assert terms_of(changed) == new
    assert changed.perm_id == first.perm_id
    await orders.channel.cancel(order_of(changed, aapl))


@pytest.mark.parametrize(
    ("type_", "tif", "side", "move", "state"),
    [
        (Market(), TimeInForce.IOC, Side.BUY, None, S.FILLED),
        (Limit(D(410)), TimeInForce.IOC, Side.BUY, None, S.FILLED),
        (Limit(D(10)), TimeInForce.IOC, Side.BUY, None, S.CANCELLED),
        (StopLimit(D(405), D(406)), TimeInForce.DAY, Side.BUY, 405, S.FILLED),
        (Trail(Distance(D(5)), D(395)), TimeInForce.GTC, Side.SELL, 394, S.FILLED),
        (Trail(Distance(D(1), is_percent=True), D(404)), TimeInForce.GTC, Side.BUY, 405, S.FILLED),
        (TrailLimit(Distance(D(5)), D(395), D(2)), TimeInForce.DAY, Side.SELL, 394, S.FILLED),
    ],
    ids=str,
)
async def test_each_type_is_filled_or_ends_by_its_own_rule(
    shared_gateway: PracticeGateway,
    orders: OrderDesk,
    aapl: Instrument,
    type_: OrderType,
    tif: TimeInForce,
    side: Side,
    move: float | None,
    state: OrderState,
) -> None:
    meant = leg(uuid4().hex, side, type_, tif=tif)
    await orders.channel.place(intent_of(shared_gateway.account, aapl, meant), aapl)
    if move is not None:
        await orders.heard.one(OrderReport, meant.ref, state=S.ACCEPTED)
        await shared_gateway.move("AAPL", move)
    await orders.heard.one(OrderReport, meant.ref, state=state)


async def test_an_order_until_a_moment_comes_back_with_it_in_utc(
    shared_gateway: PracticeGateway, orders: OrderDesk, aapl: Instrument
) -> None:
    ends = (Clock().now() + timedelta(days=30)).replace(microsecond=0)
    meant = replace(leg(uuid4().hex, Side.BUY, Limit(D(50)), tif=TimeInForce.GTD), good_till=ends, outside_hours=True)
    await orders.channel.place(intent_of(shared_gateway.account, aapl, meant), aapl)
    told = await orders.heard.one(OrderReport, meant.ref, state=S.ACCEPTED)
    assert (told.tif, told.good_till, told.outside_hours) == ("GTD", ends, True)
    await orders.channel.cancel(order_of(told, aapl))


async def test_of_a_pair_the_first_to_fill_cancels_the_other(
    shared_gateway: PracticeGateway, orders: OrderDesk, aapl: Instrument
) -> None:
    ref = uuid4().hex
    low, high = leg(ref, Side.BUY, Limit(D(350))), leg(f"{ref}.pair", Side.BUY, Stop(D(420)))
    pair = intent_of(shared_gateway.account, aapl, low, high)
    assert pair.is_pair
    await orders.channel.place(pair, aapl)
    for each in (low, high):
        await orders.heard.one(OrderReport, each.ref, state=S.ACCEPTED)
    await shared_gateway.move("AAPL", 421)
    await orders.heard.one(OrderReport, high.ref, state=S.FILLED)
    await orders.heard.one(OrderReport, low.ref, state=S.CANCELLED)


def test_the_types_of_others_stay_text_and_are_never_guessed() -> None:
    strange = IbOrder(orderType="PEG MID", action="BUY", totalQuantity=5, lmtPrice=3.0, auxPrice=1.0, tif="FOK")
    told = report_of(Contract(conId=1, symbol="X"), strange, client_id=99, ours=17)
    assert (told.type_name, told.tif) == ("PEG MID", "FOK")
    assert told_type(told) is None
    half_told = report_of(Contract(conId=1, symbol="X"), IbOrder(orderType="TRAIL", auxPrice=1.0), client_id=9, ours=17)
    assert told_type(half_told) is None  # where its stop stands was not said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("20261123 16:00:00 US/Eastern", "2026-11-23T21:00:00+00:00"),
        ("20261123-21:00:00", "2026-11-23T21:00:00+00:00"),
        ("20260706  16:00:00 US/Eastern", "2026-07-06T20:00:00+00:00"),
        ("20261123 16:00:00", None),
        ("20261123 16:00:00 Nowhere/Land", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_moment_of_the_broker_is_read_in_its_zone_or_not_at_all(text: str, said: str | None) -> None:
    read = moment_of(text)
    assert (read and read.isoformat()) == said


def test_every_type_is_written_under_its_own_name() -> None:
    assert {type_.name for type_ in (*RESTING, Market())} == set(ORDER_TYPES)
    for type_ in (*RESTING, Market()):
        sent = ib_order(Leg(OrderRef("r"), Role.ENTRY, Side.BUY, D(1), type_, TimeInForce.DAY), "DUT000001")
        assert sent.orderType == type_.name


async def test_what_our_table_allows_the_gateway_accepts(
    shared_gateway: PracticeGateway, orders: OrderDesk, aapl: Instrument
) -> None:
    """Place every combination that the table allows at once: none is refused."""
    ends = Clock().now() + timedelta(days=30)
    legs = [
        replace(
            leg(uuid4().hex, Side.BUY, type_, quantity=1, tif=tif),
            outside_hours=outside,
            good_till=ends if tif is TimeInForce.GTD else None,
        )
        for type_ in (*RESTING[:4], RESTING[5], *RESTING[7:])
        for tif in TimeInForce
        for outside in (False, True)
        if not why_combination_unfit(type(type_), tif, outside_hours=outside, kind=aapl.kind)
    ]
    assert len(legs) > 20
    for each in legs:
        await orders.channel.place(intent_of(shared_gateway.account, aapl, each), aapl)
    states = {S.ACCEPTED, S.FILLED, S.CANCELLED}
    await orders.heard.until(lambda: all(orders.heard.state(each.ref) in states for each in legs), within=20)
    for report in await orders.channel.open_orders():
        await orders.channel.cancel(order_of(report, aapl))
