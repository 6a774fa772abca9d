"""Executions, corrections and commissions: whatever order they come in, the ledger ends the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import events as ev
from app.domain.fold import Fact, fold
from app.domain.ledger import Cost, ExecId, Fill, Split
from app.domain.orders import OrderRef, OrderState, Side
from app.domain.signals import StrategyId
from app.domain.state import State
from tests.domain.examples import ACCOUNT, APPLE, STRATEGY, at, bracket, fill, instrument, settle, signal
from tests.domain.lots import Desks, Lots

NEAR = Fraction(1, 10**15)
ENTRY, OTHER = "intent-1", "intent-2"
SECOND = StrategyId("second")
SECOND_ACCOUNT = "DUT000002"
OWNERS = {STRATEGY: ENTRY, SECOND: OTHER, None: None}

cents = st.integers(1, 10**6).map(lambda number: Decimal(number) / 100)


@st.composite
def trades(draw: st.DrawFn, accounts: tuple[str, ...] = (ACCOUNT,)) -> list[Fill]:
    """Make executions of two strategies' entries and of somebody else, some corrected, some undone, some paid for."""
    made = []
    for place in range(draw(st.integers(1, 7))):
        ref = draw(st.sampled_from([ENTRY, OTHER, None]))
        side, when = draw(st.sampled_from(Side)), draw(st.integers(0, 4))
        account = draw(st.sampled_from(accounts))
        for revision in range(1, draw(st.integers(1, 3)) + 1):
            is_undone = revision > 1 and draw(st.booleans())
            quantity = Decimal(0) if is_undone else Decimal(draw(st.integers(1, 320))) / 8
            execution = fill(f"0001.{place:02}.0{revision}", quantity, draw(cents), side, ref=ref, seconds=when)
            currency = draw(st.sampled_from(["USD", "USD", "EUR"]))
            made.append(replace(execution, commission=draw(cents | st.none()), currency=currency, account=account))
    return made


def messages(fills: list[Fill], random: Random, more: Sequence[Fact] = ()) -> list[Fact]:
    """Return each execution, each commission and `more` one to three times, in any order whatever."""
    told: list[Fact] = [fact for fact in more for _ in range(random.randint(1, 3))]
    for execution in fills:
        booked = ev.Filled(at=at(10), fill=replace(execution, commission=None, currency=""))
        told += [booked] * random.randint(1, 3)
        if execution.commission is not None:
            paid = ev.CommissionReported(
                at=at(11),
                exec_id=execution.exec_id,
                account=execution.account,
                commission=execution.commission,
                currency=execution.currency,
            )
            told += [paid] * random.randint(1, 3)
            told += [converted(execution)] * random.randint(0, 2)
    random.shuffle(told)
    return told


def rate_of(execution: Fill) -> Fraction:
    """Return what a euro was worth at the moment of an execution: another number for each, as long as it lives."""
    return 1 + Fraction(len(execution.key[1]) + int(execution.key[1][-1]), 8)


def converted(execution: Fill) -> Fact:
    """Return the fact that a commission in euros has a rate; it says nothing of one in dollars."""
    rate = rate_of(execution)
    return ev.CommissionConverted(
        at=at(12),
        exec_id=execution.exec_id,
        account=execution.account,
        currency="EUR",
        rate=Decimal(rate.numerator) / rate.denominator,
        source="a test",
    )


def paid_in_dollars(execution: Fill) -> Fill:
    """Return an execution with what it cost in dollars for its commission."""
    if execution.commission is None or execution.currency == "USD":
        return execution
    cost = Fraction(execution.commission) * rate_of(execution)
    return replace(execution, commission=Decimal(cost.numerator) / cost.denominator, currency="USD")


def newest(fills: list[Fill]) -> list[Fill]:
    """Return what stands in the end: of each execution the highest revision, with the best known commission."""
    standing: dict[tuple[str, str], Fill] = {}
    for execution in fills:  # revisions ascend
        before = standing.get(execution.key)
        paid = execution if execution.commission is not None else before
        of, currency = (paid.commission, paid.currency) if paid else (None, "")
        standing[execution.key] = replace(execution, commission=of, currency=currency)
    return sorted(standing.values(), key=lambda execution: (execution.at, execution.exec_id))


def prepared() -> State:
    """Return the accepted brackets of two strategies; what a unit of the instrument is worth is not known yet."""
    facts: list[Fact] = []
    for id_, strategy in ((ENTRY, STRATEGY), (OTHER, SECOND)):
        intent = replace(bracket(id_, signal_id="signal-1" if id_ == ENTRY else None), strategy=strategy)
        report = ev.OrderReported(at=at(3), ref=OrderRef(id_), state=OrderState.ACCEPTED, quantity=Decimal(1000))
        facts += [ev.OrderIntended(at=at(2), intent=intent), report]
    return settle([ev.SignalRaised(at=at(1), signal=signal("signal-1", "run-1")), *facts])[0]


