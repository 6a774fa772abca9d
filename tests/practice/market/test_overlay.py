"""Moves, prints and halts are in every bar, and are there again after a restart."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.practice.market import Market, MarketEvent, Tick
from tests.practice.market.conftest import AAPL, MSFT, START, MarketMaker

TODAY = date(2026, 6, 9)


def all_ticks(market: Market, con_id: int, day: date) -> list[Tick]:
    """Every trade of a session, those that were added included."""
    tape = market.tape(con_id)
    opens, closes = (int(at) for at in tape.window(day))
    return [tick for minute in range(opens, closes, 60) for tick in tape.block(minute).ticks]


def assert_minutes_hold(market: Market, con_id: int, start: float, end: float) -> None:
    """Each minute's bar equals the trades in it."""
    tape = market.tape(con_id)
    start, end = int(start) // 60 * 60, int(end) // 60 * 60
    bars = market.bars(con_id, "1 min", start=start, end=end, now=end)
    traded = {minute: tape.block(minute).ticks for minute in range(start, end, 60)}
    assert bars.start.tolist() == [minute for minute, ticks in traded.items() if ticks]
    for n, minute in enumerate(bars.start.tolist()):
        inside = [tick.price for tick in traded[minute]]
        assert (bars.open[n], bars.close[n]) == (inside[0], inside[-1])
        assert (bars.high[n], bars.low[n]) == (max(inside), min(inside))
        assert bars.volume[n] == sum(tick.size for tick in traded[minute])


def assert_sums_hold(market: Market, con_id: int, day: date) -> None:
    """The day's bar and each minute's equal the trades in them."""
    opens, closes = market.tape(con_id).window(day)
    ticks = all_ticks(market, con_id, day)
    prices = [tick.price for tick in ticks]
    bar = market.bars(con_id, "1 day", start=opens, end=closes, now=closes)
    assert (bar.open[0], bar.high[0], bar.low[0], bar.close[0]) == (prices[0], max(prices), min(prices), prices[-1])
    assert bar.volume[0] == sum(tick.size for tick in ticks)
    assert_minutes_hold(market, con_id, opens, closes)


def test_a_move_prints_at_its_price_and_the_market_goes_on_from_there(make_market: MarketMaker) -> None:
    market = make_market("hours")
    market.watch(AAPL)
    before = list(market.advance(START + 30))
    tick = market.move(AAPL, 500.0, START + 30)
    assert (tick.price, tick.at) == (500.0, START + 30)
    assert market.quote(AAPL, START + 30).last == 500.0
    after = list(market.advance(START + 90))
    assert all(tick.price < 450 for tick in before)
    assert all(abs(tick.price - 500.0) < 5 for tick in after)
    assert all(tick.at > START + 30 for tick in after)
    assert market.bars(AAPL, "1 day", span="1 D", end=START + 90, now=START + 90).high[-1] >= 500.0
    assert_sums_hold(market, AAPL, TODAY)


def test_a_move_does_not_touch_what_was_before(make_market: MarketMaker) -> None:
    market, untouched = make_market(), make_market()
    market.move(AAPL, 300.0, START + 1000)
    for size in ("1 min", "5 secs"):
        bars = [
            m.bars(AAPL, size, start=START - 600, end=START + 900, now=START + 900).close.tolist()
            for m in (market, untouched)
        ]
        assert bars[0] == bars[1]
    quotes = [m.quote(AAPL, START + 900) for m in (market, untouched)]
    assert quotes[0] == quotes[1]
    others = [m.quote(MSFT, START + 2000) for m in (market, untouched)]
    assert others[0] == others[1]


def test_later_days_go_on_from_the_moved_level(make_market: MarketMaker) -> None:
    market = make_market()
    market.move(AAPL, 43.0, START)
    later = START + 10 * 86_400
    closes = market.bars(AAPL, "1 day", span="6 D", end=later, now=later).close
    assert ((closes > 30) & (closes < 60)).all()
    assert_minutes_hold(market, AAPL, later - 600, later)


def test_two_moves_at_one_moment_leave_the_second(make_market: MarketMaker) -> None:
    market = make_market()
    market.move(AAPL, 10.0, START)
    assert market.move(AAPL, 700.0, START).price == 700.0
    assert abs(next(market.path(AAPL, START, START + 60)).price - 700) < 5
    assert_minutes_hold(market, AAPL, START - 120, START + 600)


