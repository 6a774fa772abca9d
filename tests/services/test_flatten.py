"""Flattening over the real socket: what the broker shows decides whether it is flat."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.errors import Retryable
from app.domain.events import TradingState
from app.domain.orders import Limit, OrderState
from app.domain.strategies import Mode
from app.services import flatten
from app.services.flatten import Scope
from tests.support.core import WIDE_LIMITS, Trader, trading
from tests.support.gateway import PracticeGateway

S = OrderState


@pytest.fixture
async def flat(tmp_path: Path, shared_gateway: PracticeGateway) -> AsyncIterator[Trader]:
    """A trader with wide limits whose account holds nothing and has no orders."""
    await shared_gateway.control({"do": "reset"})
    async with trading(tmp_path / "app", shared_gateway, limits=WIDE_LIMITS) as found:
        yield found


def hear_nothing(_: str) -> None:
    """Take no note of the steps."""


async def holdings(trader: Trader) -> dict[str, Decimal]:
    """Return what the gateway's own book holds, by symbol."""
    book = await trader.gateway.book()
    return {one["symbol"]: Decimal(str(one["quantity"])) for one in book["positions"] if Decimal(str(one["quantity"]))}


async def working(trader: Trader) -> list[str]:
    """Return the refs of the orders that work in the gateway's own book."""
    ended = {"Filled", "Cancelled", "ApiCancelled", "Inactive"}
    return [order["ref"] for order in (await trader.gateway.book())["orders"] if order["status"] not in ended]


async def test_the_whole_account_ends_flat_by_the_brokers_book(flat: Trader) -> None:
    aapl, msft = await flat.instrument(), await flat.instrument("MSFT")
    await flat.bought(aapl)
    resting = await flat.place(flat.bracket(msft, away=-3))
    await flat.until_state(resting.entry.ref, S.ACCEPTED)
    told: list[str] = []
    plan = flat.core.flatten.plan(Scope())
    report = await flat.core.flatten.carry_out(Scope(), told.append)
    assert {order.ref for order in plan.orders} >= {leg.ref for leg in resting.legs}
    assert [position.symbol for position in plan.positions] == ["AAPL"]
    assert report.is_flat, report.left
    assert await holdings(flat) == {}
    assert await working(flat) == []
    assert told[-1] == "Asking the broker what is left"
    assert flat.state.trading.state is TradingState.HALTED


async def test_an_order_placed_elsewhere_is_cancelled_too(flat: Trader) -> None:
    aapl = await flat.instrument()
    await flat.gateway.fault("manual_order", symbol="AAPL", action="BUY", quantity=7, limit=float(flat.near(aapl, -5)))
    flat.core.session.match_again()
    await flat.until(lambda state: any(order.is_foreign for order in state.orders.values()))
    report = await flat.core.flatten.carry_out(Scope(), hear_nothing)
    assert report.is_flat, report.left
    assert await working(flat) == []


async def test_one_symbol_leaves_the_others_and_trading_as_they_are(flat: Trader) -> None:
    aapl, msft = await flat.instrument(), await flat.instrument("MSFT")
    await flat.bought(aapl)
    kept = await flat.bought(msft)
    report = await flat.core.flatten.carry_out(Scope(con_id=aapl.con_id), hear_nothing)
    assert report.is_flat, report.left
    assert list(await holdings(flat)) == ["MSFT"]
    assert set(await working(flat)) == {str(leg.ref) for leg in kept.children}
    assert flat.state.trading.state is TradingState.ACTIVE


async def test_one_strategy_leaves_what_a_hand_holds(flat: Trader) -> None:
    aapl = await flat.instrument()
    await flat.trending(aapl, +1)
    strategy = await flat.strategy(Mode.AUTO)
    run = await flat.core.runs.run(strategy.id, "AAPL")
    assert run.intent is not None, run.reason
    await flat.until_state(run.intent.entry.ref, S.FILLED)
    await flat.bought(aapl, 3)
    report = await flat.core.flatten.carry_out(Scope(strategy=strategy.id), hear_nothing)
    assert report.is_flat, report.left
    assert await holdings(flat) == {"AAPL": Decimal(3)}


async def test_a_close_that_does_not_fill_is_listed_and_not_called_flat(
    flat: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flatten, "GONE_S", 1.0)
    aapl = await flat.instrument()
    await flat.bought(aapl)
    await flat.gateway.fault("halt", symbol="AAPL")
    report = await flat.core.flatten.carry_out(Scope(), hear_nothing)
    assert not report.is_flat
    assert any("5 AAPL are held at the broker" in sentence for sentence in report.left), report.left
    assert await holdings(flat) == {"AAPL": Decimal(5)}
    await flat.gateway.fault("halt", symbol="AAPL", on=False)


async def test_a_broker_that_does_not_answer_is_no_evidence(flat: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(timeout_s: float) -> None:
        raise Retryable("no answer")

    monkeypatch.setattr(flat.core.session, "matched", silent)
    report = await flat.core.flatten.carry_out(Scope(), hear_nothing)
    assert not report.is_flat
    assert "it is not known whether this is flat" in report.left[0]


async def test_the_rate_limit_does_not_hold_back_a_persons_way_out(trader: Trader) -> None:
    aapl = await trader.instrument()
    for n in range(9):
        order = await trader.place(trader.proposal(aapl, Limit(trader.near(aapl, -2 - n / 10)), 1))
        await trader.until_state(order.entry.ref, S.ACCEPTED)
    await trader.bought(aapl)
    report = await trader.core.flatten.carry_out(Scope(), hear_nothing)
    assert report.is_flat, report.left