def expected(fills: list[Fill], worth: Fraction, splits: Sequence[Split] = ()) -> Desks:
    """Return everybody's lots of executions, divided by the splits between them, which are in order."""
    desks = Desks(worth)
    owners = {ref: owner for owner, ref in OWNERS.items()}
    coming = list(splits)
    for execution in fills:
        while coming and execution.at >= coming[0].since:
            desks.split(ratio_of(coming.pop(0)))
        desks.trade(replace(execution, strategy=owners[execution.ref]))
    for split in coming:
        desks.split(ratio_of(split))
    return desks


def ratio_of(split: Split) -> Fraction:
    return Fraction(split.new) / Fraction(split.old)


def with_rates(state: State, standing: list[Fill]) -> State:
    """Return the state once the rate of every commission in another currency arrived, after it was before fees."""
    waiting = [f for f in standing if f.currency == "EUR" and f.commission is not None]
    for execution in waiting:
        known = state.fills[execution.key]
        assert known.cost is None or known.rate_source == "a test"
    return settle([converted(execution) for execution in waiting for _ in range(2)], state)[0]


@given(
    trades(accounts=(ACCOUNT, ACCOUNT, SECOND_ACCOUNT)),
    st.randoms(use_true_random=False),
    st.sampled_from([("1", 1), ("50", 1), ("10", 100)]),
    st.sampled_from([(), ((10, 1, 2),), ((1, 4, 2),), ((3, 2, 1),), ((2, 1, 1), (1, 4, 3)), ((3, 1, 2), (2, 1, 4))]),
)
def test_whatever_arrives_in_whatever_order_however_often_the_ledger_equals_its_lots(
    fills: list[Fill], random: Random, worth: tuple[str, int], ratios: tuple[tuple[int, int, int], ...]
) -> None:
    splits = [Split(ACCOUNT, APPLE, Decimal(new), Decimal(old), at(since)) for new, old, since in ratios]
    more: list[Fact] = [ev.InstrumentLearned(at=at(4), instrument=instrument(APPLE, *worth))]
    more += [ev.SharesSplit(at=at(12), split=split) for split in splits]
    state, _, _ = settle(messages(fills, random, more), prepared())
    standing, unit = newest(fills), Fraction(worth[0]) / worth[1]
    state = with_rates(state, standing)
    for account in (ACCOUNT, SECOND_ACCOUNT):
        theirs = [paid_in_dollars(f) for f in standing if f.account == account]
        equals_lots(state, account, theirs, expected(theirs, unit, splits if account == ACCOUNT else ()))
    assert {(f.key, f.exec_id, f.quantity, f.price, f.commission) for f in state.fills.values()} == {
        (f.key, f.exec_id, f.quantity, f.price, f.commission) for f in standing
    }


def equals_lots(state: State, account: str, standing: list[Fill], desks: Desks) -> None:
    """Fail unless an account's position, and each strategy's share, is what the lots of its executions add up to."""
    whole = desks.whole if standing else None
    for strategy, lots in ((None, whole), (STRATEGY, desks.of.get(STRATEGY)), (SECOND, desks.of.get(SECOND))):
        position = state.position(account, APPLE, strategy)
        assert (position is None) == (lots is None)
        if position is not None and lots is not None:
            assert abs(Fraction(position.quantity) - lots.quantity) <= NEAR
            assert abs(Fraction(position.average) - abs(lots.average)) <= NEAR
            assert abs(Fraction(position.realized) - (lots.realized - lots.commission)) <= NEAR
            assert abs(Fraction(position.commission) - lots.commission) <= NEAR
            assert list(position.fills) == lots.since_flat
    if standing:
        unpaid = sum(1 for f in standing if f.quantity and f.commission is None)
        assert state.positions[account, APPLE, None].unpaid == unpaid


@given(trades(), st.randoms(use_true_random=False), cents)
def test_the_strategies_shares_and_the_hands_add_up_to_the_account(
    fills: list[Fill], random: Random, last: Decimal
) -> None:
    learned = ev.InstrumentLearned(at=at(4), instrument=instrument(APPLE))
    state, _, _ = settle(messages(fills, random, [learned]), prepared())
    state = with_rates(state, newest(fills))
    whole = state.position(ACCOUNT, APPLE)
    assert whole is not None
    hand = expected([paid_in_dollars(f) for f in newest(fills)], Fraction(1)).of.get("", Lots())
    shares = [share for each in (STRATEGY, SECOND) if (share := state.position(ACCOUNT, APPLE, each))]
    assert sum((Fraction(share.quantity) for share in shares), hand.quantity) == Fraction(whole.quantity)
    paid = sum((Fraction(share.commission) for share in shares), hand.commission)
    assert abs(paid - Fraction(whole.commission)) <= NEAR
    mine = hand.cash - hand.commission + hand.quantity * Fraction(last)
    made = sum((Fraction(share.realized + share.unrealized(last)) for share in shares), mine)
    assert abs(made - Fraction(whole.realized + whole.unrealized(last))) <= NEAR


