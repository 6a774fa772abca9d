"""What a strategy is set to do, and what became of each of its runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from app.domain.bars import Timeframe
from app.domain.instruments import ConId
from app.domain.prompts import Language, PromptId
from app.domain.signals import Policy, RunId, StrategyId


class Mode(StrEnum):
    """How far a strategy may go by itself."""

    OBSERVE = "observe"
    ASK = "ask"
    AUTO = "auto"


class Misfire(StrEnum):
    """What becomes of a scheduled moment that passed unrun: nothing, one late run within the grace, or a question."""

    SKIP = "skip"
    ONCE = "once"
    ASK = "ask"


class Targets(StrEnum):
    """Where targets come from: so many ATRs away, or the swings of the chart (the policy `levels`)."""

    ATR = "atr"
    LEVELS = "levels"


@dataclass(frozen=True, slots=True)
class ThreeOfFour:
    """Parameters of the four checks and of the levels drawn from them (spec §4, §7)."""

    supertrend_length: int = 10
    supertrend_factor: float = 3.0
    sma_length: int = 20
    macd_fast: int = 12
    macd_slow: int = 26
    macd_signal: int = 9
    rsi_length: int = 14
    atr_length: int = 14
    entry_atr: float = 0.25
    stop_atr: float = 2.0
    target_1_atr: float = 4.0
    target_2_atr: float = 6.0
    minimum_r: float = 1.0
    warn_r: float = 1.5
    targets: Targets = Targets.ATR


@dataclass(frozen=True, slots=True)
class Strategy:
    """One strategy as its owner set it up; times are read in `zone`, percentages are of equity.

    `policy` is towards the model's reading, and `off` where no provider is set up. With `use_model_levels` an
    agreeing reading's prices take the place of the drawn ones where they pass the same checks. A signal lasts until
    the close of the session `expiry_sessions` after its bar's.
    """

    id: StrategyId
    name: str
    symbols: tuple[str, ...]
    mode: Mode = Mode.OBSERVE
    cron: str = "45 15 * * 1-5"
    zone: str = "America/New_York"
    is_scheduled: bool = False
    primary: Timeframe = Timeframe.D1
    confirmation: Timeframe | None = Timeframe.W1
    bars: int = 500
    risk_percent: Decimal = Decimal("0.5")
    use_second_target: bool = False
    may_short: bool = False
    may_scale_in: bool = False
    parameters: ThreeOfFour = field(default_factory=ThreeOfFour)
    language: Language = Language.EN
    prompts: tuple[PromptId, ...] = ()
    """Its own choice of prompts, at most one of each kind and language."""
    policy: Policy = Policy.CONFIRM
    use_model_levels: bool = False
    expiry_sessions: int = 1
    is_deleted: bool = False
    misfire: Misfire = Misfire.SKIP
    grace_minutes: int = 10
    """How late a missed run may still be done where `misfire` is `once`."""
    scheduled_since: datetime | None = None
    """Since when (market time) it has the schedule it has; moments before that were none of its."""
    resumed: datetime | None = None
    """When a person last looked at its losses and let it go on (market time); older ones no longer pause it."""


class RunStatus(StrEnum):
    """How a run stands or ended."""

    RUNNING = "running"
    ORDERED = "ordered"
    WAITING = "waiting"
    OBSERVED = "observed"
    REFUSED = "refused"
    HELD = "held"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of one strategy for one instrument; `slot` names the scheduled moment, unique a strategy."""

    id: RunId
    strategy: StrategyId
    symbol: str
    con_id: ConId | None
    slot: str | None
    status: RunStatus
    started: datetime
    duration_ms: float | None = None
    reason: str = ""


class StepStatus(StrEnum):
    """How a step of lineage ended."""

    OK = "ok"
    SKIPPED = "skipped"
    FAILED = "failed"
