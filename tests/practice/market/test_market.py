"""What holds for the market as a whole: one past, exact sums, and no dependence on how it is asked."""

from __future__ import annotations

import hashlib
import itertools
import json
import time
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.practice.hours import hours_of
from app.practice.market import Market, MarketEvent, Tick
from app.practice.universe import practice_universe
from tests.practice.market.conftest import AAPL, FB, GOOG, IBM, MSFT, SPY, START, MarketMaker

DAY = 86_400.0
LAST_CLOSED = date(2026, 6, 8)


def restarted(market: Market, events: list[MarketEvent], now: float, mode: str = "always") -> Market:
    """Start anew from what a gateway stores: the anchor and the events as JSON."""
    anchor, rows = json.loads(json.dumps([market.anchor, events]))
    return Market(
        practice_universe(), hours_of("XNYS"), seed=999, mode="always" if mode == "always" else "hours", now=now,
        anchor=anchor, events=[MarketEvent(*row) for row in rows],
    )  # fmt: skip


def drained(market: Market, until: float) -> list[Tick]:
    return list(market.advance(until))


def bar_of(ticks: list[Tick]) -> tuple[float, float, float, float, int]:
    prices = [tick.price for tick in ticks]
    return prices[0], max(prices), min(prices), prices[-1], sum(tick.size for tick in ticks)


@pytest.mark.parametrize(
    ("con_id", "bars", "close"),
    [(AAPL, 3270, 430.47), (MSFT, 3270, 27.95), (IBM, 3270, 202.91), (GOOG, 2148, 806.19), (FB, 196, 27.78)],
)
def test_the_shipped_history_ends_on_the_last_closed_session(
    make_market: MarketMaker, con_id: int, bars: int, close: float
) -> None:
    history = make_market().bars(con_id, "1 day", start=0.0, end=START, now=START)
    assert history.day[-2:].tolist() == [20260608, 20260609]
    assert history.close[-2] == close
    assert len(history) == bars + 1
    assert history.is_forming
    sessions = hours_of("XNYS").sessions_between(date(2000, 1, 1), LAST_CLOSED)[-bars:]
    assert history.day[:-1].tolist() == [int(day.strftime("%Y%m%d")) for day in sessions]


@pytest.mark.parametrize("mode", ["always", "hours"])
@pytest.mark.parametrize("con_id", [AAPL, FB, SPY])
def test_ticks_make_minutes_and_minutes_make_the_day(make_market: MarketMaker, mode: str, con_id: int) -> None:
    market = make_market(mode)
    later = START + 3 * DAY
    opens, closes = market.tape(con_id).window(date(2026, 6, 10))
    day = market.bars(con_id, "1 day", start=opens, end=closes, now=later)
    minutes = market.bars(con_id, "1 min", start=opens, end=closes, now=later)
    ticks = list(market.path(con_id, opens, closes))
    assert len(minutes) == round((closes - opens) / 60)
    assert bar_of(ticks) == (day.open[0], day.high[0], day.low[0], day.close[0], day.volume[0])
    by_minute: dict[int, list[Tick]] = {}
    for tick in ticks:
        by_minute.setdefault(int(tick.at) // 60 * 60, []).append(tick)
    columns = (minutes.start, minutes.open, minutes.high, minutes.low, minutes.close, minutes.volume, minutes.count)
    for start, *bar, count in zip(*(column.tolist() for column in columns), strict=True):
        assert bar_of(by_minute[start]) == tuple(bar)
        assert len(by_minute[start]) == count


@pytest.mark.parametrize("con_id", [AAPL, MSFT, GOOG])
def test_the_minutes_of_a_real_day_make_that_day(make_market: MarketMaker, con_id: int) -> None:
    market = make_market()
    days = market.bars(con_id, "1 day", span="300 D", end=START, now=START)
    minutes = market.bars(con_id, "1 min", span="300 D", end=START, now=START)
    for n in range(len(days)):
        part = minutes.day == days.day[n]
        assert minutes.open[part][0] == days.open[n]
        assert minutes.high[part].max() == days.high[n]
        assert minutes.low[part].min() == days.low[n]
        assert minutes.close[part][-1] == days.close[n]
        assert minutes.volume[part].sum() == days.volume[n]


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.floats(0.001, 400.0), min_size=1, max_size=40))
def test_small_steps_and_one_large_step_yield_the_same(make_market: MarketMaker, steps: list[float]) -> None:
    small, large = make_market(), make_market()
    for market in (small, large):
        for con_id in (AAPL, IBM):
            market.watch(con_id)
    now, ticks = START, []
    for step in steps:
        now += step
        ticks += drained(small, now)
    assert ticks == drained(large, now)
    assert [tick.at for tick in ticks] == sorted(tick.at for tick in ticks)
    assert all(START < tick.at <= now for tick in ticks)


