"""Closing: the lot's orders go first, proof is awaited, only what is held is sold, and nothing is left bare."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.domain import events as ev
from app.domain.errors import Retryable, UserError
from app.domain.orders import Intent, Limit, Market, OrderState, Role, Side
from app.domain.state import State
from app.domain.strategies import Mode, RunStatus
from app.services import protection
from tests.support.core import Trader, stands, trading
from tests.support.gateway import PracticeGateway

S = OrderState


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protection, "PROTECT_AGAIN_S", 0.05)


async def run(trader: Trader, way: int, **changes: Any) -> Any:
    instrument = await trader.instrument()
    trader.pass_a_bar()
    await trader.trending(instrument, way)
    strategy = await trader.strategy(Mode.AUTO, risk_percent=Decimal("0.2"), **changes)
    return await trader.core.runs.run(strategy.id, "AAPL")


async def long_lot(trader: Trader) -> Intent:
    result = await run(trader, +1)
    assert result.intent is not None, result.reason
    await trader.until(lambda state: stands(state, result.intent))
    return result.intent  # type: ignore[no-any-return]


def whole(trader: Trader, intent: Intent) -> Decimal:
    return trader.state.positions[(trader.account, intent.con_id, None)].quantity


def protecting(state: State, intent: Intent) -> list[Any]:
    return [
        order
        for order in state.orders.values()
        if order.role is Role.STOP and order.con_id == intent.con_id and order.state.is_working
    ]


async def test_a_sell_signal_cancels_the_children_first_and_sells_the_lot_at_market(trader: Trader) -> None:
    intent = await long_lot(trader)
    told: list[tuple[str, str]] = []
    trader.core.bus.on(ev.OrderIntended, lambda fact: told.append(("intended", fact.intent.entry.role.value)))

    def heard(fact: ev.OrderReported) -> None:
        if fact.state is S.CANCELLED:
            told.append(("cancelled", trader.state.orders[fact.ref].role.value))

    trader.core.bus.on(ev.OrderReported, heard)
    result = await run(trader, -1)
    assert result.status is RunStatus.ORDERED, result.reason
    close = result.intent.entry
    assert (close.role, close.side, close.type, close.quantity) == (
        Role.CLOSE,
        Side.SELL,
        Market(),
        intent.entry.quantity,
    )
    await trader.until_state(close.ref, S.FILLED)
    assert {told[0], told[1]} == {("cancelled", "stop"), ("cancelled", "target")}
    assert told[2] == ("intended", "close")
    assert whole(trader, intent) == 0
    assert trader.state.positions[(trader.account, intent.con_id, intent.strategy)].quantity == 0
    book = await trader.book_orders()
    assert {book[str(leg.ref)]["status"] for leg in intent.children} == {"Cancelled"}
    await trader.core.facts.settle()
    names = [one.step.value for one in await trader.core.store.lineage.steps_of_run(result.run)]
    after = names.index("signal") + 1
    assert names[after : after + 4] == ["gates", "size", "intent", "order"]


@pytest.mark.parametrize("why", ["closed", "halted"])
async def test_outside_hours_and_while_it_is_halted_a_lot_is_sold_at_a_limit_on_the_collar(
    trader: Trader, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    intent = await long_lot(trader)
    aapl = await trader.instrument()
    if why == "closed":
        monkeypatch.setattr(trader.core.situations, "is_open", lambda instrument: False)
    else:
        quote = trader.core.market.quote
        monkeypatch.setattr(trader.core.market, "quote", lambda con_id: replace(quote(con_id), is_halted=True))
    result = await run(trader, -1)
    assert result.status is RunStatus.ORDERED, result.reason
    close = result.intent.entry
    assert isinstance(close.type, Limit)
    assert (close.role, close.side, close.quantity) == (Role.CLOSE, Side.SELL, intent.entry.quantity)
    assert close.type.price == pytest.approx(trader.last(aapl) * Decimal("0.95"), rel=Decimal("0.005"))
    await trader.until_state(close.ref, S.FILLED)


async def test_a_partly_filled_entry_is_withdrawn_before_its_lot_is_sold(trader: Trader) -> None:
    aapl = await trader.instrument()
    await trader.trending(aapl, +1)
    strategy = await trader.strategy(Mode.AUTO)
    await trader.gateway.fault("partial", sizes=[3], count=1)
    bought = await trader.core.runs.run(strategy.id, "AAPL")
    assert bought.intent is not None
    await trader.until_state(bought.intent.entry.ref, S.PARTIALLY_FILLED)
    result = await run(trader, -1)
    assert result.status is RunStatus.ORDERED, result.reason
    assert result.intent is not None
    assert result.intent.entry.quantity == 3
    await trader.until_state(result.intent.entry.ref, S.FILLED)
    for leg in bought.intent.legs:
        assert trader.state.orders[leg.ref].state is S.CANCELLED
    assert whole(trader, bought.intent) == 0


async def test_what_was_sold_elsewhere_is_not_sold_again(trader: Trader) -> None:
    intent = await long_lot(trader)
    await trader.gateway.fault("manual_order", symbol="AAPL", action="SELL", quantity=int(intent.entry.quantity))
    await trader.core.session.matched(5)
    assert whole(trader, intent) == 0
    result = await run(trader, -1)
    assert result.intent is None
    assert "holds no AAPL: nothing to close" in result.reason
    for leg in intent.children:
        await trader.until_state(leg.ref, S.CANCELLED)


async def test_what_is_sold_elsewhere_while_the_children_are_withdrawn_is_seen_before_anything_is_sent(
    trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent = await long_lot(trader)
    cancel, sold = trader.core.desk.cancel, list[bool]()

    async def cancel_while_somebody_sells(ref: Any, by: str) -> None:
        await cancel(ref, by)
        if not sold:
            sold.append(True)
            quantity = int(intent.entry.quantity)
            await trader.gateway.fault("manual_order", symbol="AAPL", action="SELL", quantity=quantity)

    monkeypatch.setattr(trader.core.desk, "cancel", cancel_while_somebody_sells)
    result = await run(trader, -1)
    assert result.status is RunStatus.FAILED
    assert "was closed meanwhile" in result.reason
    assert whole(trader, intent) == 0
    book = await trader.gateway.book()
    assert [position["quantity"] for position in book["positions"] if position["symbol"] == "AAPL"] in ([], [0])
    assert protecting(trader.state, intent) == []
    protector = [task for task in trader.core.tasks._running if task.get_name() == "protect AAPL"]
    assert not protector or not (await asyncio.wait(protector, timeout=5))[1], "it ends by itself"


async def test_a_close_that_would_be_refused_leaves_the_children_alone(trader: Trader) -> None:
    intent = await long_lot(trader)
    trader.core.situations.limits = replace(trader.core.situations.limits, orders_per_minute=1)
    result = await run(trader, -1)
    assert result.intent is None
    assert "orders in the last minute" in result.reason
    assert {trader.state.orders[leg.ref].state for leg in intent.children} == {S.ACCEPTED}
    assert not any(order.cancel_asked for order in trader.state.orders.values())


async def test_a_close_that_cannot_be_sent_puts_the_stop_back(trader: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    intent = await long_lot(trader)
    place = trader.core.desk._channel.place
    refused: list[Intent] = []

    async def refuse_closes(wanted: Intent, instrument: Any) -> None:
        if wanted.entry.role is Role.CLOSE or (wanted.entry.role is Role.STOP and len(refused) < 3):
            refused.append(wanted)
            raise UserError("The order was not sent: the gateway takes no messages at the moment.")
        await place(wanted, instrument)

    monkeypatch.setattr(trader.core.desk._channel, "place", refuse_closes)
    result = await run(trader, -1)
    assert result.status is RunStatus.FAILED
    await trader.until(lambda state: protecting(state, intent))
    (stop,) = protecting(trader.state, intent)
    assert (stop.stop, stop.quantity, stop.side, stop.tif) == (
        trader.state.orders[intent.children[0].ref].stop,
        intent.entry.quantity,
        Side.SELL,
        "GTC",
    )
    assert [one.entry.role for one in refused] == [Role.CLOSE, Role.STOP, Role.STOP]
    assert whole(trader, intent) == intent.entry.quantity


async def test_a_close_in_doubt_is_not_protected_until_it_is_known(
    trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent = await long_lot(trader)
    place = trader.core.desk._channel.place

    async def sent_but_unsure(wanted: Intent, instrument: Any) -> None:
        await place(wanted, instrument)
        raise Retryable("The connection broke while the order was being sent; the broker is asked what arrived.")

    monkeypatch.setattr(trader.core.desk._channel, "place", sent_but_unsure)
    result = await run(trader, -1)
    assert result.status is RunStatus.FAILED
    assert result.intent is not None
    await trader.until_state(result.intent.entry.ref, S.FILLED)
    await trader.core.session.matched(5)
    await asyncio.sleep(0.2)  # some turns of whoever would protect
    assert whole(trader, intent) == 0
    assert protecting(trader.state, intent) == []
    assert [order["status"] for order in (await trader.gateway.book())["orders"] if order["type"] == "STP"] == [
        "Cancelled"
    ]


async def test_a_halt_between_withdrawing_and_selling_leaves_the_lot_protected(
    trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent = await long_lot(trader)
    withdraw = protection.Protection._withdraw
    halted: list[bool] = []

    async def halting(self: protection.Protection, companions: Any) -> None:
        await withdraw(self, companions)
        if not halted:
            halted.append(True)
            trader.core.desk._brake.pull("Stopped by hand.")

    monkeypatch.setattr(protection.Protection, "_withdraw", halting)
    result = await run(trader, -1)
    assert result.status is RunStatus.FAILED
    assert "halted" in result.reason
    await trader.until(lambda state: protecting(state, intent))
    assert whole(trader, intent) == intent.entry.quantity


async def test_a_person_closes_a_strategys_lot_and_what_was_bought_by_hand_each_by_itself(trader: Trader) -> None:
    intent = await long_lot(trader)
    aapl = await trader.instrument()
    by_hand = await trader.place(trader.proposal(aapl, Market(), 4))
    await trader.until_state(by_hand.entry.ref, S.FILLED)
    closes = await trader.core.closing.propose(aapl)
    assert [
        (c.review.proposal.strategy is not None, c.review.intent.entry.quantity, len(c.children)) for c in closes
    ] == [
        (True, intent.entry.quantity, 2),
        (False, 4, 0),
    ]
    for close in closes:
        sold = await trader.core.closing.carry_out(close)
        await trader.until_state(sold.entry.ref, S.FILLED)
    assert whole(trader, intent) == 0
    assert trader.state.positions[(trader.account, intent.con_id, intent.strategy)].quantity == 0


async def test_the_children_of_a_resting_bracket_are_not_touched_by_closing_the_position(trader: Trader) -> None:
    aapl = await trader.instrument()
    held = await trader.bought(aapl, 5)
    resting = await trader.place(trader.bracket(aapl, 2, away=-3))
    await trader.until_state(resting.entry.ref, S.ACCEPTED)
    (close,) = await trader.core.closing.propose(aapl)
    assert {order.ref for order in close.children} == {leg.ref for leg in held.children}
    sold = await trader.core.closing.carry_out(close)
    await trader.until_state(sold.entry.ref, S.FILLED)
    assert all(trader.state.orders[leg.ref].state is S.ACCEPTED for leg in resting.legs)


async def test_a_position_that_changed_since_it_was_shown_is_not_closed_and_stays_protected(trader: Trader) -> None:
    aapl = await trader.instrument()
    intent = await trader.bought(aapl, 5)
    (close,) = await trader.core.closing.propose(aapl)
    more = await trader.place(trader.proposal(aapl, Market(), 2))
    await trader.until_state(more.entry.ref, S.FILLED)
    with pytest.raises(UserError, match="7 AAPL are held by now"):
        await trader.core.closing.carry_out(close)
    await trader.until(lambda state: protecting(state, intent))
    (stop,) = protecting(trader.state, intent)
    assert stop.quantity == 7


async def test_there_is_nothing_to_close_where_nothing_is_held(trader: Trader) -> None:
    aapl = await trader.instrument()
    with pytest.raises(UserError, match="nothing to close"):
        await trader.core.closing.propose(aapl)
    resting = await trader.place(trader.proposal(aapl, Limit(trader.near(aapl, -3))))
    await trader.until_state(resting.entry.ref, S.ACCEPTED)
    with pytest.raises(UserError, match="nothing to close"):
        await trader.core.closing.propose(aapl)


async def reduced(trader: Trader, intent: Intent, quantity: int, **terms: Any) -> Any:
    """Return how a hand would sell so many of a strategy's lot."""
    aapl = await trader.instrument()
    strategy = trader.state.strategies[intent.strategy] if intent.strategy else None
    type_ = terms.pop("type_", Market())
    proposal = trader.proposal(aapl, type_, quantity, Side.SELL, strategy=strategy, **terms)
    return await trader.core.closing.reduce(proposal)


