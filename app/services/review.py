"""What is asked of the desk, and what it answers before anything leaves: reviews with every gate's verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from app.domain.broker import Margin
from app.domain.changes import Change
from app.domain.errors import UserError
from app.domain.gates import NEVER_OVERRIDDEN
from app.domain.instruments import Instrument
from app.domain.orders import Distance, Intent, Order, OrderType, Role, Side, Terms, TimeInForce
from app.domain.risk import GateResult, GateVerdict, in_words, refusals
from app.domain.signals import Signal
from app.domain.strategies import Strategy
from app.quant.sizing import Size

REVIEW_LASTS_S = 60.0
OVERRIDE_LASTS_S = 60.0
REASON_AT_LEAST = 8
REVIEW_MOVES_PERCENT = Decimal("0.5")
"""How far the last price may move, either way, before a review no longer stands for what would be sent."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An order somebody wants: `decision` names the one click or scheduled run it comes from.

    `quantity` None means: as many as `risk_percent` of equity allows (the usual risk where it is None), which needs a
    `stop`. `trail` has the stop follow the best price from there on, so far behind it. `other` makes it a pair: two
    orders for the same side, of which the first to fill cancels the other.
    Prices are on the tick.
    """

    decision: str
    instrument: Instrument
    side: Side
    type: OrderType
    quantity: Decimal | None = None
    tif: TimeInForce = TimeInForce.DAY
    stop: Decimal | None = None
    target: Decimal | None = None
    outside_hours: bool = False
    role: Role = Role.ENTRY
    strategy: Strategy | None = None
    signal: Signal | None = None
    good_till: datetime | None = None
    other: OrderType | None = None
    risk_percent: Decimal | None = None
    trail: Distance | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """A person's answer for one order's refusals: which gates, why, and when it was given (monotonic seconds)."""

    gates: tuple[str, ...]
    reason: str
    given: float


@dataclass(frozen=True, slots=True)
class Review:
    """What would be sent, and what every gate says of it; this very object is what `submit` takes."""

    proposal: Proposal
    intent: Intent
    gates: tuple[GateResult, ...]
    size: Size | None
    margin: Margin | None
    notional: Decimal | None
    reviewed: float
    override: Override | None = None
    last: Decimal | None = None

    def why_stale(self, now: float, last: Decimal | None) -> str:
        """Return in one sentence why it must be renewed at `now` (monotonic seconds), empty while it stands."""
        if now - self.reviewed > REVIEW_LASTS_S:
            return f"The review is older than {REVIEW_LASTS_S:g} s; review the order again."
        if not self.last or not last:
            return ""
        moved = (last / self.last - 1) * 100
        if abs(moved) <= REVIEW_MOVES_PERCENT:
            return ""
        return f"The price moved {moved:+.2f} % since the review; review the order again."

    @property
    def is_fit(self) -> bool:
        """Say whether no gate refuses."""
        return not refusals(self.gates)

    @property
    def may_be_overridden(self) -> bool:
        """Say whether every refusal is one that a person may answer for."""
        refused = {gate.name for gate in refusals(self.gates)}
        return bool(refused) and not refused & NEVER_OVERRIDDEN

    @property
    def why_not(self) -> str:
        """The refusals in words."""
        return " ".join(in_words(self.gates, GateVerdict.REFUSE))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know before confirming."""
        return in_words(self.gates, GateVerdict.WARN)

    def overridden(self, override: Override) -> Review:
        """Return this review with the refusals that a person answered for; a gate nobody named refuses as before."""
        gates = tuple(_answered_for(gate) if gate.name in override.gates else gate for gate in self.gates)
        return replace(self, gates=gates, override=override)


def override_of(review: Review, reason: str, now: float) -> Override:
    """Return a person's answer for what refuses; raise UserError when it says too little or may not be given."""
    refused = refusals(review.gates)
    fixed = [gate.title for gate in refused if gate.name in NEVER_OVERRIDDEN]
    if not refused:
        raise UserError("No gate refuses this order; there is nothing to override.")
    if fixed:
        raise UserError(f"“{fixed[0]}” cannot be overridden; put right what it says.")
    if len(reason.strip()) < REASON_AT_LEAST:
        raise UserError(f"An override needs a reason of at least {REASON_AT_LEAST} letters; it is kept with the order.")
    return Override(tuple(gate.name for gate in refused), reason.strip(), now)


def _answered_for(gate: GateResult) -> GateResult:
    return replace(gate, verdict=GateVerdict.OVERRIDDEN) if gate.verdict is GateVerdict.REFUSE else gate


@dataclass(frozen=True, slots=True)
class ChangeReview:
    """How a working order would be changed, with what follows it, and what every gate says of that.

    This very object is what `submit_change` takes; `order` is the order as it stood when it was reviewed.
    """

    order: Order
    instrument: Instrument
    change: Change
    gates: tuple[GateResult, ...]
    margin: Margin | None
    notional: Decimal | None
    reviewed: float

    @property
    def terms(self) -> Terms:
        """The terms that are asked for."""
        return self.change.parts[0].new

    @property
    def is_fit(self) -> bool:
        """Say whether no gate refuses."""
        return not refusals(self.gates)

    @property
    def why_not(self) -> str:
        """The refusals in words."""
        return " ".join(in_words(self.gates, GateVerdict.REFUSE))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know before confirming."""
        return in_words(self.gates, GateVerdict.WARN)


def gates_json(gates: tuple[GateResult, ...]) -> list[dict[str, str]]:
    """Return gate results as lineage keeps them."""
    return [
        {"name": gate.name, "verdict": gate.verdict.value, "value": gate.value, "limit": gate.limit, "text": gate.text}
        for gate in gates
    ]
