"""Alerts of drawn lines over a live market: with no chart open a crossing is a notice and a fact, once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.bars import Timeframe
from app.domain.events import LineCrossed
from app.domain.instruments import Instrument
from app.ui.charts.drawings.values import Anchor, Drawing, Tool
from tests.support.screen import Screen

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def quiet_price(screen: Screen, instrument: Instrument, price: float) -> None:
    """Bring the market to a price and wait until it is there."""
    await screen.trader.gateway.move(instrument.symbol, price)

    def is_there() -> bool:
        quote = screen.handles.market.quote(instrument.con_id)
        return quote is not None and quote.last is not None and abs(quote.last - price) < 0.02 * price

    await screen.until(is_there)


def draw(screen: Screen, instrument: Instrument, drawing: Drawing) -> None:
    screen.handles.drawings.pad(instrument.con_id).put(drawing)
    screen.handles.drawings.touched(instrument.con_id)


async def crossed(screen: Screen, instrument: Instrument, drawing: Drawing, below: float, above: float) -> LineCrossed:
    """Have a line watched, move the market over it, and return the fact."""
    facts: list[LineCrossed] = []
    stop = screen.handles.bus.on(LineCrossed, facts.append)
    draw(screen, instrument, drawing)
    try:
        await quiet_price(screen, instrument, below)
        await screen.until(lambda: instrument.con_id in screen.binding.line_alerts._before)
        if drawing.tool is not Tool.HORIZONTAL:
            await screen.until(lambda: screen.binding.line_alerts._series)
        await screen.trader.gateway.move(instrument.symbol, above)
        await screen.until(lambda: facts)
    finally:
        stop()
    return facts[0]


async def test_a_watched_level_is_told_once_with_no_chart_open(screen: Screen) -> None:
    instrument = await screen.trader.instrument("IBM")
    line = Drawing("d1", Tool.HORIZONTAL, (Anchor(0.0, 200.0),), text="Top", alerts=True)
    fact = await crossed(screen, instrument, line, 180.0, 220.0)
    assert (fact.symbol, fact.drawing, fact.con_id) == ("IBM", "d1", instrument.con_id)
    assert fact.words.startswith("IBM crossed “Top” at ")
    assert screen.told[0] == fact.words
    (spent,) = screen.handles.drawings.pad(instrument.con_id).drawings
    assert not spent.alerts
    assert instrument.con_id not in screen.binding.line_alerts.watched
    draw(screen, instrument, spent)
    screen.handles.drawings.pad(instrument.con_id).clear()
    screen.handles.drawings.touched(instrument.con_id)


async def test_a_slanted_line_is_crossed_where_it_stands_now(screen: Screen) -> None:
    instrument = await screen.trader.instrument("GOOG")
    bars = (await screen.handles.market.load(instrument, Timeframe.D1, 60)).bars
    first, last = float(bars.time[0]), float(bars.time[-1])
    half = Anchor((first + last) / 2, 450.0)
    ray = Drawing("d2", Tool.RAY, (Anchor(first, 400.0), half), alerts=True)  # about 500 by now
    fact = await crossed(screen, instrument, ray, 470.0, 530.0)
    assert fact.words.startswith("GOOG crossed the ray at ")
    screen.handles.drawings.pad(instrument.con_id).clear()
    screen.handles.drawings.touched(instrument.con_id)


async def test_a_line_nobody_watches_says_nothing(screen: Screen) -> None:
    instrument = await screen.trader.instrument("MSFT")
    line = Drawing("d3", Tool.HORIZONTAL, (Anchor(0.0, 100.0),))
    draw(screen, instrument, line)
    assert instrument.con_id not in screen.binding.line_alerts.watched
    draw(screen, instrument, replace(line, alerts=True))
    assert instrument.con_id in screen.binding.line_alerts.watched
    screen.handles.drawings.pad(instrument.con_id).clear()
    screen.handles.drawings.touched(instrument.con_id)
    assert instrument.con_id not in screen.binding.line_alerts.watched
