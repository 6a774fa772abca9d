"""How a fact changes what is true: one pure function over (state, event), no clock and no I/O.

It returns the new state and the records that the store must write with the fact, in one transaction.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from app.domain import events as ev
from app.domain.errors import UserError
from app.domain.fold_adoption import adopt
from app.domain.fold_changes import change_refused, intend_change, twin_seen
from app.domain.fold_fills import commission_converted, commission_reported, described, filled, split
from app.domain.fold_orders import (
    ask_cancel,
    foreign_seen,
    intend,
    never_sent,
    reported,
    sent,
    verifying,
)
from app.domain.fold_prompts import prompt_changed
from app.domain.fold_readings import provider_removed, provider_saved, reading_taken
from app.domain.fold_signals import (
    claims_checked,
    outcome_found,
    signal_moved,
    signal_raised,
    signal_snoozed,
    strategy_deleted,
    strategy_saved,
)
from app.domain.kept import but
from app.domain.state import Record, SessionDay, State, Step, TradingSwitch

Change = tuple[State, tuple[Record, ...]]
Fact = (
    ev.InstrumentLearned
    | ev.StrategySaved
    | ev.StrategyDeleted
    | ev.OwnIndicatorConfirmed
    | ev.RunStarted
    | ev.RunFinished
    | ev.StepTaken
    | ev.ProviderSaved
    | ev.ProviderRemoved
    | ev.ReadingTaken
    | ev.PromptCreated
    | ev.PromptEdited
    | ev.PromptRenamed
    | ev.PromptVersionActivated
    | ev.PromptDefaultSet
    | ev.PromptDeleted
    | ev.PromptVersionDeleted
    | ev.ClaimsChecked
    | ev.SignalRaised
    | ev.SignalMoved
    | ev.SignalSnoozed
    | ev.OutcomeFound
    | ev.OrderIntended
    | ev.OrderSent
    | ev.CancelAsked
    | ev.OrderChangeIntended
    | ev.OrderChangeRefused
    | ev.OrderReported
    | ev.ForeignOrderSeen
    | ev.OrderAdopted
    | ev.TwinOrderSeen
    | ev.OrderVerifying
    | ev.OrderNeverSent
    | ev.Filled
    | ev.CommissionReported
    | ev.CommissionConverted
    | ev.SharesSplit
    | ev.TradingStateChanged
    | ev.LimitChanged
    | ev.GatesOverridden
    | ev.SessionDayOpened
    | ev.SnapshotTaken
    | ev.DifferenceSetAside
    | ev.Reconciled
    | ev.LineCrossed
)
"""Every event there is; `fold` answers for each."""


def fold(state: State, event: Fact) -> Change:
    """Return the state after `event` and the records to write; raise UserError when the fact may not become true."""
    match event:
        case ev.InstrumentLearned(instrument=instrument):
            state = replace(state, instruments=but(state.instruments, {instrument.con_id: instrument}))
            state, records = described(state, instrument)
            return state, (instrument, *records)
        case ev.StrategySaved(strategy=strategy):
            return strategy_saved(state, strategy)
        case ev.StrategyDeleted():
            return strategy_deleted(state, event)
        case ev.OwnIndicatorConfirmed(indicator=own):
            return replace(state, own_indicators=but(state.own_indicators, {own.name: own})), (own,)
        case ev.RunStarted():
            return _run_started(state, event)
        case ev.RunFinished():
            return _run_finished(state, event)
        case ev.StepTaken():
            return state, (_step_taken(event),)
        case ev.ProviderSaved():
            return provider_saved(state, event)
        case ev.ProviderRemoved(provider=removed):
            return provider_removed(state, removed)
        case ev.ReadingTaken():
            return reading_taken(state, event)
        case (
            ev.PromptCreated()
            | ev.PromptEdited()
            | ev.PromptRenamed()
            | ev.PromptVersionActivated()
            | ev.PromptDefaultSet()
            | ev.PromptDeleted()
            | ev.PromptVersionDeleted()
        ):
            return prompt_changed(state, event)
        case ev.ClaimsChecked():
            return claims_checked(state, event)
        case ev.SignalRaised():
            return signal_raised(state, event)
        case ev.SignalMoved():
            return signal_moved(state, event)
        case ev.SignalSnoozed():
            return signal_snoozed(state, event)
        case ev.OutcomeFound():
            return outcome_found(state, event)
        case ev.OrderIntended():
            return intend(state, event)
        case ev.OrderSent():
            return sent(state, event)
        case ev.CancelAsked():
            return ask_cancel(state, event)
        case ev.OrderChangeIntended():
            return intend_change(state, event)
        case ev.OrderChangeRefused():
            return change_refused(state, event)
        case ev.OrderReported():
            return reported(state, event)
        case ev.ForeignOrderSeen():
            return foreign_seen(state, event)
        case ev.OrderAdopted():
            return adopt(state, event)
        case ev.TwinOrderSeen():
            return twin_seen(state, event)
        case ev.OrderVerifying():
            return verifying(state, event)
        case ev.OrderNeverSent():
            return never_sent(state, event)
        case ev.Filled():
            return filled(state, event)
        case ev.CommissionReported():
            return commission_reported(state, event)
        case ev.CommissionConverted():
            return commission_converted(state, event)
        case ev.SharesSplit():
            return split(state, event)
        case ev.TradingStateChanged():
            switch = TradingSwitch(event.state, event.reason, event.at)
            return replace(state, trading=switch), (switch,)
        case ev.SessionDayOpened():
            day = SessionDay(event.account, event.session, event.net_liquidation)
            return replace(state, days=but(state.days, {event.account: day})), (day,)
        case ev.SnapshotTaken(snapshot=snapshot):
            key = (snapshot.account, snapshot.session)
            if key in state.snapshots:
                return state, ()
            return replace(state, snapshots=but(state.snapshots, {key: snapshot})), (snapshot,)
        case ev.Reconciled() | ev.DifferenceSetAside() | ev.LimitChanged() | ev.GatesOverridden() | ev.LineCrossed():
            return state, ()
    assert_never(event)


def _run_started(state: State, event: ev.RunStarted) -> Change:
    run = event.started
    if state.index.is_taken(run):
        raise UserError(f"The slot {run.slot} of {run.strategy} for {run.symbol} has run already; nothing was done.")
    if run.id in state.runs:
        return state, ()  # told twice: what the run has become meanwhile stands
    return replace(state, runs=but(state.runs, {run.id: run}), index=state.index.with_run(run)), (run,)


def _run_finished(state: State, event: ev.RunFinished) -> Change:
    run = state.runs.get(event.run) if event.run else None
    if run is None:
        return state, ()
    run = replace(run, status=event.status, reason=event.reason, duration_ms=event.duration_ms)
    return replace(state, runs=but(state.runs, {run.id: run})), (run,)


def _step_taken(event: ev.StepTaken) -> Step:
    return Step(
        id=event.id,
        cause=event.cause,
        run=event.run,
        step=event.step,
        status=event.status,
        attempt=event.attempt,
        started=event.at,
        duration_ms=event.duration_ms,
        inputs=event.inputs,
        outputs=event.outputs,
        digest=event.digest,
        error=event.error,
    )
