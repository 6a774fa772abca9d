"""Order trouble played by the practice gateway: what an error may never do, and what the broker's word decides."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.adapters.ib.codes import CODES, meaning
from app.domain.broker import Commission, Message, OrderReport
from app.domain.errors import Retryable
from app.domain.instruments import Instrument
from app.domain.ledger import Fill
from app.domain.orders import Intent, Limit, Market, OrderState
from tests.adapters.ib.conftest import DataDesk, OrderDesk, leg, single
from tests.support.gateway import PracticeGateway

S = OrderState
CONNECTION_CODES = {326, 1300}
"""These end the connection, not the order."""


@pytest.fixture
async def msft(practice_gateway: PracticeGateway, data: DataDesk, orders: OrderDesk) -> Instrument:
    """MSFT at 100, in a gateway that this test may break."""
    await orders.channel.open(practice_gateway.endpoint)
    await data.channel.open(practice_gateway.endpoint)
    (instrument,) = await data.channel.describe("MSFT")
    await data.channel.close()
    await practice_gateway.move("MSFT", 100)
    return instrument


async def resting(gateway: PracticeGateway, orders: OrderDesk, instrument: Instrument) -> tuple[Intent, OrderReport]:
    """Return an order that works far from the market."""
    intent = single(gateway.account, instrument, Limit(Decimal(50)))
    await orders.channel.place(intent, instrument)
    return intent, await orders.heard.one(OrderReport, intent.entry.ref, state=S.ACCEPTED)


async def test_b9_no_code_ends_a_live_order(
    practice_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument
) -> None:
    intent, report = await resting(practice_gateway, orders, msft)
    codes = [*sorted(set(CODES) - CONNECTION_CODES), 555, 2199, 10999]
    for code in codes:
        await practice_gateway.fault("error", code=code, order=report.order_id, text="Auftrag fraglich")
    last = codes[-1]
    await orders.heard.until(lambda: any(m.code == last for m in orders.heard.all(Message)))
    assert {r.ref for r in await orders.channel.open_orders()} == {intent.entry.ref}
    assert {r.state for r in orders.heard.all(OrderReport, intent.entry.ref)} == {S.ACCEPTED}
    about = [m for m in orders.heard.all(Message) if m.code in codes and m.code not in (1100, 1101, 1102, 2110)]
    assert {m.ref for m in about if not 2103 <= m.code <= 2108} == {intent.entry.ref}
    assert all(m.text for m in about)


async def test_an_unknown_code_is_an_ib_message_and_changes_nothing(
    practice_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument
) -> None:
    intent, report = await resting(practice_gateway, orders, msft)
    await practice_gateway.fault("error", code=10999, order=report.order_id, text="what is this")
    message = await orders.heard.one(Message, intent.entry.ref, code=10999)
    assert message.text == "IB message 10999: what is this"
    assert orders.heard.state(intent.entry.ref) is S.ACCEPTED
    assert meaning(10999).sentence == ""


async def test_b12_inactive_with_a_reason_is_rejected(
    practice_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument
) -> None:
    await practice_gateway.fault("reject_after_accept", code=201)
    intent = single(practice_gateway.account, msft, Limit(Decimal(50)))
    await orders.channel.place(intent, msft)
    report = await orders.heard.one(OrderReport, intent.entry.ref, state=S.REJECTED)
    assert "IB 201" in report.reason


async def test_inactive_without_a_reason_stays_inactive(
    practice_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument
) -> None:
    await practice_gateway.fault("inactive")
    intent = single(practice_gateway.account, msft, Limit(Decimal(50)))
    await orders.channel.place(intent, msft)
    await orders.heard.one(OrderReport, intent.entry.ref, state=S.INACTIVE)


async def test_a13_a_read_only_gateway_rejects_with_the_remedy(
    practice_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument
) -> None:
    await practice_gateway.fault("read_only", on=True)
    intent = single(practice_gateway.account, msft, Limit(Decimal(50)))
    await orders.channel.place(intent, msft)
    report = await orders.heard.one(OrderReport, intent.entry.ref, state=S.REJECTED)
    assert "Read-Only" in report.reason


async def test_b14_a_partial_fill_is_partial_until_the_rest_comes(
    practice_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument
) -> None:
    await practice_gateway.fault("partial", sizes=[3])
    intent = single(practice_gateway.account, msft, Limit(Decimal(101)))
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
    practice_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument, order: list[str]
) -> None:
    await practice_gateway.fault("permute", order=order)
    intent = single(practice_gateway.account, msft, Market())
    await orders.channel.place(intent, msft)
    fill = await orders.heard.one(Fill, intent.entry.ref)
    await orders.heard.one(Commission, exec_id=fill.exec_id)
    await orders.heard.one(OrderReport, intent.entry.ref, state=S.FILLED)
    assert orders.heard.state(intent.entry.ref) is S.FILLED


async def test_b17_a_correction_is_a_later_revision_of_the_same_execution(
    practice_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument
) -> None:
    intent = single(practice_gateway.account, msft, Market())
    await orders.channel.place(intent, msft)
    first = await orders.heard.one(Fill, intent.entry.ref)
    await practice_gateway.fault("correct", price=99.5)
    await orders.heard.until(lambda: len({f.exec_id for f in orders.heard.all(Fill)}) == 2)
    second = orders.heard.all(Fill)[-1]
    assert second.key == first.key
    assert second.revision > first.revision
    assert second.price == Decimal("99.5")


async def test_b18_a_commission_that_never_comes_is_unknown(
    practice_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument
) -> None:
    await practice_gateway.fault("commission", never=True)
    intent = single(practice_gateway.account, msft, Market())
    await orders.channel.place(intent, msft)
    await orders.heard.one(OrderReport, intent.entry.ref, state=S.FILLED)
    assert not orders.heard.all(Commission)


async def test_b10_a_cancel_of_what_is_filled_ends_in_the_truth(
    practice_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument
) -> None:
    intent = single(practice_gateway.account, msft, Market())
    await orders.channel.place(intent, msft)
    report = await orders.heard.one(OrderReport, intent.entry.ref, state=S.FILLED)
    await practice_gateway.fault("error", code=10148, order=report.order_id, text="state: Filled")
    await orders.heard.one(Message, intent.entry.ref, code=10148)
    assert orders.heard.state(intent.entry.ref) is S.FILLED


async def test_b21_an_order_placed_elsewhere_is_seen_and_is_nobodys(
    practice_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument
) -> None:
    await practice_gateway.fault("manual_order", symbol="MSFT", side="BUY", quantity=5, type="LMT", limit=50)
    (report,) = await orders.channel.open_orders()
    assert report.ref is None
    assert report.order_id is None
    assert report.perm_id
    assert (report.symbol, report.quantity, report.limit) == ("MSFT", Decimal(5), Decimal(50))


async def test_b28_a_silent_preview_ends_after_three_seconds(
    practice_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument
) -> None:
    await practice_gateway.fault("whatif_silence")
    with pytest.raises(Retryable, match="within 3 s"):
        await orders.channel.preview(
            leg("preview", single("", msft, Market()).entry.side, Market()), msft, practice_gateway.account
        )


async def test_a16_a_gateway_in_another_language_is_understood(
    practice_gateway: PracticeGateway, orders: OrderDesk, msft: Instrument
) -> None:
    await practice_gateway.fault("language", code="de")
    intent = single(practice_gateway.account, msft, Limit(Decimal("50.001")))
    await orders.channel.place(intent, msft)
    report = await orders.heard.one(OrderReport, intent.entry.ref, state=S.REJECTED)
    assert "price step" in report.reason
