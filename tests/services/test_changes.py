"""Changes of working orders: the broker decides what they become, and nothing is asked for twice."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.adapters.ib import link
from app.domain import events as ev
from app.domain.changes import Change, ChangeId, OrderChange
from app.domain.errors import Fault, UserError
from app.domain.orders import Distance, Intent, Limit, Order, OrderRef, OrderState, Stop, Terms, TimeInForce, Trail
from app.domain.risk import GateVerdict
from app.services import reconcile, session
from tests.support.core import Trader, trading
from tests.support.gateway import PracticeGateway

S = OrderState


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "SECOND_LOOK_S", 0.3)
    monkeypatch.setattr(session, "HEARTBEAT_S", 0.1)


async def resting(trader: Trader, *, away: float = -3, quantity: int = 5) -> Intent:
    """Place a bracket below the market and return it once the broker has all of it."""
    intent = await trader.place(trader.bracket(await trader.instrument(), quantity, away=away))
    for leg in intent.legs:
        await trader.until_state(leg.ref, S.ACCEPTED)
    return intent


async def change(trader: Trader, ref: OrderRef, **terms: Decimal) -> None:
    """Review a change and ask for it."""
    review = await trader.core.desk.review_change(ref, **terms)
    assert review.is_fit, review.why_not
    await trader.core.desk.submit_change(review)


def order_at(trader: Trader, ref: OrderRef) -> Order:
    return trader.state.orders[ref]


async def answered(trader: Trader, *refs: OrderRef) -> None:
    """Return once the broker's answer to every change is known."""
    await trader.until(lambda state: all(state.orders[ref].change_asked is None for ref in refs))


async def book_terms(trader: Trader, ref: OrderRef) -> tuple[float, float | None, float | None]:
    order = (await trader.book_orders())[str(ref)]
    return float(order["quantity"]), order["limit"], order["aux"]


async def test_an_accepted_change_keeps_the_order_and_all_its_ties(wide_trader: Trader) -> None:
    intent = await resting(wide_trader)
    entry, stop, target = (leg.ref for leg in intent.legs)
    before, aapl = await wide_trader.book_orders(), await wide_trader.instrument()
    told = list[Terms]()
    forget = wide_trader.core.bus.on(
        ev.OrderChangeIntended, lambda fact: told.append(order_at(wide_trader, entry).terms)
    )
    limit, level = wide_trader.near(aapl, -2), wide_trader.near(aapl, -7)
    old = order_at(wide_trader, entry).terms
    await change(wide_trader, entry, limit=limit)
    await change(wide_trader, stop, stop=level)
    await answered(wide_trader, entry, stop)
    forget()
    assert told[0] == old, "asked for is not made"
    assert order_at(wide_trader, entry).limit == limit
    assert order_at(wide_trader, stop).stop == level
    after = await wide_trader.book_orders()
    kept = ("perm_id", "order_id", "parent_perm_id", "oca_group", "tif", "quantity", "side", "type")
    for ref in (entry, stop, target):
        assert {key: after[str(ref)][key] for key in kept} == {key: before[str(ref)][key] for key in kept}
    assert (after[str(entry)]["limit"], after[str(stop)]["aux"]) == (float(limit), float(level))
    steps = await wide_trader.core.store.lineage.chain(str(entry))
    made = [step for step in steps if step.subject == entry and step.outputs.get("change") == "made"]
    assert {step.step for step in made} == {ev.StepName.ORDER}
    assert [(step.outputs["from"]["limit"], step.outputs["to"]["limit"]) for step in made] == [(old.limit, limit)]


async def test_the_stop_of_a_held_lot_moves_and_needs_no_room_for_exposure(wide_trader: Trader) -> None:
    aapl = await wide_trader.instrument()
    intent = await wide_trader.bought(aapl)
    limits = wide_trader.core.situations.limits
    wide_trader.core.situations.limits = replace(
        limits, position_percent=Decimal(0), exposure_percent=Decimal(0), daily_loss_percent=Decimal(-100)
    )
    stop, level = intent.children[0].ref, wide_trader.near(aapl, -5)
    await change(wide_trader, stop, stop=level)
    await answered(wide_trader, stop)
    assert await book_terms(wide_trader, stop) == (5.0, None, float(level))
    more = await wide_trader.core.desk.review_change(stop, quantity=Decimal(6))
    assert "exit" in {gate.name for gate in more.gates if gate.verdict is GateVerdict.REFUSE}