@given(trades(), st.randoms(use_true_random=False))
def test_an_order_counts_each_of_its_executions_once_and_is_never_filled_by_what_was_undone(
    fills: list[Fill], random: Random
) -> None:
    reports: list[Fact] = [ev.OrderReported(at=at(9), ref=OrderRef(ENTRY), state=OrderState.FILLED)]
    mine = [execution for execution in newest(fills) if execution.ref == ENTRY]
    total = sum((execution.quantity for execution in mine), Decimal(0))
    told = messages(fills, random, reports if total else ())
    state, _, _ = settle(told, prepared())
    order = state.orders[OrderRef(ENTRY)]
    assert order.filled == total
    if total:
        value = sum(Fraction(execution.quantity) * Fraction(execution.price) for execution in mine)
        assert order.average is not None
        assert abs(Fraction(order.average) - value / Fraction(total)) <= NEAR
    if any(execution.quantity == 0 for execution in mine):
        assert order.state is not OrderState.FILLED


@pytest.mark.parametrize("order", list(permutations(["filled", "undone", "reported", "paid"])))
def test_an_order_whose_only_execution_was_undone_is_not_filled(order: tuple[str, ...]) -> None:
    facts: dict[str, Fact] = {
        "filled": ev.Filled(at=at(5), fill=fill("a.01", "10", ref=ENTRY)),
        "undone": ev.Filled(at=at(6), fill=fill("a.02", "0", "0", ref=ENTRY)),
        "reported": ev.OrderReported(at=at(5), ref=OrderRef(ENTRY), state=OrderState.FILLED, quantity=Decimal(10)),
        "paid": ev.CommissionReported(
            at=at(5), exec_id=ExecId("a.01"), account=ACCOUNT, commission=Decimal(1), currency="USD"
        ),
    }
    state, _, _ = settle([facts[name] for name in order], prepared())
    told = state.orders[OrderRef(ENTRY)]
    position = state.position(ACCOUNT, APPLE)
    assert told.filled == 0
    assert told.state in (OrderState.VERIFYING, OrderState.CANCELLED, OrderState.ACCEPTED)
    assert position is not None
    assert (position.quantity, position.realized) == (0, -1)
    state, _, _ = settle([facts["reported"]], state)
    assert state.orders[OrderRef(ENTRY)].state is OrderState.CANCELLED


def test_a_split_restates_what_was_held_and_leaves_what_was_made() -> None:
    held: list[Fact] = [
        ev.Filled(at=at(5), fill=fill("a.01", "30", "100", commission="1")),
        ev.Filled(at=at(6), fill=fill("b.01", "10", "130", Side.SELL, seconds=1, commission="1")),
    ]
    divided = ev.SharesSplit(at=at(9), split=Split(ACCOUNT, APPLE, Decimal(10), Decimal(1), at(8)))
    state, _, records = settle([*held, divided, divided])
    position = state.position(ACCOUNT, APPLE)
    assert position is not None
    assert (position.quantity, position.average, position.realized) == (200, 10, 298)
    assert [type(record).__name__ for record in records[-3:]] == ["Split", "Position", "Step"]
    state, _, _ = settle([ev.Filled(at=at(10), fill=fill("c.01", "200", "11", Side.SELL, seconds=9))], state)
    position = state.position(ACCOUNT, APPLE)
    assert position is not None
    assert (position.quantity, position.realized) == (0, 498)


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


def test_a_commission_waits_for_its_execution() -> None:
    before = prepared()
    paid = ev.CommissionReported(
        at=at(5), exec_id=fill("a.01").exec_id, account=ACCOUNT, commission=Decimal(1), currency="USD"
    )
    waiting, written = fold(before, paid)
    assert written == (Cost(ACCOUNT, ExecId("a.01"), Decimal(1), "USD"),)
    assert fold(waiting, paid) == (waiting, ())
    state, _, _ = settle([ev.Filled(at=at(6), fill=fill("a.01", "4", ref=ENTRY))], waiting)
    assert state.fills[ACCOUNT, "a"].commission == 1
    assert state.fills[ACCOUNT, "a"].currency == "USD"


def test_an_execution_of_an_order_thought_never_sent_proves_that_it_was() -> None:
    lost: list[Fact] = [
        ev.OrderIntended(at=at(2), intent=bracket("intent-2")),
        ev.OrderNeverSent(at=at(3), ref=OrderRef("intent-2"), reason="not found twice"),
        ev.Filled(at=at(5), fill=fill("a.01", "4", ref="intent-2")),
    ]
    state, _, _ = settle(lost)
    assert state.orders[OrderRef("intent-2")].state is OrderState.PARTIALLY_FILLED