def sizes(state: State, intent: Intent) -> set[Decimal]:
    return {state.orders[leg.ref].quantity for leg in intent.children}


async def test_a_hand_sell_of_a_part_of_a_strategys_lot_shrinks_its_children_first(trader: Trader) -> None:
    intent = await long_lot(trader)
    lot = intent.entry.quantity
    told: list[str] = []
    trader.core.bus.on(ev.OrderIntended, lambda fact: told.append(fact.intent.entry.role.value))
    trader.core.bus.on(ev.OrderChangeIntended, lambda fact: told.append("shrinks"))
    close = await reduced(trader, intent, 3)
    assert {order.ref for order in close.shrinks} == {leg.ref for leg in intent.children}
    sold = await trader.core.closing.carry_out(close)
    await trader.until_state(sold.entry.ref, S.FILLED)
    assert told == ["shrinks", "shrinks", "close"]
    assert sizes(trader.state, intent) == {lot - 3}
    assert trader.state.positions[(trader.account, intent.con_id, intent.strategy)].quantity == lot - 3
    book = await trader.book_orders()
    assert {book[str(leg.ref)]["quantity"] for leg in intent.children} == {float(lot - 3)}


async def test_what_a_hand_sell_did_not_take_is_covered_again(trader: Trader) -> None:
    intent = await long_lot(trader)
    lot, aapl = intent.entry.quantity, await trader.instrument()
    close = await reduced(trader, intent, 3, type_=Limit(trader.near(aapl, 4)))
    sold = await trader.core.closing.carry_out(close)
    await trader.until_state(sold.entry.ref, S.ACCEPTED)
    assert sizes(trader.state, intent) == {lot - 3}
    await trader.core.desk.cancel(sold.entry.ref, "hand")
    await trader.until(lambda state: sizes(state, intent) == {lot})