def test_a_watched_instrument_is_where_an_unwatched_one_is(make_market: MarketMaker) -> None:
    watched, other = make_market(), make_market()
    watched.watch(GOOG)
    ticks = drained(watched, START + 7200)
    quote = other.quote(GOOG, START + 7200)
    last = ticks[-1]
    assert (quote.last, quote.last_at, quote.bid, quote.ask) == (last.price, last.at, last.bid, last.ask)
    assert watched.quote(GOOG, START + 7200) == quote
    assert ticks == list(other.path(GOOG, START, START + 7200))


def test_watching_starts_with_now_and_ends_with_the_last_unwatch(make_market: MarketMaker) -> None:
    market = make_market()
    assert drained(market, START + 600) == []
    market.watch(MSFT)
    market.watch(MSFT)
    assert all(tick.at > START + 600 for tick in drained(market, START + 660))
    market.unwatch(MSFT)
    assert drained(market, START + 720)
    market.unwatch(MSFT)
    assert drained(market, START + 780) == []


def test_time_without_watchers_costs_nothing_later(make_market: MarketMaker) -> None:
    market = make_market()
    drained(market, START + 30 * DAY)
    market.watch(MSFT)
    ticks = drained(market, START + 30 * DAY + 10)
    assert ticks
    assert ticks[0].at > START + 30 * DAY


def test_skipped_time_is_not_told_but_has_passed(make_market: MarketMaker) -> None:
    skipped, walked = make_market(), make_market()
    for market in (skipped, walked):
        market.watch(MSFT)
    skipped.skip(START + 7200)
    drained(walked, START + 7200)
    assert drained(skipped, START + 7230) == drained(walked, START + 7230) != []
    skipped.skip(START)
    assert drained(skipped, START + 7230) == []


def test_a_restart_with_the_anchor_finds_the_same_past_and_future(make_market: MarketMaker) -> None:
    first = make_market()
    second = restarted(first, [], START + 20 * DAY)
    assert second.seed == 7
    for con_id in (AAPL, SPY):
        for size in ("1 day", "1 min"):
            one, two = (
                m.bars(con_id, size, span="30 D", end=START + 25 * DAY, now=START + 25 * DAY) for m in (first, second)
            )
            for name in ("start", "day", "open", "high", "low", "close", "volume", "wap", "count"):
                assert np.array_equal(getattr(one, name), getattr(two, name))


def test_the_anchor_stays_when_later_sessions_close(make_market: MarketMaker) -> None:
    first = make_market()
    before = first.bars(AAPL, "1 day", span="60 D", end=START, now=START)
    later = START + 40 * DAY
    after = restarted(first, [], later).bars(AAPL, "1 day", start=float(before.start[0]), end=later, now=later)
    assert after.day[: len(before)].tolist() == before.day.tolist()
    assert after.close[: len(before) - 1].tolist() == before.close[:-1].tolist()
    assert len(after) > len(before) + 25


def test_another_seed_changes_what_is_generated_and_nothing_else(make_market: MarketMaker) -> None:
    one, two = (make_market(seed=seed).bars(AAPL, "1 day", span="20 D", end=START, now=START) for seed in (1, 2))
    assert one.close[:-1].tolist() == two.close[:-1].tolist()
    assert one.open[-1] != two.open[-1]
    spy = [make_market(seed=seed).bars(SPY, "1 day", span="20 D", end=START, now=START) for seed in (1, 2)]
    assert spy[0].close.tolist() != spy[1].close.tolist()


