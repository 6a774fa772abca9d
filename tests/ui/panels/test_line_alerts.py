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


async def last_of(screen: Screen, instrument: Instrument) -> float:
    """Return the last price of an instrument that is watched for as long as the test takes."""
    await screen.handles.market.watch(instrument)
    assert await screen.handles.market.first_tick(instrument.con_id)
    quote = screen.handles.market.quote(instrument.con_id)
    assert quote is not None
    assert quote.last is not None
    return quote.last


def draw(screen: Screen, instrument: Instrument, drawing: Drawing) -> None:
    screen.handles.drawings.pad(instrument.con_id).put(drawing)
    screen.handles.drawings.touched(instrument.con_id)


def wipe(screen: Screen, instrument: Instrument) -> None:
    screen.handles.drawings.pad(instrument.con_id).clear()
    screen.handles.drawings.touched(instrument.con_id)


async def crossed(screen: Screen, instrument: Instrument, drawing: Drawing, start: float) -> LineCrossed:
    """Have a line two above the market watched, move the market over it and back, and return the one fact."""
    facts: list[LineCrossed] = []

    def heard(fact: LineCrossed) -> None:
        if fact.con_id == instrument.con_id:  # other tests' lines may be crossed meanwhile
            facts.append(fact)

    stop = screen.handles.bus.on(LineCrossed, heard)
    alerts = screen.binding.line_alerts
    draw(screen, instrument, drawing)
    try:
        await screen.until(lambda: instrument.con_id in alerts._before)
        if drawing.tool is not Tool.HORIZONTAL:
            await screen.until(lambda: (instrument.con_id, drawing.timeframe) in alerts._series)
        await screen.trader.gateway.move(instrument.symbol, start + 4)
        await screen.until(lambda: facts)
        await screen.trader.gateway.move(instrument.symbol, start)
        await screen.until(lambda: abs((screen.handles.market.quote(instrument.con_id).last or 0) - start) < 1.5)
    finally:
        stop()
        await screen.handles.market.unwatch(instrument.con_id)
    (fact,) = facts
    return fact


async def test_a_watched_level_is_told_once_with_no_chart_open(screen: Screen) -> None:
    instrument = await screen.trader.instrument("IBM")
    start = await last_of(screen, instrument)
    line = Drawing("d1", Tool.HORIZONTAL, (Anchor(0.0, start + 2),), text="Top", alerts=True)
    fact = await crossed(screen, instrument, line, start)
    assert (fact.symbol, fact.drawing, fact.con_id) == ("IBM", "d1", instrument.con_id)
    assert fact.words.startswith("IBM crossed “Top” at ")
    assert screen.told[0] == fact.words
    (spent,) = screen.handles.drawings.pad(instrument.con_id).drawings
    assert not spent.alerts
    assert instrument.con_id not in screen.binding.line_alerts.watched
    wipe(screen, instrument)


async def test_c3_a_lone_print_far_off_triggers_nothing_and_a_second_one_there_does(screen: Screen) -> None:
    instrument = await screen.trader.instrument("MSFT")
    start, bus = await last_of(screen, instrument), screen.handles.bus
    facts: list[LineCrossed] = []
    stop = bus.on(LineCrossed, facts.append)
    alerts = screen.binding.line_alerts
    line = Drawing("d3", Tool.HORIZONTAL, (Anchor(0.0, start * 2),), text="Double", alerts=True)
    draw(screen, instrument, line)
    try:
        await screen.until(lambda: instrument.con_id in alerts._before)
        quote = screen.handles.market.quote(instrument.con_id)
        assert quote is not None
        outlier = replace(quote, last=start * 10, volume=1000.0)
        for told in (outlier, replace(outlier, bid=start), replace(quote, last=start), outlier):
            bus.publish(told)  # the outlier, told again with another bid; back to the market; a lone one again
        (drawn,) = screen.handles.drawings.pad(instrument.con_id).drawings
        assert drawn.alerts
        bus.publish(replace(outlier, volume=1100.0))
        (drawn,) = screen.handles.drawings.pad(instrument.con_id).drawings
        assert not drawn.alerts
        await screen.until(lambda: facts)
    finally:
        stop()
        await screen.handles.market.unwatch(instrument.con_id)
        wipe(screen, instrument)


async def test_c3_a_print_of_a_crossed_book_triggers_nothing_before_a_second_one(screen: Screen) -> None:
    instrument = await screen.trader.instrument("MSFT")
    start, bus = await last_of(screen, instrument), screen.handles.bus
    alerts, pad = screen.binding.line_alerts, screen.handles.drawings.pad(instrument.con_id)
    draw(screen, instrument, Drawing("d4", Tool.HORIZONTAL, (Anchor(0.0, start * 1.05),), text="Near", alerts=True))
    try:
        await screen.until(lambda: instrument.con_id in alerts._before)
        quote = screen.handles.market.quote(instrument.con_id)
        assert quote is not None
        print_ = replace(quote, last=start * 1.1, volume=1000.0)
        crossed_book = replace(print_, bid=start * 1.2, ask=start)
        for told in (crossed_book, replace(crossed_book, ask=start * 1.01), replace(quote, last=start)):
            bus.publish(told)
        assert pad.drawings[0].alerts, "one print of a crossed book, told twice, and the market is where it was"
        bus.publish(crossed_book)
        bus.publish(replace(crossed_book, volume=1100.0))
        assert not pad.drawings[0].alerts
    finally:
        await screen.handles.market.unwatch(instrument.con_id)
        wipe(screen, instrument)


async def test_a_slanted_line_is_crossed_where_it_stands_now(screen: Screen) -> None:
    instrument = await screen.trader.instrument("GOOG")
    start = await last_of(screen, instrument)
    bars = (await screen.handles.market.load(instrument, Timeframe.D1, 60)).bars
    first, last = float(bars.time[0]), float(bars.time[-1])
    half = Anchor((first + last) / 2, start + 1.5)
    ray = Drawing("d2", Tool.RAY, (Anchor(first, start + 1.0), half), alerts=True)  # about two above the market by now
    fact = await crossed(screen, instrument, ray, start)
    assert fact.words.startswith("GOOG crossed the ray at ")
    wipe(screen, instrument)


async def test_a_line_nobody_watches_says_nothing(screen: Screen) -> None:
    instrument = await screen.trader.instrument("MSFT")
    line = Drawing("d3", Tool.HORIZONTAL, (Anchor(0.0, 100.0),))
    draw(screen, instrument, line)
    assert instrument.con_id not in screen.binding.line_alerts.watched
    draw(screen, instrument, replace(line, alerts=True))
    assert instrument.con_id in screen.binding.line_alerts.watched
    wipe(screen, instrument)
    assert instrument.con_id not in screen.binding.line_alerts.watched