async def test_a_hand_sell_of_a_whole_lot_withdraws_its_children(trader: Trader) -> None:
    intent = await long_lot(trader)
    close = await reduced(trader, intent, int(intent.entry.quantity))
    assert close.shrinks == ()
    sold = await trader.core.closing.carry_out(close)
    await trader.until_state(sold.entry.ref, S.FILLED)
    assert {trader.state.orders[leg.ref].state for leg in intent.children} == {S.CANCELLED}
    assert whole(trader, intent) == 0


async def test_a_hand_sell_beyond_its_lot_says_who_holds_the_rest(trader: Trader) -> None:
    intent = await long_lot(trader)
    aapl = await trader.instrument()
    with pytest.raises(UserError, match="the rest is held by"):
        await trader.core.closing.reduce(trader.proposal(aapl, Market(), 1, Side.SELL))
    assert sizes(trader.state, intent) == {intent.entry.quantity}


@pytest.mark.parametrize("part", [3, None])
async def test_a_crash_between_making_room_and_selling_leaves_no_lot_without_its_stop(
    shared_gateway: PracticeGateway, tmp_path: Path, part: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shared_gateway.control({"do": "reset"})
    async with trading(tmp_path / "app", shared_gateway) as trader:
        intent = await long_lot(trader)
        lot, price = intent.entry.quantity, trader.state.orders[intent.children[0].ref].stop
        close = await reduced(trader, intent, part or int(lot))

        async def dies(*_: Any, **__: Any) -> None:
            raise UserError("the process ended here")

        with monkeypatch.context() as dying:
            dying.setattr(trader.core.desk, "submit", dies)
            dying.setattr(protection.Protection, "_look_after", lambda *_: None)
            with pytest.raises(UserError, match="ended here"):
                await trader.core.closing.carry_out(close)
        assert (protecting(trader.state, intent) == []) == (part is None)
        assert part is None or sizes(trader.state, intent) == {lot - part}
    async with trading(tmp_path / "app", shared_gateway) as again:
        await again.until(
            lambda state: [(stop.quantity, stop.stop) for stop in protecting(state, intent)] == [(lot, price)]
        )


async def test_a_stop_that_a_hand_cancelled_is_not_put_back(trader: Trader) -> None:
    intent = await long_lot(trader)
    stop = intent.children[0]
    await trader.core.desk.cancel(stop.ref, "hand")
    await trader.until_state(stop.ref, S.CANCELLED)
    lots = trader.core.closing.lots
    strategy = trader.state.strategies[intent.strategy] if intent.strategy else None
    assert lots.withdrawn_stop(strategy, await trader.instrument()) is None


async def test_a_stop_that_the_broker_will_not_shrink_keeps_the_order_back(trader: Trader) -> None:
    intent = await long_lot(trader)
    lot = intent.entry.quantity
    close = await reduced(trader, intent, 3)
    place = trader.core.desk._channel.modify

    async def refused(change: Any, instrument: Any) -> None:
        raise UserError("The change was not sent: the gateway takes no messages at the moment.")

    trader.core.desk._changes._modify = refused
    with pytest.raises(UserError, match="was not sent"):
        await trader.core.closing.carry_out(close)
    trader.core.desk._changes._modify = place
    assert sizes(trader.state, intent) == {lot}
    assert {trader.state.orders[leg.ref].shrunk for leg in intent.children} == {Decimal(0)}
    assert whole(trader, intent) == lot
