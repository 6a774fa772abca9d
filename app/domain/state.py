"""What is true now: the frozen sum of all facts. Only `services.facts` replaces it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.domain.bulk import BulkData
from app.domain.claims import Checked
from app.domain.events import EventId, StepName, TradingState
from app.domain.index import Index
from app.domain.indicators import OwnIndicator
from app.domain.instruments import ConId, Instrument
from app.domain.ledger import Cost, ExecId, Fill, Position, Split, execution_key
from app.domain.orders import Intent, IntentId, Order, OrderRef
from app.domain.outcomes import Outcome
from app.domain.prompts import Prompt, PromptId, PromptUse, PromptVersion, PromptVersionId
from app.domain.providers import Provider, ProviderId, Spending
from app.domain.readings import Reading
from app.domain.returns import Snapshot
from app.domain.signals import RunId, Signal, SignalId, StrategyId
from app.domain.strategies import Run, StepStatus, Strategy

PositionKey = tuple[str, ConId, StrategyId | None]
"""Account, instrument, and the strategy whose share it is (None: the account's whole position)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One row of lineage; `subject` is the signal, order ref, execution or position key it explains."""

    id: EventId
    cause: EventId | None
    run: RunId | None
    step: StepName
    status: StepStatus
    attempt: int
    started: datetime
    duration_ms: float
    subject: str = ""
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    digest: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class TradingSwitch:
    """The stored trading state and why it is so; there is one."""

    state: TradingState = TradingState.ACTIVE
    reason: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class SessionDay:
    """What an account was worth when its last session closed."""

    account: str
    session: str
    net_liquidation: Decimal


Record = (
    Instrument
    | Strategy
    | OwnIndicator
    | Run
    | Step
    | Signal
    | Intent
    | Order
    | Fill
    | Cost
    | Split
    | Position
    | TradingSwitch
    | SessionDay
    | Provider
    | Reading
    | Spending
    | Prompt
    | PromptVersion
    | PromptUse
    | Outcome
    | Checked
    | BulkData
    | Snapshot
)
"""What a fact can write: each kind has one table, each record one row of it."""


@dataclass(frozen=True, slots=True)
class State:
    """Everything that is true, by its identity. Steps and readings are not kept here: the store answers for them."""

    instruments: Mapping[ConId, Instrument] = field(default_factory=dict)
    strategies: Mapping[StrategyId, Strategy] = field(default_factory=dict)
    retired: Mapping[StrategyId, Strategy] = field(default_factory=dict)
    """Strategies that were deleted, as they were: what they did stays readable by their name."""
    own_indicators: Mapping[str, OwnIndicator] = field(default_factory=dict)
    runs: Mapping[RunId, Run] = field(default_factory=dict)
    signals: Mapping[SignalId, Signal] = field(default_factory=dict)
    intents: Mapping[IntentId, Intent] = field(default_factory=dict)
    decisions: Mapping[str, IntentId] = field(default_factory=dict)
    orders: Mapping[OrderRef, Order] = field(default_factory=dict)
    fills: Mapping[tuple[str, str], Fill] = field(default_factory=dict)
    positions: Mapping[PositionKey, Position] = field(default_factory=dict)
    costs: Mapping[tuple[str, ExecId], Cost] = field(default_factory=dict)
    """What executions cost that were told of before the execution: each waits for it under account and exact id."""
    splits: Mapping[tuple[str, ConId], tuple[Split, ...]] = field(default_factory=dict)
    """Of each account and instrument its splits, oldest first."""
    days: Mapping[str, SessionDay] = field(default_factory=dict)
    providers: Mapping[ProviderId, Provider] = field(default_factory=dict)
    spending: Mapping[tuple[str, StrategyId | None], Spending] = field(default_factory=dict)
    """What readings used, by the local date and the strategy (None: asked by hand)."""
    prompts: Mapping[PromptId, Prompt] = field(default_factory=dict)
    """Deleted ones as well; the texts of their versions are in the store."""
    prompt_uses: Mapping[PromptVersionId, PromptUse] = field(default_factory=dict)
    outcomes: Mapping[SignalId, Outcome] = field(default_factory=dict)
    checked: Mapping[str, Checked] = field(default_factory=dict)
    """Of each reading's id: what came of its claims."""
    snapshots: Mapping[tuple[str, str], Snapshot] = field(default_factory=dict)
    """Of each account and session what the account was worth at its close."""
    trading: TradingSwitch = field(default_factory=TradingSwitch)
    origins: Mapping[str, EventId] = field(default_factory=dict)
    """Of each intent id, order ref and execution id: the last step that explains it, the cause of the next."""
    index: Index = field(default_factory=Index, compare=False)
    """What is looked up in these by something else; derived from them."""

    @property
    def provider(self) -> Provider | None:
        """The provider in use, None when readings are off."""
        return next((provider for provider in self.providers.values() if provider.is_in_use), None)

    @property
    def known_strategies(self) -> Mapping[StrategyId, Strategy]:
        """Every strategy there is or was."""
        return {**self.retired, **self.strategies}

    def strategy_name(self, strategy: StrategyId | None, otherwise: str = "") -> str:
        """Return what a strategy is called, also one that was deleted; `otherwise` where there is none."""
        if strategy is None:
            return otherwise
        known = self.known_strategies.get(strategy)
        return known.name if known is not None else str(strategy)

    def fill_of(self, account: str, exec_id: ExecId) -> Fill | None:
        """Return the execution with this id in any revision, None when it is not known."""
        return self.fills.get((account, execution_key(exec_id)))

    def fills_of(self, ref: OrderRef) -> tuple[Fill, ...]:
        """Return an order's executions."""
        return tuple(self.fills[key] for key in sorted(self.index.executions_of(ref)))

    def position(self, account: str, con_id: ConId, strategy: StrategyId | None = None) -> Position | None:
        """Return what is held, None when nothing ever was."""
        return self.positions.get((account, con_id, strategy))

    def run_of(self, order: Order | None) -> RunId | None:
        """Return the run whose signal an order acts on, None when it is no run's."""
        signal = self.signals.get(order.signal) if order and order.signal else None
        return signal.run if signal else None
