"""What the fold looks records up by besides their identity: derived from the records, and never written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from app.domain.instruments import ConId
from app.domain.kept import Kept
from app.domain.ledger import Fill
from app.domain.orders import OrderRef
from app.domain.signals import RunId, Signal, SignalId, StrategyId
from app.domain.strategies import Run

FillKey = tuple[str, str]
Slot = tuple[StrategyId, str, str]
"""Strategy, scheduled moment, symbol."""


@dataclass(frozen=True, slots=True)
class Index:
    """Answers without looking at all that ever happened."""

    executions: Kept[OrderRef, tuple[FillKey, ...]] = field(default_factory=Kept)
    """Of each order the keys of its fills."""
    slots: Kept[Slot, RunId] = field(default_factory=Kept)
    """Of each slot and symbol the run that took it."""
    newest: Kept[tuple[StrategyId, ConId, int], SignalId] = field(default_factory=Kept)
    """Of each strategy, instrument and bar the newest signal: the only one that may still be active."""

    def with_fills(self, known: Mapping[FillKey, Fill], fills: Mapping[FillKey, Fill]) -> Index:
        """Return the index once `fills` are kept in place of what is `known` of them."""
        changed: dict[OrderRef, tuple[FillKey, ...]] = {}
        for key, fill in fills.items():
            before = known[key].ref if key in known else None
            if before == fill.ref:
                continue
            if before is not None:
                changed[before] = tuple(one for one in changed.get(before, self.executions_of(before)) if one != key)
            if fill.ref is not None:
                changed[fill.ref] = (*changed.get(fill.ref, self.executions_of(fill.ref)), key)
        return replace(self, executions=self.executions.but(changed)) if changed else self

    def with_run(self, run: Run) -> Index:
        """Return the index with a run that has just begun."""
        return self if run.slot is None else replace(self, slots=self.slots.but({_slot(run, run.slot): run.id}))

    def with_signal(self, signal: Signal) -> Index:
        """Return the index with a signal that has just been raised."""
        return replace(self, newest=self.newest.but({signal.key: signal.id}))

    def executions_of(self, ref: OrderRef) -> tuple[FillKey, ...]:
        """Return the keys of an order's fills."""
        return self.executions.get(ref, ())

    def is_taken(self, run: Run) -> bool:
        """Say whether a run had this one's slot and symbol already."""
        return run.slot is not None and _slot(run, run.slot) in self.slots


def index_of(fills: Mapping[FillKey, Fill], runs: Iterable[Run], signals: Iterable[Signal]) -> Index:
    """Return the index of records in the order in which they came."""
    executions: dict[OrderRef, tuple[FillKey, ...]] = {}
    for key, fill in fills.items():
        if fill.ref is not None:
            executions[fill.ref] = (*executions.get(fill.ref, ()), key)
    return Index(
        Kept(executions),
        Kept({_slot(run, run.slot): run.id for run in runs if run.slot is not None}),
        Kept({signal.key: signal.id for signal in signals}),
    )


def _slot(run: Run, slot: str) -> Slot:
    return (run.strategy, slot, run.symbol)
