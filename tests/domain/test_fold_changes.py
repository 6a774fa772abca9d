"""Changes of orders in the fold: asked for is not made, the broker's word is, and its refusal restores."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from app.adapters.store.codec import from_json, to_json
from app.domain import events as ev
from app.domain.changes import Change, ChangeId, OrderChange
from app.domain.errors import UserError
from app.domain.fold import Fact, fold
from app.domain.orders import Order, OrderRef, OrderState, Terms
from app.domain.state import State, Step
from tests.domain.examples import at, bracket, fill, settle, signal

REF = OrderRef("intent-1")
ENDS = (OrderState.FILLED, OrderState.CANCELLED, OrderState.EXPIRED, OrderState.REJECTED)


def working() -> State:
    """Return a state in which the entry works."""
    facts: list[Fact] = [
        ev.SignalRaised(at=at(0), signal=signal("signal-1", "run-1")),
        ev.OrderIntended(at=at(1), intent=bracket("intent-1", signal_id="signal-1")),
        ev.OrderReported(at=at(2), ref=REF, state=OrderState.ACCEPTED, perm_id=77),
    ]
    return settle(facts)[0]


def asked(state: State, **terms: Decimal) -> tuple[ev.OrderChangeIntended, Terms]:
    """Return the wish to give the entry new terms, and these."""
    old = state.orders[REF].terms
    new = replace(old, **terms)
    return ev.OrderChangeIntended(at=at(3), change=Change(ChangeId("c"), (OrderChange(REF, old, new),))), new


def told(seconds: float, **said: Any) -> ev.OrderReported:
    return ev.OrderReported(at=at(seconds), ref=REF, **said)


def test_what_is_asked_changes_nothing_but_that_it_is_asked() -> None:
    before = working()
    wish, new = asked(before, limit=Decimal("99.5"))
    after = settle([wish], before)[0].orders[REF]
    assert after == replace(before.orders[REF], change_asked=new, updated=at(3))
    with pytest.raises(UserError, match="another change"):
        fold(settle([wish], before)[0], wish)


def test_the_broker_makes_a_change_and_lineage_has_both_terms() -> None:
    before = working()
    wish, new = asked(before, limit=Decimal("99.5"))
    state, _, records = settle([wish, told(4, limit=Decimal("99.50"))], before)
    assert (state.orders[REF].terms, state.orders[REF].change_asked) == (new, None)
    intent, made = (record for record in records if isinstance(record, Step))
    assert (intent.step, made.step, made.cause) == (ev.StepName.INTENT, ev.StepName.ORDER, intent.id)
    assert made.outputs["from"]["limit"] == before.orders[REF].limit
    assert made.outputs["to"]["limit"] == Decimal("99.5")


def test_a_refusal_restores_and_says_so_and_a_later_change_forgets_it() -> None:
    before = working()
    wish, _ = asked(before, limit=Decimal("99.5"))
    refused = settle([wish, ev.OrderChangeRefused(at=at(4), ref=REF, reason="off the tick")], before)[0]
    order = refused.orders[REF]
    assert order.terms == before.orders[REF].terms
    assert (order.state, order.change_asked, order.reason) == (
        OrderState.ACCEPTED,
        None,
        "Change refused: off the tick",
    )
    again = settle([wish, told(6, limit=Decimal("99.5"))], refused)[0].orders[REF]
    assert (again.limit, again.reason) == (Decimal("99.5"), "")


@pytest.mark.parametrize("end", ENDS)
def test_an_end_wins_over_a_change_in_any_order_of_arrival(end: OrderState) -> None:
    before = working()
    wish, _ = asked(before, limit=Decimal("99.5"))
    start = settle([wish], before)[0]
    news: list[Fact] = [
        told(4, state=end),
        ev.OrderChangeRefused(at=at(4), ref=REF, reason="it is over"),
        told(4, warning="a word"),
    ]
    for order in permutations(news):
        after = settle(list(order), start)[0].orders[REF]
        assert (after.state, after.change_asked) == (end, None)
        assert after.limit == before.orders[REF].limit


def test_an_order_asked_to_be_larger_is_not_filled_by_its_old_quantity() -> None:
    before = working()
    old = before.orders[REF].quantity
    wish, _ = asked(before, quantity=old + 5)
    state = settle([wish, ev.Filled(at=at(4), fill=replace(fill("e.01", old, Decimal(100)), ref=REF))], before)[0]
    assert state.orders[REF].state is OrderState.PARTIALLY_FILLED
    larger = settle([told(5, quantity=old + 5)], state)[0].orders[REF]
    assert (larger.state, larger.remaining, larger.change_asked) == (OrderState.PARTIALLY_FILLED, 5, None)
    as_it_was = settle([told(5, state=OrderState.FILLED)], state)[0].orders[REF]
    assert (as_it_was.state, as_it_was.change_asked) == (OrderState.FILLED, None)


def test_of_two_orders_under_one_ref_both_are_kept() -> None:
    before = working()
    wish, new = asked(before, limit=Decimal("99.5"))
    twin = replace(before.orders[REF], ref=OrderRef("perm:78"), perm_id=78, limit=new.limit)
    state = settle([wish, ev.TwinOrderSeen(at=at(4), order=twin, of=REF)], before)[0]
    assert state.orders[twin.ref] == twin
    assert (state.orders[REF].limit, state.orders[REF].change_asked) == (before.orders[REF].limit, None)
    assert fold(state, ev.TwinOrderSeen(at=at(5), order=twin, of=REF)) == (state, ())


def test_an_order_stored_before_there_were_changes_is_still_read() -> None:
    order = working().orders[REF]
    body = to_json(order)
    assert ',"change_asked":null' in body
    assert from_json(body.replace(',"change_asked":null', ""), Order) == order
    changing = replace(order, change_asked=order.terms)
    assert from_json(to_json(changing), Order) == changing
