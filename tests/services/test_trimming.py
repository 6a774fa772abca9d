"""Foreign reductions: the lots shrink pro rata, what protects them follows at the broker, and somebody is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.domain import events as ev
from app.domain.orders import Intent, OrderState
from app.domain.signals import StrategyId
from app.domain.state import State
from app.domain.strategies import Strategy
from app.services import trimming
from tests.support.core import WIDE_LIMITS, Trader, trading
from tests.support.gateway import PracticeGateway
from tests.support.oracle import watched

S = OrderState


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trimming, "AGAIN_S", 0.05)


@pytest.fixture
async def trader(tmp_path: Path, shared_gateway: PracticeGateway) -> AsyncIterator[Trader]:
    """A trader with wide limits and a fresh account."""
    await shared_gateway.control({"do": "reset"})
    async with trading(tmp_path / "app", shared_gateway, limits=WIDE_LIMITS) as found:
        yield found


async def owner(trader: Trader, name: str) -> Strategy:
    """Save one more strategy."""
    one = replace(await trader.strategy(), id=StrategyId(name), name=name)
    await trader.core.facts.enter(ev.StrategySaved(at=trader.core.clock.now(), strategy=one))
    return one


async def lot(trader: Trader, strategy: Strategy | None, quantity: int) -> Intent:
    """Return a filled bracket of a strategy, or of the hand, whose children work."""
    aapl = await trader.instrument()
    return await trader.bought(aapl, quantity, strategy=strategy)


async def sold_elsewhere(trader: Trader, quantity: int, action: str = "SELL") -> None:
    await trader.gateway.fault("manual_order", symbol="AAPL", action=action, quantity=quantity)


def sizes(state: State, intent: Intent) -> set[Decimal]:
    return {state.orders[leg.ref].quantity for leg in intent.children}


def share(state: State, intent: Intent) -> Decimal:
    return state.positions[intent.account, intent.con_id, intent.strategy].quantity


async def at_broker(trader: Trader, intent: Intent) -> set[tuple[str, float]]:
    book = await trader.book_orders()
    return {(book[str(leg.ref)]["status"], float(book[str(leg.ref)]["quantity"])) for leg in intent.children}


async def test_b21_a_foreign_sale_shrinks_every_lot_and_its_children_pro_rata_and_alarms(trader: Trader) -> None:
    with watched(trader) as oracle:
        first = await lot(trader, await owner(trader, "one"), 10)
        second = await lot(trader, await owner(trader, "two"), 5)
        await sold_elsewhere(trader, 6)
        await trader.until(lambda state: sizes(state, first) == {Decimal(6)} and sizes(state, second) == {Decimal(3)})
        assert (share(trader.state, first), share(trader.state, second)) == (6, 3)
        assert {status for status, _ in await at_broker(trader, first)} <= {"PreSubmitted", "Submitted"}
        assert {size for _, size in await at_broker(trader, first)} == {6.0}
        assert {size for _, size in await at_broker(trader, second)} == {3.0}
        await oracle.holds("one lost 4 and has 6 left; two lost 2 and has 3 left")
    await why_is_kept(trader, first)


async def why_is_kept(trader: Trader, intent: Intent) -> None:
    """Fail unless lineage tells of the execution whose lots it took, and of the change why it was made."""
    await trader.core.facts.settle()
    steps = await trader.core.store.lineage.chain(f"{intent.account}:{intent.con_id}")
    lots = [step.outputs["lots"] for step in steps if "lots" in step.outputs]
    assert [(one["strategy"], Decimal(one["from"]), Decimal(one["to"])) for one in lots[-1]] == [
        ("one", 10, 6),
        ("two", 5, 3),
    ]
    asked = await trader.core.store.lineage.chain(str(intent.children[0].ref))
    assert [step.inputs["why"] for step in asked if "why" in step.inputs] == [trimming.TRIMMED_BY]


async def test_what_the_hand_holds_goes_first_and_no_lot_is_touched(trader: Trader) -> None:
    mine = await lot(trader, await owner(trader, "one"), 6)
    hand = await lot(trader, None, 5)
    await sold_elsewhere(trader, 3)
    await trader.until(lambda state: sizes(state, hand) == {Decimal(2)})
    assert sizes(trader.state, mine) == {Decimal(6)}
    assert share(trader.state, mine) == 6


async def test_b21_a_flip_through_zero_cancels_the_children(trader: Trader) -> None:
    with watched(trader) as oracle:
        intent = await lot(trader, await owner(trader, "one"), 5)
        await sold_elsewhere(trader, 8)
        for leg in intent.children:
            await trader.until_state(leg.ref, S.CANCELLED)
        assert share(trader.state, intent) == 0
        assert trader.state.positions[intent.account, intent.con_id, None].quantity == -3
        assert {status for status, _ in await at_broker(trader, intent)} == {"Cancelled"}
        await oracle.holds("one lost 5 and has 0 left")


async def test_a_foreign_purchase_shrinks_a_short_and_one_on_the_same_side_changes_nothing(trader: Trader) -> None:
    intent = await lot(trader, await owner(trader, "one"), 5)
    await sold_elsewhere(trader, 4, "BUY")
    await trader.until(lambda state: state.positions[intent.account, intent.con_id, None].quantity == 9)
    assert (share(trader.state, intent), sizes(trader.state, intent)) == (5, {Decimal(5)})
    assert not any(order.change_asked or order.cancel_asked for order in trader.state.orders.values())


async def test_what_was_sold_while_we_were_away_is_trimmed_once_and_stays_so_over_restarts(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        intent = await lot(trader, await owner(trader, "one"), 10)
    await practice_gateway.fault("manual_order", symbol="AAPL", action="SELL", quantity=4)
    for told in (True, False):
        async with trading(tmp_path / "app", practice_gateway, until_ready=False) as trader:
            changes: list[Any] = []
            trader.core.bus.on(ev.OrderChangeIntended, changes.append)
            with watched(trader) as oracle:
                await trader.until(lambda state: sizes(state, intent) == {Decimal(6)})
                await oracle.holds(*(["one lost 4 and has 6 left"] if told else []))
                assert any("one lost 4" in words for words in oracle.heard) is told
            assert len(changes) == (2 if told else 0)
            assert share(trader.state, intent) == 6


async def test_while_trading_is_halted_only_cancels_leave_and_the_rest_follows_when_it_is_resumed(
    trader: Trader,
) -> None:
    intent = await lot(trader, await owner(trader, "one"), 10)
    changes: list[Any] = []
    trader.core.bus.on(ev.OrderChangeIntended, changes.append)
    trader.core.desk.hold("a test")
    await trader.until(lambda state: state.trading.state is ev.TradingState.HALTED)
    with watched(trader) as oracle:
        await sold_elsewhere(trader, 4)
        await oracle.told("Trading is halted, so only cancels leave")
        assert (changes, sizes(trader.state, intent)) == ([], {Decimal(10)})
        await trader.core.desk.resume()
        await trader.until(lambda state: sizes(state, intent) == {Decimal(6)})


async def test_an_entry_that_still_fills_is_withdrawn_when_its_lot_is_reduced_elsewhere(trader: Trader) -> None:
    aapl, one = await trader.instrument(), await owner(trader, "one")
    await trader.gateway.fault("partial", sizes=[6], count=1)
    intent = await trader.place(trader.bracket(aapl, 10, strategy=one))
    await trader.until_state(intent.entry.ref, S.PARTIALLY_FILLED)
    await sold_elsewhere(trader, 2)
    await trader.until_state(intent.entry.ref, S.CANCELLED)
    stop = intent.children[0]
    await trader.until(
        lambda state: state.orders[stop.ref].state.is_final or state.orders[stop.ref].remaining <= share(state, intent)
    )
    assert share(trader.state, intent) == 4
