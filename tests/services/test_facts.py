"""Facts: one order of things, groups that are all or nothing, and nothing believed that is not on disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from app.domain import events as ev
from app.domain.errors import Fault, UserError
from app.domain.events import Event
from app.domain.orders import Intent, Order
from app.domain.state import Record, State
from app.runtime.bus import Bus
from app.runtime.tasks import Tasks
from app.services.facts import Facts
from tests.domain.examples import ACCOUNT, APPLE, NOON, bracket, fill, instrument


@dataclass
class Paper:
    """A journal on paper: what was committed, in its transactions; `problem` is raised instead of a commit."""

    transactions: list[list[Event]] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    problem: Exception | None = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def commit(self, events: Sequence[Event], records: Sequence[Record]) -> None:
        await self.gate.wait()
        if self.problem is not None:
            raise self.problem
        self.transactions.append(list(events))
        self.records.extend(records)

    async def load(self) -> State:
        return State()


@dataclass
class Desk:
    facts: Facts
    paper: Paper
    told: list[Event]
    faults: list[Fault]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    bus, tasks, paper = Bus(), Tasks(), Paper()
    facts = Facts(paper, bus, tasks)
    told: list[Event] = []
    bus.on(Event, told.append)
    faults: list[Fault] = []
    facts.on_fault = faults.append
    yield Desk(facts, paper, told, faults)
    await tasks.close()


def intended(id_: str, decision: str | None = None) -> ev.OrderIntended:
    return ev.OrderIntended(at=NOON, intent=bracket(id_, decision=decision))


def filled(exec_id: str, quantity: str = "1") -> ev.Filled:
    return ev.Filled(at=NOON, fill=fill(exec_id, quantity))


async def test_facts_become_true_in_the_order_they_were_entered(desk: Desk) -> None:
    facts = [filled(f"e{n}.01") for n in range(50)]
    await asyncio.gather(*(desk.facts.enter(fact) for fact in facts))
    written = [fact for transaction in desk.paper.transactions for fact in transaction]
    assert written == facts
    assert desk.told == facts
    assert desk.facts.state.positions[(ACCOUNT, APPLE, None)].quantity == 50


async def test_what_is_queued_during_a_write_becomes_one_transaction(desk: Desk) -> None:
    desk.paper.gate.clear()
    first = desk.facts.post(filled("a.01"))
    await asyncio.sleep(0)
    rest = [desk.facts.post(filled(f"b{n}.01")) for n in range(9)]
    desk.paper.gate.set()
    await asyncio.gather(first, *rest)
    assert [len(transaction) for transaction in desk.paper.transactions] == [1, 9]


async def test_an_observer_that_enters_facts_never_gets_between_two_of_a_group(desk: Desk) -> None:
    bus_told: list[Event] = desk.told

    def hear(fact: Event) -> None:
        if isinstance(fact, ev.OrderIntended) and fact.intent.id == "one":
            desk.facts.post(filled("late.01"))

    desk.facts._bus.on(ev.OrderIntended, hear)
    await desk.facts.enter(intended("one"), filled("now.01"))
    await desk.facts.settle()
    assert [type(fact).__name__ for fact in bus_told] == ["OrderIntended", "Filled", "Filled"]
    assert [len(transaction) for transaction in desk.paper.transactions] == [2, 1]


async def test_a_group_with_one_refused_fact_leaves_nothing(desk: Desk) -> None:
    await desk.facts.enter(intended("one", "click"))
    before = desk.facts.state
    with pytest.raises(UserError, match="placed its order already"):
        await desk.facts.enter(filled("x.01"), intended("two", "click"))
    assert desk.facts.state is before
    assert len(desk.paper.transactions) == 1
    assert not any(isinstance(record, Order | Intent) and "two" in str(record) for record in desk.paper.records)


async def test_a_refused_group_does_not_hinder_its_neighbours(desk: Desk) -> None:
    good, bad, more = (
        desk.facts.post(intended("one", "click")),
        desk.facts.post(intended("two", "click")),
        desk.facts.post(intended("three")),
    )
    results = await asyncio.gather(good, bad, more, return_exceptions=True)
    assert [type(result) for result in results] == [type(None), UserError, type(None)]
    assert set(desk.facts.state.intents) == {"one", "three"}


async def test_a_write_that_fails_leaves_the_state_as_the_file_is(desk: Desk) -> None:
    await desk.facts.enter(intended("one"))
    before, told = desk.facts.state, list(desk.told)
    desk.paper.problem = Fault("The disk is full.")
    with pytest.raises(Fault, match="disk is full"):
        await desk.facts.enter(intended("two"))
    assert desk.facts.state is before
    assert desk.told == told
    assert [str(fault) for fault in desk.faults] == ["The disk is full."]
    desk.paper.problem = None
    await desk.facts.enter(intended("two"))
    assert set(desk.facts.state.intents) == {"one", "two"}


@pytest.mark.parametrize("problem", [OSError("no space left"), TypeError("cannot be written as JSON")])
async def test_e2_any_failure_of_a_write_is_a_fault_and_nobody_waits_for_ever(desk: Desk, problem: Exception) -> None:
    desk.paper.problem = problem
    with pytest.raises(Fault, match="ledger could not be written"):
        await asyncio.wait_for(desk.facts.enter(intended("one")), 2)
    assert len(desk.faults) == 1
    desk.paper.problem = None
    await asyncio.wait_for(desk.facts.enter(intended("two")), 2)


async def test_e9_a_bug_of_the_writer_is_a_fault_and_keeps_nobody_waiting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug nobody foresaw")

    with monkeypatch.context() as now:
        now.setattr(desk.facts, "_add", broken)
        with pytest.raises(Fault, match="writer failed"):
            await asyncio.wait_for(desk.facts.enter(intended("one")), 2)
    assert len(desk.faults) == 1
    await asyncio.wait_for(desk.facts.enter(intended("two")), 2)


async def test_a_fact_that_breaks_the_fold_is_a_fault_and_the_others_become_true(desk: Desk) -> None:
    broken = ev.OrderIntended(at=NOON, intent=None)  # type: ignore[arg-type]
    bad, good = desk.facts.post(broken), desk.facts.post(intended("one"))
    results = await asyncio.wait_for(asyncio.gather(bad, good, return_exceptions=True), 2)
    assert isinstance(results[0], Fault)
    assert results[1] is None
    assert set(desk.facts.state.intents) == {"one"}
    assert len(desk.faults) == 1


async def test_what_happened_before_is_not_written_again(desk: Desk) -> None:
    fact = filled("a.01")
    await desk.facts.enter(fact)
    await desk.facts.enter(ev.Filled(at=NOON, fill=fact.fill))
    assert desk.paper.transactions == [[fact]]
    assert desk.told == [fact]


async def test_a_match_is_written_though_it_changes_nothing(desk: Desk) -> None:
    fact = ev.Reconciled(at=NOON, account=ACCOUNT, differences=(), duration_ms=1.0)
    await desk.facts.enter(fact)
    assert desk.paper.transactions == [[fact]]


async def test_until_wakes_when_the_state_is_so(desk: Desk) -> None:
    waiting = asyncio.ensure_future(desk.facts.until(lambda state: bool(state.intents), 5))
    await asyncio.sleep(0)
    assert not waiting.done()
    await desk.facts.enter(intended("one"))
    assert await waiting


async def test_until_says_no_when_it_never_comes(desk: Desk) -> None:
    assert not await desk.facts.until(lambda state: bool(state.intents), 0.02)
    assert desk.facts._watchers == []


async def test_a_watched_condition_that_cannot_be_asked_yet_does_not_stop_the_ledger(desk: Desk) -> None:
    waiting = asyncio.ensure_future(desk.facts.until(lambda state: state.instruments[APPLE].symbol == "AAPL", 5))
    await asyncio.sleep(0)
    await desk.facts.enter(intended("one"))
    await desk.facts.enter(ev.InstrumentLearned(at=NOON, instrument=instrument()))
    assert await waiting


async def test_cancelling_who_waits_does_not_take_the_fact_back(desk: Desk) -> None:
    desk.paper.gate.clear()
    entering = asyncio.ensure_future(desk.facts.enter(filled("a.01", "3")))
    await asyncio.sleep(0)
    entering.cancel()
    desk.paper.gate.set()
    await desk.facts.settle()
    assert desk.facts.state.positions[(ACCOUNT, APPLE, None)].quantity == Decimal(3)
