"""A chart's bars as one series: what a tick writes, what a revision begins anew, and a million of them in the panel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.domain.bars import COLUMNS, Bars, BarsKey, Timeframe
from app.ui.charts.values import Phase
from app.ui.panels.chart import ChartPanel
from app.ui.panels.chart_growth import SPARE, Growth
from app.ui.panels.chart_series import MOST_BARS
from tests.support.screen import Screen
from tests.ui.charts.conftest import wave


def version(bars: Bars, start: int, stop: int, close: float | None = None) -> Bars:
    """Return what is followed: closed bars with a forming one at the end."""
    part = bars.part(start, stop)
    columns = {name: getattr(part, name).copy() for name in COLUMNS}
    if close is not None:
        columns["close"][-1] = close
    return Bars(**columns, closed=len(part) - 1)


def grown() -> tuple[Bars, Growth]:
    bars = wave(3000)
    growth = Growth()
    growth.put(version(bars, 2400, 2600))
    growth.put_before(bars.part(1000, 2500))
    return bars, growth


def same(one: Bars, other: Bars) -> bool:
    return len(one) == len(other) and all(np.array_equal(getattr(one, name), getattr(other, name)) for name in COLUMNS)


def test_history_stands_before_the_newest_bars_and_overlaps_nothing() -> None:
    bars, growth = grown()
    assert same(growth.whole(), bars.part(1000, 2600))
    assert growth.whole().closed == 1599


def test_a_tick_writes_the_forming_bar_and_copies_no_history() -> None:
    bars, growth = grown()
    before = growth.whole()
    growth.put(version(bars, 2400, 2600, close=99.5))
    after = growth.whole()
    assert after.close[-1] == 99.5
    assert np.shares_memory(before.close, after.close)
    for stop in range(2601, 2990):
        growth.put(version(bars, 2400, stop))
    assert same(growth.whole(), bars.part(1000, 2989))
    assert np.shares_memory(before.close, growth.whole().close)


def test_more_bars_than_there_is_room_for_are_taken_in_whole() -> None:
    bars = wave(3 * SPARE)
    growth = Growth()
    growth.put(version(bars, 100, 300))
    growth.put_before(bars.part(0, 200))
    growth.put(version(bars, 100, 3 * SPARE))
    assert same(growth.whole(), bars)


def test_a_revised_bar_leaves_what_was_shown_as_it_was() -> None:
    bars, growth = grown()
    before = growth.whole()
    was = before.close.copy()
    revised = version(bars, 2400, 2600)
    revised.close[50] = 1.25
    growth.put(revised)
    assert growth.whole().close[1450] == 1.25
    np.testing.assert_array_equal(before.close, was)


def test_newest_bars_that_begin_later_leave_the_others_to_history() -> None:
    bars, growth = grown()
    growth.put(version(bars, 2500, 2650))
    assert same(growth.whole(), bars.part(1000, 2650))
    growth.put(version(bars, 2000, 2650))
    assert same(growth.whole(), bars.part(1000, 2650))


@pytest.mark.asyncio(loop_scope="session")
async def test_a_million_bars_in_the_store_are_all_to_be_seen(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    instrument = await screen.trader.instrument("GOOG")
    market = screen.handles.market
    newest = (await market.load(instrument, Timeframe.M5, 600)).bars
    first = int(newest.time[0])
    old = wave(MOST_BARS, step=300, start=first - MOST_BARS * 300)
    store, key = market._store, BarsKey(market.source, instrument.con_id, Timeframe.M5)
    await store.write(key, replace(old, closed=len(old)))
    asked: list[object] = []
    monkeypatch.setattr(market, "load", lambda *request: asked.append(request))
    panel = ChartPanel(screen.handles)
    screen.show(panel, 860, 560)
    panel.show_timeframe(Timeframe.M5)
    screen.handles.selection.pick(instrument)
    await screen.until(lambda: panel.view.model.phase is Phase.READY and len(panel.view.model.series or ()) > 0)
    view = panel.view

    def count() -> int:
        return len(view.model.series or ())

    while count() < MOST_BARS:
        had = count()
        view.times.show(-10.0, 290.0)
        await screen.until(lambda had=had: count() > had)
    assert not asked  # what the store has is not asked of a gateway
    view.times.show_all()
    frame = view.canvas.current_frame()
    assert frame is not None
    assert frame.left <= 0
    assert frame.right >= MOST_BARS
    assert 2 <= len(frame.groups) <= frame.plot
    assert len(view.model.studies[0].study.lines[0].values) == count()
    view.times.show(count() - 5.0, float(count()))
    assert view.times.span <= 8
