"""Order trouble played by the practice gateway: what an error may never do, and what the broker's word decides."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from app.adapters.ib.codes import CODES, meaning
from app.adapters.ib.orders import IbOrderChannel
from app.domain.broker import Commission, Message, OrderReport
from app.domain.errors import Retryable, UserError
from app.domain.instruments import Instrument
from app.domain.ledger import Fill
from app.domain.orders import Intent, Limit, Market, OrderRef, OrderState, Side
from app.runtime.tasks import Tasks
from tests.adapters.ib.conftest import DataDesk, OrderDesk, intent_of, leg, order_of, single
from tests.support.gateway import PracticeGateway

S = OrderState
CONNECTION_CODES = {326, 1300}
"""These end the connection, not the order."""
LINE_CODES = {1100, 1101, 1102, 2103, 2104, 2105, 2106, 2107, 2108, 2110}
"""These are reported as what they say of the line."""


@pytest.fixture
async def msft(shared_gateway: PracticeGateway, data: DataDesk, orders: OrderDesk) -> Instrument:
    """MSFT at 100; what one test leaves behind does not disturb the next."""
    await orders.channel.open(shared_gateway.endpoint)
    await data.channel.open(shared_gateway.endpoint)
    (instrument,) = await data.channel.describe("MSFT")
    await data.channel.close()
    await shared_gateway.move("MSFT", 100)
    return instrument


async def resting(gateway: PracticeGateway, orders: OrderDesk, instrument: Instrument) -> tuple[Intent, OrderReport]:
    """Return an order that works far from the market."""
    intent = single(gateway.account, instrument, Limit(Decimal(50)))
    await orders.channel.place(intent, instrument)
    return intent, await orders.heard.one(OrderReport, intent.entry.ref, state=S.ACCEPTED)


async def test_b9_no_code_ends_a_live_order(
    shared_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument
) -> None:
    intent, report = await resting(shared_gateway, orders, msft)
    codes = [*sorted(set(CODES) - CONNECTION_CODES), 555, 2199, 10999]
    for code in codes:
        await shared_gateway.fault("error", code=code, order=report.order_id, text="Auftrag fraglich")
    last = codes[-1]
    await orders.heard.until(lambda: any(m.code == last for m in orders.heard.all(Message)))
    assert intent.entry.ref in {r.ref for r in await orders.channel.open_orders()}
    assert {r.state for r in orders.heard.all(OrderReport, intent.entry.ref)} == {S.ACCEPTED}
    about = [m for m in orders.heard.all(Message) if "Auftrag" in m.text]
    assert {m.ref for m in about} == {intent.entry.ref}
    assert {m.code for m in about} >= set(codes) - LINE_CODES
    assert all(m.text for m in about)


async def test_an_unknown_code_is_an_ib_message_and_changes_nothing(
    shared_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument
) -> None:
    intent, report = await resting(shared_gateway, orders, msft)
    await shared_gateway.fault("error", code=10999, order=report.order_id, text="what is this")
    message = await orders.heard.one(Message, intent.entry.ref, code=10999)
    assert message.text == "IB message 10999: what is this"
    assert orders.heard.state(intent.entry.ref) is S.ACCEPTED
    assert meaning(10999).sentence == ""


async def test_b12_inactive_with_a_reason_is_rejected(
    shared_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument
) -> None:
    await shared_gateway.fault("reject_after_accept", code=201)
    intent = single(shared_gateway.account, msft, Limit(Decimal(50)))
    await orders.channel.place(intent, msft)
    report = await orders.heard.one(OrderReport, intent.entry.ref, state=S.REJECTED)
    assert "IB 201" in report.reason


async def test_inactive_without_a_reason_stays_inactive(
    shared_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument
) -> None:
    await shared_gateway.fault("inactive")
    intent = single(shared_gateway.account, msft, Limit(Decimal(50)))
    await orders.channel.place(intent, msft)
    await orders.heard.one(OrderReport, intent.entry.ref, state=S.INACTIVE)


async def test_a13_a_read_only_gateway_rejects_with_the_remedy(
    shared_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument
) -> None:
    await shared_gateway.fault("read_only", on=True)
    intent = single(shared_gateway.account, msft, Limit(Decimal(50)))
    await orders.channel.place(intent, msft)
    report = await orders.heard.one(OrderReport, intent.entry.ref, state=S.REJECTED)
    assert "Read-Only" in report.reason
    await shared_gateway.fault("read_only", on=False)


async def test_b14_a_partial_fill_is_partial_until_the_rest_comes(
    shared_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument
) -> None:
    await shared_gateway.fault("partial", sizes=[3])
    intent = single(shared_gateway.account, msft, Limit(Decimal(101)))
    await orders.channel.place(intent, msft)
    report = await orders.heard.one(OrderReport, intent.entry.ref, state=S.PARTIALLY_FILLED)
    assert report.filled == 3


@pytest.mark.parametrize(
    "order",
    [
        ["commissionReport", "execDetails", "orderStatus", "openOrder"],
        ["execDetails", "commissionReport", "openOrder", "orderStatus"],
        ["orderStatus", "openOrder", "commissionReport", "execDetails"],
    ],
)
async def test_b15_a_fill_is_whole_in_any_order_of_its_messages(
    shared_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument, order: list[str]
) -> None:
    await shared_gateway.fault("permute", order=order)
    intent = single(shared_gateway.account, msft, Market())
    await orders.channel.place(intent, msft)
    fill = await orders.heard.one(Fill, intent.entry.ref)
    await orders.heard.one(Commission, exec_id=fill.exec_id)
    await orders.heard.one(OrderReport, intent.entry.ref, state=S.FILLED)
    assert orders.heard.state(intent.entry.ref) is S.FILLED


async def test_b17_a_correction_is_a_later_revision_of_the_same_execution(
    shared_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument
) -> None:
    intent = single(shared_gateway.account, msft, Market())
    await orders.channel.place(intent, msft)
    first = await orders.heard.one(Fill, intent.entry.ref)
    await shared_gateway.fault("correct", price=99.5)
    await orders.heard.until(lambda: len({f.exec_id for f in orders.heard.all(Fill)}) == 2)
    second = orders.heard.all(Fill)[-1]
    assert second.key == first.key
    assert second.revision > first.revision
    assert second.price == Decimal("99.5")


async def test_b18_a_commission_that_never_comes_is_unknown(
    shared_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument
) -> None:
    await shared_gateway.fault("commission", never=True)
    intent = single(shared_gateway.account, msft, Market())
    await orders.channel.place(intent, msft)
    await orders.heard.one(OrderReport, intent.entry.ref, state=S.FILLED)
    assert not orders.heard.all(Commission)


async def test_b10_a_cancel_of_what_is_filled_ends_in_the_truth(
    shared_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument
) -> None:
    intent = single(shared_gateway.account, msft, Market())
    await orders.channel.place(intent, msft)
    report = await orders.heard.one(OrderReport, intent.entry.ref, state=S.FILLED)
    await shared_gateway.fault("error", code=10148, order=report.order_id, text="state: Filled")
    await orders.heard.one(Message, intent.entry.ref, code=10148)
    assert orders.heard.state(intent.entry.ref) is S.FILLED


async def test_b21_an_order_placed_elsewhere_is_seen_and_is_nobodys(
    shared_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument, tasks: Tasks
) -> None:
    other = IbOrderChannel(tasks)
    await other.open(replace(shared_gateway.endpoint, orders_client=21))
    theirs = leg("their-own-tag", Side.BUY, Limit(Decimal(50)), quantity=5)
    await other.place(intent_of(shared_gateway.account, msft, theirs), msft)
    await other.heartbeat()

    (report,) = [r for r in await orders.channel.open_orders() if r.client_id == 21]
    assert report.ref is None
    assert report.client_id == 21
    assert report.perm_id
    assert (report.symbol, report.quantity, report.limit) == ("MSFT", Decimal(5), Decimal(50))
    with pytest.raises(UserError, match="client id 21"):
        await orders.channel.cancel(order_of(replace(report, ref=OrderRef("foreign")), msft))

    await shared_gateway.move("MSFT", 49)
    await shared_gateway.book()
    (fill,) = [fill for fill, _ in await orders.channel.executions() if fill.perm_id == report.perm_id]
    assert fill.ref is None
    assert fill.quantity == 5
    await other.close()


async def test_b28_a_silent_preview_ends_after_three_seconds(
    shared_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument
) -> None:
    await shared_gateway.fault("whatif_silence")
    with pytest.raises(Retryable, match="within 3 s"):
        await orders.channel.preview(leg("preview", Side.BUY, Market()), msft, shared_gateway.account)
