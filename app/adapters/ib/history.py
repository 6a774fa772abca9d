"""Historical bars in IB's words and in ours: sizes, durations, dates, and which bars have closed."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Protocol

import numpy as np
from ib_async.objects import BarData

from app.domain.bars import COLUMNS, Bars, Timeframe, empty_bars, epoch, from_columns
from app.domain.errors import TapelineError

log = logging.getLogger(__name__)

BAR_SIZES = {
    Timeframe.M1: "1 min",
    Timeframe.M5: "5 mins",
    Timeframe.M15: "15 mins",
    Timeframe.M30: "30 mins",
    Timeframe.H1: "1 hour",
    Timeframe.H4: "4 hours",
    Timeframe.D1: "1 day",
}
_REGULAR_SECONDS = 6.5 * 3600
_SESSIONS_A_YEAR = 248
_MOST_DAYS = 365
_DATE_LINE_S = 12 * 3600

Row = tuple[int, float, float, float, float, float]
"""One bar: start, open, high, low, close, volume."""


class Sessions(Protocol):
    """What must be known of an exchange's calendar to tell a closed bar from a forming one."""

    def session_of(self, moment: datetime) -> date:
        """Return the session a moment belongs to."""

    def close_of(self, session: date) -> datetime:
        """Return when a session closes, UTC."""


def bar_size(timeframe: Timeframe) -> str:
    """Return IB's name of a bar size; weeks and months are built from daily bars and never asked for."""
    size = BAR_SIZES.get(timeframe)
    if size is None:
        raise ValueError(f"{timeframe} bars are built from daily bars; ask for 1d")
    return size


def duration(timeframe: Timeframe, count: int) -> str:
    """Return the duration to ask for so that at least `count` bars come; IB wants years beyond 365 days."""
    is_daily = timeframe is Timeframe.D1
    sessions = count + 2 if is_daily else math.ceil(count * timeframe.seconds / _REGULAR_SECONDS) + 1
    if sessions <= _MOST_DAYS * 2 // 3:
        return f"{sessions} D"
    return f"{math.ceil(sessions / _SESSIONS_A_YEAR)} Y"


def end_text(end: datetime | None) -> str:
    """Return IB's form of an end in UTC, empty for now."""
    return "" if end is None else f"{end.astimezone(UTC):%Y%m%d-%H:%M:%S}"


def start_of(text: str) -> int:
    """Return a bar's start in UTC epoch seconds: midnight UTC of a date, or the moment itself."""
    if len(text) == 8:
        return epoch(date(int(text[:4]), int(text[4:6]), int(text[6:])))
    return int(text)


def row_of(bar: BarData) -> Row | None:
    """Return one bar, None when its prices are no prices (unset, zero, NaN)."""
    prices = (bar.open, bar.high, bar.low, bar.close)
    if not all(math.isfinite(price) and 0.0 < price < 1e15 for price in prices) or bar.high < bar.low:
        log.warning("a bar without usable prices was left out: %s", bar)
        return None
    volume = bar.volume if math.isfinite(bar.volume) and 0.0 <= bar.volume < 1e15 else 0.0
    return (start_of(str(bar.date)), *prices, volume)


def bars_of(rows: Iterable[Row]) -> Bars:
    """Return rows as bars, sorted and unique by start (the later one wins), all counted as closed."""
    unique = {row[0]: row for row in rows}
    if not unique:
        return empty_bars()
    columns = np.array([unique[start] for start in sorted(unique)], np.float64).T
    return from_columns(dict(zip(COLUMNS, columns, strict=True)), closed=columns.shape[1])


def closes_at(start: int, timeframe: Timeframe, sessions: Sessions | None) -> float:
    """Return when a bar closes: with its session, or after its length if that comes first."""
    # A day that the calendar does not know has surely ended when no place on earth has that date any more.
    at_the_latest = start + timeframe.seconds + (_DATE_LINE_S if timeframe.is_dated else 0)
    if sessions is None:
        return at_the_latest
    try:
        if timeframe is Timeframe.D1:
            return sessions.close_of(datetime.fromtimestamp(start, UTC).date()).timestamp()
        moment = datetime.fromtimestamp(start, UTC)
        session_close = sessions.close_of(sessions.session_of(moment)).timestamp()
        return min(start + timeframe.seconds, session_close)
    except (TapelineError, ValueError, KeyError):
        return at_the_latest


def closed_count(bars: Bars, timeframe: Timeframe, sessions: Sessions | None, now: datetime) -> int:
    """Return how many of the bars have closed by the gateway's time; only the last may be forming."""
    if not len(bars):
        return 0
    is_forming = closes_at(int(bars.time[-1]), timeframe, sessions) > now.timestamp()
    return len(bars) - int(is_forming)
