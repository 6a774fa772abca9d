"""Bars of every size are sums of smaller ones, aligned to the clock and cut at sessions."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from app.practice.market import Bars
from app.practice.market.spans import BAR_SECONDS
from tests.practice.market.conftest import AAPL, MSFT, START, MarketMaker

NEW_YORK = ZoneInfo("America/New_York")
LATER = START + 2 * 86_400 + 4321.5


def summed(small: Bars, keys: list[object]) -> list[tuple[object, ...]]:
    """Add up bars with equal neighbouring keys, one by one."""
    found: list[list[object]] = []
    for n, key in enumerate(keys):
        o, h, l, c, v = (getattr(small, name)[n].item() for name in ("open", "high", "low", "close", "volume"))  # noqa: E741
        if not found or found[-1][0] != key:
            found.append([key, o, h, l, c, v])
        else:
            row = found[-1]
            row[2], row[3], row[4], row[5] = max(row[2], h), min(row[3], l), c, row[5] + v  # type: ignore[call-overload,operator]
    return [tuple(row[1:]) for row in found]


def rows(bars: Bars) -> list[tuple[object, ...]]:
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    return list(zip(*(column.tolist() for column in columns), strict=True))


@pytest.mark.parametrize("mode", ["always", "hours"])
@pytest.mark.parametrize("size", [size for size, seconds in BAR_SECONDS.items() if 60 < seconds < 86_400])
def test_intraday_bars_are_sums_of_minutes(make_market: MarketMaker, size: str, mode: str) -> None:
    market = make_market(mode)
    small = market.bars(AAPL, "1 min", span="5 D", end=LATER, now=LATER)
    keys: list[object] = []
    for start, day in zip(small.start.tolist(), small.day.tolist(), strict=True):
        local = datetime.fromtimestamp(start, NEW_YORK)
        keys.append((day, local.date(), (local.hour * 3600 + local.minute * 60) // BAR_SECONDS[size]))
    large = market.bars(AAPL, size, span="5 D", end=LATER, now=LATER)
    assert rows(large) == summed(small, keys)
    assert large.is_forming


def test_bars_stay_aligned_when_the_clocks_change_inside_a_session(make_market: MarketMaker) -> None:
    monday = datetime(2026, 11, 2, 15, 30, 20, tzinfo=UTC).timestamp()
    market = make_market(now=monday)
    starts = market.bars(AAPL, "4 hours", span="1 D", end=monday, now=monday).start.tolist()
    local = [datetime.fromtimestamp(start, NEW_YORK).strftime("%a %H:%M") for start in starts]
    assert local[:3] == ["Fri 16:00", "Fri 20:00", "Sat 00:00"]
    assert local[-4:] == ["Sun 20:00", "Mon 00:00", "Mon 04:00", "Mon 08:00"]


@pytest.mark.parametrize("size", ["1 secs", "5 secs", "10 secs", "15 secs", "30 secs", "1 min"])
def test_short_bars_are_sums_of_ticks(make_market: MarketMaker, size: str) -> None:
    market, seconds = make_market(), BAR_SECONDS[size]
    end = START // 60 * 60 + 600
    bars = market.bars(MSFT, size, start=end - 600, end=end, now=LATER)
    found: dict[int, list[tuple[float, int]]] = {}
    for tick in market.path(MSFT, end - 600, end):
        found.setdefault(int(tick.at) // seconds * seconds, []).append((tick.price, tick.size))
    assert bars.start.tolist() == sorted(found)
    for n, start in enumerate(bars.start.tolist()):
        prices, sizes = zip(*found[start], strict=True)
        assert rows(bars)[n] == (prices[0], max(prices), min(prices), prices[-1], sum(sizes))
        assert bars.count[n] == len(sizes)
        if seconds < 60:
            assert bars.wap[n] == pytest.approx(np.average(prices, weights=sizes))


def test_weeks_and_months_are_sums_of_days(make_market: MarketMaker) -> None:
    market = make_market()
    days = market.bars(AAPL, "1 day", start=0.0, end=LATER, now=LATER)
    dates = [datetime.strptime(str(day), "%Y%m%d").replace(tzinfo=UTC) for day in days.day.tolist()]
    weeks = market.bars(AAPL, "1 week", start=0.0, end=LATER, now=LATER)
    months = market.bars(AAPL, "1 month", start=0.0, end=LATER, now=LATER)
    assert rows(weeks) == summed(days, [day.isocalendar()[:2] for day in dates])
    assert rows(months) == summed(days, [(day.year, day.month) for day in dates])
    assert weeks.day[-2:].tolist() == [20260605, 20260611]
    assert weeks.is_forming
    friday_evening = datetime(2026, 6, 12, 20, 0, tzinfo=UTC).timestamp()
    assert not market.bars(AAPL, "1 week", span="4 W", end=friday_evening, now=friday_evening).is_forming


def test_the_last_bar_forms_until_its_close(make_market: MarketMaker) -> None:
    market = make_market()
    close = datetime(2026, 6, 9, 20, 0, tzinfo=UTC).timestamp()
    assert market.bars(AAPL, "1 day", span="2 D", end=close - 1, now=close - 1).is_forming
    closed = market.bars(AAPL, "1 day", span="2 D", end=close, now=close)
    assert not closed.is_forming
    assert closed.day[-1] == 20260609
    minute = START // 60 * 60
    assert market.bars(AAPL, "1 min", span="600 S", end=minute + 59, now=minute + 59).is_forming
    assert not market.bars(AAPL, "1 min", span="600 S", end=minute + 60, now=minute + 60).is_forming


@pytest.mark.parametrize(("span", "sessions"), [("1 D", 1), ("5 D", 5), ("20 D", 20)])
def test_days_count_sessions(make_market: MarketMaker, span: str, sessions: int) -> None:
    for size in ("1 day", "1 hour"):
        bars = make_market().bars(AAPL, size, span=span, end=LATER, now=LATER)
        assert len(np.unique(bars.day)) == sessions
        assert bars.day[-1] == 20260611


def test_a_year_is_a_calendar_year(make_market: MarketMaker) -> None:
    bars = make_market().bars(AAPL, "1 day", span="1 Y", end=START, now=START)
    assert bars.day[0] == 20250610
    assert 249 <= len(bars) <= 253


def test_seconds_count_trading_time_back_from_the_last_trade(make_market: MarketMaker) -> None:
    evening = START + 8 * 3600
    market = make_market("hours", now=evening)
    bars = market.bars(AAPL, "5 mins", span="1800 S", end=evening, now=evening)
    assert len(bars) == 6
    assert datetime.fromtimestamp(int(bars.start[0]), NEW_YORK).strftime("%H:%M") == "15:30"


def test_an_end_before_the_history_gives_no_bars(make_market: MarketMaker) -> None:
    for size in ("1 day", "1 min", "5 secs", "1 week"):
        assert len(make_market().bars(AAPL, size, span="10 D", end=1e9, now=START)) == 0


def test_quote_bars_lie_around_the_trades(make_market: MarketMaker) -> None:
    market = make_market()
    bid, ask, middle, trades = (
        market.bars(AAPL, "5 mins", span="1 D", end=START, now=START, what=what)
        for what in ("BID", "ASK", "MIDPOINT", "TRADES")
    )
    assert (bid.close < ask.close).all()
    assert (bid.close <= trades.close).all()
    assert (ask.close >= trades.close).all()
    assert middle.close.tolist() == pytest.approx(((bid.close + ask.close) / 2).tolist())
    assert set(bid.volume.tolist()) == {-1}


@pytest.mark.parametrize(("size", "span", "what"), [("7 mins", "1 D", "TRADES"), ("1 day", "1 Q", "TRADES"),
                                                    ("1 day", "1 D", "TEA_LEAVES")])  # fmt: skip
def test_what_is_not_offered_is_refused(make_market: MarketMaker, size: str, span: str, what: str) -> None:
    with pytest.raises(ValueError):
        make_market().bars(AAPL, size, span=span, end=START, now=START, what=what)


def test_a_year_of_minutes_comes_quickly(make_market: MarketMaker) -> None:
    market, end = make_market(), START + 366 * 86_400
    market.bars(AAPL, "1 day", span="1 Y", end=end, now=end)
    began = time.perf_counter()
    bars = market.bars(AAPL, "1 min", span="1 Y", end=end, now=end)
    assert len(bars) > 500_000
    assert time.perf_counter() - began < 3.0
