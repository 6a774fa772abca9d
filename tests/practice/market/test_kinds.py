"""Every kind of instrument: its ticks, minutes and days agree, on its exchange's hours and price steps."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime

import numpy as np
import pytest

from app.practice.contracts import Contract, ContractQuery
from app.practice.hours import MarketMode, hours_of
from app.practice.market import Market, Tick
from app.practice.universe import MARKET_RULES, practice_universe
from tests.practice.market.conftest import START

DAY = 86_400.0
KINDS = {
    "frankfurt": ContractQuery(symbol="ADLG", sec_type="STK"),
    "london": ContractQuery(symbol="ASH.", sec_type="STK"),
    "tokyo": ContractQuery(symbol="6101", sec_type="STK"),
    "tokyo fine": ContractQuery(symbol="7102", sec_type="STK"),
    "euro": ContractQuery(symbol="EUR", sec_type="CASH", currency="USD"),
    "yen": ContractQuery(symbol="USD", sec_type="CASH", currency="JPY"),
    "index": ContractQuery(symbol="SPX", sec_type="IND"),
    "future": ContractQuery(symbol="ES", sec_type="FUT", expiry="202609"),
    "corn": ContractQuery(symbol="ZC", sec_type="FUT", expiry="202609"),
    "call": ContractQuery(symbol="AAPL", sec_type="OPT", expiry="20260717", strike=430.0, right="C"),
    "put": ContractQuery(symbol="SPX", sec_type="OPT", expiry="20260717", strike=2400.0, right="P"),
}


def market_of(kind: str, mode: MarketMode, *, now: float = START) -> tuple[Market, Contract]:
    """Return a market and the one instrument of a kind in it."""
    book = practice_universe(lambda: now)
    market = Market(book, hours_of("XNYS"), seed=7, mode=mode, now=now)
    (contract,) = book.find(KINDS[kind])
    return market, contract


def is_on_grid(price: float, contract: Contract) -> bool:
    """Return whether a price is a multiple of the step that holds there."""
    rule = MARKET_RULES[contract.market_rule_id]
    step = next(band.increment for band in reversed(rule) if price >= band.low_edge - 1e-9)
    return abs(price / step - round(price / step)) < 1e-6


@pytest.mark.parametrize("mode", ["always", "hours"])
@pytest.mark.parametrize("kind", KINDS)
def test_ticks_make_minutes_and_minutes_make_the_day(kind: str, mode: MarketMode) -> None:
    market, contract = market_of(kind, mode)
    tape = market.tape(contract.con_id)
    session = date(2026, 6, 10)
    opens, closes = tape.window(session)
    later = closes + DAY
    day = market.bars(contract.con_id, "1 day", start=opens, end=closes, now=later)
    minutes = market.bars(contract.con_id, "1 min", start=opens, end=closes, now=later)
    assert (minutes.open[0], minutes.high.max(), minutes.low.min(), minutes.close[-1]) == (
        day.open[0], day.high[0], day.low[0], day.close[0],
    )  # fmt: skip
    assert minutes.volume.sum() == day.volume[0]
    for start in minutes.start[:: len(minutes) // 7].tolist():
        ticks = [tick for tick in tape.block(start).ticks if tick.at >= opens]
        n = minutes.start.tolist().index(start)
        prices = [tick.price for tick in ticks]
        assert (prices[0], max(prices), min(prices), prices[-1]) == (
            minutes.open[n], minutes.high[n], minutes.low[n], minutes.close[n],
        )  # fmt: skip
        assert sum(tick.size for tick in ticks) == minutes.volume[n]


@pytest.mark.parametrize("kind", KINDS)
def test_every_price_is_on_the_steps_of_the_market_rule(kind: str) -> None:
    market, contract = market_of(kind, "always")
    ticks: list[Tick] = list(market.path(contract.con_id, START, START + 900))
    assert len(ticks) > 300
    for tick in ticks:
        assert tick.bid <= tick.price <= tick.ask
        assert 0 < tick.bid < tick.ask
        assert all(is_on_grid(price, contract) for price in (tick.bid, tick.price, tick.ask))
    bars = market.bars(contract.con_id, "1 day", span="30 D", end=START, now=START)
    for column in (bars.open, bars.high, bars.low, bars.close):
        assert all(is_on_grid(price, contract) for price in column.tolist())
    assert (bars.low <= np.minimum(bars.open, bars.close)).all()


def test_a_move_over_a_band_lands_on_its_wider_steps() -> None:
    market, contract = market_of("tokyo", "always")
    tick = market.move(contract.con_id, 5004.0, START)
    assert tick.price == 5000.0
    for tick in market.path(contract.con_id, START, START + 600):
        assert all(is_on_grid(price, contract) for price in (tick.bid, tick.price, tick.ask))
    assert market.move(contract.con_id, 29_998.0, START + 700).price == 30_000.0


@pytest.mark.parametrize(
    ("kind", "opens", "closes"),
    [
        ("frankfurt", (7, 0), (15, 30)),
        ("london", (7, 0), (15, 30)),
        ("tokyo", (0, 0), (6, 30)),
        ("index", (13, 30), (20, 0)),
        ("call", (13, 30), (20, 0)),
    ],
)
def test_by_the_calendar_each_place_has_its_own_hours(
    kind: str, opens: tuple[int, int], closes: tuple[int, int]
) -> None:
    market, contract = market_of(kind, "hours")
    first, last = (datetime(2026, 6, 10, *at, tzinfo=UTC).timestamp() for at in (opens, closes))
    minutes = market.bars(contract.con_id, "1 min", start=first - 3600, end=last + 3600, now=last + 3600)
    assert (minutes.start[0], minutes.start[-1]) == (first, last - 60)
    states = [market.is_open(contract.con_id, at) for at in (first - 1, first, last - 1, last)]
    assert states == [False, True, True, False]


def test_tokyo_rests_at_noon() -> None:
    market, contract = market_of("tokyo", "hours")
    start, end = (datetime(2026, 6, 10, hour, 30, tzinfo=UTC).timestamp() for hour in (2, 3))
    assert list(market.path(contract.con_id, start, end)) == []
    assert not market.is_open(contract.con_id, start + 60)
    assert market.is_open(contract.con_id, end + 60)
    assert market.quote(contract.con_id, start + 600).last_at < start
    five = market.bars(contract.con_id, "5 mins", start=start - 600, end=end + 600, now=end + 600)
    assert five.start.tolist() == [start - 600, start - 300, end, end + 300]


def test_currencies_trade_from_sunday_evening_to_friday_evening() -> None:
    market, contract = market_of("euro", "hours")
    sunday, friday = (datetime(2026, 6, day, 21, 0, tzinfo=UTC).timestamp() for day in (14, 12))
    states = [market.is_open(contract.con_id, at) for at in (friday - 1, friday, sunday + 899, sunday + 901)]
    assert states == [True, False, False, True]
    monday = datetime(2026, 6, 15, 21, 5, tzinfo=UTC).timestamp()
    assert not market.is_open(contract.con_id, monday)
    assert market.is_open(contract.con_id, monday + 900)


def test_futures_trade_through_the_night_and_carry_to_their_end() -> None:
    now = START
    book = practice_universe(lambda: now)
    market = Market(book, hours_of("XNYS"), seed=7, mode="hours", now=now)
    chain = book.find(ContractQuery(symbol="ES", sec_type="FUT"))
    assert [contract.contract_month for contract in chain] == ["202606", "202609", "202612", "202703", "202706"]
    night = datetime(2026, 6, 10, 3, 0, tzinfo=UTC).timestamp()
    lasts = [market.quote(contract.con_id, night).last for contract in chain]
    assert lasts == sorted(lasts)
    assert 1.0 < lasts[-1] / lasts[0] < 1.03
    assert all(market.is_open(contract.con_id, night) for contract in chain)
    index = book.find(KINDS["index"])[0]
    noon = datetime(2026, 6, 10, 16, 0, tzinfo=UTC).timestamp()
    assert market.quote(chain[0].con_id, noon).last == pytest.approx(market.quote(index.con_id, noon).last, abs=3.0)


def test_what_has_ended_trades_no_more() -> None:
    market, contract = market_of("call", "always")
    ends = datetime(2026, 7, 17, 20, 0, tzinfo=UTC).timestamp()
    last = market.quote(contract.con_id, ends - 1)
    assert market.is_open(contract.con_id, ends - 1)
    assert not market.is_open(contract.con_id, ends)
    assert list(market.path(contract.con_id, ends, ends + DAY)) == []
    assert market.quote(contract.con_id, ends + DAY).last == last.last
    spot = market.quote(900_000_001, ends - 1).last
    assert last.last == pytest.approx(max(spot - 430.0, 0.01), abs=0.06)


def test_what_happens_to_the_underlying_happens_to_its_options() -> None:
    market, call = market_of("call", "always")
    before = market.quote(call.con_id, START + 60).last
    market.watch(call.con_id)
    list(market.advance(START + 60))
    market.move(call.under_con_id, 600.0, START + 60)
    after = [tick.price for tick in market.advance(START + 120)]
    assert min(after) > 165.0 > before
    market.set_halted(call.under_con_id, True, START + 120)
    assert list(market.advance(START + 300)) == []


def test_an_index_has_no_volume() -> None:
    market, contract = market_of("index", "always")
    quote = market.quote(contract.con_id, START)
    assert (quote.volume, quote.last_size) == (0, 0)
    assert quote.open is not None
    bars = market.bars(contract.con_id, "1 hour", span="2 D", end=START, now=START)
    assert bars.volume.sum() == 0
    assert np.isfinite(bars.wap).all()


def test_all_kinds_together_yield_one_stream_in_time_order() -> None:
    book = practice_universe(lambda: START)
    market = Market(book, hours_of("XNYS"), seed=7, mode="always", now=START)
    for query in KINDS.values():
        market.watch(book.find(query)[0].con_id)
    ticks = list(market.advance(START + 30))
    assert len({tick.con_id for tick in ticks}) == len(KINDS)
    assert all(earlier.at <= later.at for earlier, later in itertools.pairwise(ticks))
