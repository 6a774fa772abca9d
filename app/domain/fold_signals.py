"""How signals, their claims and their outcomes change what is true; part of `fold`."""

from __future__ import annotations

from dataclasses import asdict, replace

from app.domain import events as ev
from app.domain.claims import Checked, Truth, withdraws_support
from app.domain.errors import UserError
from app.domain.kept import but
from app.domain.lineage import step_of
from app.domain.signals import Signal, SignalState, StrategyId
from app.domain.state import Record, State
from app.domain.strategies import RunStatus, Strategy

Change = tuple[State, tuple[Record, ...]]


def signal_raised(state: State, event: ev.SignalRaised) -> Change:
    """Take a signal in; an active one of the same strategy, instrument and bar is superseded by it."""
    signal = event.signal
    if signal.id in state.signals:
        return state, ()  # told twice: what the signal has become meanwhile stands
    older, why = _rival(state, signal), "the strategy ran again"
    superseded = [replace(one, state=SignalState.SUPERSEDED, state_by=str(signal.id), state_why=why) for one in older]
    signals = but(state.signals, {one.id: one for one in (*superseded, signal)})
    step = step_of(event, ev.StepName.SIGNAL, subject=signal.id, outputs=_signal_numbers(signal))
    step = replace(step, duration_ms=event.duration_ms)
    origins = but(state.origins, {str(signal.id): step.id})
    after = replace(state, signals=signals, origins=origins, index=state.index.with_signal(signal))
    return after, (*superseded, signal, step)


def _rival(state: State, signal: Signal) -> tuple[Signal, ...]:
    """Return the active signal of the same strategy, instrument and bar; older ones have ended."""
    newest = state.index.newest.get(signal.key)
    rival = state.signals.get(newest) if newest else None
    is_one = rival is not None and rival.state is SignalState.ACTIVE and rival.key == signal.key
    return (rival,) if rival is not None and is_one else ()


def _signal_numbers(signal: Signal) -> dict[str, object]:
    analysis = signal.analysis
    levels = analysis.levels
    return {
        "signal": analysis.direction.value,
        "trend": analysis.trend.value,
        "confidence": analysis.confidence.value,
        "limit": levels.limit if levels else None,
        "stop": levels.stop if levels else None,
        "target_1": levels.target_1 if levels else None,
        "r_1": levels.r_1 if levels else None,
        "confidence_terms": {term.term: term.value for term in analysis.confidence.terms},
        "policy": signal.policy.value,
        "reading": signal.reading,
        "actionable": analysis.actionable,
        "reasons": list(analysis.reasons),
    }


def signal_moved(state: State, event: ev.SignalMoved) -> Change:
    """Move an active signal on; whatever comes after its end changes nothing."""
    signal = state.signals.get(event.signal)
    if signal is None or signal.state is not SignalState.ACTIVE:
        return state, ()
    signal = replace(signal, state=event.state, state_by=event.by, state_why=event.why, snoozed_until=None)
    return replace(state, signals=but(state.signals, {signal.id: signal})), (signal,)


def signal_snoozed(state: State, event: ev.SignalSnoozed) -> Change:
    """Put an active signal aside until a moment, or wake it."""
    signal = state.signals.get(event.signal)
    if signal is None or signal.state is not SignalState.ACTIVE or signal.snoozed_until == event.until:
        return state, ()
    signal = replace(signal, snoozed_until=event.until)
    return replace(state, signals=but(state.signals, {signal.id: signal})), (signal,)


def outcome_found(state: State, event: ev.OutcomeFound) -> Change:
    """Keep a signal's final outcome, once, as a step that its signal caused."""
    outcome = replace(event.outcome, found=event.at)
    signal = state.signals.get(outcome.signal)
    if signal is None or outcome.signal in state.outcomes or not outcome.result.is_final:
        return state, ()
    plain = {key: value for key, value in asdict(outcome).items() if key not in ("signal", "found")}
    cause = event.cause or state.origins.get(str(signal.id))
    step = step_of(event, ev.StepName.OUTCOME, subject=signal.id, outputs=plain, cause=cause)
    after = replace(state, outcomes=but(state.outcomes, {outcome.signal: outcome}))
    return after, (outcome, replace(step, run=signal.run))


def claims_checked(state: State, event: ev.ClaimsChecked) -> Change:
    """Keep what came of a reading's claims, as a step."""
    checked = Checked(event.reading, event.con_id, event.timeframe, event.at, event.findings)
    counted = {truth.value: sum(one.truth is truth for one in event.findings) for truth in Truth}
    found = [
        {"claim": one.claim.text, "truth": one.truth.value, "number": one.number, "key": one.claim.is_key}
        for one in event.findings
    ]
    step = step_of(
        event,
        ev.StepName.CLAIMS,
        subject=event.reading,
        inputs={"reading": event.reading, "timeframe": event.timeframe.value},
        outputs={**counted, "withdraws_support": withdraws_support(event.findings), "findings": found},
    )
    after = replace(state, checked=but(state.checked, {event.reading: checked}))
    return after, (checked, replace(step, duration_ms=event.duration_ms))


def strategy_saved(state: State, strategy: Strategy) -> Change:
    """Keep a strategy as it is set up; one that was deleted is there again."""
    retired = {id_: one for id_, one in state.retired.items() if id_ != strategy.id}
    after = replace(state, strategies=but(state.strategies, {strategy.id: strategy}), retired=retired)
    return after, (strategy,)


def strategy_deleted(state: State, event: ev.StrategyDeleted) -> Change:
    """Take a strategy away and reject its waiting signals; raise UserError while it still holds or works something."""
    strategy = state.strategies.get(event.strategy)
    if strategy is None:
        return state, ()
    refuse_to_delete(state, strategy)
    rejected = [
        replace(signal, state=SignalState.REJECTED, state_by=event.by, state_why="its strategy was deleted")
        for signal in state.signals.values()
        if signal.strategy == event.strategy and signal.state is SignalState.ACTIVE
    ]
    deleted = replace(strategy, is_deleted=True, is_scheduled=False)
    after = replace(
        state,
        strategies={id_: one for id_, one in state.strategies.items() if id_ != event.strategy},
        retired=but(state.retired, {deleted.id: deleted}),
        signals=but(state.signals, {signal.id: signal for signal in rejected}),
    )
    return after, (deleted, *rejected)


def refuse_to_delete(state: State, strategy: Strategy) -> None:
    """Raise UserError while a strategy runs, holds or works something, with what that is."""
    if hindrance := _still_has(state, strategy.id):
        raise UserError(f"{strategy.name} {hindrance}, then delete it.")


def _still_has(state: State, strategy: StrategyId) -> str:
    held = [one for (_, _, whose), one in state.positions.items() if whose == strategy and one.quantity != 0]
    if held:
        return f"still holds {held[0].quantity} {held[0].symbol}; close or cancel that first"
    working = [order for order in state.orders.values() if order.strategy == strategy and not order.state.is_final]
    if working:
        return f"still has a working order in {working[0].symbol}; close or cancel that first"
    running = [run for run in state.runs.values() if run.strategy == strategy and run.status is RunStatus.RUNNING]
    return f"is running for {running[0].symbol} now; wait for its end" if running else ""
