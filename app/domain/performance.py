"""What signals came to, as values: cases, statistics with their intervals, and two groups side by side.

A win reached its target, a loss its stop; what expired is neither. R is known only where the entry was touched.
- Win rate: wins ÷ (wins + losses), with its Wilson interval of 95 %.
- Average, best and worst R: over everything with an R, also what ran out of time in the market.
- Expectancy: win rate × mean R of the wins + (1 − win rate) × mean R of the losses.
- Calibration: cases by their stated confidence in tenths, each with the wins among its wins and losses.
Below ENOUGH decided cases every number is marked as resting on too few.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.domain.outcomes import OutcomeResult
from app.domain.prompts import PromptVersionId
from app.domain.signals import StrategyId

ENOUGH = 30
"""Decided cases from which a win rate is told apart from luck at all: its interval is then about ±18 points."""


@dataclass(frozen=True, slots=True)
class Case:
    """One ended signal as a group counts it; `confidence` is what was stated before, None where nothing was."""

    result: OutcomeResult
    r: float | None
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Interval:
    """From where to where a share or a difference lies with 95 % confidence."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Bin:
    """The decided cases whose stated confidence lies in [low, high); the last one includes 1."""

    low: float
    high: float
    count: int
    wins: int
    stated: float
    realised: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Stats:
    """What a group of ended signals comes to; None is unknown, never 0."""

    count: int
    wins: int
    losses: int
    expired: int
    win_rate: float | None
    win_interval: Interval | None
    average_r: float | None
    best_r: float | None
    worst_r: float | None
    expectancy: float | None
    r_values: tuple[float, ...]
    calibration: tuple[Bin, ...]
    calibration_error: float | None
    """Mean distance of stated from realised, weighted by count; 0 is perfect."""

    @property
    def decided(self) -> int:
        """How many reached their target or their stop."""
        return self.wins + self.losses

    @property
    def is_too_few(self) -> bool:
        """Say whether the numbers rest on too few cases to mean anything."""
        return self.decided < ENOUGH


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two groups side by side; differences are first minus second, unknown where a side has nothing."""

    win_rate: float | None
    win_interval: Interval | None
    average_r: float | None
    r_interval: Interval | None
    is_too_few: bool

    @property
    def is_clear(self) -> bool:
        """Say whether one is better beyond what chance explains, on enough cases."""
        intervals = [each for each in (self.win_interval, self.r_interval) if each is not None]
        return not self.is_too_few and any(each.low > 0 or each.high < 0 for each in intervals)


@dataclass(frozen=True, slots=True)
class Performance:
    """All groups at one moment; of each the best come first, and what rests on too few comes last.

    A prompt's version and a model are judged by the signals whose direction their reading shares, with the confidence
    that the reading stated; a strategy by all of its signals, with their own confidence.
    """

    at: datetime
    signals: int
    prompts: Mapping[PromptVersionId, Stats]
    strategies: Mapping[StrategyId, Stats]
    models: Mapping[str, Stats]
