"""What a strategy concludes from closed bars: checks, confirmation, levels and the signal with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from app.domain.bars import Timeframe
from app.domain.instruments import ConId

SignalId = NewType("SignalId", str)
StrategyId = NewType("StrategyId", str)
RunId = NewType("RunId", str)


class Direction(StrEnum):
    """What a signal says."""

    BUY = "BUY"
    SELL = "SELL"
    HOLD = "HOLD"


class Verdict(StrEnum):
    """What one check says; `unavailable` is never counted as either side."""

    BULLISH = "bullish"
    BEARISH = "bearish"
    UNAVAILABLE = "unavailable"


class Trend(StrEnum):
    """How strongly the four checks agree."""

    STRONG_BULLISH = "strong_bullish"
    BULLISH = "bullish"
    NEUTRAL = "neutral"
    BEARISH = "bearish"
    STRONG_BEARISH = "strong_bearish"


class Relation(StrEnum):
    """How the confirmation timeframe stands to the primary one."""

    ALIGNED = "aligned"
    OPPOSED = "opposed"
    NEUTRAL = "neutral"
    UNAVAILABLE = "unavailable"


class CheckName(StrEnum):
    """The four confirmations, in their order."""

    SUPERTREND = "supertrend"
    CLOSE_VS_SMA = "close_vs_sma"
    MACD = "macd"
    RSI = "rsi"


@dataclass(frozen=True, slots=True)
class Check:
    """One of the four confirmations on one bar; `distance` = value − threshold, None where either is unknown.

    An equality is `unavailable` with a distance of 0: the number is known, it takes no side.
    """

    name: CheckName
    verdict: Verdict
    value: float | None
    threshold: float | None
    distance: float | None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The four checks of one timeframe's last closed bar and what they come to."""

    timeframe: Timeframe
    checks: tuple[Check, ...]
    direction: Direction
    trend: Trend

    @property
    def bullish(self) -> int:
        """How many checks are bullish."""
        return sum(check.verdict is Verdict.BULLISH for check in self.checks)

    @property
    def bearish(self) -> int:
        """How many checks are bearish."""
        return sum(check.verdict is Verdict.BEARISH for check in self.checks)

    @property
    def available(self) -> int:
        """How many checks could be computed."""
        return self.bullish + self.bearish


@dataclass(frozen=True, slots=True)
class Term:
    """One summand of a confidence: `base`, `confirmation`, `reading`, or `split` for a HOLD (None where unknown)."""

    term: str
    value: float | None


@dataclass(frozen=True, slots=True)
class Confidence:
    """How sure a signal is, 0 to 1, with the terms it was made from; None where unknown."""

    value: float | None
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Levels:
    """Prices of a signal, already on the tick, and the R they give (unrounded; None where limit and stop meet)."""

    entry_low: float
    entry_high: float
    limit: float
    stop: float
    target_1: float
    target_2: float
    r_1: float | None
    r_2: float | None


@dataclass(frozen=True, slots=True)
class IndicatorValues:
    """The numbers behind the checks, at the last closed bar; None where not available yet."""

    sma20: float | None
    supertrend: float | None
    supertrend_direction: str | None
    macd: float | None
    macd_signal: float | None
    rsi: float | None
    atr: float | None


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything the rules say about one instrument's bars: the pure content of a signal.

    `confirmation` is the confirmation timeframe's own result, None where none was configured.
    `actionable` judges levels and R only; `reasons` says why not, and what to know besides.
    """

    symbol: str
    timeframe: Timeframe
    bars: int
    last_bar: int
    close: float
    indicators: IndicatorValues
    primary: Confirmation
    confirmation_timeframe: Timeframe | None
    confirmation: Confirmation | None
    relation: Relation
    direction: Direction
    trend: Trend
    confidence: Confidence
    levels: Levels | None
    actionable: bool
    reasons: tuple[str, ...]


class Policy(StrEnum):
    """What the model's reading may do to a strategy's signals; none lets it originate a trade."""

    OFF = "off"
    ADVISE = "advise"
    CONFIRM = "confirm"
    VETO = "veto"


class SignalState(StrEnum):
    """Where a signal is in its life."""

    ACTIVE = "active"
    ACTED = "acted"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Signal:
    """One conclusion of a strategy about an instrument on one primary bar; there is only one of each.

    `policy` is the one that held: `off` without a provider. `reading` is the id of the reading that had a say, empty
    without one. A signal that is snoozed is active all the while and expires as any other.
    """

    id: SignalId
    strategy: StrategyId
    run: RunId
    con_id: ConId
    analysis: Analysis
    raised: datetime
    expires: datetime
    state: SignalState = SignalState.ACTIVE
    state_by: str = ""
    state_why: str = ""
    policy: Policy = Policy.OFF
    reading: str = ""
    snoozed_until: datetime | None = None

    def is_snoozed(self, now: datetime) -> bool:
        """Say whether it was put aside until later than now."""
        return self.state is SignalState.ACTIVE and self.snoozed_until is not None and now < self.snoozed_until

    @property
    def key(self) -> tuple[StrategyId, ConId, int]:
        """What makes a rerun supersede instead of duplicate."""
        return (self.strategy, self.con_id, self.analysis.last_bar)
