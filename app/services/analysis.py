"""The analysis of an instrument's bars by the rules, for the command line and for strategy runs alike.

It builds the confirmation timeframe from the same daily bars, finds what is missing against the exchange's
calendar, and leaves the judgement to `quant`. No state, no clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from app.domain.bars import Bars, Timeframe, monthly, weekly
from app.domain.risk import RiskLimits
from app.domain.signals import Analysis
from app.domain.strategies import ThreeOfFour
from app.domain.survey import SizeExample, Survey
from app.quant.analysis import analyse, require_enough
from app.quant.crosses import golden_cross
from app.quant.levels import TickRule
from app.quant.sizing import SizeTerms, size
from app.quant.standing import bollinger_standing, volume_standing
from app.quant.swings import find_zones
from app.services.ports import Calendar, OpenCalendar

_DAYS_NAMED = 5
_NEXT_LABEL_DAYS = {Timeframe.W1: 7, Timeframe.MO1: 31}


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be analysed and how.

    `exchange` names the calendar, `notes` say what is already known to be odd about the bars.
    """

    symbol: str
    timeframe: Timeframe
    bars: Bars
    tick_at: TickRule
    exchange: str = "XNYS"
    confirmation: Timeframe | None = Timeframe.W1
    parameters: ThreeOfFour = field(default_factory=ThreeOfFour)
    notes: Sequence[str] = ()


def answer(question: Question, open_calendar: OpenCalendar) -> Analysis:
    """Return the analysis of the closed bars.

    Raises NotEnoughBars (a UserError) with both numbers, UserError for an unknown exchange or bad parameters.
    """
    bars = question.bars.closed_only
    require_enough(question.symbol, bars, question.parameters)
    calendar = open_calendar(question.exchange, bars.date_at(0), bars.date_at(len(bars) - 1))
    return analyse(
        question.symbol,
        question.timeframe,
        bars,
        tick_at=question.tick_at,
        confirmation_timeframe=question.confirmation,
        confirmation_bars=confirmation_bars(question.timeframe, bars, question.confirmation, calendar),
        parameters=question.parameters,
        notes=(*question.notes, *gap_notes(question.timeframe, bars, calendar)),
    )


def survey_of(analysis: Analysis, bars: Bars, example: SizeExample | None = None) -> Survey:
    """Return the survey of an analysis and the bars it was made from."""
    return Survey(
        analysis=analysis,
        zones=find_zones(bars, analysis.indicators.atr),
        golden=golden_cross(bars),
        bollinger=bollinger_standing(bars),
        volume=volume_standing(bars),
        example=example,
    )


def example_of(analysis: Analysis, equity: Decimal, limits: RiskLimits) -> SizeExample | None:
    """Return the size that an account worth `equity` would trade in whole shares; None without levels to trade on."""
    levels = analysis.levels
    if levels is None or not analysis.actionable:
        return None
    limit, stop = Decimal(str(levels.limit)), Decimal(str(levels.stop))
    terms = SizeTerms(
        equity=equity,
        risk_percent=limits.risk_percent,
        limit=limit,
        stop=stop,
        unit=Decimal(1),
        lot=Decimal(1),
        position_percent=limits.position_percent,
        held_value=Decimal(0),
        buying_power=None,
        max_quantity=Decimal(limits.max_quantity),
    )
    found = size(terms)
    return SizeExample(
        equity, limits.risk_percent, found.quantity, found.bound_by, found.risk_money, found.quantity * limit
    )


def confirmation_bars(
    timeframe: Timeframe, bars: Bars, confirmation: Timeframe | None, calendar: Calendar
) -> Bars | None:
    """Return the closed weeks or months built from daily bars; None where there is nothing to confirm with."""
    bars = bars.closed_only
    if confirmation is None or timeframe is not Timeframe.D1 or not len(bars):
        return None
    last = bars.date_at(len(bars) - 1)
    if confirmation is Timeframe.W1:
        return weekly(bars, calendar.last_sessions_of_weeks(last, last)).closed_only
    if confirmation is Timeframe.MO1:
        return monthly(bars, calendar.last_sessions_of_months(last, last)).closed_only
    return None


def gap_notes(timeframe: Timeframe, bars: Bars, calendar: Calendar) -> tuple[str, ...]:
    """Say which sessions are missing between the first and the last bar, and which bars lie outside sessions."""
    if len(bars) < 2:
        return ()
    if timeframe in _NEXT_LABEL_DAYS:
        return _label_notes(timeframe, bars)
    dates = _session_dates(timeframe, bars, calendar)
    sessions = calendar.sessions(dates[0], dates[-1])
    missing = sorted(set(sessions) - set(dates))
    extra = sorted(set(dates) - set(sessions))
    return (
        *_day_notes(missing, f"{calendar.name} session is missing", f"{calendar.name} sessions are missing"),
        *_day_notes(extra, f"date is not a session of {calendar.name}", f"dates are not sessions of {calendar.name}"),
        *_hole_notes(timeframe, bars, dates),
    )


def _session_dates(timeframe: Timeframe, bars: Bars, calendar: Calendar) -> list[date]:
    """Return the date of each bar, that of the exchange's zone for bars of moments."""
    if timeframe.is_dated:
        return [bars.date_at(index) for index in range(len(bars))]
    zone = ZoneInfo(calendar.zone)
    return [datetime.fromtimestamp(int(second), UTC).astimezone(zone).date() for second in bars.time]


def _day_notes(days: Sequence[date], one: str, many: str) -> tuple[str, ...]:
    if not days:
        return ()
    which = ", ".join(map(str, days)) if len(days) <= _DAYS_NAMED else f"from {days[0]} to {days[-1]}"
    return (f"{len(days)} {one if len(days) == 1 else many}: {which}.",)


def _hole_notes(timeframe: Timeframe, bars: Bars, dates: Sequence[date]) -> tuple[str, ...]:
    """Count where bars are missing inside a session."""
    if timeframe.is_dated:
        return ()
    steps = np.diff(bars.time) > timeframe.seconds
    holes = sum(bool(step) and dates[index] == dates[index + 1] for index, step in enumerate(steps))
    return (f"Bars are missing inside sessions in {holes} {'place' if holes == 1 else 'places'}.",) if holes else ()


def _label_notes(timeframe: Timeframe, bars: Bars) -> tuple[str, ...]:
    holes = int(np.sum(np.diff(bars.time) > _NEXT_LABEL_DAYS[timeframe] * 86400))
    word = "week" if timeframe is Timeframe.W1 else "month"
    return (f"Between the bars {word}s are missing in {holes} {'place' if holes == 1 else 'places'}.",) if holes else ()
