"""One run told whole: the run, its signal, its order, fills, position and lineage, for scripts and for the window."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.ledger import Fill, Position, happened
from app.domain.orders import Intent, OrderGroup
from app.domain.signals import RunId, Signal, SignalId
from app.domain.state import State, Step
from app.domain.strategies import Run
from app.services.facts import Facts
from app.services.ports import LineageStore
from app.services.run_result import RunResult


@dataclass(frozen=True, slots=True)
class Story:
    """What one run led to; None and empty where it did not come so far."""

    run: Run
    signal: Signal | None
    order: OrderGroup | None
    fills: tuple[Fill, ...]
    position: Position | None
    steps: tuple[Step, ...]


async def tell(facts: Facts, lineage: LineageStore, result: RunResult) -> Story:
    """Return everything that is true of a run by now."""
    state = facts.state
    await facts.settle()
    intent = result.intent
    return Story(
        run=state.runs[result.run],
        signal=_signal(state, result.signal),
        order=_group(facts.state, intent),
        fills=_fills(facts.state, intent),
        position=facts.state.position(intent.account, intent.con_id) if intent else None,
        steps=await lineage.steps_of_run(RunId(result.run)),
    )


def _signal(state: State, signal: SignalId | None) -> Signal | None:
    return state.signals.get(signal) if signal else None


def _group(state: State, intent: Intent | None) -> OrderGroup | None:
    return OrderGroup(intent, tuple(state.orders[leg.ref] for leg in intent.legs)) if intent else None


def _fills(state: State, intent: Intent | None) -> tuple[Fill, ...]:
    refs = {leg.ref for leg in intent.legs} if intent else set()
    return tuple(sorted((fill for fill in state.fills.values() if fill.ref in refs), key=happened))
