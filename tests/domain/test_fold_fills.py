"""Executions, corrections and commissions: whatever order they come in, the ledger ends the same."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from app.domain import events as ev
from app.domain.fold import Fact, fold
from app.domain.ledger import Fill
from app.domain.orders import OrderRef, OrderState, Side
from app.domain.state import State
from tests.domain.examples import ACCOUNT, APPLE, STRATEGY, at, bracket, fill, instrument, settle, signal
from tests.domain.lots import lots_of

NEAR = Fraction(1, 10**15)
ENTRY = "intent-1"

cents = st.integers(1, 10**6).map(lambda number: Decimal(number) / 100)


@st.composite
def trades(draw: st.DrawFn) -> list[Fill]:
    """Make executions of a strategy's entry and of somebody else, some of them corrected; commissions included."""
    made = []
    paid = draw(st.sampled_from(["always", "only before corrections", "never"]))
    for place in range(draw(st.integers(1, 6))):
        ref = draw(st.sampled_from([ENTRY, None]))
        for revision in range(1, draw(st.integers(1, 3)) + 1):
            execution = fill(
                f"0001.{place:02}.0{revision}",
                Decimal(draw(st.integers(1, 40))),
                draw(cents),
                draw(st.sampled_from(Side)),
                ref=ref,
                seconds=draw(st.integers(0, 3)),
            )
            is_paid = paid == "always" or (paid == "only before corrections" and revision == 1)
            made.append(replace(execution, commission=draw(cents) if is_paid else None))
    return made


def messages(fills: list[Fill], random: Random) -> list[Fact]:
    """Return each execution and each commission one to three times in any order, no commission before its execution."""
    told: list[Fact] = []
    for execution in fills:
        booked = ev.Filled(at=at(10), fill=replace(execution, commission=None))
        told += [booked] * random.randint(1, 3)
        if execution.commission is not None:
            paid = ev.CommissionReported(
                at=at(11),
                exec_id=execution.exec_id,
                account=ACCOUNT,
                commission=execution.commission,
                currency="USD",
            )
            told += [paid] * random.randint(1, 3)
    random.shuffle(told)
    return _commissions_after_their_fills(told)


def _commissions_after_their_fills(told: list[Fact]) -> list[Fact]:
    ordered, early, booked = [], [], set()
    for fact in told:
        if isinstance(fact, ev.CommissionReported) and fact.exec_id not in booked:
            early.append(fact)
            continue
        if isinstance(fact, ev.Filled):
            booked.add(fact.fill.exec_id)
        ordered.append(fact)
    return [*ordered, *early]


def newest(fills: list[Fill]) -> list[Fill]:
    """Return what stands in the end: of each execution the highest revision, with the best known commission."""
    standing: dict[tuple[str, str], Fill] = {}
    for execution in fills:  # revisions ascend
        before = standing.get(execution.key)
        paid = execution.commission if execution.commission is not None else before.commission if before else None
        standing[execution.key] = replace(execution, commission=paid)
    return sorted(standing.values(), key=lambda execution: (execution.at, execution.exec_id))


def prepared() -> State:
    """Return a strategy's bracket that was accepted, in an instrument of multiplier 50."""
    facts: list[Fact] = [
        ev.InstrumentLearned(at=at(0), instrument=instrument(multiplier="50")),
        ev.SignalRaised(at=at(1), signal=signal("signal-1", "run-1")),
        ev.OrderIntended(at=at(2), intent=bracket(ENTRY, signal_id="signal-1")),
        ev.OrderReported(at=at(3), ref=OrderRef(ENTRY), state=OrderState.ACCEPTED, quantity=Decimal(100)),
    ]
    return settle(facts)[0]