async def test_stop_and_target_follow_the_quantity_of_their_entry(wide_trader: Trader) -> None:
    intent = await resting(wide_trader)
    refs = [leg.ref for leg in intent.legs]
    for quantity in (9, 4):
        await change(wide_trader, intent.entry.ref, quantity=Decimal(quantity))
        await answered(wide_trader, *refs)
        assert {(await book_terms(wide_trader, ref))[0] for ref in refs} == {quantity}
        assert {order_at(wide_trader, ref).quantity for ref in refs} == {quantity}
    with pytest.raises(UserError, match="change the quantity of the entry"):
        await wide_trader.core.desk.review_change(intent.children[0].ref, quantity=Decimal(3))


async def test_b11_what_the_broker_refuses_leaves_the_order_as_it_was(
    wide_trader: Trader, shared_gateway: PracticeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "MATCH_DIFFERENT_S", 0.2)
    intent = await resting(wide_trader)
    entry, old = intent.entry.ref, order_at(wide_trader, intent.entry.ref).terms
    limit = wide_trader.near(await wide_trader.instrument(), -2)
    await shared_gateway.fault("read_only", on=True)
    try:
        await change(wide_trader, entry, limit=limit)
        await answered(wide_trader, entry)
    finally:
        await shared_gateway.fault("read_only", on=False)
    order = order_at(wide_trader, entry)
    assert (order.state, order.terms) == (S.ACCEPTED, old)
    assert order.reason.startswith("Change refused: ")
    assert "321" in order.reason
    await wide_trader.until_view(lambda view: view.is_ready)
    await change(wide_trader, entry, limit=limit)
    await answered(wide_trader, entry)
    assert (order_at(wide_trader, entry).limit, order_at(wide_trader, entry).reason) == (limit, "")


async def test_a_change_the_link_swallowed_is_looked_up_and_never_sent_again(
    tmp_path: Path, practice_gateway: PracticeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "HEARTBEAT_S", 0.5)
    async with trading(tmp_path / "app", practice_gateway) as trader:
        entry = (await resting(trader)).entry.ref
        old, limit = order_at(trader, entry).terms, trader.near(await trader.instrument(), -2)
        review = await trader.core.desk.review_change(entry, limit=limit)
        seen = list[OrderState]()
        forget = trader.core.bus.on(ev.OrderVerifying, lambda fact: seen.append(order_at(trader, fact.ref).state))
        await practice_gateway.fault("half_open")
        await trader.core.desk.submit_change(review)
        assert order_at(trader, entry).terms == old
        await answered(trader, entry)
        forget()
        assert seen == [S.VERIFYING]
        assert (order_at(trader, entry).state, order_at(trader, entry).terms) == (S.ACCEPTED, old)
        assert "Change it anew" in order_at(trader, entry).reason
        assert (await book_terms(trader, entry))[1] == float(old.limit or 0)


