"""Options, order books and instruments of other places, as clients see them over a socket."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest
from ib_async import CFD, Contract, Forex, Future, Index, Option, RequestError, Stock

from tests.practice.running import SUNDAY, RawClient, connected, running_gateway, until

NORMAL = NormalDist()
EXPIRY = "20261218"
UNSET = "1.7976931348623157e308"
ENDS = datetime(2026, 12, 18, 21, 0, tzinfo=UTC).timestamp()


def textbook(spot: float, strike: float, years: float, volatility: float, right: str) -> dict[str, float]:
    """Black and Scholes as in a textbook, at a rate of 0: price, delta, gamma, vega a point, theta a day."""
    root = math.sqrt(years)
    d1 = (math.log(spot / strike) + volatility**2 / 2 * years) / (volatility * root)
    d2 = d1 - volatility * root
    call = spot * NORMAL.cdf(d1) - strike * NORMAL.cdf(d2)
    return {
        "price": call if right == "C" else call - spot + strike,
        "delta": NORMAL.cdf(d1) - (right == "P"),
        "gamma": NORMAL.pdf(d1) / (spot * volatility * root),
        "vega": spot * NORMAL.pdf(d1) * root / 100,
        "theta": -spot * NORMAL.pdf(d1) * volatility / (2 * root) / 365,
    }


async def test_a_chain_is_told_and_its_contracts_exist(tmp_path: Path) -> None:
    async with running_gateway(tmp_path) as running, connected(running.port) as ib:
        (apple,) = await ib.qualifyContractsAsync(Stock("AAPL", "SMART", "USD"))
        chains = await ib.reqSecDefOptParamsAsync("AAPL", "", "STK", apple.conId)
        chain = next(chain for chain in chains if chain.exchange == "SMART")
        assert (int(chain.underlyingConId), chain.tradingClass, chain.multiplier) == (apple.conId, "AAPL", "100")
        assert EXPIRY in chain.expirations
        assert list(chain.expirations) == sorted(chain.expirations)
        spot = running.last()
        assert min(chain.strikes) < 0.8 * spot < 1.2 * spot < max(chain.strikes)
        strike = min(chain.strikes, key=lambda strike: abs(strike - spot))
        (details,) = await ib.reqContractDetailsAsync(Option("AAPL", EXPIRY, strike, "C", "SMART"))
        assert details.contract is not None
        assert details.contract.localSymbol == f"AAPL  261218C{round(strike * 1000):08d}"
        assert (details.underConId, details.underSymbol, details.contractMonth) == (apple.conId, "AAPL", "202612")
        assert details.contract.conId >= 900_000_000
        month = await ib.reqContractDetailsAsync(Option("AAPL", EXPIRY, exchange="SMART"))
        assert len(month) == 2 * len(chain.strikes)
        (kess,) = await ib.qualifyContractsAsync(Stock("KESS", "SMART", "USD"))
        assert await ib.reqSecDefOptParamsAsync("KESS", "", "STK", kess.conId) == []


@pytest.mark.parametrize("right", ["C", "P"])
async def test_greeks_are_those_of_the_textbook(tmp_path: Path, right: str) -> None:
    async with running_gateway(tmp_path) as running, connected(running.port) as ib:
        running.gateway.clock.pause(True)
        strike = round(running.last() / 5) * 5.0
        (option,) = await ib.qualifyContractsAsync(Option("AAPL", EXPIRY, strike, right, "SMART"))
        ticker = ib.reqMktData(option)
        await until(lambda: ticker.modelGreeks and ticker.bidGreeks and ticker.askGreeks and ticker.lastGreeks)
        years = (ENDS - running.gateway.clock.now()) / (365 * 86_400)
        for greeks in (ticker.modelGreeks, ticker.bidGreeks, ticker.askGreeks, ticker.lastGreeks):
            assert greeks is not None
            assert greeks.impliedVol is not None
            expected = textbook(running.last(), strike, years, greeks.impliedVol, right)
            found = [greeks.optPrice, greeks.delta, greeks.gamma, greeks.vega, greeks.theta]
            assert found == pytest.approx(list(expected.values()), abs=1e-6)
            assert greeks.undPrice == running.last()
        assert ticker.bidGreeks is not None
        assert ticker.askGreeks is not None
        assert (ticker.bidGreeks.optPrice, ticker.askGreeks.optPrice) == (ticker.bid, ticker.ask)
        assert ticker.bid < ticker.ask


async def test_calls_and_puts_are_at_parity(tmp_path: Path) -> None:
    async with running_gateway(tmp_path) as running, connected(running.port) as ib:
        running.gateway.clock.pause(True)
        for strike in (380.0, 430.0, 480.0):
            pair = await ib.qualifyContractsAsync(*(Option("AAPL", EXPIRY, strike, r, "SMART") for r in "CP"))
            call, put = [ib.reqMktData(option) for option in pair]
            await until(lambda call=call, put=put: call.modelGreeks and put.modelGreeks)
            difference = call.modelGreeks.optPrice - put.modelGreeks.optPrice  # type: ignore[union-attr,operator]
            assert difference == pytest.approx(running.last() - strike, abs=1e-9)


async def test_price_and_volatility_are_calculated_and_are_each_others_inverse(tmp_path: Path) -> None:
    async with running_gateway(tmp_path) as running, connected(running.port) as ib:
        running.gateway.clock.pause(True)
        (option,) = await ib.qualifyContractsAsync(Option("AAPL", EXPIRY, 430.0, "P", "SMART"))
        priced = await ib.calculateOptionPriceAsync(option, 0.37, 425.0)
        years = (ENDS - running.gateway.clock.now()) / (365 * 86_400)
        assert priced.optPrice == pytest.approx(textbook(425.0, 430.0, years, 0.37, "P")["price"], abs=1e-6)
        implied = await ib.calculateImpliedVolatilityAsync(option, priced.optPrice, 425.0)
        assert implied.impliedVol == pytest.approx(0.37, abs=1e-9)
        assert implied.delta == pytest.approx(priced.delta, abs=1e-9)
        hopeless = await ib.calculateImpliedVolatilityAsync(option, 1000.0, 425.0)
        assert (hopeless.impliedVol, hopeless.delta) == (None, None)


@pytest.mark.parametrize("number", [54, 55])
@pytest.mark.parametrize(
    ("first", "second"), [("0", "430"), ("-1", "430"), ("0.3", ""), ("1.7976931348623157e308", "9")]
)
async def test_senseless_numbers_are_refused(tmp_path: Path, number: int, first: str, second: str) -> None:
    async with running_gateway(tmp_path) as running:
        client = await RawClient.started(running.port)
        asked = (0, "AAPL", "OPT", EXPIRY, "430", "C", "100", "SMART", "", "USD", "", "")
        client.send(number, 3, 9, *asked, first, second, 0, "")
        assert (await client.until(4))[2:4] == ["9", "321"]
        client.send(number, 3, 10, 900_000_001, *[""] * 11, "1", "430", 0, "")
        assert (await client.until(4))[2:4] == ["10", "321"]
        client.close()


async def test_an_option_can_be_bought(tmp_path: Path) -> None:
    from ib_async import MarketOrder

    async with running_gateway(tmp_path) as running, connected(running.port) as ib:
        (option,) = await ib.qualifyContractsAsync(Option("AAPL", EXPIRY, 430.0, "C", "SMART"))
        trade = ib.placeOrder(option, MarketOrder("BUY", 2, tif="DAY"))
        await until(lambda: trade.orderStatus.status == "Filled" and trade.fills)
        assert trade.fills[0].contract.right == "C"
        assert trade.fills[0].execution.price > 0


@pytest.mark.parametrize(
    ("contract", "exchange", "sec_type"),
    [
        (Stock("AAPL", "SMART", "USD"), "SMART", "STK"),
        (Stock("AAPL", "NASDAQ", "USD"), "NASDAQ", "STK"),
        (Future("ES", "202612", "CME"), "CME", "FUT"),
        (Forex("EURUSD"), "IDEALPRO", "CASH"),
    ],
)
async def test_the_order_book_agrees_with_the_quote(
    tmp_path: Path, contract: Contract, exchange: str, sec_type: str
) -> None:
    async with running_gateway(tmp_path) as running, connected(running.port) as ib:
        running.gateway.clock.pause(True)
        (found,) = await ib.qualifyContractsAsync(contract)
        assert found.secType == sec_type
        ticker = ib.reqMktData(found)
        await until(lambda: ticker.bid > 0 and ticker.ask > 0)
        book = ib.reqMktDepth(found, 5, isSmartDepth=exchange == "SMART")
        await until(lambda: len(book.domBids) == len(book.domAsks) == 5)
        assert (book.domBids[0].price, book.domBids[0].size) == (ticker.bid, ticker.bidSize)
        assert (book.domAsks[0].price, book.domAsks[0].size) == (ticker.ask, ticker.askSize)
        assert [row.price for row in book.domBids] == sorted((row.price for row in book.domBids), reverse=True)
        assert [row.price for row in book.domAsks] == sorted(row.price for row in book.domAsks)
        running.gateway.clock.pause(False)
        running.gateway.clock.advance(30.0)
        ticks: list[Any] = []
        book.updateEvent.connect(lambda ticker: ticks.extend(ticker.domTicks), keep_ref=True)
        await until(lambda: ticks)
        ib.cancelMktDepth(found, isSmartDepth=exchange == "SMART")


async def test_books_that_are_not_there_are_refused(tmp_path: Path) -> None:
    async with running_gateway(tmp_path) as running:
        client = await RawClient.started(running.port)
        index = (900_004_001, *[""] * 11)
        client.send(10, 5, 1, *index, 5, 0, "")
        assert (await client.until(4))[2:4] == ["1", "10092"]
        client.send(10, 5, 2, 900_000_001, *[""] * 11, 0, 0, "")
        assert (await client.until(4))[2:4] == ["2", "321"]
        client.send(11, 1, 3, 0)
        assert (await client.until(4))[2:4] == ["3", "310"]
        client.send(10, 5, 4, 900_000_001, *[""] * 11, 2, 0, "")
        assert (await client.until(12))[2:6] == ["4", "0", "0", "1"]
        client.send(10, 5, 4, 900_000_001, *[""] * 11, 2, 0, "")
        assert (await client.until(4))[2:4] == ["4", "102"]
        client.send(82)
        places = await client.until(80)
        assert "NASDAQ" in places
        client.close()


async def test_look_alikes_are_ambiguous_until_they_are_told_apart(tmp_path: Path) -> None:
    async with running_gateway(tmp_path) as running, connected(running.port) as ib:
        ib.RaiseRequestErrors = True
        several = await ib.reqContractDetailsAsync(Contract(symbol="ALDE", secType="STK"))
        assert {details.contract.currency for details in several if details.contract} == {"USD", "EUR", "GBP"}
        euro = await ib.reqContractDetailsAsync(Stock("ALDE", "SMART", "EUR"))
        assert len(euro) == 2
        (one,) = await ib.reqContractDetailsAsync(Stock("ALDE", "SMART", "EUR", primaryExchange="SBF"))
        assert one.timeZoneId == "MET"
        with pytest.raises(RequestError, match="ambiguous"):
            await ib.reqHistoricalDataAsync(Stock("ALDE", "SMART", "EUR"), "", "5 D", "1 day", "TRADES", True)
        for unknown in (Stock("ALDE", "TSEJ", "EUR"), Stock("ALDE", "SMART", "XXX"), CFD("ALDE")):
            with pytest.raises(RequestError, match="200"):
                await ib.reqContractDetailsAsync(unknown)


@pytest.mark.parametrize(
    ("contract", "facts", "first_rule", "hour"),
    [
        (Stock("ASH.", "SMART", "GBP"), ("LSE", "GBP", 100, "GB-Eire"), (0.0, 0.05), 8),
        (Stock("6101", "SMART", "JPY"), ("TSEJ", "JPY", 1, "Japan"), (0.0, 1.0), 9),
        (Stock("ADLG", "IBIS", "EUR"), ("IBIS", "EUR", 1, "MET"), (0.0, 0.0005), 9),
        (Forex("USDJPY"), ("", "JPY", 1, "US/Eastern"), (0.0, 0.005), 17),
        (Future("ZC", "202703", "CBOT"), ("", "USD", 100, "US/Central"), (0.0, 0.25), 17),
    ],
)
async def test_instruments_of_other_places_have_their_own_facts_bars_and_zone(
    tmp_path: Path, contract: Contract, facts: tuple[Any, ...], first_rule: tuple[float, float], hour: int
) -> None:
    start = datetime(2026, 11, 18, 12, 0, tzinfo=UTC).timestamp()
    async with running_gateway(tmp_path, start=start, market="hours") as running, connected(running.port) as ib:
        (details,) = await ib.reqContractDetailsAsync(contract)
        found = details.contract
        assert found is not None
        assert (found.primaryExchange, found.currency, details.priceMagnifier, details.timeZoneId) == facts
        rule = await ib.reqMarketRuleAsync(int(details.marketRuleIds.split(",")[0]))
        assert rule is not None
        assert (rule[0].lowEdge, rule[0].increment) == first_rule
        assert details.minTick == first_rule[1]
        what = "MIDPOINT" if found.secType == "CASH" else "TRADES"
        bars = await ib.reqHistoricalDataAsync(found, "", "2 D", "1 hour", what, False)
        assert str(bars[0].date.tzinfo) == facts[3]  # type: ignore[union-attr]
        assert hour in {bar.date.hour for bar in bars}  # type: ignore[union-attr]
        assert details.tradingHours.startswith("20261118" if hour != 17 else "20261117")


async def test_an_index_has_no_quote_and_a_currency_no_trades(tmp_path: Path) -> None:
    async with running_gateway(tmp_path) as running, connected(running.port) as ib:
        ib.RaiseRequestErrors = True
        index, euro = await ib.qualifyContractsAsync(Index("SPX", "CBOE", "USD"), Forex("EURUSD"))
        level, pair = ib.reqMktData(index), ib.reqMktData(euro)
        await until(lambda: level.last > 0 and pair.bid > 0)
        assert math.isnan(level.bid)
        assert math.isnan(pair.last)
        assert pair.bid < pair.ask
        daily = await ib.reqHistoricalDataAsync(index, "", "10 D", "1 day", "TRADES", True)
        assert {bar.volume for bar in daily} == {0.0}
        for contract, what in ((index, "BID"), (euro, "TRADES")):
            with pytest.raises(RequestError, match="No historical market data"):
                await ib.reqHistoricalDataAsync(contract, "", "10 D", "1 day", what, True)


async def test_an_expired_future_is_found_only_when_it_is_wanted(tmp_path: Path) -> None:
    async with running_gateway(tmp_path, start=SUNDAY) as running, connected(running.port) as ib:
        ib.RaiseRequestErrors = True
        chain = await ib.reqContractDetailsAsync(Future("ES", exchange="CME"))
        assert [details.contractMonth for details in chain][:2] == ["202612", "202703"]
        assert {details.contract.multiplier for details in chain if details.contract} == {"50"}
        with pytest.raises(RequestError, match="200"):
            await ib.reqContractDetailsAsync(Future("ES", "202609", "CME"))
        (old,) = await ib.reqContractDetailsAsync(Future("ES", "202609", "CME", includeExpired=True))
        assert old.contract is not None
        assert old.contract.localSymbol == "ESU6"


async def test_generic_ticks_tell_what_was_listed(tmp_path: Path) -> None:
    async with running_gateway(tmp_path) as running, connected(running.port) as ib:
        (apple,) = await ib.qualifyContractsAsync(Stock("AAPL", "SMART", "USD"))
        ticker = ib.reqMktData(apple, "104,106,165,232,236")
        await until(lambda: ticker.shortableShares > 0 and ticker.markPrice > 0 and ticker.avVolume > 0)
        assert 0.05 < ticker.impliedVolatility < 1.0
        assert ticker.histVolatility == ticker.impliedVolatility
        assert ticker.low52week <= ticker.low26week <= ticker.low13week < ticker.high13week <= ticker.high52week
        assert ticker.low13week <= running.last() <= ticker.high13week
        assert ticker.markPrice == pytest.approx(running.last(), rel=0.01)
        client = await RawClient.started(running.port)
        client.send(1, 11, 7, 900_000_001, *[""] * 11, 0, "233,abc", 0, 0, "")
        refusal = await client.until(4)
        assert refusal[2:4] == ["7", "321"]
        assert "abc" in refusal[4]
        client.close()


async def test_the_closing_auction_gathers_in_the_last_minutes(tmp_path: Path) -> None:
    nearly = datetime(2026, 11, 23, 20, 52, tzinfo=UTC).timestamp()
    async with running_gateway(tmp_path, start=nearly, market="hours") as running:
        client = await RawClient.started(running.port)
        client.send(1, 11, 7, 900_000_001, *[""] * 11, 0, "225", 0, 0, "")
        found: dict[str, float] = {}
        while len(found) < 3:
            fields = await client.fields()
            if fields[0] in {"1", "2"} and fields[3] in {"34", "35", "36"}:
                found[fields[3]] = float(fields[4])
        assert found["34"] > abs(found["36"])
        assert found["35"] == pytest.approx(running.last(), rel=0.01)
        running.gateway.clock.advance(420.0)
        while not (fields[:1] == ["2"] and fields[3] == "34" and float(fields[4]) > found["34"]):
            fields = await client.fields()
        market, closes = running.gateway.market, nearly + 480.0
        assert market.auction(900_000_001, closes - 601) is None
        assert market.auction(900_000_001, closes) is None
        opening = market.auction(900_000_001, closes + 17.5 * 3600 - 60)
        assert opening is not None
        assert opening.is_opening
        client.close()
