"""From anything that exists back to the first thing that led to it, by one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from app.adapters.store.store import Store
from app.domain import events as ev
from app.domain.errors import UserError
from app.domain.events import EventId, StepName
from app.domain.fold import Fact
from app.domain.ledger import ExecId
from app.domain.orders import OrderState, Side
from app.domain.signals import RunId
from app.domain.state import State, Step
from tests.adapters.store.test_journal import keep
from tests.domain.examples import ACCOUNT, APPLE, at, bracket, fill, foreign, run, signal

POSITION = f"{ACCOUNT}:{APPLE}"


def story_of(run_id: str, start: float, side: Side = Side.BUY) -> list[Fact]:
    """Return a run from its bars to the working bracket; each cause is the fact before, whether a step or not."""
    run_of = RunId(run_id)
    facts: list[Fact] = [ev.RunStarted(at=at(start), started=run(run_id), run=run_of)]
    for name in (StepName.LOAD_STRATEGY, StepName.LOAD_BARS, StepName.INDICATORS, StepName.CHECKS):
        facts.append(ev.StepTaken(at=at(start), step=name, run=run_of, cause=facts[-1].id))
    raised = signal(f"{run_id}-signal", run_id)
    facts.append(ev.SignalRaised(at=at(start + 1), signal=raised, run=run_of, cause=facts[-1].id))
    facts.append(ev.StepTaken(at=at(start + 2), step=StepName.GATES, run=run_of, cause=facts[-1].id))
    switched = ev.TradingStateChanged(at=at(start), state=ev.TradingState.ACTIVE, reason="", cause=facts[-1].id)
    intent = bracket(f"{run_id}-intent", signal_id=raised.id, side=side)
    intended = ev.OrderIntended(at=at(start + 3), intent=intent, run=run_of, cause=switched.id)
    acked = [
        ev.OrderReported(at=at(start + 4), ref=leg.ref, state=OrderState.ACCEPTED, perm_id=place)
        for place, leg in enumerate(intent.legs)
    ]
    return [*facts, switched, intended, *acked]


TO_CHECKS = ["load_strategy", "load_bars", "indicators", "checks"]
TO_INTENT = [*TO_CHECKS, "signal", "gates", "intent"]


def names(steps: Sequence[Step]) -> list[str]:
    """Return the names of steps, in their order."""
    return [step.step.value for step in steps]


def bought(
    exec_id: str, seconds: float, quantity: str = "10", side: Side = Side.BUY, ref: str = "a-intent"
) -> ev.Filled:
    """Return an execution of the entry."""
    return ev.Filled(at=at(seconds), fill=fill(exec_id, quantity, side=side, ref=ref, seconds=seconds))


def paid(exec_id: str, seconds: float) -> ev.CommissionReported:
    """Return what an execution cost."""
    return ev.CommissionReported(
        at=at(seconds), exec_id=ExecId(exec_id), account=ACCOUNT, commission=Decimal(1), currency="USD"
    )


@pytest.fixture
async def lived(store: Store) -> Store:
    """Return a store with one run, its bracket, two fills and a commission; and another run beside it."""
    facts = [*story_of("a", 0), bought("x.01", 10, "4"), bought("y.01", 11, "6"), paid("x.01", 12), *story_of("b", 20)]
    state = State()
    for fact in facts:
        state = await keep(store, [fact], state)
    return store


async def test_a_run_has_its_steps_in_order(lived: Store) -> None:
    steps = await lived.lineage.steps_of_run("a")
    assert names(steps) == [*TO_INTENT, "order", "order", "order", *["fills", "position"] * 2, "position"]
    assert {step.run for step in steps} == {"a"}
    assert await lived.lineage.chain("a") == steps
    assert await lived.lineage.steps_of_run("nothing") == ()


async def test_steps_stand_in_the_order_in_which_they_began(store: Store) -> None:
    await keep(store, [*story_of("a", 0), bought("x.01", 10, "4"), paid("x.01", 12), bought("y.01", 13, "6")])
    for chain in (await store.lineage.steps_of_run("a"), await store.lineage.chain(POSITION)):
        assert [step.started for step in chain] == sorted(step.started for step in chain)
        places = {step.id: place for place, step in enumerate(chain)}
        assert all(places.get(step.cause, -1) < place for place, step in enumerate(chain) if step.cause)


async def test_an_exit_is_awaited_since_the_entry_was_filled(store: Store) -> None:
    closing = bought("z.01", 30, "10", Side.SELL, "a-intent.target")
    await keep(store, [*story_of("a", 0), bought("x.01", 10), paid("x.01", 11), closing])
    booked = [step for step in await store.lineage.steps_of_run("a") if step.step is StepName.FILLS]
    assert [step.started for step in booked] == [at(4), at(10)]


async def test_a_signal_goes_back_to_its_first_bar(lived: Store) -> None:
    assert names(await lived.lineage.chain("a-signal")) == [*TO_CHECKS, "signal"]


async def test_an_intent_shows_all_of_its_orders(lived: Store) -> None:
    assert names(await lived.lineage.chain("a-intent")) == [*TO_INTENT, "order", "order", "order"]


async def test_a_child_order_shows_itself_and_its_intent(lived: Store) -> None:
    chain = await lived.lineage.chain("a-intent.stop")
    assert names(chain) == [*TO_INTENT, "order"]
    assert chain[-1].subject == "a-intent.stop"


async def test_an_order_that_nobody_acknowledged_still_shows_why_it_was_meant(store: Store) -> None:
    await keep(store, story_of("a", 0)[:-3])
    assert names(await store.lineage.chain("a-intent.target")) == TO_INTENT


async def test_a_fill_goes_back_through_its_order(lived: Store) -> None:
    chain = await lived.lineage.chain("y.01")
    assert names(chain) == [*TO_INTENT, "order", "fills"]
    assert chain[-1].outputs == {
        "side": "BUY",
        "quantity": Decimal(6),
        "price": Decimal("101.25"),
        "at": "2026-11-20T17:00:11.000000Z",
    }


async def test_a_position_holds_every_fill_and_commission(lived: Store) -> None:
    chain = await lived.lineage.chain(POSITION)
    assert names(chain) == [*TO_INTENT, "order", *["fills", "position"] * 2, "position"]
    assert [step.subject for step in chain if step.step is StepName.FILLS] == ["x.01", "y.01"]


async def test_a_position_forgets_what_was_before_it_was_flat(lived: Store) -> None:
    state = await lived.journal.load()
    closing = bought("z.01", 30, "10", Side.SELL, "a-intent.target")
    reopening = [bought("v.01", 40, "3", ref="b-intent"), paid("v.01", 41), paid("z.01", 42)]
    state = await keep(lived, [closing], state)
    assert [s.subject for s in await lived.lineage.chain(POSITION) if s.step is StepName.FILLS] == [
        "x.01",
        "y.01",
        "z.01",
    ]
    await keep(lived, reopening, state)
    chain = await lived.lineage.chain(POSITION)
    assert [step.subject for step in chain if step.step is StepName.FILLS] == ["v.01"]
    assert names(chain)[-3:] == ["fills", "position", "position"]
    assert {step.run for step in chain} == {"b"}


async def test_a_corrected_fill_is_found_by_either_id(lived: Store) -> None:
    state = await lived.journal.load()
    await keep(lived, [bought("y.02", 30, "5")], state)
    assert (await lived.lineage.chain("y.01"))[-1].outputs["quantity"] == Decimal(6)
    assert (await lived.lineage.chain("y.02"))[-1].outputs["quantity"] == Decimal(5)
    chain = await lived.lineage.chain(POSITION)
    assert [step.subject for step in chain if step.step is StepName.FILLS] == ["x.01", "y.02"]


async def test_the_chain_goes_on_through_causes_that_are_no_steps(lived: Store) -> None:
    facts = await lived.journal.facts()
    (switched,) = [fact for fact in facts if isinstance(fact, ev.TradingStateChanged)][:1]
    intent = next(step for step in await lived.lineage.steps_of_run("a") if step.step is StepName.INTENT)
    assert intent.cause == switched.id


async def test_what_exists_without_a_reason_has_an_empty_chain(store: Store) -> None:
    seen = ev.ForeignOrderSeen(at=at(0), order=foreign(5, OrderState.ACCEPTED))
    await keep(store, [seen, ev.RunStarted(at=at(0), started=run("lonely"))])
    assert await store.lineage.chain("foreign-5") == ()
    assert await store.lineage.chain("lonely") == ()


@pytest.mark.parametrize(
    "subject", ["nothing", "", "DUT000001:", f"DUT9:{APPLE}", "DUT000001:99", ":", "a:" + "9" * 40, "%"]
)
async def test_an_unknown_id_is_answered_in_words(lived: Store, subject: str) -> None:
    with pytest.raises(UserError, match="is not a run, signal, order, fill or position here"):
        await lived.lineage.chain(subject)


async def test_causes_that_go_in_a_circle_end(store: Store) -> None:
    one = ev.StepTaken(at=at(0), step=StepName.GATES, run=RunId("r"), cause=EventId("two"))
    await keep(store, [one, replace(one, id=EventId("two"), cause=one.id)])
    assert len(await store.lineage.chain("r")) == 2


async def test_a_chain_of_a_thousand_steps_is_whole(store: Store) -> None:
    facts: list[Fact] = [ev.StepTaken(at=at(0), step=StepName.GATES)]
    for number in range(999):
        facts.append(ev.StepTaken(at=at(number), step=StepName.GATES, cause=facts[-1].id))
    facts.append(ev.SignalRaised(at=at(1000), signal=signal("last", "r"), cause=facts[-1].id))
    await keep(store, facts)
    chain = await store.lineage.chain("last")
    assert [step.id for step in chain] == [fact.id for fact in facts]
