"""The order channel against the practice gateway, over real sockets."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest

from app.domain.broker import AccountFigures, ChangeRefused, Commission, Holding, Message, OrderReport
from app.domain.changes import Change, ChangeId, OrderChange
from app.domain.errors import Fault, UserError
from app.domain.instruments import Instrument
from app.domain.ledger import Fill
from app.domain.orders import (
    Intent,
    Limit,
    Market,
    OrderState,
    Role,
    Side,
    Stop,
    Terms,
    limit_price,
    stop_price,
)
from tests.adapters.ib.conftest import DataDesk, OrderDesk, bracket, intent_of, leg, order_of, single
from tests.support.gateway import PracticeGateway

S = OrderState


@pytest.fixture
async def aapl(shared_gateway: PracticeGateway, data: DataDesk, orders: OrderDesk) -> Instrument:
    """AAPL, with both channels open and its market at 400."""
    await orders.channel.open(shared_gateway.endpoint)
    await data.channel.open(shared_gateway.endpoint)
    (instrument,) = await data.channel.describe("AAPL")
    await shared_gateway.move("AAPL", 400)
    return instrument


async def test_a_bracket_is_accepted_filled_and_its_children_stay(
    shared_gateway: PracticeGateway, orders: OrderDesk, aapl: Instrument
) -> None:
    intent = bracket(shared_gateway.account, aapl, limit=Decimal(401), stop=Decimal(300), target=Decimal(500))
    entry, stop, target = (leg.ref for leg in intent.legs)
    await orders.channel.place(intent, aapl)

    heard = orders.heard
    for ref in (entry, stop, target):
        await heard.one(OrderReport, ref, state=S.ACCEPTED)
    fill = await heard.one(Fill, entry)
    await heard.one(OrderReport, entry, state=S.FILLED)
    commission = await heard.one(Commission, exec_id=fill.exec_id)

    assert (fill.quantity, fill.side, fill.con_id) == (Decimal(10), Side.BUY, aapl.con_id)
    assert fill.price <= 401
    assert fill.at.utcoffset() is not None
    assert commission.commission > 0
    assert commission.currency == "USD"
    assert heard.state(stop) is heard.state(target) is S.ACCEPTED
    assert not heard.all(Message)[1:], "a clean bracket draws no complaint"
    assert {r.ref for r in await orders.channel.open_orders()} == {stop, target}
    book = await shared_gateway.book()
    told = {order["ref"]: order for order in book["orders"] if order["ref"] in (entry, stop, target)}
    assert told[stop]["oca_group"] == told[target]["oca_group"] != ""
    assert told[stop]["parent_perm_id"] == told[target]["parent_perm_id"] == told[entry]["perm_id"]
    assert [told[ref]["tif"] for ref in (entry, stop, target)] == ["DAY", "GTC", "GTC"]
    for ref in (stop, target):
        report = heard.all(OrderReport, ref)[-1]
        await orders.channel.cancel(order_of(report, aapl))
        await heard.one(OrderReport, ref, state=S.CANCELLED)


async def test_a_working_order_is_cancelled_by_its_ref(
    shared_gateway: PracticeGateway, orders: OrderDesk, aapl: Instrument
) -> None:
    intent = single(shared_gateway.account, aapl, Limit(Decimal(350)))
    await orders.channel.place(intent, aapl)
    report = await orders.heard.one(OrderReport, intent.entry.ref, state=S.ACCEPTED)
    await orders.channel.cancel(order_of(report, aapl))
    await orders.heard.one(OrderReport, intent.entry.ref, state=S.CANCELLED)
    assert any(
        done.ref == intent.entry.ref and done.state is S.CANCELLED for done in await orders.channel.completed_orders()
    )


async def test_an_order_is_cancelled_by_a_new_connection_that_never_sent_it(
    shared_gateway: PracticeGateway, orders: OrderDesk, aapl: Instrument
) -> None:
    intent = single(shared_gateway.account, aapl, Limit(Decimal(350)))
    await orders.channel.place(intent, aapl)
    report = await orders.heard.one(OrderReport, intent.entry.ref, state=S.ACCEPTED)
    await orders.channel.open(shared_gateway.endpoint)
    await orders.channel.cancel(order_of(report, aapl))
    await orders.heard.one(OrderReport, intent.entry.ref, state=S.CANCELLED)


async def test_an_order_off_the_tick_is_rejected_with_its_children_and_a_plain_reason(
    shared_gateway: PracticeGateway, orders: OrderDesk, aapl: Instrument
) -> None:
    intent = bracket(shared_gateway.account, aapl, limit=Decimal("350.005"), stop=Decimal(300), target=Decimal(500))
    await orders.channel.place(intent, aapl)
    for leg_ in intent.legs:
        report = await orders.heard.one(OrderReport, leg_.ref, state=S.REJECTED)
        assert "price step" in report.reason
        assert "IB 110" in report.reason
    assert not {leg_.ref for leg_ in intent.legs} & {r.ref for r in await orders.channel.open_orders()}


async def test_what_was_sent_once_is_never_sent_again(
    shared_gateway: PracticeGateway, orders: OrderDesk, aapl: Instrument
) -> None:
    intent = single(shared_gateway.account, aapl, Limit(Decimal(350)))
    await orders.channel.place(intent, aapl)
    with pytest.raises(Fault, match="sent before"):
        await orders.channel.place(intent, aapl)
    await orders.heard.one(OrderReport, intent.entry.ref, state=S.ACCEPTED)
    book = await shared_gateway.book()
    assert [order["ref"] for order in book["orders"]].count(intent.entry.ref) == 1


async def test_nothing_is_sent_without_a_connection(
    shared_gateway: PracticeGateway, orders: OrderDesk, aapl: Instrument
) -> None:
    await orders.channel.close()
    with pytest.raises(UserError, match="not sent"):
        await orders.channel.place(single(shared_gateway.account, aapl, Market()), aapl)


async def test_protection_without_an_entry_is_a_group_of_its_own(
    shared_gateway: PracticeGateway, orders: OrderDesk, aapl: Instrument
) -> None:
    ref = single(shared_gateway.account, aapl, Market()).id
    intent = intent_of(
        shared_gateway.account,
        aapl,
        leg(f"{ref}.stop", Side.SELL, Stop(Decimal(300)), role=Role.STOP),
        leg(f"{ref}.target", Side.SELL, Limit(Decimal(500)), role=Role.TARGET),
    )
    await orders.channel.place(intent, aapl)
    for leg_ in intent.legs:
        await orders.heard.one(OrderReport, leg_.ref, state=S.ACCEPTED)
    await shared_gateway.move("AAPL", 299)
    await orders.heard.one(OrderReport, intent.legs[0].ref, state=S.FILLED)
    await orders.heard.one(OrderReport, intent.legs[1].ref, state=S.CANCELLED)


async def test_a_preview_tells_the_margin_and_places_nothing(
    shared_gateway: PracticeGateway, orders: OrderDesk, aapl: Instrument
) -> None:
    before = len((await shared_gateway.book())["orders"])
    asked = leg("preview", Side.BUY, Limit(Decimal(399)), quantity=100)
    margin = await orders.channel.preview(asked, aapl, shared_gateway.account)
    assert margin.initial_change is not None
    assert margin.initial_change > 0
    assert margin.commission is not None
    assert len((await shared_gateway.book())["orders"]) == before


async def test_a_preview_that_the_broker_refuses_says_why(
    shared_gateway: PracticeGateway, orders: OrderDesk, aapl: Instrument
) -> None:
    with pytest.raises(UserError, match="price step"):
        await orders.channel.preview(leg("p", Side.BUY, Limit(Decimal("9.001"))), aapl, shared_gateway.account)


async def test_positions_executions_and_figures_equal_the_book(
    shared_gateway: PracticeGateway, orders: OrderDesk, aapl: Instrument
) -> None:
    intent = single(shared_gateway.account, aapl, Market(), quantity=7)
    await orders.channel.place(intent, aapl)
    fill = await orders.heard.one(Fill, intent.entry.ref)
    await orders.heard.one(Commission, exec_id=fill.exec_id)
    await orders.channel.follow_account(shared_gateway.account)

    book = await shared_gateway.book()
    executions = await orders.channel.executions()
    assert {str(known.exec_id) for known, _ in executions} == {e["exec_id"] for e in book["executions"]}
    told = {e["exec_id"]: e for e in book["executions"]}
    for known, commission in executions:
        assert float(known.price) == told[known.exec_id]["price"]
        assert float(known.quantity) == told[known.exec_id]["quantity"]
        assert commission is not None
        assert float(commission.commission) == told[known.exec_id]["commission"]
    (holding,) = await orders.channel.holdings()
    assert float(holding.quantity) == book["positions"][0]["quantity"]
    figures = await orders.heard.one(AccountFigures)
    assert figures.net_liquidation is not None
    assert figures.cash is not None
    assert float(figures.cash) == pytest.approx(book["cash"][shared_gateway.account]["USD"], abs=0.01)

    await orders.channel.place(single(shared_gateway.account, aapl, Market(), Side.SELL, quantity=3), aapl)
    pushed = await orders.heard.one(Holding)
    assert pushed.quantity == holding.quantity - 3


def new_terms(intent: Intent, place: int, **terms: Decimal) -> Change:
    """Return the change of one leg of an intent."""
    wanted = intent.legs[place]
    old = Terms(wanted.quantity, limit_price(wanted.type), stop_price(wanted.type))
    return Change(ChangeId(uuid4().hex), (OrderChange(wanted.ref, old, replace(old, **terms)),))


async def test_a_change_by_a_new_connection_keeps_parent_group_and_time_in_force(
    shared_gateway: PracticeGateway, orders: OrderDesk, aapl: Instrument
) -> None:
    intent = bracket(shared_gateway.account, aapl, limit=Decimal(350), stop=Decimal(300), target=Decimal(500))
    await orders.channel.place(intent, aapl)
    for one in intent.legs:
        await orders.heard.one(OrderReport, one.ref, state=S.ACCEPTED)
    before = {order["ref"]: order for order in (await shared_gateway.book())["orders"]}
    await orders.channel.open(shared_gateway.endpoint)
    await orders.channel.modify(new_terms(intent, 1, stop=Decimal(310)), aapl)
    stop = intent.legs[1].ref
    assert (await orders.heard.one(OrderReport, stop, stop=Decimal(310))).quantity == 10
    after = {order["ref"]: order for order in (await shared_gateway.book())["orders"]}
    assert after[stop] == before[stop] | {"aux": 310.0}
    assert after.keys() == before.keys()


async def test_a_change_that_the_broker_refuses_is_told_as_such_and_the_order_stands(
    shared_gateway: PracticeGateway, orders: OrderDesk, aapl: Instrument
) -> None:
    intent = single(shared_gateway.account, aapl, Limit(Decimal(350)))
    await orders.channel.place(intent, aapl)
    ref = intent.entry.ref
    await orders.heard.one(OrderReport, ref, state=S.ACCEPTED)
    wanted = new_terms(intent, 0, limit=Decimal("351.003"))
    await orders.channel.modify(wanted, aapl)
    refused = await orders.heard.one(ChangeRefused, ref)
    assert "IB 110" in refused.reason
    assert {report.limit for report in orders.heard.all(OrderReport, ref)} == {Decimal(350)}
    assert orders.heard.state(ref) is S.ACCEPTED
    with pytest.raises(Fault, match="sent before"):
        await orders.channel.modify(wanted, aapl)


async def test_nothing_is_changed_without_a_connection_or_of_an_order_that_is_gone(
    shared_gateway: PracticeGateway, orders: OrderDesk, aapl: Instrument
) -> None:
    intent = single(shared_gateway.account, aapl, Limit(Decimal(350)))
    with pytest.raises(UserError, match="does not show"):
        await orders.channel.modify(new_terms(intent, 0, limit=Decimal(351)), aapl)
    await orders.channel.close()
    with pytest.raises(UserError, match="was not sent"):
        await orders.channel.modify(new_terms(intent, 0, limit=Decimal(351)), aapl)
