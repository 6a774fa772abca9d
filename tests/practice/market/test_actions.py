"""Splits and dividends over night: prices after them, bars before them, and the same again after a restart."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import numpy as np
import pytest

from app.practice.market import ActionKind, Market, MarketEvent
from tests.practice.market.conftest import AAPL, START, MarketMaker

DAY = 86_400.0
SPLIT_FUND, REVERSE_FUND, DIVIDEND_FUND = 900_000_327, 900_000_328, 900_000_326
CLOSE = datetime(2026, 6, 9, 20, 0, tzinfo=UTC).timestamp()
OPEN = datetime(2026, 6, 10, 13, 30, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(("mode", "at"), [("always", CLOSE), ("hours", OPEN)])
def test_a_split_waits_for_the_night_and_divides_the_price(make_market: MarketMaker, mode: str, at: float) -> None:
    market, plain = make_market(mode), make_market(mode)
    action = market.split(AAPL, 10.0, START)
    assert (action.at, action.session, action.ratio) == (at, date(2026, 6, 10), 10.0)
    assert market.quote(AAPL, at - 1) == plain.quote(AAPL, at - 1)
    after, usual = (m.quote(AAPL, at + 7200) for m in (market, plain))
    assert after.last == pytest.approx(usual.last / 10.0, abs=0.006)
    assert after.close == pytest.approx(usual.close / 10.0)
    assert after.volume == usual.volume
    assert market.actions(START, at) == [action]
    assert (market.actions(at, at + DAY), market.actions(START, at - 1)) == ([], [])
    assert market.next_action(START) == at


def test_bars_before_a_split_are_told_adjusted_once_it_has_happened(make_market: MarketMaker) -> None:
    market, plain = make_market(), make_market()
    market.split(AAPL, 7.0, START)
    before, raw = (m.bars(AAPL, "1 day", span="9 D", end=CLOSE, now=CLOSE - 1) for m in (market, plain))
    assert before.close.tolist() == raw.close.tolist()
    later = CLOSE + 3 * DAY
    told, raw = (m.bars(AAPL, "1 day", span="12 D", end=later, now=later) for m in (market, plain))
    old = told.day < 20260610
    for name in ("open", "high", "low", "close", "wap"):
        assert getattr(told, name)[old] == pytest.approx(getattr(raw, name)[old] / 7.0)
    assert told.volume[old] == pytest.approx(raw.volume[old] * 7.0, abs=4)
    assert told.close[~old] == pytest.approx(raw.close[~old] / 7.0, abs=0.006)
    assert told.volume[~old].tolist() == raw.volume[~old].tolist()
    jumps = np.abs(told.close[1:] / told.close[:-1] - 1.0)
    assert jumps.max() < 0.12
    week = market.bars(AAPL, "1 week", span="1 M", end=later, now=later)
    assert (week.high / week.low).max() < 1.3
    hours = market.bars(AAPL, "1 hour", span="9 D", end=later, now=later)
    assert (hours.high / hours.low).max() < 1.2


def test_the_first_moment_after_a_split_shows_the_new_price(make_market: MarketMaker) -> None:
    market = make_market("hours")
    last = market.last_tick(AAPL, CLOSE).price
    market.split(AAPL, 2.0, START)
    assert market.last_tick(AAPL, OPEN - 1).price == last
    assert market.last_tick(AAPL, OPEN).price == pytest.approx(last / 2.0, abs=0.006)


def test_moves_and_splits_add_up_and_a_restart_finds_them(make_market: MarketMaker) -> None:
    market, stored = make_market(), list[MarketEvent]()
    market.on_event = stored.append
    market.move(AAPL, 500.0, START)
    market.split(AAPL, 5.0, START + 10)
    market.move(AAPL, 600.0, START + 20)
    assert market.last_tick(AAPL, CLOSE + 60).price == pytest.approx(120.0, rel=0.05)
    assert market.move(AAPL, 90.0, CLOSE + 120).price == 90.0
    market.split(AAPL, 0.1, CLOSE + 130)
    later = CLOSE + 2 * DAY
    anchor, rows = json.loads(json.dumps([market.anchor, stored]))
    again = make_market(seed=3, now=later, anchor=anchor, events=[MarketEvent(*row) for row in rows])
    assert again.quote(AAPL, later) == market.quote(AAPL, later)
    assert market.quote(AAPL, later).last == pytest.approx(900.0, rel=0.1)
    assert again.actions(START, later) == market.actions(START, later)
    one, two = (m.bars(AAPL, "1 day", span="5 D", end=later, now=later) for m in (market, again))
    assert one.close.tolist() == two.close.tolist()


@pytest.mark.parametrize("ratio", [0.0, -2.0, 1.0, 1e9, float("nan"), float("inf")])
def test_a_senseless_ratio_is_refused(make_market: MarketMaker, ratio: float) -> None:
    with pytest.raises(ValueError, match="ratio"):
        make_market().split(AAPL, ratio, START)


def fund_market(make_market: MarketMaker, con_id: int) -> Market:
    market = make_market()
    market.quote(con_id, START)
    return market


@pytest.mark.parametrize(("con_id", "every", "ratio"), [(SPLIT_FUND, 40, 2.0), (REVERSE_FUND, 55, 0.2)])
def test_some_funds_split_on_their_own_calendar(
    make_market: MarketMaker, con_id: int, every: int, ratio: float
) -> None:
    market = fund_market(make_market, con_id)
    year = START + 365 * DAY
    actions = market.actions(START, year)
    assert len(actions) in {250 // every, 250 // every + 1}
    assert {(action.kind, action.ratio) for action in actions} == {(ActionKind.SPLIT, ratio)}
    assert market.next_action(START) == actions[0].at
    assert market.next_action(actions[0].at) == actions[1].at
    closes = market.bars(con_id, "1 day", span="1 Y", end=year, now=year).close
    assert np.abs(closes[1:] / closes[:-1] - 1.0).max() < 0.15


def test_a_dividend_leaves_the_price_and_adjusts_only_the_adjusted_bars(make_market: MarketMaker) -> None:
    market = fund_market(make_market, DIVIDEND_FUND)
    action = market.actions(START, START + 100 * DAY)[0]
    assert action.kind is ActionKind.DIVIDEND
    close = market.last_tick(DIVIDEND_FUND, action.at - 1).price
    assert action.amount == pytest.approx(close * 0.011, abs=0.0001)
    later = action.at + 5 * DAY
    trades, adjusted = (
        market.bars(DIVIDEND_FUND, "1 day", span="30 D", end=later, now=later, what=what)
        for what in ("TRADES", "ADJUSTED_LAST")
    )
    old = trades.day < int(action.session.strftime("%Y%m%d"))
    assert adjusted.close[old] == pytest.approx(trades.close[old] * 0.989)
    assert adjusted.close[~old].tolist() == trades.close[~old].tolist()
    assert adjusted.volume.tolist() == trades.volume.tolist()
