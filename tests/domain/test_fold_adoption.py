"""An order placed elsewhere becomes ours by hand: with its executions, and only while it can be followed whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.domain import events as ev
from app.domain.errors import UserError
from app.domain.fold import fold
from app.domain.instruments import ConId
from app.domain.ledger import ExecId, Fill
from app.domain.orders import Order, OrderRef, OrderState, Role, Side
from app.domain.state import State

AT = datetime(2026, 11, 23, 15, tzinfo=UTC)
FOREIGN = Order(
    ref=OrderRef("perm:77"),
    intent=None,
    account="DUT000001",
    con_id=ConId(1),
    symbol="IBM",
    role=Role.ENTRY,
    side=Side.BUY,
    quantity=Decimal(100),
    type_name="LMT",
    limit=Decimal(100),
    stop=None,
    tif="DAY",
    state=OrderState.ACCEPTED,
    created=AT,
    updated=AT,
    perm_id=77,
    is_foreign=True,
)


def fill(number: int, quantity: int, ref: OrderRef | None = None) -> Fill:
    return Fill(
        exec_id=ExecId(f"e{number}.01"),
        account=FOREIGN.account,
        con_id=FOREIGN.con_id,
        symbol="IBM",
        side=Side.BUY,
        quantity=Decimal(quantity),
        price=Decimal(100),
        at=AT,
        ref=ref,
        perm_id=77,
    )


def told(*facts: ev.Event, state: State | None = None) -> State:
    state = state or State()
    for fact in facts:
        state = fold(state, fact)[0]
    return state


def test_an_adopted_order_is_ours_with_its_executions_and_what_comes_later_counts() -> None:
    part = replace(FOREIGN, filled=Decimal(40), state=OrderState.PARTIALLY_FILLED)
    state = told(ev.Filled(at=AT, fill=fill(1, 40)), ev.ForeignOrderSeen(at=AT, order=part))
    state, records = fold(state, ev.OrderAdopted(at=AT, ref=FOREIGN.ref))
    assert not state.orders[FOREIGN.ref].is_foreign
    assert [each.ref for each in state.fills.values()] == [FOREIGN.ref]
    assert any(getattr(record, "inputs", {}).get("adopted") for record in records)
    state = told(ev.Filled(at=AT, fill=fill(2, 60, FOREIGN.ref)), state=state)
    assert (state.orders[FOREIGN.ref].filled, state.orders[FOREIGN.ref].state) == (100, OrderState.FILLED)
    assert state.position(FOREIGN.account, FOREIGN.con_id).quantity == 100


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (replace(FOREIGN, filled=Decimal(40)), "not every execution"),
        (replace(FOREIGN, state=OrderState.CANCELLED), "has ended"),
    ],
)
def test_what_cannot_be_followed_whole_stays_placed_elsewhere(order: Order, words: str) -> None:
    state = told(ev.ForeignOrderSeen(at=AT, order=order))
    with pytest.raises(UserError, match=words):
        fold(state, ev.OrderAdopted(at=AT, ref=order.ref))


def test_an_order_of_ours_is_not_adopted_twice() -> None:
    state = told(ev.ForeignOrderSeen(at=AT, order=FOREIGN), ev.OrderAdopted(at=AT, ref=FOREIGN.ref))
    with pytest.raises(UserError, match="in our book already"):
        fold(state, ev.OrderAdopted(at=AT, ref=FOREIGN.ref))
