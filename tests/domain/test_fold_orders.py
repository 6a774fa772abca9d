"""What becomes of an order as the broker speaks, is silent, or is late."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given

from app.domain import events as ev
from app.domain.fold import Fact, fold
from app.domain.order_states import MOVES
from app.domain.orders import IntentId, Order, OrderRef, OrderState
from app.domain.state import State, Step
from app.domain.strategies import StepStatus
from tests.domain.examples import at, bracket, fill, foreign, settle, signal
from tests.domain.stories import stories

REF = OrderRef("intent-1")


def intended() -> list[Fact]:
    """Return the facts of a bracket that a signal asked for."""
    return [
        ev.SignalRaised(at=at(0), signal=signal("signal-1", "run-1")),
        ev.OrderIntended(at=at(1), intent=bracket("intent-1", signal_id="signal-1")),
    ]


def told(seconds: float, state: OrderState | None = None, **said: object) -> ev.OrderReported:
    """Return a report of the entry."""
    return ev.OrderReported(at=at(seconds), ref=REF, state=state, **said)  # type: ignore[arg-type]


def entry(state: State) -> Order:
    """Return the entry as it stands."""
    return state.orders[REF]


def test_an_intent_becomes_one_order_for_each_leg() -> None:
    state, _, _ = settle(intended())
    assert [(order.ref, order.state) for order in state.orders.values()] == [
        ("intent-1", OrderState.INTENDED),
        ("intent-1.stop", OrderState.INTENDED),
        ("intent-1.target", OrderState.INTENDED),
    ]


def test_a_report_that_was_quicker_than_our_own_note_stands() -> None:
    state, _, _ = settle(
        [*intended(), told(2, OrderState.ACCEPTED), ev.OrderSent(at=at(3), intent=IntentId("intent-1"))]
    )
    assert entry(state).state is OrderState.ACCEPTED
    assert state.orders[OrderRef("intent-1.stop")].state is OrderState.SENT


def test_the_first_acknowledgement_is_a_step_caused_by_the_intent() -> None:
    before, _, _ = settle(intended())
    state, _, records = settle([told(2, OrderState.ACCEPTED, perm_id=77)], before)
    step = records[-1]
    assert isinstance(step, Step)
    assert (step.cause, step.run) == (before.origins["intent:intent-1"], "run-1")
    assert state.origins["intent-1"] == step.id
    assert entry(state).perm_id == 77


def test_a_rejection_is_a_failed_step_with_the_brokers_reason() -> None:
    _, _, records = settle([*intended(), told(2, OrderState.REJECTED, reason="no margin")])
    step = records[-1]
    assert isinstance(step, Step)
    assert (step.status, step.error) == (StepStatus.FAILED, "no margin")


def test_what_a_report_leaves_out_stays_as_it_was() -> None:
    state, _, _ = settle([*intended(), told(2, OrderState.ACCEPTED, perm_id=77, order_id=5), told(3, warning="399")])
    order = entry(state)
    assert (order.state, order.perm_id, order.order_id, order.warning) == (OrderState.ACCEPTED, 77, 5, "399")


def test_an_acceptance_that_comes_after_the_first_fill_takes_nothing_back() -> None:
    state, _, _ = settle(
        [*intended(), ev.Filled(at=at(2), fill=fill("a.01", "4", ref=REF)), told(3, OrderState.ACCEPTED)]
    )
    assert entry(state).state is OrderState.PARTIALLY_FILLED


def test_a_fill_wins_the_race_against_a_cancel() -> None:
    facts = [
        ev.CancelAsked(at=at(2), ref=REF, by="hand"),
        told(3, OrderState.CANCELLED),
        ev.Filled(at=at(4), fill=fill("a.01", "10", ref=REF)),
    ]
    state, _, _ = settle([*intended(), *facts])
    assert entry(state).state is OrderState.FILLED


def test_asking_for_a_cancel_is_remembered_and_proves_nothing() -> None:
    state, _, _ = settle([*intended(), told(2, OrderState.ACCEPTED), ev.CancelAsked(at=at(3), ref=REF, by="hand")])
    assert (entry(state).cancel_asked, entry(state).state) == (True, OrderState.ACCEPTED)


def test_an_order_that_was_sent_is_not_never_sent_before_it_was_looked_for() -> None:
    state, _, _ = settle([*intended(), ev.OrderSent(at=at(2), intent=IntentId("intent-1"))])
    assert fold(state, ev.OrderNeverSent(at=at(3), ref=REF, reason="?")) == (state, ())
    lost, _, _ = settle([ev.OrderVerifying(at=at(3), ref=REF, reason="no answer")], state)
    gone, _, _ = settle([ev.OrderNeverSent(at=at(4), ref=REF, reason="not found twice")], lost)
    assert (entry(lost).state, entry(gone).state) == (OrderState.VERIFYING, OrderState.NEVER_SENT)


def test_a_foreign_order_keeps_when_it_was_first_seen() -> None:
    seen = ev.ForeignOrderSeen(at=at(0), order=foreign(5, OrderState.ACCEPTED))
    later = ev.ForeignOrderSeen(at=at(9), order=foreign(5, OrderState.FILLED, "7.5"))
    state, _, _ = settle([seen, later, seen])
    order = state.orders[OrderRef("foreign-5")]
    assert (order.created, order.filled) == (at(0), Decimal("7.5"))


@pytest.mark.parametrize(
    "fact",
    [
        told(0, OrderState.FILLED),
        ev.CancelAsked(at=at(0), ref=REF, by="hand"),
        ev.OrderVerifying(at=at(0), ref=REF, reason="?"),
        ev.OrderNeverSent(at=at(0), ref=REF, reason="?"),
        ev.OrderSent(at=at(0), intent=IntentId("intent-1")),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_what_is_said_of_an_unknown_order_changes_nothing(fact: Fact) -> None:
    assert fold(State(), fact) == (State(), ())


@given(stories())
def test_an_order_of_ours_moves_only_along_the_table(story: list[Fact]) -> None:
    state = State()
    for fact in story:
        before = state.orders
        state, _, _ = settle([fact], state)
        for ref, order in state.orders.items():
            was = before.get(ref)
            if was is not None and not order.is_foreign and was.state is not order.state:
                assert order.state in MOVES[was.state]
