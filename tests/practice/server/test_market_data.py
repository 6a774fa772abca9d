"""Contracts, history, quotes and bars as ib_async sees them."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from ib_async import IB, Stock

from tests.practice.running import RawClient, Running, connected, qualified, running_gateway, until


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_gateway(tmp_path) as gateway:
        yield gateway


@pytest.fixture
async def ib(running: Running) -> AsyncIterator[IB]:
    async with connected(running.port) as client:
        client.RaiseRequestErrors = True
        yield client


async def test_contract_details_say_what_a_client_needs(ib: IB) -> None:
    (details,) = await ib.reqContractDetailsAsync(Stock("aapl", "SMART", "USD"))
    contract = details.contract
    assert contract is not None
    assert contract.conId >= 900_000_000
    assert (contract.symbol, contract.primaryExchange, details.minTick) == ("AAPL", "NASDAQ", 0.01)
    rules = details.marketRuleIds.split(",")
    assert len(rules) == len(details.validExchanges.split(","))
    steps = await ib.reqMarketRuleAsync(int(rules[0]))
    assert [(step.lowEdge, step.increment) for step in steps] == [(0.0, 0.01)]
    # Always open: the present lies inside the first window.
    assert details.tradingHours.startswith("20261120:1600-20261123:1600")


async def test_an_unknown_contract_is_200(ib: IB) -> None:
    with pytest.raises(Exception, match="200"):
        await ib.reqContractDetailsAsync(Stock("NOSUCH", "SMART", "USD"))


async def test_symbols_are_found_by_a_few_letters(ib: IB) -> None:
    found = await ib.reqMatchingSymbolsAsync("micro")
    assert [description.contract.symbol for description in found or []] == ["MSFT"]


async def test_daily_bars_carry_dates_and_the_forming_day_is_last(ib: IB) -> None:
    bars = await ib.reqHistoricalDataAsync(await qualified(ib), "", "30 D", "1 day", "TRADES", True)
    assert len(bars) == 30
    assert bars[-1].date == dt.date(2026, 11, 23)
    assert all(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in bars)


@pytest.mark.parametrize(("version", "is_zoned"), [(173, False), (174, True)])
async def test_intraday_dates_carry_the_zone_from_174_on(running: Running, version: int, is_zoned: bool) -> None:
    client = await RawClient.started(running.port, version=version)
    client.send(20, 4, 0, "AAPL", "STK", "", 0, "", "", "SMART", "", "USD", "", "", 0, "", "5 mins", "3600 S", 1,
                "TRADES", 1, 0, "")  # fmt: skip
    date = (await client.until(17))[5]
    assert date.endswith(" US/Eastern") is is_zoned
    assert ("  " in date) is not is_zoned
    client.close()


async def test_format_2_is_epoch_seconds(ib: IB) -> None:
    bars = await ib.reqHistoricalDataAsync(await qualified(ib), "", "3600 S", "1 min", "TRADES", True, formatDate=2)
    first = bars[0].date
    assert (isinstance(first, dt.datetime) and first.tzinfo is dt.UTC) or first.utcoffset() == dt.timedelta(0)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("20260101 10:00:00", "1 D", "1 min", "TRADES", True), "321"),
        (("nonsense", "1 D", "1 min", "TRADES", False), "321"),
        (("", "1 D", "7 mins", "TRADES", False), "321"),
        (("", "soon", "1 min", "TRADES", False), "321"),
        (("", "1 D", "1 min", "WEATHER", False), "321"),
        (("19900101 10:00:00", "1 D", "1 min", "TRADES", False), "162"),
    ],
)
async def test_history_that_cannot_be_had_is_refused(
    running: Running, arguments: tuple[str, str, str, str, bool], code: str
) -> None:
    end, span, size, what, keep = arguments
    client = await RawClient.started(running.port)
    client.send(20, 4, 0, "AAPL", "STK", "", 0, "", "", "SMART", "", "USD", "", "", 0, end, size, span, 1, what, 1,
                int(keep), "")  # fmt: skip
    assert (await client.until(4, code))[2] == "4"
    client.close()


async def test_a_query_kept_up_to_date_follows_the_market_and_ends_with_162(running: Running, ib: IB) -> None:
    contract = await qualified(ib)
    bars = await ib.reqHistoricalDataAsync(contract, "", "3600 S", "1 min", "TRADES", True, 1, keepUpToDate=True)
    price = round(running.last() * 1.01, 2)
    running.move("AAPL", price)
    await until(lambda: bars[-1].close == price or bars[-1].high >= price)
    client = await RawClient.started(running.port)
    client.send(25, 1, 77)
    assert (await client.until(4, 366))[2] == "77"
    codes: list[int] = []
    ib.errorEvent += lambda _, code, *__: codes.append(code)
    ib.cancelHistoricalData(bars)
    await until(lambda: 162 in codes)
    client.close()


async def test_the_head_of_history_is_early(ib: IB) -> None:
    head = await ib.reqHeadTimeStampAsync(await qualified(ib), "TRADES", True, 1)
    assert isinstance(head, dt.datetime)
    assert head.year < 2020


async def test_a_quote_starts_with_parameters_and_type_and_then_follows(running: Running) -> None:
    client = await RawClient.started(running.port)
    client.send(1, 11, 9, 0, "AAPL", "STK", "", 0, "", "", "SMART", "", "USD", "", "", 0, "233", 0, 0, "")
    assert [(await client.fields())[0] for _ in range(2)] == ["81", "58"]
    kinds = {(await client.fields())[3] for _ in range(10)}
    assert {"1", "2", "4", "6", "7", "8", "9", "14"} <= kinds
    running.move("AAPL", 400.0)
    while (fields := await client.until(1))[3] != "4" or fields[4] != "400.0":
        pass
    assert (await client.until(46))[3] in {"45", "48"}
    client.send(2, 2, 9)
    client.send(2, 2, 9)
    assert (await client.until(4, 300))[2] == "9"
    client.close()


async def test_a_snapshot_ends(ib: IB) -> None:
    (ticker,) = await ib.reqTickersAsync(await qualified(ib))
    assert ticker.bid <= ticker.last <= ticker.ask or ticker.bid < ticker.ask
    assert ticker.close > 0


async def test_ticks_are_cheap_to_stop(running: Running, ib: IB) -> None:
    contract = await qualified(ib)
    ticker = ib.reqMktData(contract)
    await until(lambda: ticker.last == ticker.last)
    ib.cancelMktData(contract)
    await until(lambda: not running.gateway.quotes._lines)
    assert not running.gateway.market._watched


async def test_five_second_bars_are_the_markets_own(running: Running, ib: IB) -> None:
    contract = await qualified(ib)
    bars = ib.reqRealTimeBars(contract, 5, "TRADES", True)
    running.do({"do": "clock", "speed": 20})
    await until(lambda: len(bars) >= 4)
    assert [later.time - earlier.time for earlier, later in itertools.pairwise(bars)] == [dt.timedelta(seconds=5)] * (
        len(bars) - 1
    )
    now = running.gateway.clock.now()
    start = bars[-1].time.timestamp()
    own = running.gateway.market.bars(contract.conId, "5 secs", start=start, end=start + 5, now=now)
    if len(own):
        assert (bars[-1].high, bars[-1].low) == (own.high[0], own.low[0])


async def test_every_trade_comes_tick_by_tick_and_history_holds_the_same_ticks(running: Running, ib: IB) -> None:
    contract = await qualified(ib)
    ticker = ib.reqTickByTickData(contract, "AllLast")
    heard = []
    ticker.updateEvent += lambda t: heard.extend(t.tickByTicks)
    running.do({"do": "clock", "speed": 20})
    await until(lambda: len(heard) >= 10)
    past = await ib.reqHistoricalTicksAsync(contract, "", dt.datetime.now(dt.UTC), 1000, "TRADES", True)
    # ib_async stamps what it hears with its own clock, so times cannot be compared.
    known = [(tick.price, tick.size) for tick in past]
    first = known.index((heard[0].price, heard[0].size))
    starts = [at for at in range(first, len(known)) if known[at] == known[first]]
    ten = [(tick.price, tick.size) for tick in heard[:10]]
    assert any(known[at : at + 10] == ten for at in starts)


async def test_the_schedule_lists_sessions(ib: IB) -> None:
    schedule = await ib.reqHistoricalScheduleAsync(await qualified(ib), 3)
    assert [session.refDate for session in schedule.sessions] == ["20261119", "20261120", "20261123"]


async def test_small_reference_requests_are_answered(running: Running) -> None:
    client = await RawClient.started(running.port)
    for request, reply in (((80,), 78), ((82,), 80), ((83, 4, "9c0001"), 82), ((104, 4), 107), ((17, 1), 15)):
        client.send(*request)
        await client.until(reply)
    client.send(78, 6, "AAPL", "", "STK", 900000001)
    assert await client.until(76) == ["76", "6"]
    client.close()


async def test_a_watcher_survives_a_jump_of_the_clock(running: Running, ib: IB) -> None:
    contract = await qualified(ib)
    ticker = ib.reqMktData(contract)
    await until(lambda: ticker.close == ticker.close)
    yesterday = ticker.close
    running.do({"do": "clock", "advance_s": 2 * 86_400})
    await until(lambda: ticker.close != yesterday)
    await asyncio.sleep(0)
    assert running.do({"do": "book"})["orders"] == []
