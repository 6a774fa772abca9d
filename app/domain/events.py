"""Facts: what happened, in the past tense. Each is journaled once and never changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NewType
from uuid import uuid4

from app.domain.bars import Timeframe
from app.domain.changes import Change
from app.domain.claims import Finding
from app.domain.indicators import OwnIndicator
from app.domain.instruments import ConId, Instrument
from app.domain.ledger import ExecId, Fill, Split
from app.domain.orders import Distance, Intent, IntentId, Order, OrderRef, OrderState
from app.domain.outcomes import Outcome
from app.domain.prompts import Prompt, PromptId, PromptVersion, PromptVersionId
from app.domain.providers import Provider, ProviderId
from app.domain.readings import Reading
from app.domain.returns import Snapshot
from app.domain.signals import RunId, Signal, SignalId, SignalState, StrategyId
from app.domain.strategies import Run, RunStatus, StepStatus, Strategy

EventId = NewType("EventId", str)


def new_id() -> str:
    """Return an id that nothing else has."""
    return uuid4().hex


def _event_id() -> EventId:
    return EventId(new_id())


class TradingState(StrEnum):
    """What may leave: everything, only what reduces, or only cancels."""

    ACTIVE = "active"
    REDUCING = "reducing"
    HALTED = "halted"


class StepName(StrEnum):
    """The steps of a run's lineage, in their usual order."""

    LOAD_STRATEGY = "load_strategy"
    LOAD_BARS = "load_bars"
    INDICATORS = "indicators"
    CHECKS = "checks"
    CHART_PICTURES = "chart_pictures"
    READING = "reading"
    CONSOLIDATION = "consolidation"
    CLAIMS = "claims"
    SIGNAL = "signal"
    GATES = "gates"
    SIZE = "size"
    INTENT = "intent"
    ORDER = "order"
    FILLS = "fills"
    POSITION = "position"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every fact carries: its id, its time (UTC), the fact or step that caused it, and the run it belongs to."""

    at: datetime
    id: EventId = field(default_factory=_event_id)
    cause: EventId | None = None
    run: RunId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentLearned(Event):
    """The broker described an instrument."""

    instrument: Instrument


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategySaved(Event):
    """A person (or the first start) set a strategy up."""

    strategy: Strategy


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyDeleted(Event):
    """A person took a strategy away; its signals that still waited are rejected by it, its history stays."""

    strategy: StrategyId
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnIndicatorConfirmed(Event):
    """A person read the code of an own indicator and confirmed exactly these bytes, or took that back."""

    indicator: OwnIndicator


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """A strategy began to look at one instrument."""

    started: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished(Event):
    """A run came to its end."""

    status: RunStatus
    reason: str
    duration_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTaken(Event):
    """One step of lineage: what went in, what came out, how long it took; `at` is when it began."""

    step: StepName
    status: StepStatus = StepStatus.OK
    attempt: int = 1
    duration_ms: float = 0.0
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    digest: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSaved(Event):
    """A person set a model provider up, chose it or put it aside, or tested it.

    With `is_change` it may only become true while the provider is there: one that was taken away stays away.
    """

    provider: Provider
    is_change: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRemoved(Event):
    """A person took a model provider away; its readings stay."""

    provider: ProviderId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingTaken(Event):
    """A chart was read, or could not be; `day` is the local date whose budget it counts towards.

    It is its own step of lineage: nobody else enters one for a reading.
    """

    reading: Reading
    day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptCreated(Event):
    """A prompt was written, copied, imported or brought along by the product, with its first version."""

    prompt: Prompt
    version: PromptVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptEdited(Event):
    """A prompt has one more version; with `activates` it is the one in use from now on."""

    version: PromptVersion
    activates: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptRenamed(Event):
    """A prompt has another name."""

    prompt: PromptId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptVersionActivated(Event):
    """Another version of a prompt is the one in use."""

    prompt: PromptId
    version: PromptVersionId


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptDefaultSet(Event):
    """A prompt is the default of its kind, language and scope from now on, or not any more."""

    prompt: PromptId
    is_default: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptDeleted(Event):
    """A prompt that no reading was asked with is offered no more."""

    prompt: PromptId


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptVersionDeleted(Event):
    """A version that no reading was asked with is offered no more."""

    prompt: PromptId
    version: PromptVersionId


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsChecked(Event):
    """The claims of a reading were recomputed from the closed bars of its timeframe; it is its own step of lineage.

    `reading` is the reading's id; the findings carry what a chart can draw.
    """

    reading: str
    con_id: ConId
    timeframe: Timeframe
    findings: tuple[Finding, ...]
    duration_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRaised(Event):
    """A strategy concluded; an older signal of the same key is superseded by it."""

    signal: Signal
    duration_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalMoved(Event):
    """A signal was acted on, superseded, expired or rejected."""

    signal: SignalId
    state: SignalState
    by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalSnoozed(Event):
    """A person put a signal aside until a moment; None wakes it. It expires all the same."""

    signal: SignalId
    until: datetime | None
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeFound(Event):
    """The bars after a signal decided its plan."""

    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderIntended(Event):
    """We decided to place these orders; committed before anything is sent."""

    intent: Intent
    duration_ms: float = 0.0
    inputs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSent(Event):
    """The orders of an intent were written to the socket."""

    intent: IntentId


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAsked(Event):
    """We are about to ask the broker to cancel an order."""

    ref: OrderRef
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChangeIntended(Event):
    """We decided to change working orders; committed before anything is sent. What they become, the broker says."""

    change: Change
    duration_ms: float = 0.0
    inputs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChangeRefused(Event):
    """A change that was asked for did not come about: the order stands as it was."""

    ref: OrderRef
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReported(Event):
    """The broker said how an order stands; None means that it did not say."""

    ref: OrderRef
    state: OrderState | None = None
    perm_id: int | None = None
    order_id: int | None = None
    quantity: Decimal | None = None
    limit: Decimal | None = None
    stop: Decimal | None = None
    reason: str = ""
    warning: str = ""
    type_name: str = ""
    tif: str = ""
    trail: Distance | None = None
    offset: Decimal | None = None
    good_till: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignOrderSeen(Event):
    """The broker showed an order that is not ours; its ref is made from its permId."""

    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAdopted(Event):
    """A person took an order that was placed elsewhere into our book."""

    ref: OrderRef


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinOrderSeen(Event):
    """The broker has a second order under the ref of one of ours (`of`); its own ref is made from its permId."""

    order: Order
    of: OrderRef


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderVerifying(Event):
    """What became of an order is not known; only the broker can say."""

    ref: OrderRef
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNeverSent(Event):
    """Two healthy checks did not find an order at the broker: it never reached it."""

    ref: OrderRef
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled(Event):
    """An execution, or its correction (a higher revision of the same key)."""

    fill: Fill


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissionReported(Event):
    """What an execution cost."""

    exec_id: ExecId
    account: str
    commission: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissionConverted(Event):
    """A commission in another currency than its instrument's has a rate into that; `source` says whose and of when."""

    exec_id: ExecId
    account: str
    currency: str
    rate: Decimal
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SharesSplit(Event):
    """What an account holds of an instrument was divided or put together; its worth stayed."""

    split: Split


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingStateChanged(Event):
    """What may leave was widened or narrowed."""

    state: TradingState
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitChanged(Event):
    """A person holds orders to another number from now on."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GatesOverridden(Event):
    """A person lets one order pass gates that refuse it, and says why; good for a minute."""

    intent: IntentId
    gates: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDayOpened(Event):
    """Net liquidation at the last session close: the measure of the daily loss."""

    account: str
    session: str
    net_liquidation: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotTaken(Event):
    """What an account was worth when a session closed, once per session."""

    snapshot: Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceSetAside(Event):
    """A person lets one difference with the broker be, for this connection and as long as it stays what it is."""

    difference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled(Event):
    """Our ledger was matched with the broker's orders, executions and positions."""

    account: str
    differences: tuple[str, ...]
    duration_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCrossed(Event):
    """The price crossed a line that a person drew and had watched; `drawing` is its key on the instrument's sheet."""

    con_id: ConId
    symbol: str
    drawing: str
    price: Decimal
    words: str
