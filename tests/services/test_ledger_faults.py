"""The ledger under the broker's corrections, busts, late costs and splits, over the socket."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.domain import events as ev
from app.domain.broker import Holding
from app.domain.instruments import ConId
from app.domain.ledger import Position
from app.domain.orders import Market, OrderState, Side
from app.services import reconcile, session
from tests.support.core import Trader
from tests.support.oracle import Oracle

S = OrderState
NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "SECOND_LOOK_S", 0.3)
    monkeypatch.setattr(session, "HEARTBEAT_S", 0.1)


async def test_b17_a_correction_replaces_the_execution_and_the_result_is_added_up_anew(
    clean: Trader, oracle: Oracle
) -> None:
    aapl = await clean.instrument()
    intent = await clean.place(clean.proposal(aapl, Market(), 5))
    order = await clean.until_state(intent.entry.ref, S.FILLED)
    await clean.until(lambda state: all(fill.commission is not None for fill in state.fills.values()))
    assert order.average is not None
    better = float(order.average) - 1
    await clean.gateway.fault("correct", price=better, symbol="AAPL")
    await clean.until(lambda state: any(fill.revision == 2 for fill in state.fills.values()))
    position = clean.state.position(clean.account, aapl.con_id)
    assert position is not None
    assert (position.quantity, position.average) == (5, Decimal(str(better)))
    order = clean.state.orders[intent.entry.ref]
    assert (order.filled, order.average, order.state) == (5, Decimal(str(better)), S.FILLED)
    await oracle.holds()


async def test_b17_a_bust_of_the_only_execution_un_fills_the_order_and_empties_the_position(
    clean: Trader, oracle: Oracle
) -> None:
    aapl = await clean.instrument()
    intent = await clean.place(clean.proposal(aapl, Market(), 5))
    await clean.until_state(intent.entry.ref, S.FILLED)
    await clean.gateway.fault("bust", symbol="AAPL")
    await clean.until(lambda state: state.orders[intent.entry.ref].filled == 0)
    assert clean.state.orders[intent.entry.ref].state is not S.FILLED
    clean.core.session.match_again()
    order = await clean.until_state(intent.entry.ref, S.CANCELLED, S.EXPIRED)
    assert "undid" in order.reason
    position = clean.state.position(clean.account, aapl.con_id)
    assert position is not None
    assert position.quantity == 0
    await oracle.holds()


@pytest.mark.parametrize("parameters", [{"late_ms": 300}, {"never": True}])
async def test_b18_a_position_stands_before_its_cost_is_told(
    clean: Trader, oracle: Oracle, parameters: dict[str, object]
) -> None:
    aapl = await clean.instrument()
    await clean.gateway.fault("commission", **parameters)
    intent = await clean.place(clean.proposal(aapl, Market(), 5))
    await clean.until_state(intent.entry.ref, S.FILLED)
    (fill,) = (fill for fill in clean.state.fills.values() if fill.ref == intent.entry.ref)
    position = clean.state.position(clean.account, aapl.con_id)
    assert position is not None
    assert (position.quantity, fill.commission, position.realized) == (5, None, 0)
    if "late_ms" in parameters:
        await clean.until(lambda state: state.fills[fill.key].commission is not None)
        paid = clean.state.fills[fill.key].commission
        assert paid is not None
        assert clean.state.positions[clean.account, aapl.con_id, None].realized == -paid
    await oracle.holds()


async def test_b18_a_commission_in_another_currency_counts_at_the_rate_of_its_time_and_stays_in_its_own(
    trader: Trader,
) -> None:
    aapl = await trader.instrument()
    await trader.gateway.fault("foreign_fee", currency="EUR")
    intent = await trader.place(trader.proposal(aapl, Market(), 5))
    await trader.until_state(intent.entry.ref, S.FILLED)
    await trader.until(lambda state: all(fill.cost is not None for fill in state.fills.values()))
    (fill,) = trader.state.fills.values()
    rate = trader.core.portfolio.fx_rate("EUR", trader.account)
    assert rate is not None
    assert (fill.currency, fill.rate) == ("EUR", rate.rate)
    assert fill.rate_source.startswith(rate.source)
    position = trader.state.positions[trader.account, aapl.con_id, None]
    assert fill.commission is not None
    assert (position.realized, position.unpaid) == (-fill.commission * rate.rate, 0)
    trader.core.session.match_again()
    await trader.core.session.matched(5)
    assert trader.state.positions[trader.account, aapl.con_id, None] == position


async def test_b18_a_commission_without_a_rate_is_before_fees_until_the_rate_arrives(
    trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    aapl = await trader.instrument()
    known = trader.core.portfolio._rates.rate
    with monkeypatch.context() as unknown:
        unknown.setattr(
            trader.core.portfolio._rates, "rate", lambda of, account: None if of == "EUR" else known(of, account)
        )
        await trader.gateway.fault("foreign_fee", currency="EUR")
        intent = await trader.place(trader.proposal(aapl, Market(), 5))
        await trader.until_state(intent.entry.ref, S.FILLED)
        await trader.until(lambda state: all(fill.commission is not None for fill in state.fills.values()))
        (fill,) = trader.state.fills.values()
        position = trader.state.positions[trader.account, aapl.con_id, None]
        assert (fill.cost, position.realized, position.unpaid) == (None, 0, 1)
    # once more is traded the account's figures are told anew, rates among them
    await trader.place(trader.proposal(aapl, Market(), 5, Side.SELL))
    await trader.until(lambda state: [fill.cost is not None for fill in state.fills.values()] == [True, True])
    position = trader.state.positions[trader.account, aapl.con_id, None]
    made = sum(-fill.signed * fill.price - (fill.cost or 0) for fill in trader.state.fills.values())
    assert (position.realized, position.unpaid) == (made, 0)


async def test_c8_a_split_is_named_and_adopted_with_the_cost_unchanged(trader: Trader) -> None:
    aapl = await trader.instrument()
    intent = await trader.place(trader.proposal(aapl, Market(), 7))
    await trader.until_state(intent.entry.ref, S.FILLED)
    await trader.until(lambda state: all(fill.commission is not None for fill in state.fills.values()))
    before = trader.state.positions[trader.account, aapl.con_id, None]
    told = Holding(trader.account, aapl.con_id, "AAPL", Decimal(70), before.average / 10)
    await trader.core.session._reconciler.adopt(told)
    after = trader.state.positions[trader.account, aapl.con_id, None]
    assert (after.quantity, after.average, after.realized) == (70, before.average / 10, before.realized)
    assert isinstance(next(iter(trader.state.splits.values()))[0].since, datetime)
    await trader.core.facts.enter(ev.SharesSplit(at=NOW, split=next(iter(trader.state.splits.values()))[0]))
    assert trader.state.positions[trader.account, aapl.con_id, None] == after


@pytest.mark.parametrize(
    ("held", "average", "told", "cost", "words"),
    [
        ("7", "100", "70", "10", "10 for 1"),
        ("10", "100", "15", "66.67", "3 for 2"),
        ("45", "2", "2", "40", "1 for 20"),
        ("-8", "100", "-16", "50", "2 for 1"),
        ("10", "100", "20", "100", None),
        ("10", "100", "-10", "100", None),
        ("100", "100", "110", "90.91", "11 for 10"),
    ],
)
def test_c8_a_split_is_told_from_a_purchase_by_the_cost(
    held: str, average: str, told: str, cost: str, words: str | None
) -> None:
    ours = Position("DU1", ConId(1), "X", Decimal(held), Decimal(average))
    split = reconcile.split_of(ours, Holding("DU1", ConId(1), "X", Decimal(told), Decimal(cost)), NOW)
    assert (split.in_words if split else None) == words


async def test_a_sale_at_a_loss_counts_its_costs(trader: Trader) -> None:
    aapl = await trader.instrument()
    for side in (Side.BUY, Side.SELL):
        intent = await trader.place(trader.proposal(aapl, Market(), 5, side))
        await trader.until_state(intent.entry.ref, S.FILLED)
    await trader.until(lambda state: all(fill.commission is not None for fill in state.fills.values()))
    position = trader.state.positions[trader.account, aapl.con_id, None]
    made = sum(-fill.signed * fill.price - (fill.commission or 0) for fill in trader.state.fills.values())
    assert position.realized == made
