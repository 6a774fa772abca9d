"""The data channel against the practice gateway, over real sockets."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import numpy as np
import pytest

from app.adapters.calendar import ExchangeCalendar
from app.adapters.ib import watching
from app.domain.bars import Bars, Timeframe
from app.domain.broker import DATA_TAKEN, Message
from app.domain.errors import Retryable, UserError
from app.domain.instruments import ConId, Instrument, InstrumentKind
from app.domain.quotes import DataClass, Quote
from tests.adapters.ib.conftest import DataDesk, Heard
from tests.support.gateway import PracticeGateway


def near(quote: Quote | None, price: float) -> bool:
    """Say whether the market is about where it was moved to; it goes on moving."""
    return quote is not None and quote.last is not None and abs(quote.last - price) < 2.0


@pytest.fixture
async def aapl(shared_gateway: PracticeGateway, data: DataDesk) -> Instrument:
    await data.channel.open(shared_gateway.endpoint)
    (instrument,) = await data.channel.describe("AAPL")
    return instrument


async def test_a_symbol_is_described(aapl: Instrument, data: DataDesk) -> None:
    assert aapl.symbol == "AAPL"
    assert aapl.kind is InstrumentKind.STOCK
    assert aapl.con_id >= 900_000_000
    assert aapl.currency == "USD"
    assert aapl.name
    assert aapl.tick_at(Decimal(100)) == Decimal("0.01")
    assert aapl.lot == 1
    assert aapl.liquid_hours
    assert await data.channel.describe("", aapl.con_id) == (aapl,)


async def test_c4_an_unknown_symbol_is_said(aapl: Instrument, data: DataDesk) -> None:
    with pytest.raises(UserError, match="NOSUCH was not found"):
        await data.channel.describe("NOSUCH")
    with pytest.raises(UserError, match="not found"):
        await data.channel.describe("", ConId(1))


async def test_a_search_finds_by_letters(aapl: Instrument, data: DataDesk) -> None:
    found = await data.channel.search("AAP")
    assert aapl.con_id in {instrument.con_id for instrument in found}


async def test_daily_bars_are_ordered_whole_and_end_with_the_forming_one(
    aapl: Instrument, data: DataDesk, calendar: ExchangeCalendar
) -> None:
    bars = await data.channel.bars(aapl, Timeframe.D1, 400)
    now = await data.channel.heartbeat()
    assert len(bars) >= 400
    assert bars.closed == len(bars) - 1
    assert np.all(np.diff(bars.time) > 0)
    assert np.all(bars.low <= np.minimum(bars.open, bars.close))
    assert np.all(bars.high >= np.maximum(bars.open, bars.close))
    assert bars.date_at(len(bars) - 1) == calendar.session_of(now)
    assert bars.date_at(bars.closed - 1) == calendar.last_closed(now)


async def test_intraday_bars_agree_with_the_day(aapl: Instrument, data: DataDesk) -> None:
    day = await data.channel.bars(aapl, Timeframe.D1, 40)
    hours = await data.channel.bars(aapl, Timeframe.H1, 200)
    for timeframe in (Timeframe.M1, Timeframe.M5, Timeframe.M15, Timeframe.M30, Timeframe.H4):
        bars = await data.channel.bars(aapl, timeframe, 60)
        assert len(bars) >= 60
        assert bars.closed in (len(bars), len(bars) - 1)
        assert np.all(bars.time % 60 == 0)
    assert hours.high.max() <= day.high.max()
    assert hours.low.min() >= day.low.min()


async def test_bars_before_an_end_are_all_closed(aapl: Instrument, data: DataDesk, calendar: ExchangeCalendar) -> None:
    whole = await data.channel.bars(aapl, Timeframe.D1, 60)
    end = calendar.close_of(whole.date_at(len(whole) - 11))
    part = await data.channel.bars(aapl, Timeframe.D1, 30, end=end)
    assert part.closed == len(part) >= 30
    assert part.time[-1] == whole.time[-11]
    assert np.array_equal(part.last(20).close, whole.part(len(whole) - 30, len(whole) - 10).close)


async def test_weeks_are_never_asked_for(aapl: Instrument, data: DataDesk) -> None:
    with pytest.raises(ValueError, match="built from daily"):
        await data.channel.bars(aapl, Timeframe.W1, 10)


async def test_a_followed_series_moves_with_the_market(
    shared_gateway: PracticeGateway, aapl: Instrument, data: DataDesk
) -> None:
    heard = Heard()
    stop = await data.channel.follow_bars(aapl, Timeframe.D1, 100, heard)
    first: Bars = heard.news[0]
    assert len(first) >= 100
    target = round(float(first.close[-1]) * 1.01, 2)
    await shared_gateway.move("AAPL", target)
    await heard.until(lambda: heard.news[-1].high[-1] >= target)
    newest: Bars = heard.news[-1]
    assert len(newest) == len(first)
    assert newest.closed == first.closed
    assert np.array_equal(newest.close[:-1], first.close[:-1])
    stop()
    count = len(heard.news)
    await shared_gateway.move("AAPL", target + 1)
    await data.channel.heartbeat()
    assert len(heard.news) == count


async def test_quotes_come_with_their_class_and_stop_with_the_last_watcher(
    shared_gateway: PracticeGateway, aapl: Instrument, data: DataDesk
) -> None:
    await data.channel.watch(aapl)
    await data.channel.watch(aapl)
    await data.quotes.until(lambda: (quote := data.quote()) is not None and quote.last is not None)
    quote = data.quote()
    assert quote is not None
    assert quote.con_id == aapl.con_id
    assert quote.data_class is DataClass.PRACTICE
    assert quote.bid is not None
    assert quote.ask is not None
    assert 0 < quote.bid <= quote.ask
    assert quote.previous_close is not None
    assert quote.arrived > 0
    assert not quote.is_halted

    await data.channel.unwatch(aapl.con_id)
    await shared_gateway.move("AAPL", 371.5)
    await data.quotes.one(Quote, last=371.5)
    await data.channel.unwatch(aapl.con_id)
    await data.channel.heartbeat()
    count = len(data.quotes.news)
    await shared_gateway.move("AAPL", 372.5)
    await data.channel.heartbeat()
    assert len(data.quotes.news) == count


async def test_a_halt_is_told(shared_gateway: PracticeGateway, aapl: Instrument, data: DataDesk) -> None:
    await data.channel.watch(aapl)
    await shared_gateway.fault("halt", symbol="AAPL", on=True)
    await data.quotes.one(Quote, is_halted=True)
    await shared_gateway.fault("halt", symbol="AAPL", on=False)
    await data.quotes.until(lambda: not data.quotes.news[-1].is_halted)


async def test_a11_a_competing_session_is_waited_out(
    practice_gateway: PracticeGateway, data: DataDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "RETRY_REFUSED_S", 0.2)
    await data.channel.open(practice_gateway.endpoint)
    (ibm,) = await data.channel.describe("IBM")
    await data.channel.watch(ibm)
    await data.quotes.one(Quote)
    await practice_gateway.fault("competing_session", on=True)
    await data.channel.heartbeat()
    said = await data.news.one(Message, code=DATA_TAKEN)
    assert said.con_id == ibm.con_id
    assert "taken by another login" in said.text
    quotes = len(data.quotes.news)
    await practice_gateway.move("IBM", 111.25)
    await data.channel.heartbeat()
    assert len(data.quotes.news) == quotes
    await practice_gateway.fault("competing_session", on=False)
    await data.quotes.until(lambda: near(data.quote(), 111.25))


async def test_c9_a_pacing_refusal_can_be_retried(practice_gateway: PracticeGateway, data: DataDesk) -> None:
    await data.channel.open(practice_gateway.endpoint)
    (ibm,) = await data.channel.describe("IBM")
    await practice_gateway.fault("pacing", count=1)
    asked = asyncio.ensure_future(data.channel.bars(ibm, Timeframe.D1, 50))
    with pytest.raises(TimeoutError):
        # It waits out the pacing time instead of giving up or asking again at once.
        async with asyncio.timeout(1.0):
            await asked


async def test_a6_subscriptions_come_back_after_the_line_was_lost(
    practice_gateway: PracticeGateway, data: DataDesk
) -> None:
    await data.channel.open(practice_gateway.endpoint)
    (ibm,) = await data.channel.describe("IBM")
    heard = Heard()
    await data.channel.watch(ibm)
    stop = await data.channel.follow_bars(ibm, Timeframe.M1, 50, heard)
    await practice_gateway.fault("lost")
    await practice_gateway.fault("restored", data_lost=True)
    series = len(heard.news)
    await heard.until(lambda: len(heard.news) > series)
    await practice_gateway.move("IBM", 123.45)
    await data.quotes.until(lambda: near(data.quote(), 123.45))
    await heard.until(lambda: heard.news[-1].low[-1] < 125.0)
    stop()


async def test_a_killed_gateway_fails_what_waits(practice_gateway: PracticeGateway, data: DataDesk) -> None:
    await data.channel.open(practice_gateway.endpoint)
    (ibm,) = await data.channel.describe("IBM")
    await practice_gateway.fault("delay", ms=60_000)
    asyncio.get_running_loop().call_later(0.05, practice_gateway.kill)
    with pytest.raises(Retryable):
        await data.channel.bars(ibm, Timeframe.D1, 50)