async def test_a_kill_between_intent_and_send_leaves_the_old_terms_and_sends_nothing(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        entry = (await resting(trader)).entry.ref
        old, limit = order_at(trader, entry).terms, trader.near(await trader.instrument(), -2)
        part = OrderChange(entry, old, replace(old, limit=limit))
        wanted = Change(ChangeId(ev.new_id()), (part,))
        await trader.core.facts.enter(ev.OrderChangeIntended(at=trader.core.clock.now(), change=wanted))
    async with trading(tmp_path / "app", practice_gateway) as trader:
        with pytest.raises(UserError, match="another change"):
            await trader.core.desk.review_change(entry, limit=limit)
        await answered(trader, entry)
        order = order_at(trader, entry)
        assert (order.state, order.terms) == (S.ACCEPTED, old)
        assert order.reason.startswith("Change refused: ")
        assert (await book_terms(trader, entry))[1] == float(old.limit or 0)


async def test_b26_a_fill_that_races_a_change_wins(
    wide_trader: Trader, shared_gateway: PracticeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent = await resting(wide_trader, away=-2)
    aapl, entry = await wide_trader.instrument(), intent.entry.ref
    review = await wide_trader.core.desk.review_change(entry, limit=wide_trader.near(aapl, -3))
    at, below = float(wide_trader.last(aapl)), float(wide_trader.near(aapl, -2.5))
    changes = wide_trader.core.desk._changes
    send = changes._modify

    async def after_the_fill(wanted: Change, instrument: Any) -> None:
        await shared_gateway.move("AAPL", below)
        await send(wanted, instrument)

    monkeypatch.setattr(changes, "_modify", after_the_fill)
    with contextlib.suppress(UserError):  # the fill may be known before the change has left
        await wide_trader.core.desk.submit_change(review)
    order = await wide_trader.until_state(entry, S.FILLED)
    assert (order.change_asked, order.limit) == (None, review.order.limit)
    assert (await wide_trader.book_orders())[str(entry)]["status"] == "Filled"
    with pytest.raises(UserError, match="it is filled"):
        await wide_trader.core.desk.review_change(entry, limit=Decimal(1))
    await shared_gateway.move("AAPL", at)


async def test_a_fill_reported_before_the_change_leaves_is_not_sent_after(wide_trader: Trader) -> None:
    intent = await resting(wide_trader)
    entry = intent.entry.ref
    review = await wide_trader.core.desk.review_change(entry, quantity=Decimal(4))
    done = ev.OrderReported(at=wide_trader.core.clock.now(), ref=entry, state=S.CANCELLED)
    wide_trader.core.facts.post(done)
    with pytest.raises(UserError, match="cancelled"):
        await wide_trader.core.desk.submit_change(review)
    assert (await book_terms(wide_trader, entry))[0] == 5


async def test_b20_a_second_live_order_after_a_change_is_tracked_and_halts(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        aapl = await trader.instrument()
        intent = await trader.place(trader.proposal(aapl, Limit(trader.near(aapl, -3))))
        entry = intent.entry.ref
        first = await trader.until_state(entry, S.ACCEPTED)
        await practice_gateway.fault("two_live_after_modify")
        limit = trader.near(aapl, -2)
        await change(trader, entry, limit=limit)
        await trader.until(lambda state: state.trading.state is ev.TradingState.HALTED and len(state.orders) == 2)
        (twin,) = [order for order in trader.state.orders.values() if order.ref != entry]
        book = (await practice_gateway.book())["orders"]
        assert {order["perm_id"] for order in book} == {first.perm_id, twin.perm_id}
        assert (order_at(trader, entry).limit, twin.limit) == (first.limit, limit)
        assert str(twin.perm_id) in trader.state.trading.reason
        assert "two live orders" in trader.state.trading.reason
        assert order_at(trader, entry).change_asked is None
        assert not twin.is_foreign
        with pytest.raises(UserError, match="Two live orders"):
            await trader.core.desk.review_change(entry, limit=trader.near(aapl, -1))
        await practice_gateway.move("AAPL", float(trader.near(aapl, -2.5)))
        await trader.until_state(twin.ref, S.FILLED)
        assert order_at(trader, entry).state is S.ACCEPTED
        assert order_at(trader, entry).filled == 0


async def test_one_review_of_a_change_is_sent_once(wide_trader: Trader) -> None:
    intent = await resting(wide_trader)
    entry, limit = intent.entry.ref, wide_trader.near(await wide_trader.instrument(), -2)
    review = await wide_trader.core.desk.review_change(entry, limit=limit)
    asked = list[ev.OrderChangeIntended]()
    forget = wide_trader.core.bus.on(ev.OrderChangeIntended, asked.append)
    tries = [wide_trader.core.desk.submit_change(review) for _ in range(20)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    await answered(wide_trader, entry)
    forget()
    assert len(asked) == sum(result is None for result in results) == 1
    assert {type(result) for result in results if result is not None} == {UserError}
    with pytest.raises(Fault, match="sent before"):
        await wide_trader.core.desk._channel.modify(review.change, review.instrument)


async def test_what_cannot_be_changed_says_so_in_one_sentence(wide_trader: Trader) -> None:
    intent = await resting(wide_trader)
    aapl, (entry, stop, _) = await wide_trader.instrument(), (leg.ref for leg in intent.legs)
    desk = wide_trader.core.desk
    cases: list[tuple[OrderRef, dict[str, Any], str]] = [
        (entry, {}, "Nothing would change"),
        (entry, {"stop": Decimal(1)}, "has no stop price"),
        (entry, {"limit": Decimal("NaN")}, "finite"),
        (entry, {"limit": wide_trader.near(aapl, -9)}, "must lie below the entry"),
        (stop, {"stop": wide_trader.near(aapl, -2)}, "must lie below the entry"),
        (OrderRef("none"), {}, "There is no order none"),
    ]
    for ref, terms, words in cases:
        with pytest.raises(UserError, match=words):
            await desk.review_change(ref, **terms)
    off_tick = await desk.review_change(entry, limit=wide_trader.near(aapl, -3) + Decimal("0.001"))
    none = await desk.review_change(entry, quantity=Decimal(0))
    assert [gate.name for gate in off_tick.gates if gate.verdict is GateVerdict.REFUSE] == ["tick"]
    assert "lot" in {gate.name for gate in none.gates if gate.verdict is GateVerdict.REFUSE}
    with pytest.raises(UserError, match="not a price"):
        await desk.submit_change(off_tick)
    await desk.cancel(entry, "hand")
    await wide_trader.until(lambda state: state.orders[entry].cancel_asked)
    with pytest.raises(UserError, match="cancel"):
        await desk.review_change(entry, limit=wide_trader.near(aapl, -2))


async def test_an_order_is_no_duplicate_of_itself_and_its_own_room_is_not_counted_twice(trader: Trader) -> None:
    aapl = await trader.instrument()
    quantity = int(trader.core.portfolio.figures(trader.account).net_liquidation * 15 / 100 / trader.last(aapl))
    intent = await trader.place(trader.proposal(aapl, Limit(trader.near(aapl, -3)), quantity))
    await trader.until_state(intent.entry.ref, S.ACCEPTED)
    desk = trader.core.desk
    moved = await desk.review_change(intent.entry.ref, limit=trader.near(aapl, -2))
    assert moved.is_fit, moved.why_not
    more = await desk.review_change(intent.entry.ref, quantity=Decimal(quantity * 2))
    assert [gate.name for gate in more.gates if gate.verdict is GateVerdict.REFUSE] == ["position"]
    trader.core.situations.limits = replace(trader.core.situations.limits, position_percent=Decimal(1))
    less = await desk.review_change(intent.entry.ref, quantity=Decimal(quantity - 1))
    assert less.is_fit, less.why_not


async def test_while_trading_is_halted_an_entry_stays_and_a_stop_may_move(trader: Trader) -> None:
    aapl = await trader.instrument()
    held = await trader.bought(aapl)
    entry = await trader.place(trader.proposal(aapl, Limit(trader.near(aapl, -4)), 2))
    await trader.until_state(entry.entry.ref, S.ACCEPTED)
    await trader.core.facts.enter(
        ev.TradingStateChanged(at=trader.core.clock.now(), state=ev.TradingState.HALTED, reason="a drill")
    )
    review = await trader.core.desk.review_change(entry.entry.ref, limit=trader.near(aapl, -5))
    assert "trading_state" in {gate.name for gate in review.gates if gate.verdict is GateVerdict.REFUSE}
    stop, level = held.children[0].ref, trader.near(aapl, -6)
    await change(trader, stop, stop=level)
    await answered(trader, stop)
    assert order_at(trader, stop).stop == level


async def test_children_go_back_when_their_entry_kept_its_quantity(
    wide_trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent = await resting(wide_trader)
    refs = [leg.ref for leg in intent.legs]
    changes, asked = wide_trader.core.desk._changes, list[Change]()
    send = changes._modify

    async def without_the_entry(wanted: Change, instrument: Any) -> None:
        asked.append(wanted)
        parts = tuple(part for part in wanted.parts if part.ref != intent.entry.ref)
        await send(replace(wanted, parts=parts), instrument)

    monkeypatch.setattr(changes, "_modify", without_the_entry)
    await change(wide_trader, intent.entry.ref, quantity=Decimal(9))
    await wide_trader.until(lambda state: len(asked) == 2)
    await answered(wide_trader, *refs)
    assert {(await book_terms(wide_trader, ref))[0] for ref in refs} == {5}
    assert order_at(wide_trader, intent.entry.ref).reason.startswith("Change refused: ")


async def test_a_change_that_cannot_be_written_is_not_sent(
    wide_trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = (await resting(wide_trader)).entry.ref
    review = await wide_trader.core.desk.review_change(entry, quantity=Decimal(6))
    journal, asked = wide_trader.core.store.journal, list[Change]()

    async def full(events: Any, records: Any) -> None:
        raise Fault("The disk is full.")

    async def sent(wanted: Change, instrument: Any) -> None:
        asked.append(wanted)

    with monkeypatch.context() as patch:
        patch.setattr(wide_trader.core.desk._changes, "_modify", sent)
        patch.setattr(journal, "commit", full)
        with pytest.raises(Fault, match="disk is full"):
            await wide_trader.core.desk.submit_change(review)
    assert asked == []
    assert order_at(wide_trader, entry).change_asked is None
    assert wide_trader.core.situations._changing == {}


async def test_a_brackets_trailing_stop_starts_with_the_fill_follows_the_price_and_covers_what_was_filled(
    wide_trader: Trader,
) -> None:
    trader = wide_trader
    ibm = await trader.instrument("IBM")
    far = Distance(trader.near(ibm, 8) - trader.last(ibm))
    await trader.gateway.fault("partial", symbol="IBM", sizes=[6], count=1)
    intent = await trader.place(trader.bracket(ibm, 10, trail=far))
    stop, target = intent.children
    assert stop.type == Trail(far, trader.state.orders[stop.ref].stop)
    await trader.until_state(intent.entry.ref, S.PARTIALLY_FILLED)
    await trader.core.desk.cancel(intent.entry.ref, "hand")
    await trader.until_state(intent.entry.ref, S.CANCELLED)
    await trader.until(lambda state: {state.orders[leg.ref].quantity for leg in (stop, target)} == {Decimal(6)})
    before = trader.state.orders[stop.ref]
    assert (before.type_name, before.trail) == ("TRAIL", far)
    await trader.gateway.move("IBM", float(trader.near(ibm, 4)))
    await trader.until(lambda state: state.orders[stop.ref].stop > before.stop)
    raised = trader.state.orders[stop.ref].stop
    assert raised is not None
    await trader.gateway.move("IBM", float(raised) * 0.99)
    await trader.until_state(stop.ref, S.FILLED)
    await trader.until_state(target.ref, S.CANCELLED)
    assert trader.state.positions[trader.account, ibm.con_id, None].quantity == 0


@pytest.mark.parametrize("by", [Distance(Decimal(9)), Distance(Decimal("2.5"), is_percent=True)])
async def test_a_trailing_stop_is_changed_by_its_distance_and_its_level_is_no_term(
    wide_trader: Trader, by: Distance
) -> None:
    aapl = await wide_trader.instrument()
    first = Trail(replace(by, value=by.value + 1), wide_trader.near(aapl, 3))
    intent = await wide_trader.place(wide_trader.proposal(aapl, first, tif=TimeInForce.GTC))
    ref = intent.entry.ref
    await wide_trader.until_state(ref, S.ACCEPTED)
    review = await wide_trader.core.desk.review_change(ref, trail=by, quantity=Decimal(7))
    assert review.is_fit, review.why_not
    await wide_trader.core.desk.submit_change(review)
    await answered(wide_trader, ref)
    order = order_at(wide_trader, ref)
    assert (order.trail, order.quantity, order.reason) == (by, Decimal(7), "")
    assert isinstance(order.type, Trail)
    with pytest.raises(UserError, match="has no stop price to set"):
        await wide_trader.core.desk.review_change(ref, stop=wide_trader.near(aapl, 4))
    with pytest.raises(UserError, match="distance lies above 0"):
        await wide_trader.core.desk.review_change(ref, trail=replace(by, value=Decimal(-1)))
    await wide_trader.core.desk.cancel(ref, "test")


async def test_each_order_of_a_pair_is_changed_by_itself(wide_trader: Trader) -> None:
    aapl = await wide_trader.instrument()
    pair = wide_trader.proposal(aapl, Limit(wide_trader.near(aapl, -3)), other=Stop(wide_trader.near(aapl, 3)))
    intent = await wide_trader.place(pair)
    for leg in intent.legs:
        await wide_trader.until_state(leg.ref, S.ACCEPTED)
    limit, stop = wide_trader.near(aapl, -4), wide_trader.near(aapl, 4)
    await change(wide_trader, intent.legs[0].ref, limit=limit)
    await change(wide_trader, intent.legs[1].ref, stop=stop)
    await answered(wide_trader, *(leg.ref for leg in intent.legs))
    assert [order_at(wide_trader, leg.ref).terms for leg in intent.legs] == [
        Terms(Decimal(5), limit, None),
        Terms(Decimal(5), None, stop),
    ]
    await wide_trader.core.desk.cancel(intent.entry.ref, "test")