def test_the_market_of_a_seed_is_the_same_in_every_version_and_on_every_machine(make_market: MarketMaker) -> None:
    market = make_market(seed=20)
    end = START + 400 * DAY
    found = hashlib.sha256()
    for con_id in (AAPL, FB, SPY):
        days = market.bars(con_id, "1 day", span="300 D", end=end, now=end)
        minutes = market.bars(con_id, "1 min", span="2 D", end=end, now=end)
        for bars in (days, minutes):
            for column in (bars.start, bars.open, bars.high, bars.low, bars.close, bars.volume):
                found.update(repr(column.tolist()).encode())
        found.update(repr(list(market.path(con_id, end, end + 600))).encode())
    # A stored order book lies on this past: whoever changes the digest moves everybody's market.
    assert found.hexdigest()[:16] == "195a84469e3bec69"


def test_a_quote_agrees_with_the_forming_day(make_market: MarketMaker) -> None:
    market = make_market()
    for seconds in (0.0, 1.3, 59.9, 4000.0, 40_000.0):
        now = START + seconds
        quote = market.quote(IBM, now)
        day = market.bars(IBM, "1 day", span="2 D", end=now, now=now)
        assert (quote.open, quote.high, quote.low, quote.last) == (
            day.open[-1], day.high[-1], day.low[-1], day.close[-1],
        )  # fmt: skip
        assert quote.volume == day.volume[-1]
        assert quote.close == day.close[-2]
        assert quote.bid < quote.ask
        assert quote.bid <= quote.last <= quote.ask


def test_every_tick_is_between_its_quotes_and_on_the_cent(make_market: MarketMaker) -> None:
    for con_id in (AAPL, MSFT, SPY):
        for tick in make_market().path(con_id, START, START + 3600):
            assert 0 < tick.bid < tick.ask
            assert tick.bid <= tick.price <= tick.ask
            assert min(tick.size, tick.bid_size, tick.ask_size) > 0
            assert all(round(price, 2) == price for price in (tick.price, tick.bid, tick.ask))


def test_two_to_four_trades_a_second(make_market: MarketMaker) -> None:
    for mode in ("always", "hours"):
        ticks = list(make_market(mode).path(AAPL, START, START + 3600))
        assert 2.0 <= len(ticks) / 3600 <= 4.0
        assert max(b.at - a.at for a, b in itertools.pairwise(ticks)) < 3.0


def test_by_the_calendar_nothing_trades_out_of_hours(make_market: MarketMaker) -> None:
    evening = START + 8 * 3600
    market = make_market("hours", now=evening)
    assert not market.is_open(AAPL, evening)
    assert list(market.path(AAPL, evening, evening + 6 * 3600)) == []
    quote = market.quote(AAPL, evening)
    closed = market.bars(AAPL, "1 day", span="2 D", end=evening, now=evening)
    assert not closed.is_forming
    assert (quote.last, quote.high, quote.volume) == (closed.close[-1], closed.high[-1], closed.volume[-1])
    assert quote.close == closed.close[-2]


def test_the_always_open_market_trades_at_any_hour(make_market: MarketMaker) -> None:
    saturday = START + 4 * DAY
    market = make_market(now=saturday)
    assert market.is_open(AAPL, saturday)
    ticks = list(market.path(AAPL, saturday, saturday + 60))
    assert len(ticks) > 100
    assert market.bars(AAPL, "1 day", span="1 D", end=saturday, now=saturday).day.tolist() == [20260615]


def test_hours_can_change_at_a_restart_without_moving_the_past(make_market: MarketMaker) -> None:
    first = make_market("always")
    later = START + 10 * DAY
    second = restarted(first, [], later, mode="hours")
    past = [m.bars(AAPL, "1 min", start=START, end=later, now=later).close.tolist() for m in (first, second)]
    assert past[0] == past[1]
    assert [mode for _, mode in json.loads(json.dumps(second.anchor))["modes"]] == ["always", "hours"]
    next_evening = START + 13 * DAY + 10 * 3600
    assert first.is_open(AAPL, next_evening)
    assert not second.is_open(AAPL, next_evening)


