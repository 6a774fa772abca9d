"""The market: the store before the gateway, one subscription however many watch, and all of it back after a loss."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.domain import events as ev
from app.domain.bars import Bars, Timeframe
from app.domain.errors import Retryable, UserError
from app.domain.instruments import ConId
from app.domain.quotes import Quote
from tests.support.core import Trader, is_down, trading
from tests.support.gateway import PracticeGateway


class Counting:
    """Counts what the market asks of the gateway."""

    def __init__(self, trader: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        channel = trader.core.market._channel
        for name in ("bars", "describe", "watch", "unwatch"):
            self._count(channel, name, monkeypatch)

    def _count(self, channel: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        real = getattr(channel, name)

        async def counted(*words: Any, **named: Any) -> Any:
            self.asked.append(name)
            return await real(*words, **named)

        monkeypatch.setattr(channel, name, counted)


async def test_c9_what_is_in_the_store_is_not_asked_again(wide_trader: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    aapl = await wide_trader.instrument()
    counting, market = Counting(wide_trader, monkeypatch), wide_trader.core.market
    first = await market.load(aapl, Timeframe.D1, 300)
    again = await market.load(aapl, Timeframe.D1, 300)
    fewer = await market.load(aapl, Timeframe.D1, 50)
    weekly = await market.load(aapl, Timeframe.W1, 40)
    assert (first.was_asked, again.was_asked, fewer.was_asked, weekly.was_asked) == (True, False, False, False)
    assert counting.asked == ["bars"]
    assert np.array_equal(first.bars.closed_only.last(300).close, again.bars.closed_only.last(300).close)
    assert len(fewer.bars) >= 50


async def test_more_than_is_there_is_asked_once(wide_trader: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    aapl = await wide_trader.instrument()
    counting, market = Counting(wide_trader, monkeypatch), wide_trader.core.market
    everything = await market.load(aapl, Timeframe.D1, 100_000)
    again = await market.load(aapl, Timeframe.D1, 100_000)
    assert counting.asked == ["bars"]
    assert not again.was_asked
    assert len(again.bars.closed_only) == len(everything.bars.closed_only)


async def test_bars_outlive_the_process(tmp_path: Path, shared_gateway: PracticeGateway) -> None:
    async with trading(tmp_path / "app", shared_gateway) as trader:
        aapl = await trader.instrument()
        await trader.core.market.load(aapl, Timeframe.D1, 300)
    async with trading(tmp_path / "app", shared_gateway) as trader:
        aapl = await trader.core.market.resolve("AAPL")
        assert not (await trader.core.market.load(aapl, Timeframe.D1, 300)).was_asked


async def test_a_watch_is_one_subscription_until_the_last_one_leaves(
    wide_trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    aapl = await wide_trader.core.market.resolve("AAPL")
    counting, market = Counting(wide_trader, monkeypatch), wide_trader.core.market
    for _ in range(3):
        await market.watch(aapl)
    assert await market.first_tick(aapl.con_id)
    for _ in range(2):
        await market.unwatch(aapl.con_id)
    assert market.quote(aapl.con_id) is not None
    assert counting.asked == ["watch"]
    await market.unwatch(aapl.con_id)
    assert counting.asked == ["watch", "unwatch"]
    assert market.quote(aapl.con_id) is None
    assert market.tick_age_s(aapl.con_id) is None


async def test_a_watch_that_fails_is_not_counted(wide_trader: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    aapl = await wide_trader.core.market.resolve("AAPL")
    market = wide_trader.core.market

    async def fail(_: Any) -> None:
        raise Retryable("There is no connection to a gateway; it is being made again.")

    with monkeypatch.context() as patch:
        patch.setattr(market._channel, "watch", fail)
        with pytest.raises(Retryable):
            await market.watch(aapl)
    counting = Counting(wide_trader, monkeypatch)
    await market.watch(aapl)
    assert counting.asked == ["watch"]
    assert await market.first_tick(aapl.con_id)


async def test_subscriptions_come_back_after_a_loss(tmp_path: Path, practice_gateway: PracticeGateway) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        aapl = await trader.instrument()
        heard: list[Bars] = []
        stop = await trader.core.market.follow(aapl, Timeframe.D1, 50, heard.append)
        before = len(heard)
        assert before
        await practice_gateway.fault("reset")
        await trader.until_view(is_down)
        await trader.until_view(lambda view: view.is_ready)
        ticked, moved = asyncio.Event(), float(trader.near(aapl, 1))
        trader.core.bus.on(Quote, lambda quote: ticked.set() if quote.last == moved else None)
        followed = asyncio.Event()
        trader.core.market._series[0].hear = lambda bars: followed.set() if bars.close[-1] == moved else None
        await practice_gateway.move("AAPL", moved)
        await asyncio.wait_for(ticked.wait(), 5)
        await asyncio.wait_for(followed.wait(), 8)
        stop()
        assert trader.core.market._series == []


async def test_c4_an_unknown_symbol_is_one_sentence(wide_trader: Trader) -> None:
    with pytest.raises(UserError, match="NOSUCH"):
        await wide_trader.core.market.resolve("NOSUCH")


async def test_c4_a_symbol_with_several_listings_is_never_guessed(
    wide_trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    aapl = await wide_trader.instrument("AAPL")
    before = wide_trader.state.instruments
    places = ("NASDAQ", "LSE", "XETRA", "SEHK", "TSE")

    async def five(symbol: str, con_id: ConId | None = None) -> list[Any]:
        return [replace(aapl, con_id=ConId(7 + n), primary_exchange=place) for n, place in enumerate(places)]

    monkeypatch.setattr(wide_trader.core.market._channel, "describe", five)
    with pytest.raises(UserError, match=r"MANY may mean AAPL on NASDAQ in USD, AAPL on LSE .* pick one"):
        await wide_trader.core.market.resolve("MANY")
    assert wide_trader.state.instruments == before


async def test_c4_a_listing_of_another_gateway_is_another_instrument(wide_trader: Trader) -> None:
    market = wide_trader.core.market
    aapl = await market.resolve("AAPL")
    elsewhere = replace(aapl, con_id=ConId(265598))
    await wide_trader.core.facts.enter(ev.InstrumentLearned(at=wide_trader.core.clock.now(), instrument=elsewhere))
    assert (await market.resolve("AAPL")).con_id == aapl.con_id


async def test_hours_that_no_longer_speak_of_today_are_asked_again(
    wide_trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    aapl = await wide_trader.instrument()
    stale = replace(aapl, liquid_hours="20200102:0930-20200102:1600", trading_hours="20200102:0400-20200102:2000")
    await wide_trader.core.facts.enter(ev.InstrumentLearned(at=wide_trader.core.clock.now(), instrument=stale))
    assert wide_trader.core.situations.is_open(stale) is None
    counting = Counting(wide_trader, monkeypatch)
    review = await wide_trader.core.desk.review(wide_trader.bracket(stale))
    assert review.is_fit, review.why_not
    assert wide_trader.core.situations.is_open(stale) is True
    await wide_trader.core.desk.review(wide_trader.bracket(stale))
    assert counting.asked == ["describe"]


async def test_search_finds_by_symbol_and_name_and_nothing_for_nothing(wide_trader: Trader) -> None:
    market = wide_trader.core.market
    assert [found.symbol for found in await market.search("AAPL")][:1] == ["AAPL"]
    assert await market.search("  ") == ()
