"""Reversing and guarding a position by hand: step by step, on the broker's proof, over the socket."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.domain.errors import UserError
from app.domain.orders import Market, OrderState, Role, Side
from tests.support.core import Trader

S = OrderState


async def test_a_reversal_withdraws_closes_and_opens_the_other_side_only_then(wide_trader: Trader) -> None:
    aapl = await wide_trader.instrument()
    intent = await wide_trader.bought(aapl, 6)
    reversal = await wide_trader.core.turning.propose_reversal(aapl)
    assert (reversal.side, reversal.quantity, reversal.why_not) == (Side.SELL, 6, "")
    opened = await wide_trader.core.turning.reverse(reversal)
    await wide_trader.until_state(opened.entry.ref, S.FILLED)
    orders = wide_trader.state.orders
    assert [orders[leg.ref].state for leg in intent.children] == [S.CANCELLED, S.CANCELLED]
    close = next(order for order in orders.values() if order.role is Role.CLOSE)
    fills = {fill.ref: fill for fill in wide_trader.state.fills.values()}
    assert (close.filled, fills[close.ref].at <= fills[opened.entry.ref].at) == (6, True)
    assert orders[opened.entry.ref].created > close.created
    position = wide_trader.state.position(wide_trader.account, aapl.con_id)
    assert position is not None
    assert (position.quantity, position.average) == (-6, fills[opened.entry.ref].price)
    assert {order.ref for order in orders.values() if not order.state.is_final} == set()


async def test_without_proof_of_the_close_nothing_is_opened(
    wide_trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    goog = await wide_trader.instrument("GOOG")
    await wide_trader.bought(goog, 6)
    reversal = await wide_trader.core.turning.propose_reversal(goog)
    monkeypatch.setattr("app.services.turning.PROOF_S", 0.3)
    await wide_trader.gateway.fault("partial", sizes=[2])
    before = {order.ref for order in wide_trader.state.orders.values()}
    with pytest.raises(UserError, match="the other side was not opened"):
        await wide_trader.core.turning.reverse(reversal)
    new = [order for ref, order in wide_trader.state.orders.items() if ref not in before]
    assert [order.role for order in new if order.role is Role.ENTRY] == []


async def test_nothing_held_cannot_be_reversed_or_guarded(wide_trader: Trader) -> None:
    ibm = await wide_trader.instrument("IBM")
    with pytest.raises(UserError, match="nothing to close"):
        await wide_trader.core.turning.propose_reversal(ibm)
    with pytest.raises(UserError, match="No IBM is held, so there is nothing to protect"):
        await wide_trader.core.turning.propose_guard(ibm, wide_trader.near(ibm, -3))


async def test_a_bare_position_gets_a_stop_of_what_is_bare(wide_trader: Trader) -> None:

    turning = wide_trader.core.turning
    msft = await wide_trader.instrument("MSFT")
    intent = await wide_trader.place(wide_trader.proposal(msft, Market(), 8))
    await wide_trader.until_state(intent.entry.ref, S.FILLED)
    price = wide_trader.near(msft, -3)
    with pytest.raises(UserError, match="must lie below the last price"):
        await turning.propose_guard(msft, wide_trader.near(msft, 2))
    (review,) = await turning.propose_guard(msft, price)
    assert review.is_fit, review.why_not
    assert (review.intent.entry.role, review.intent.entry.quantity) == (Role.STOP, Decimal(8))
    await turning.guard((review,))
    stop = await wide_trader.until_state(review.intent.entry.ref, S.ACCEPTED)
    assert (stop.stop, stop.tif, stop.side) == (price, "GTC", Side.SELL)
    (view,) = [v for v in wide_trader.core.portfolio.positions(wide_trader.account) if v.position.con_id == msft.con_id]
    assert view.is_guarded
    with pytest.raises(UserError, match="guarded by a stop already"):
        await turning.propose_guard(msft, price)