@pytest.mark.parametrize(
    "anchor",
    [
        {},
        {"version": 2, "seed": 7, "last_history_session": "2026-06-08", "modes": [["2026-06-09", "always"]]},
        {"version": 1, "seed": "7", "last_history_session": "2026-06-08", "modes": [["2026-06-09", "always"]]},
        {"version": 1, "seed": 7, "last_history_session": "soon", "modes": [["2026-06-09", "always"]]},
    ],
)
def test_a_damaged_anchor_is_refused(make_market: MarketMaker, anchor: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        make_market(anchor=anchor)


def test_nothing_after_now_is_shown(make_market: MarketMaker) -> None:
    market = make_market()
    for size in ("1 day", "1 hour", "1 min", "5 secs"):
        bars = market.bars(AAPL, size, span="1 D" if size != "5 secs" else "60 S", end=START + 9e6, now=START)
        assert bars.start[-1] <= START
        assert bars.close[-1] == market.last_tick(AAPL, START).price


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0.0, 3 * DAY), st.floats(60.0, 3 * DAY), st.floats(0.90, 1.0), st.floats(1.0, 1.1))
def test_the_first_touch_is_where_a_walk_over_all_ticks_finds_it(
    make_market: MarketMaker, pause: float, length: float, down: float, up: float
) -> None:
    market = make_market()
    start, end = START + pause, START + pause + length
    low, high = (market.last_tick(GOOG, start).price * factor for factor in (down, up))
    touched = market.tape(GOOG).first_touch(start, end, low, high)
    bars = market.bars(GOOG, "1 min", start=start, end=end, now=end)
    if touched is None:
        assert ((bars.low > low) & (bars.high < high)).all()
        return
    assert start <= touched < end
    minute = touched // 60 * 60
    assert any(tick.price <= low or tick.price >= high for tick in market.path(GOOG, minute, minute + 60))
    before = bars.start < minute
    assert ((bars.low[before] > low) & (bars.high[before] < high)).all()


def test_a_bounded_path_holds_every_tick_beyond_its_bounds(make_market: MarketMaker) -> None:
    market = make_market()
    last, end = market.last_tick(IBM, START).price, START + 6 * 3600
    low, high = last * 0.998, last * 1.002
    bounded = list(market.path(IBM, START, end, low=low, high=high))
    every = list(market.path(IBM, START, end))
    beyond = [tick for tick in every if tick.price <= low or tick.price >= high]
    assert beyond
    assert [tick for tick in bounded if tick.price <= low or tick.price >= high] == beyond
    assert set(bounded) <= set(every)
    assert max(tick.price for tick in market.path(IBM, START, end, high=high)) == max(tick.price for tick in every)


def test_a_years_absence_is_looked_through_quickly(make_market: MarketMaker) -> None:
    market = make_market()
    began = time.perf_counter()
    assert list(market.path(IBM, START, START + 365 * DAY, low=0.5, high=1e6)) == []
    assert time.perf_counter() - began < 1.0


def test_the_head_is_the_first_bar(make_market: MarketMaker) -> None:
    market = make_market()
    assert market.head(FB) == market.bars(FB, "1 day", start=0.0, end=START, now=START).start[0]
    with pytest.raises(KeyError):
        market.head(1)


def test_invented_instruments_have_years_of_history_with_sound_bars(make_market: MarketMaker) -> None:
    market = make_market()
    for con_id in range(900_000_101, 900_000_301, 23):
        bars = market.bars(con_id, "1 day", start=0.0, end=START, now=START)
        assert len(bars) > 3 * 252
        assert (bars.low <= np.minimum(bars.open, bars.close)).all()
        assert (bars.high >= np.maximum(bars.open, bars.close)).all()
        assert (bars.low > 0).all()
        assert (bars.volume > 0).all()
        ticks = list(market.path(con_id, START, START + 600))
        minutes = market.bars(con_id, "1 min", start=START // 60 * 60 + 60, end=START + 600, now=START + 600)
        whole = [tick for tick in ticks if tick.at >= minutes.start[0]]
        assert sum(tick.size for tick in whole) == minutes.volume.sum()
        assert max(tick.price for tick in whole) == minutes.high.max()


def test_volatility_is_the_instruments_own_and_comes_in_clusters(make_market: MarketMaker) -> None:
    market = make_market()
    end = START + timedelta(days=1500).total_seconds()
    deviations = {}
    for con_id in (FB, IBM, SPY):
        closes = market.bars(con_id, "1 day", start=START, end=end, now=end).close
        deviations[con_id] = float(np.std(closes[1:] / closes[:-1] - 1.0))
    assert 0.025 < deviations[FB] < 0.055
    assert 0.007 < deviations[IBM] < 0.015
    assert 0.006 < deviations[SPY] < 0.013
    closes = market.bars(SPY, "1 day", start=0.0, end=end, now=end).close
    size = np.abs(closes[1:] / closes[:-1] - 1.0)
    assert np.corrcoef(size[1:], size[:-1])[0, 1] > 0.05
