"""The chart grid: one symbol at many speeds, each chart in the group a hand puts it in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from app.ui.charts.values import Phase
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
