"""The chart grid: one symbol at many speeds, each chart in the group a hand puts it in."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from app.domain.bars import Timeframe
from app.ui.charts.values import BarStyle, Phase, ScaleMode
from app.ui.panels.chart import ChartPanel
from app.ui.panels.chart_grid import ChartGridPanel
from tests.support.screen import Screen

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def panel(screen: Screen) -> AsyncIterator[ChartGridPanel]:
    screen.handles.selection._shown.clear()
    panel = ChartGridPanel(screen.handles)
    screen.show(panel, 1200, 800)
    yield panel
    screen.clear()


def charts(panel: ChartGridPanel) -> list[ChartPanel]:
    return [cell for cell in panel.grid.cells if isinstance(cell, ChartPanel)]


async def test_one_symbol_is_shown_at_many_speeds_with_one_time(screen: Screen, panel: ChartGridPanel) -> None:
    screen.handles.selection.pick(await screen.trader.instrument("AAPL"))
    await screen.until(lambda: all(chart.view.model.phase is Phase.READY for chart in charts(panel)))
    assert len({chart.timeframe for chart in charts(panel)}) == 4
    daily, weekly = charts(panel)[:2]
    daily.view.times.show(400, 500)
    series, weeks = daily.view.model.series, weekly.view.model.series
    assert series is not None
    assert weeks is not None
    middle = series.time_at(450, 86400)
    assert abs(weeks.time_at((weekly.view.times.left + weekly.view.times.right) / 2, 604800) - middle) < 14 * 86400


async def test_a_chart_put_in_another_group_follows_that_one_alone(screen: Screen, panel: ChartGridPanel) -> None:
    aapl, msft = [await screen.trader.instrument(symbol) for symbol in ("AAPL", "MSFT")]
    first, second = charts(panel)[:2]
    panel.put(second, 3)
    screen.handles.selection.pick(aapl)
    screen.handles.selection.pick(msft, 3)
    await screen.until(lambda: first._instrument == aapl and second._instrument == msft)
    assert panel.grid.groups.group(second.view) == 3
    panel.put(second, 0)
    assert second.link == 0


async def test_fewer_charts_are_shown_on_demand(screen: Screen, panel: ChartGridPanel) -> None:
    panel.counts.chosen.emit("1")
    assert len(charts(panel)) == 1
    assert panel.in_hand() is charts(panel)[0]


async def test_the_grid_comes_back_with_what_each_chart_showed(screen: Screen, panel: ChartGridPanel) -> None:
    aapl, msft = [await screen.trader.instrument(symbol) for symbol in ("AAPL", "MSFT")]
    screen.handles.selection.pick(aapl)
    panel.set_count(3)
    first, second, third = charts(panel)
    await screen.until(lambda: all(chart.view.model.phase is Phase.READY for chart in charts(panel)))
    first.show_timeframe(Timeframe.M15)
    first.tools.indicators.add("rsi")
    first.view.set_look(style=BarStyle.AREA, mode=ScaleMode.LOG)
    panel.put(second, 3)
    panel.put(third, 0)
    third.show_instrument(msft)
    third.view.drawings.set_shown(False)
    kept = json.loads(json.dumps(panel.memory()))
    other = ChartGridPanel(screen.handles)
    screen.show(other, 1200, 800)
    other.recall(kept)
    one, two, three = charts(other)
    assert one.timeframe is Timeframe.M15
    assert [choice.name for choice in one.tools.indicators.choices][-1] == "rsi"
    assert (one.view.model.style, one.view.model.mode) == (BarStyle.AREA, ScaleMode.LOG)
    assert (two.link, other.grid.groups.group(two.view)) == (3, 3)
    assert (three.link, three._instrument, three.view.model.shows_drawings) == (0, msft, False)
    await screen.until(lambda: one.view.model.phase is Phase.READY and one.view.model.timeframe is Timeframe.M15)
    assert one.view.model.style is BarStyle.AREA


@pytest.mark.parametrize("memory", [{}, {"cells": []}, {"cells": [{"timeframe": "2y", "link": 99, "look": 5}]}])
async def test_what_cannot_be_recalled_is_left_as_it_is(
    screen: Screen, panel: ChartGridPanel, memory: dict[str, object]
) -> None:
    panel.recall(memory)
    assert charts(panel)[0].timeframe is Timeframe.D1
    assert charts(panel)[0].link == 1
