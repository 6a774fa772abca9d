"""The fold as a whole: pure, repeatable, and honest about what may not become true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import get_args

import pytest
from hypothesis import given

from app.domain import events as ev
from app.domain.errors import UserError
from app.domain.fold import Fact, fold
from app.domain.index import index_of
from app.domain.orders import OrderRef
from app.domain.signals import RunId, SignalId, SignalState
from app.domain.state import Record, State, Step
from app.domain.strategies import RunStatus
from tests.domain.examples import SAP, at, bracket, fill, run, settle, signal
from tests.domain.stories import executions, reports, stories


def contents(state: State) -> dict[str, object]:
    """Return a copy of everything a state holds."""
    held = {field.name: getattr(state, field.name) for field in fields(state)}
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in held.items()}


@given(stories())
def test_a_fact_changes_no_state_but_the_one_it_returns(story: list[Fact]) -> None:
    state = State()
    for fact in story:
        before = contents(state)
        try:
            after, _ = fold(state, fact)
        except UserError:
            after = state
        assert contents(state) == before
        state = after


@given(stories())
def test_the_same_facts_give_the_same_state_and_records(story: list[Fact]) -> None:
    assert settle(story) == settle(story)


@given(stories(20), executions() | reports())
def test_what_the_broker_says_twice_counts_once(story: list[Fact], told: Fact) -> None:
    state, _, _ = settle([*story, told])
    again, records = fold(state, told)
    assert again == state
    assert records == ()


@given(stories())
def test_records_are_the_state(story: list[Fact]) -> None:
    state, _, records = settle(story)
    assert _of(records, "Order", "ref") == state.orders
    assert _of(records, "Signal", "id") == state.signals
    assert _of(records, "Run", "id") == state.runs
    assert _of(records, "Fill", "key") == state.fills


def _of(records: list[Record], kind: str, key: str) -> dict[object, Record]:
    return {getattr(record, key): record for record in records if type(record).__name__ == kind}


@given(stories())
def test_every_origin_is_a_step_that_was_written(story: list[Fact]) -> None:
    state, _, records = settle(story)
    assert set(state.origins.values()) <= {record.id for record in records if isinstance(record, Step)}


def test_every_event_is_a_fact() -> None:
    events = {kind for kind in vars(ev).values() if isinstance(kind, type) and issubclass(kind, ev.Event)}
    assert set(get_args(Fact)) == events - {ev.Event}


def test_a_slot_runs_once_for_each_symbol() -> None:
    slot = "2026-11-20T15:45"
    state, _, _ = settle([ev.RunStarted(at=at(0), started=run("run-1", slot))])
    with pytest.raises(UserError, match="has run already"):
        fold(state, ev.RunStarted(at=at(1), started=run("run-2", slot)))
    other, _ = fold(state, ev.RunStarted(at=at(1), started=run("run-2", slot, symbol="SAP")))
    assert len(other.runs) == 2


def test_runs_by_hand_have_no_slot_to_share() -> None:
    state, _, _ = settle([ev.RunStarted(at=at(0), started=run(f"run-{number}")) for number in range(3)])
    assert len(state.runs) == 3


def test_a_run_ends_with_its_reason() -> None:
    facts: list[Fact] = [
        ev.RunStarted(at=at(0), started=run("run-1")),
        ev.RunFinished(at=at(1), run=RunId("run-1"), status=RunStatus.HELD, reason="HOLD", duration_ms=12.5),
    ]
    state, _, _ = settle(facts)
    ended = state.runs[RunId("run-1")]
    assert (ended.status, ended.reason, ended.duration_ms) == (RunStatus.HELD, "HOLD", 12.5)


def test_a_rerun_supersedes_the_signal_of_the_same_bar_only() -> None:
    facts: list[Fact] = [
        ev.SignalRaised(at=at(0), signal=signal("old", "run-1")),
        ev.SignalRaised(at=at(0), signal=signal("other-bar", "run-1", last_bar=0)),
        ev.SignalRaised(at=at(0), signal=signal("other-stock", "run-1", con_id=SAP)),
        ev.SignalRaised(at=at(1), signal=signal("new", "run-2")),
    ]
    state, _, _ = settle(facts)
    states = {id_: found.state for id_, found in state.signals.items()}
    assert states == {
        "old": SignalState.SUPERSEDED,
        "other-bar": SignalState.ACTIVE,
        "other-stock": SignalState.ACTIVE,
        "new": SignalState.ACTIVE,
    }
    assert state.signals[SignalId("old")].state_by == "new"


def test_a_signal_that_ended_does_not_move_again() -> None:
    ended = ev.SignalMoved(at=at(1), signal=SignalId("s"), state=SignalState.EXPIRED, by="clock", why="closed")
    state, _, _ = settle([ev.SignalRaised(at=at(0), signal=signal("s", "run-1")), ended])
    assert fold(state, replace(ended, state=SignalState.ACTED)) == (state, ())


def test_one_decision_makes_one_intent() -> None:
    state, _, _ = settle([ev.OrderIntended(at=at(0), intent=bracket("a", decision="click-1"))])
    with pytest.raises(UserError, match="placed its order already"):
        fold(state, ev.OrderIntended(at=at(1), intent=bracket("b", decision="click-1")))


@given(stories())
def test_the_index_answers_what_a_look_at_everything_would(story: list[Fact]) -> None:
    state, _, _ = settle(story)
    anew = index_of(state.fills, state.runs.values(), state.signals.values())
    assert {ref: set(keys) for ref, keys in state.index.executions.items() if keys} == {
        ref: set(keys) for ref, keys in anew.executions.items()
    }
    assert state.index.slots == anew.slots
    assert state.index.newest == anew.newest
    active = [one.key for one in state.signals.values() if one.state is SignalState.ACTIVE]
    assert len(active) == len(set(active))


def test_an_executions_new_owner_is_found_and_the_old_one_has_it_no_more() -> None:
    mine, other = fill("0001.aa.01.01", ref="mine"), fill("0001.aa.02.01", ref="mine")
    taken = replace(mine, ref=OrderRef("adopted"))
    known = {one.key: one for one in (mine, other)}
    index = index_of(known, (), ())
    after = index.with_fills(known, {taken.key: taken})
    assert after.executions_of(OrderRef("mine")) == (other.key,)
    assert after.executions_of(OrderRef("adopted")) == (mine.key,)
