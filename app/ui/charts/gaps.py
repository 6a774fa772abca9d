"""Which bars should be there and are not: whole sessions against the exchange's calendar, and holes inside of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from app.domain.bars import Bars, TimeArray, Timeframe, epoch
from app.ui.charts.moments import DAY, offsets, zone_of
from app.ui.charts.shades import Gap

MOST = 500
"""More gaps than this say nothing any more: the newest are kept."""
LOOKED_AT = 10_000
"""So many breaks inside of a day are held against the exchange's hours, the newest: forty years of noons."""
LONG = {Timeframe.W1: 7 * DAY, Timeframe.MO1: 31 * DAY}


Spans = Sequence[tuple[int, int]]
"""When an exchange is open on a usual day: minutes after midnight of its zone."""


def missing_bars(
    bars: Bars, timeframe: Timeframe, zone: str, sessions: Sequence[date] | None, spans: Spans = ()
) -> list[Gap]:
    """Return the gaps between the first bar and the last, oldest first; `zone` is the exchange's.

    Without `sessions` the calendar is not known, and only holes inside of one day are told; what lies outside of the
    `spans`, such as a pause at noon, is none, where these are known.
    """
    if len(bars) < 2:
        return []
    if timeframe is Timeframe.D1:
        return missing_sessions(bars, sessions or ())[-MOST:]
    if timeframe in LONG:
        return _missing_labels(bars, timeframe)[-MOST:]
    clock = bars.time + offsets(bars.time, zone_of(zone))
    found = [*_lost_days(bars, clock // DAY, sessions or ()), *_holes(bars, timeframe, clock, spans)]
    return sorted(found, key=lambda gap: gap.after)[-MOST:]


def missing_sessions(bars: Bars, sessions: Iterable[date]) -> list[Gap]:
    """Return the gaps of daily bars against the sessions of the exchange, between the first bar and the last."""
    if len(bars) < 2:
        return []
    return _lost_days(bars, bars.time // DAY, sessions)


def _lost_days(bars: Bars, days: TimeArray, sessions: Iterable[date]) -> list[Gap]:
    """Return where sessions have no bar at all, after the last bar before them."""
    wanted = np.array(sorted(epoch(day) for day in sessions), np.int64) // DAY
    inside = wanted[(wanted > days[0]) & (wanted < days[-1])]
    lost = inside[~np.isin(inside, days)]
    after, counts = np.unique(np.searchsorted(days, lost) - 1, return_counts=True)
    return [
        Gap(float(bars.time[index]), int(count), f"{count} session{'s' if count > 1 else ''} missing")
        for index, count in zip(after, counts, strict=True)
    ]


def _holes(bars: Bars, timeframe: Timeframe, clock: TimeArray, spans: Spans) -> list[Gap]:
    """Return where bars of one day are further apart than their length, and the exchange was open in between."""
    steps = np.diff(bars.time)
    days = clock // DAY
    places = np.flatnonzero((steps > timeframe.seconds) & (days[1:] == days[:-1]))[-LOOKED_AT:]
    lost = [np.arange(clock[index] + timeframe.seconds, clock[index + 1], timeframe.seconds) for index in places]
    counts = [int(_is_open(times, spans).sum()) for times in lost]
    return [
        Gap(float(bars.time[index]), count, f"{count} bar{'s' if count > 1 else ''} missing")
        for index, count in zip(places, counts, strict=True)
        if count
    ]


def _is_open(clock: TimeArray, spans: Spans) -> NDArray[np.bool_]:
    """Say which moments of the exchange's clock lie in its hours; all of them where these are not known."""
    minutes = clock % DAY // 60
    inside = [(minutes >= first) & (minutes < last) for first, last in spans]
    return np.logical_or.reduce(inside) if inside else np.ones(len(clock), np.bool_)


def _missing_labels(bars: Bars, timeframe: Timeframe) -> list[Gap]:
    """Return where whole weeks or months have no bar."""
    word = "week" if timeframe is Timeframe.W1 else "month"
    places = np.flatnonzero(np.diff(bars.time) > LONG[timeframe])
    counts = [round(int(bars.time[index + 1] - bars.time[index]) / timeframe.seconds) - 1 for index in places]
    return [
        Gap(float(bars.time[index]), count, f"{count} {word}{'s' if count > 1 else ''} missing")
        for index, count in zip(places, counts, strict=True)
    ]