@pytest.mark.parametrize("price", [0.0, -5.0, 0.001, float("nan"), float("inf")])
def test_a_senseless_price_is_refused(make_market: MarketMaker, price: float) -> None:
    market = make_market()
    with pytest.raises(ValueError, match="above 0"):
        market.move(AAPL, price, START)
    assert market.quote(AAPL, START).last > 400


def test_a_move_while_closed_is_the_level_of_the_next_open(make_market: MarketMaker) -> None:
    evening = START + 8 * 3600
    market = make_market("hours", now=evening)
    volume = market.quote(AAPL, evening).volume
    market.move(AAPL, 200.0, evening)
    quote = market.quote(AAPL, evening + 5)
    assert (quote.last, quote.volume) == (200.0, volume)
    assert quote.bid < quote.ask
    tomorrow = datetime(2026, 6, 10, 14, 0, tzinfo=UTC).timestamp()
    assert abs(market.quote(AAPL, tomorrow).last - 200) < 20


def test_a_recorded_trade_is_in_the_bars_but_not_in_the_stream(make_market: MarketMaker) -> None:
    market, untouched = make_market(), make_market()
    for m in (market, untouched):
        m.watch(AAPL)
    market.record_trade(AAPL, 480.0, 250, START + 5)
    assert list(market.advance(START + 60)) == list(untouched.advance(START + 60))
    now = START + 60
    day, plain = (m.bars(AAPL, "1 day", span="1 D", end=now, now=now) for m in (market, untouched))
    assert day.high[-1] == 480.0
    assert day.volume[-1] == plain.volume[-1] + 250
    assert market.quote(AAPL, now).volume == day.volume[-1]
    assert_minutes_hold(market, AAPL, START - 120, START + 600)


def test_a_halt_stops_trades_and_a_resume_brings_them_back(make_market: MarketMaker) -> None:
    market = make_market("hours")
    market.watch(AAPL)
    market.set_halted(AAPL, True, START + 10)
    assert all(tick.at <= START + 10 for tick in market.advance(START + 500))
    assert market.quote(AAPL, START + 500).halted
    market.set_halted(AAPL, False, START + 500)
    assert next(market.advance(START + 510)).at > START + 500
    assert not market.quote(AAPL, START + 510).halted
    assert_sums_hold(market, AAPL, TODAY)


def test_a_halt_over_days_leaves_days_without_a_bar(make_market: MarketMaker) -> None:
    market = make_market()
    market.set_halted(AAPL, True, START)
    later = START + 3 * 86_400
    market.set_halted(AAPL, False, later)
    days = market.bars(AAPL, "1 day", span="5 D", end=later + 60, now=later + 60)
    assert days.day.tolist() == [20260608, 20260609, 20260612]
    last = market.quote(AAPL, later - 1)
    assert last.last_at <= START
    assert last.open is None


operations = st.lists(
    st.tuples(st.sampled_from(["move", "print", "halt", "resume"]), st.floats(0.0, 300.0), st.floats(0.5, 2.0)),
    min_size=1,
    max_size=8,
)


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations)
def test_whatever_happens_sums_hold_and_a_restart_finds_it_again(
    make_market: MarketMaker, done: list[tuple[str, float, float]]
) -> None:
    market, stored, now = make_market(), list[MarketEvent](), START
    market.on_event = stored.append
    for kind, pause, factor in done:
        now += pause
        if kind == "move":
            market.move(AAPL, round(market.quote(AAPL, now).last * factor, 2), now)
        elif kind == "print":
            market.record_trade(AAPL, market.last_tick(AAPL, now).ask, 37, now)
        else:
            market.set_halted(AAPL, kind == "halt", now)
    anchor, rows = json.loads(json.dumps([market.anchor, stored]))
    again = make_market(seed=5, now=now, anchor=anchor, events=[MarketEvent(*row) for row in rows])
    assert again.quote(AAPL, now) == market.quote(AAPL, now)
    assert list(again.path(AAPL, START, now + 60)) == list(market.path(AAPL, START, now + 60))
    assert_minutes_hold(market, AAPL, START - 120, now + 120)
    opens, closes = market.tape(AAPL).window(TODAY)
    one, two = (m.bars(AAPL, "1 min", start=opens, end=closes, now=closes) for m in (market, again))
    assert one.close.tolist() == two.close.tolist()
    assert one.volume.tolist() == two.volume.tolist()
