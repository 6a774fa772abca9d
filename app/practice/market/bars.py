"""Historical bars of any size, cut from one instrument's sessions; a larger bar is the sum of the smaller ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from itertools import groupby

import numpy as np

from app.practice.market.columns import Bars, Rows, no_bars, reduced
from app.practice.market.minutes import MINUTE
from app.practice.market.path import IntArray
from app.practice.market.spans import BAR_SECONDS, WEEK, Duration, is_from_ticks, is_intraday
from app.practice.market.tape import Tape
from app.practice.market.ticks import TickColumns

QUOTE_KINDS = ("MIDPOINT", "BID", "ASK")
TRADE_KINDS = ("TRADES", "ADJUSTED_LAST")


def cut_bars(tape: Tape, size: str, what: str, start: float | Duration, end: float, now: float) -> Bars:
    """Return the bars that begin at or after `start` (or span a duration up to `end`) and before `end`.

    Nothing after min(end, now) is in them. `size` and `what` are spelled as in spans.BAR_SECONDS and above.
    """
    adjust = partial(_adjusted, tape, now, with_dividends=what == "ADJUSTED_LAST")
    until = min(end, now, tape.ends_at - 0.001)
    if until <= tape.window(tape.first_session)[0]:
        return no_bars()
    if not is_intraday(size):
        bars = _from_sessions(tape, size, start, until, adjust)
    else:
        begin = _begin(tape, start, until, BAR_SECONDS[size])
        rows = _tick_rows(tape, begin, until) if is_from_ticks(size) else _minute_rows(tape, begin, until)
        rows = [adjust(part) for part in rows]
        bars = _summed(tape, rows, _bucket_starts(tape, rows, BAR_SECONDS[size]), begin)
    bars = replace(bars, is_forming=len(bars) > 0 and _closes_after(tape, bars, size, min(end, now)))
    return bars if what in TRADE_KINDS else _quoted(bars, what, tape)


def _begin(tape: Tape, start: float | Duration, until: float, seconds: int) -> float:
    """Return the moment that intraday bars begin at."""
    first = tape.window(tape.first_session)[0]
    if not isinstance(start, Duration):
        return max(first, start)
    day = _last_begun(tape, until)
    if start.unit == "S":
        return max(first, (min(until, tape.window(day)[1]) - start.count) // seconds * seconds)
    return max(first, tape.window(_first_session(tape, start, day))[0])


def _first_session(tape: Tape, span: Duration, last: date) -> date:
    if span.unit == "D":
        index = tape.hours.count_between(tape.first_session, last) - span.count
        return tape.hours.offset_session(tape.first_session, max(0, index))
    return max(tape.first_session, tape.hours.next_session(span.first_day_after(last)))


def _last_begun(tape: Tape, at: float) -> date:
    day = tape.hours.session_of(at)
    return day if tape.window(day)[0] <= at else tape.hours.previous_session(day)


def _sessions(tape: Tape, begin: float, until: float) -> list[date]:
    if until <= begin:
        return []
    last = _last_begun(tape, until)
    return tape.hours.sessions_between(max(tape.first_session, tape.hours.session_of(begin)), last)


def _minute_rows(tape: Tape, begin: float, until: float) -> list[Rows]:
    found = []
    for day in _sessions(tape, begin, until):
        m = tape.session(day).minutes
        low = max(0, int(begin - m.start) // MINUTE)
        high = min(len(m), max(0, int(until - m.start) // MINUTE))
        traded = low + np.flatnonzero(m.ticks[low:high])
        found.append(
            Rows(
                start=m.start + MINUTE * traded, day=np.full(len(traded), _stamp(day)), open=m.open[traded],
                high=m.high[traded], low=m.low[traded], close=m.close[traded], volume=m.volume[traded],
                turnover=(m.high[traded] + m.low[traded] + 2 * m.close[traded]) / 4.0 * m.volume[traded],
                count=m.ticks[traded],
            )
        )  # fmt: skip
        if high < len(m):
            found.extend(_open_minute(tape, day, m.start + MINUTE * high, until))
    return found


def _open_minute(tape: Tape, day: date, minute: int, until: float) -> Iterator[Rows]:
    columns = tape.columns(minute)
    if columns is None:
        return
    rows = _rows_of_ticks(columns, day, columns.at <= until)
    if len(rows.start):
        yield replace(_one_row(rows), start=np.array([minute], dtype=np.int64))


def _tick_rows(tape: Tape, begin: float, until: float) -> list[Rows]:
    found = []
    for day in _sessions(tape, begin, until):
        opens, closes = tape.window(day)
        first = int(max(begin, opens)) // MINUTE * MINUTE
        for minute in range(first, int(min(until, closes - 1)) + 1, MINUTE):
            columns = tape.columns(minute)
            if columns is not None:
                found.append(_rows_of_ticks(columns, day, (columns.at >= begin) & (columns.at <= until)))
    return found


def _rows_of_ticks(columns: TickColumns, day: date, keep: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Rows:
    price, size = columns.price[keep], columns.size[keep]
    day_column, ones = np.full(len(price), _stamp(day)), np.ones(len(price), dtype=np.int64)
    turnover = price.astype(np.float64) * size
    return Rows(columns.at[keep].astype(np.int64), day_column, price, price, price, price, size, turnover, ones)


def _one_row(rows: Rows) -> Rows:
    return reduced(rows, np.zeros(1, dtype=np.int64))


def _bucket_starts(tape: Tape, rows: list[Rows], seconds: int) -> list[IntArray]:
    """Return each row's bar start: clock-aligned in the exchange's zone, not before its session begins."""
    starts = []
    for part in rows:
        if not len(part.start):
            starts.append(part.start)
            continue
        shift = _zone_shift(tape, part.start)
        aligned = (part.start + shift) // seconds * seconds - shift
        opens = int(tape.window(_date(int(part.day[0])))[0])
        starts.append(np.maximum(aligned, opens))
    return starts


def _zone_shift(tape: Tape, times: IntArray) -> IntArray | int:
    """Return local minus UTC seconds; a number for each time where the clocks were changed between them."""
    first, last = (_utc_offset(tape, int(at)) for at in (times[0], times[-1]))
    if first == last:
        return first
    return np.array([_utc_offset(tape, at) for at in times.tolist()], dtype=np.int64)


def _utc_offset(tape: Tape, at: int) -> int:
    offset = datetime.fromtimestamp(at, tape.hours.zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def _summed(tape: Tape, parts: list[Rows], starts: list[IntArray], begin: float) -> Bars:
    if not parts:
        return no_bars()
    names = ("day", "open", "high", "low", "close", "volume", "turnover", "count")
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    rows = Rows(start=np.concatenate(starts), **columns)
    if not len(rows.start):
        return no_bars()
    edges = np.flatnonzero(np.diff(rows.start, prepend=rows.start[0] - 1))
    return _priced(reduced(rows, edges), tape, begin)


def _priced(rows: Rows, tape: Tape, begin: float) -> Bars:
    per = tape.units_per_price
    keep = rows.start >= int(begin)
    return Bars(
        start=rows.start[keep], day=rows.day[keep], open=rows.open[keep] / per, high=rows.high[keep] / per,
        low=rows.low[keep] / per, close=rows.close[keep] / per, volume=rows.volume[keep],
        wap=rows.turnover[keep] / np.maximum(rows.volume[keep], 1) / per, count=rows.count[keep],
    )  # fmt: skip


def _adjusted(tape: Tape, now: float, rows: Rows, *, with_dividends: bool) -> Rows:
    """Return the rows with prices and volumes as they are told after later splits (and dividends)."""
    actions = tape.timeline.actions.adjustments(now, with_dividends=with_dividends)
    if not actions or not len(rows.start):
        return rows
    price, volume = np.ones(len(rows.start)), np.ones(len(rows.start))
    for action in actions:
        before = rows.day < _stamp(action.session)
        price[before] *= action.factor
        volume[before] *= action.ratio
    prices = {name: getattr(rows, name) * price for name in ("open", "high", "low", "close")}
    told = np.rint(rows.volume * volume).astype(np.int64)
    return replace(rows, **prices, volume=told, turnover=rows.turnover * price * volume)


def _from_sessions(
    tape: Tape, size: str, start: float | Duration, until: float, adjust: Callable[[Rows], Rows]
) -> Bars:
    last = _last_begun(tape, until)
    if isinstance(start, Duration):
        span = Duration(max(1, start.count // BAR_SECONDS["1 day"]), "D") if start.unit == "S" else start
        first = _first_session(tape, span, last)
    else:
        first = max(tape.first_session, tape.hours.session_of(start))
    rows = _joined(list(_session_rows(tape, first, last, until)))
    if rows is None:
        return no_bars()
    rows = adjust(rows)
    edges = np.arange(len(rows.start))
    if not size.endswith("day"):
        days = [_date(day) for day in rows.day.tolist()]
        labels = [tuple(day.isocalendar())[:2] if size == WEEK else (day.year, day.month) for day in days]
        lengths = [len(list(group)) for _, group in groupby(labels)]
        edges = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
    return _priced(reduced(rows, edges), tape, 0.0)


def _session_rows(tape: Tape, first: date, last: date, until: float) -> Iterator[tuple[int, ...]]:
    for day in tape.hours.sessions_between(first, last):
        opens, closes = tape.hours.open_close(day)
        bar = tape.bar(day) if until >= closes else tape.bar_so_far(day, until)
        if bar is not None:
            yield int(opens), _stamp(day), *bar


def _joined(rows: list[tuple[int, ...]]) -> Rows | None:
    if not rows:
        return None
    start, day, opens, high, low, close, volume = np.array(rows, dtype=np.int64).T
    turnover = (opens + high + low + 2 * close) / 5.0 * volume
    return Rows(start, day, opens, high, low, close, volume, turnover, np.maximum(1, volume // 150))


def _closes_after(tape: Tape, bars: Bars, size: str, at: float) -> bool:
    day = _date(int(bars.day[-1]))
    closes = tape.window(day)[1]
    if is_intraday(size):
        return min(int(bars.start[-1]) + BAR_SECONDS[size], closes) > at
    if size.endswith("day"):
        return closes > at
    following = tape.hours.next_session(day)
    same = day.isocalendar()[:2] == following.isocalendar()[:2] if size == WEEK else day.month == following.month
    return same or closes > at


def _quoted(bars: Bars, what: str, tape: Tape) -> Bars:
    """Return bars of quotes around the trades: half a usual spread below or above, or between."""
    per = tape.units_per_price
    spread = tape.grid.spread(np.rint(bars.close * per).astype(np.int64))
    shift = {"BID": -(spread // 2), "ASK": spread - spread // 2, "MIDPOINT": spread / 2.0 - spread // 2}[what] / per
    prices = {name: np.round(getattr(bars, name) + shift, 8) for name in ("open", "high", "low", "close")}
    nothing = np.full(len(bars), -1, dtype=np.int64)
    return replace(bars, **prices, volume=nothing, wap=nothing.astype(np.float64), count=nothing)


def _stamp(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def _date(stamp: int) -> date:
    return date(stamp // 10_000, stamp // 100 % 100, stamp % 100)