@given(trades(), st.randoms(use_true_random=False))
def test_any_order_of_arrival_with_repeats_corrections_and_late_commissions_gives_the_same_ledger(
    fills: list[Fill], random: Random
) -> None:
    state, _, _ = settle(messages(fills, random), prepared())
    standing = newest(fills)
    for strategy, theirs in ((None, standing), (STRATEGY, [f for f in standing if f.ref == ENTRY])):
        position = state.position(ACCOUNT, APPLE, strategy)
        if not theirs:
            assert position is None
            continue
        lots = lots_of(theirs, Fraction(50))
        assert position is not None
        assert Fraction(position.quantity) == lots.quantity
        assert abs(Fraction(position.average) - abs(lots.average)) <= NEAR
        assert abs(Fraction(position.realized) - (lots.realized - lots.commission)) <= NEAR
        assert list(position.fills) == lots.since_flat
    assert {(f.exec_id, f.quantity, f.price, f.commission) for f in state.fills.values()} == {
        (f.exec_id, f.quantity, f.price, f.commission) for f in standing
    }


@given(trades(), st.randoms(use_true_random=False))
def test_an_order_counts_each_of_its_executions_once(fills: list[Fill], random: Random) -> None:
    state, _, _ = settle(messages(fills, random), prepared())
    order = state.orders[OrderRef(ENTRY)]
    mine = [execution for execution in newest(fills) if execution.ref == ENTRY]
    total = sum((execution.quantity for execution in mine), Decimal(0))
    assert order.filled == total
    if total:
        value = sum(Fraction(execution.quantity) * Fraction(execution.price) for execution in mine)
        assert order.average is not None
        assert abs(Fraction(order.average) - value / Fraction(total)) <= NEAR


def test_a_fill_is_explained_by_its_order_and_a_position_by_its_fill() -> None:
    before = prepared()
    state, _, records = settle([ev.Filled(at=at(5), fill=fill("a.01", "4", ref=ENTRY))], before)
    booked, held = records[-2:]
    assert booked.cause == before.origins[ENTRY]  # type: ignore[union-attr]
    assert held.cause == booked.id == state.origins["a.01"]  # type: ignore[union-attr]
    assert {booked.run, held.run} == {"run-1"}  # type: ignore[union-attr]


def test_a_correction_that_does_not_name_its_order_still_belongs_to_it() -> None:
    facts: list[Fact] = [
        ev.Filled(at=at(5), fill=fill("a.01", "4", ref=ENTRY)),
        ev.Filled(at=at(6), fill=fill("a.02", "3")),
    ]
    state, _, _ = settle(facts, prepared())
    share = state.position(ACCOUNT, APPLE, STRATEGY)
    assert state.orders[OrderRef(ENTRY)].filled == Decimal(3)
    assert share is not None
    assert share.quantity == Decimal(3)


def test_a_bust_takes_the_execution_back() -> None:
    facts: list[Fact] = [
        ev.Filled(at=at(5), fill=fill("a.01", "4", ref=ENTRY)),
        ev.Filled(at=at(6), fill=fill("a.02", "0", "0", ref=ENTRY)),
    ]
    state, _, _ = settle(facts, prepared())
    position = state.position(ACCOUNT, APPLE)
    assert position is not None
    assert (position.quantity, position.average, position.realized) == (0, 0, 0)


def test_a_commission_of_nothing_we_know_changes_nothing() -> None:
    before = prepared()
    paid = ev.CommissionReported(
        at=at(5), exec_id=fill("a.01").exec_id, account=ACCOUNT, commission=Decimal(1), currency="USD"
    )
    assert fold(before, paid) == (before, ())


def test_an_execution_of_an_order_thought_never_sent_proves_that_it_was() -> None:
    lost: list[Fact] = [
        ev.OrderIntended(at=at(2), intent=bracket("intent-2")),
        ev.OrderNeverSent(at=at(3), ref=OrderRef("intent-2"), reason="not found twice"),
        ev.Filled(at=at(5), fill=fill("a.01", "4", ref="intent-2")),
    ]
    state, _, _ = settle(lost)
    assert state.orders[OrderRef("intent-2")].state is OrderState.PARTIALLY_FILLED
