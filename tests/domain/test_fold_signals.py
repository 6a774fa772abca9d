"""Signals, claims and outcomes in the fold: states that end once, strategies that are deleted, outcomes kept once."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain import events as ev
from app.domain.bars import Timeframe
from app.domain.claims import Claim, Comparison, Finding, Line, Truth, ValueClaim
from app.domain.errors import UserError
from app.domain.fold import fold
from app.domain.ledger import Position
from app.domain.outcomes import Outcome, OutcomeResult
from app.domain.signals import RunId, SignalId, SignalState
from app.domain.state import State, Step
from app.domain.strategies import Run, RunStatus, Strategy
from tests.domain.examples import APPLE, NOON, STRATEGY, at, bracket, signal

SIGNAL = SignalId("s1")


def raised(*ids: str) -> State:
    """Return the state in which a strategy has raised these signals, each of another bar."""
    strategy = Strategy(STRATEGY, "Three of four", ("AAPL",), is_scheduled=True)
    state, _ = fold(State(), ev.StrategySaved(at=NOON, strategy=strategy))
    for number, id_ in enumerate(ids):
        made = signal(id_, "r1", last_bar=number * 86400)
        state, _ = fold(state, ev.SignalRaised(at=NOON, run=RunId("r1"), signal=made))
    return state


def moved(state: State, to: SignalState) -> State:
    return fold(state, ev.SignalMoved(at=at(1), signal=SIGNAL, state=to, by="hand", why="no"))[0]


@pytest.mark.parametrize("end", [SignalState.ACTED, SignalState.EXPIRED, SignalState.REJECTED])
def test_a_signal_ends_once_and_says_by_whom_and_why(end: SignalState) -> None:
    ended = moved(raised("s1"), end)
    found = ended.signals[SIGNAL]
    assert (found.state, found.state_by, found.state_why) == (end, "hand", "no")
    assert moved(ended, SignalState.ACTED) is ended
    assert fold(ended, ev.SignalSnoozed(at=at(2), signal=SIGNAL, until=at(9), by="hand"))[0] is ended


def test_a_snoozed_signal_is_active_until_it_wakes() -> None:
    state, records = fold(raised("s1"), ev.SignalSnoozed(at=at(1), signal=SIGNAL, until=at(60), by="hand"))
    asleep = state.signals[SIGNAL]
    assert records == (asleep,)
    assert asleep.is_snoozed(at(59))
    assert not asleep.is_snoozed(at(60))
    state, _ = fold(state, ev.SignalSnoozed(at=at(2), signal=SIGNAL, until=None, by="hand"))
    assert not state.signals[SIGNAL].is_snoozed(at(2))
    assert not moved(state, SignalState.EXPIRED).signals[SIGNAL].is_snoozed(at(2))


def test_a_deleted_strategy_takes_its_waiting_signals_with_it_and_leaves_its_history() -> None:
    state = moved(raised("s1", "s2"), SignalState.ACTED)
    state, records = fold(state, ev.StrategyDeleted(at=at(2), strategy=STRATEGY, by="hand"))
    assert state.strategies == {}
    assert [record.is_deleted for record in records if isinstance(record, Strategy)] == [True]
    found = state.signals[SignalId("s2")]
    assert (found.state, found.state_by, found.state_why) == (SignalState.REJECTED, "hand", "its strategy was deleted")
    assert state.signals[SIGNAL].state is SignalState.ACTED
    assert fold(state, ev.StrategyDeleted(at=at(3), strategy=STRATEGY, by="hand")) == (state, ())
    assert state.strategy_name(STRATEGY) == state.known_strategies[STRATEGY].name == state.retired[STRATEGY].name
    again, _ = fold(state, ev.StrategySaved(at=at(4), strategy=replace(state.retired[STRATEGY], is_deleted=False)))
    assert (list(again.strategies), again.retired) == ([STRATEGY], {})


def test_a_strategy_that_runs_or_holds_is_not_deleted() -> None:
    state = raised("s1")
    run = Run(RunId("r9"), STRATEGY, "AAPL", APPLE, None, RunStatus.RUNNING, at(1))
    running = ev.RunStarted(at=at(1), run=run.id, started=run)
    with pytest.raises(UserError, match="is running for AAPL now; wait for its end, then delete it"):
        fold(fold(state, running)[0], ev.StrategyDeleted(at=at(2), strategy=STRATEGY, by="hand"))
    held = Position("DUT000001", APPLE, "AAPL", Decimal(5), strategy=STRATEGY)
    state = replace(state, positions={("DUT000001", APPLE, STRATEGY): held})
    with pytest.raises(UserError, match="still holds 5 AAPL; close or cancel that first, then delete it"):
        fold(state, ev.StrategyDeleted(at=at(2), strategy=STRATEGY, by="hand"))


def test_a_strategy_with_a_working_order_is_not_deleted() -> None:
    state = raised("s1")
    state, _ = fold(state, ev.OrderIntended(at=at(1), intent=bracket("i1", signal_id="s1")))
    with pytest.raises(UserError, match="still has a working order in AAPL; close or cancel that first"):
        fold(state, ev.StrategyDeleted(at=at(2), strategy=STRATEGY, by="hand"))


def test_an_outcome_is_kept_once_as_a_step_of_its_signals_run() -> None:
    state = raised("s1")
    won = Outcome(SIGNAL, OutcomeResult.WIN, 109.5, entered=0, entry=102.0, exited=1, exit=109.5, r=1.7, bars_held=2)
    still = fold(state, ev.OutcomeFound(at=at(5), outcome=replace(won, result=OutcomeResult.OPEN)))
    assert still == (state, ())
    state, records = fold(state, ev.OutcomeFound(at=at(5), outcome=won))
    assert state.outcomes == {SIGNAL: replace(won, found=at(5))}
    step = next(record for record in records if isinstance(record, Step))
    assert (step.step, step.run, step.subject) == (ev.StepName.OUTCOME, RunId("r1"), SIGNAL)
    assert step.cause == state.origins["s1"]
    assert step.outputs["result"] == "win"
    assert fold(state, ev.OutcomeFound(at=at(6), outcome=replace(won, r=-1.0))) == (state, ())


def test_checked_claims_are_kept_under_their_reading_as_a_step() -> None:
    claim = Claim(ValueClaim(Line("rsi"), Comparison.ABOVE, 70.0), is_key=True, text="RSI is overbought")
    finding = Finding(claim, Truth.FALSE, 61.0, "RSI is 61.")
    event = ev.ClaimsChecked(
        at=NOON, run=RunId("r1"), reading="x", con_id=APPLE, timeframe=Timeframe.D1, findings=(finding,)
    )
    state, (checked, step) = fold(State(), event)
    assert state.checked == {"x": checked}
    assert isinstance(step, Step)
    assert step.outputs["withdraws_support"] is True
    assert step.outputs["false"] == 1
