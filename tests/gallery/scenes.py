"""The scenes: what each picture of the gallery shows, in the order they are taken."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.domain.bars import Bars, Timeframe
from app.domain.orders import Side
from app.ui.charts.values import Phase
from app.ui.charts.view import ChartView
from app.ui.panels.chart import ChartPanel
from app.ui.panels.ticket import TicketPanel
from app.ui.panels.ticket_acts import Phase as Writing
from app.ui.panels.ticket_terms import Entry
from tests.benchmarks.chart_data import sheet
from tests.benchmarks.chart_ours import INSTRUMENT, studies
from tests.gallery.stage import Stage

P = TypeVar("P")
LANGUAGES = ("en", "zh")
TALL = 470


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture in every theme and in its languages."""

    name: str
    title: str
    words: str
    show: Callable[[Stage], Awaitable[None]]
    panel: str = ""
    languages: tuple[str, ...] = ("en",)

    def picture(self, theme: str, language: str) -> str:
        """Return the name of one picture of it."""
        return f"{self.name}-{theme}" + (f"-{language}" if len(self.languages) > 1 else "")


async def first_window(stage: Stage) -> None:
    chart = await _chart(stage)
    chart.view.times.show_last(160)
    stage.open("orders")
    _trace(stage)


async def hundred_bars(stage: Stage) -> None:
    chart = await _chart(stage)
    for name in ("macd", "rsi"):
        if name not in [choice.name for choice in chart.tools.indicators.choices]:
            chart.tools.indicators.add(name)
    chart.view.times.show_last(100)


def _plain(chart: ChartPanel) -> None:
    """Leave only what the chart shows at first."""
    for choice in [one for one in chart.tools.indicators.choices if one.name in ("macd", "rsi")]:
        chart.tools.indicators.remove(choice.key)


async def _alone(stage: Stage, count: int) -> None:
    data = sheet(count)
    bars = Bars(data.time, data.open, data.high, data.low, data.close, data.volume, closed=count - 1)
    view = ChartView(stage.shown.theme)
    view.resize(stage.size)
    source = f"random walk, {count:,} bars"
    view.set_series(INSTRUMENT, Timeframe.M1, bars, source_text=source, zone="America/New_York")
    view.set_studies(studies(data))
    view.times.show_all()
    view.show()
    stage.front = view


async def five_thousand(stage: Stage) -> None:
    await _alone(stage, 5_000)


async def million(stage: Stage) -> None:
    await _alone(stage, 1_000_000)


async def grid(stage: Stage) -> None:
    panel = stage.open("charts")
    panel.set_count(4)
    charts = [cell for cell in panel.grid.cells if isinstance(cell, ChartPanel)]
    await stage.until(lambda: all(chart.view.model.phase is Phase.READY for chart in charts))


async def dragging(stage: Stage) -> None:
    chart = await _chart(stage, "GOOG")
    _plain(chart)
    ticket = _panel(stage, "ticket", TicketPanel)
    ticket.form.set_side(Side.BUY)
    await stage.until(lambda: ticket.form.price.value() is not None)
    entry = ticket.form.price.value() or Decimal(0)
    ticket.form.bracket.setChecked(True)
    for field, share in ((Entry.PRICE, "0.99"), (Entry.STOP, "0.95"), (Entry.TARGET, "1.08")):
        ticket.form.put(field, (entry * Decimal(share)).quantize(Decimal("0.01")))
    chart.view.times.show_last(90)
    await stage.calm()
    _pull(chart, float(ticket.form.stop.value() or 0), 26)


def _pull(chart: ChartPanel, price: float, by: int) -> None:
    """Take hold of the line at a price, pull it down by so many pixels and keep holding it."""
    canvas = chart.view.canvas
    frame = canvas.current_frame()
    assert frame is not None
    row, view = round(frame.panes[0].scale.y_of(price)), canvas.viewport()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(260, row))
    for step in (by // 2, by):
        QTest.mouseMove(view, QPoint(260, row + step))


async def ticket(stage: Stage) -> None:
    chart = _panel(stage, "chart", ChartPanel)
    QTest.keyClick(chart.view.canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(chart.view.canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(260, 200))
    chart.view.canvas.move_cross(None)
    stage.open("ticket")


async def review(stage: Stage) -> None:
    _panel(stage, "ticket", TicketPanel).form.act.click()
    await stage.calm(1.5)


async def analysis(stage: Stage) -> None:
    written = _panel(stage, "ticket", TicketPanel)
    if written.acts.phase is not Writing.WRITING:
        written._back_to_writing()
    written.form.bracket.setChecked(False)
    written._filling.anew()
    await _chart(stage, "AAPL")
    panel = stage.open("analysis")
    await stage.until(lambda: panel.surveyed is not None)


async def analysis_reading(stage: Stage) -> None:
    panel = stage.open("analysis")
    panel.read_with_model()
    await stage.until(lambda: panel.drawer._asked is not None)


async def signals(stage: Stage) -> None:
    panel = stage.open("signals", tall=TALL)
    panel.show_view("inbox")
    await stage.calm()


async def history(stage: Stage) -> None:
    stage.open("signals", tall=TALL).show_view("history")


async def batch(stage: Stage) -> None:
    panel = stage.open("signals", tall=TALL)
    panel.show_view("batch")
    panel.batch.run()
    await stage.calm(3.0)


async def prompts(stage: Stage) -> None:
    panel = stage.open("prompts")
    panel.list.choose(stage.day.prompt)
    panel.tabs.setCurrentIndex(0)
    await stage.until(panel.editor.text.toPlainText)


async def prompts_versions(stage: Stage) -> None:
    panel = stage.open("prompts")
    panel.tabs.setCurrentIndex(1)


async def performance(stage: Stage) -> None:
    panel = stage.open("prompts")
    panel.tabs.setCurrentIndex(4)
    await stage.until(panel.tabs.performance.model.rows)
    await stage.calm()
    panel.tabs.performance.table.select(max(panel.tabs.performance.model.rows(), key=lambda row: row.stats.count).key)


async def indicators(stage: Stage) -> None:
    panel = stage.open("indicators")
    row = next(row for row in panel.table.model.rows() if row.name == "supertrend")
    panel.table.select(row.name)
    panel.show_row(row)


async def orders(stage: Stage) -> None:
    stage.open("orders", tall=TALL).show_all(True)


async def executions(stage: Stage) -> None:
    stage.open("executions", tall=TALL)


async def portfolio(stage: Stage) -> None:
    stage.open("portfolio", tall=TALL).show_page("positions")


async def overview(stage: Stage) -> None:
    stage.open("portfolio", tall=TALL).show_page("overview")


async def trades(stage: Stage) -> None:
    stage.open("portfolio", tall=TALL).show_page("trades")


async def calendar(stage: Stage) -> None:
    stage.open("portfolio", tall=TALL).show_page("calendar")


async def strategies(stage: Stage) -> None:
    stage.open("strategies", tall=TALL)


async def runs(stage: Stage) -> None:
    stage.open("runs", tall=TALL)
    _trace(stage)


async def connection(stage: Stage) -> None:
    panel, gateway = stage.open("connection"), stage.day.trader.gateway
    await gateway.fault("not_subscribed", symbol="IBM")
    panel.shake_or_stop()
    await stage.until(lambda: panel._shaking is None)
    await gateway.fault("not_subscribed", symbol="IBM", on=False)


async def match(stage: Stage) -> None:
    if not stage.handles.session.view.differences:
        await stage.day.differ()
    panel = stage.open("match", tall=TALL)
    await stage.until(panel.model.rows)
    row = panel.model.rows()[0]
    panel.table.select((row.kind, row.key))


def _panel(stage: Stage, key: str, kind: type[P]) -> P:
    panel = stage.window.workspace.panel(key)
    assert isinstance(panel, kind)
    return panel


async def _chart(stage: Stage, symbol: str = "AAPL") -> ChartPanel:
    """Return the chart with a symbol on it."""
    instrument = await stage.handles.market.resolve(symbol)
    stage.handles.selection.pick(instrument)
    panel = stage.open("chart")
    assert isinstance(panel, ChartPanel)
    await stage.until(lambda: panel.view.model.phase is Phase.READY and panel._instrument == instrument)
    return panel


def _trace(stage: Stage) -> None:
    """Show how the newest order of a strategy came about."""
    ours = [order for order in stage.handles.facts.state.orders.values() if order.strategy and order.signal]
    if ours:
        stage.handles.selection.trace(str(max(ours, key=lambda order: order.created).ref))


SCENES: tuple[Scene, ...] = (
    Scene("window", "The first window", "Watchlist, chart, ticket, orders, lineage.", first_window),
    Scene("chart-100", "Chart, 100 bars", "Daily bars with average, SuperTrend, MACD and RSI.", hundred_bars, "chart"),
    Scene("chart-5000", "Chart, 5,000 bars", "The chart alone with four indicators.", five_thousand),
    Scene("chart-million", "Chart, a million bars", "The same, zoomed out to everything.", million),
    Scene("chart-grid", "Chart grid", "One symbol at four speeds, linked in time and crosshair.", grid, "charts"),
    Scene(
        "chart-drag", "Dragging a bracket", "The stop of an order being written is pulled; nothing is sent.", dragging
    ),
    Scene("ticket", "Ticket", "A bracket while it is written, with what it would cost and risk.", ticket, "ticket"),
    Scene(
        "ticket-review", "Ticket, review", "Every gate with value and limit, before anything is sent.", review, "ticket"
    ),
    Scene(
        "analysis", "Analysis", "What the rules say of a symbol, with levels and R.", analysis, "analysis", LANGUAGES
    ),
    Scene(
        "analysis-reading",
        "Analysis, reading",
        "What the model would be sent.",
        analysis_reading,
        "analysis",
        LANGUAGES,
    ),
    Scene("signals", "Signals", "The inbox: signals that wait for an answer.", signals, "signals", LANGUAGES),
    Scene("signals-history", "Signals, history", "All signals and what became of them.", history, "signals", LANGUAGES),
    Scene("signals-batch", "Signals, batch", "One strategy over many symbols.", batch, "signals", LANGUAGES),
    Scene("prompts", "Prompts", "A prompt's text with its variables.", prompts, "prompts", LANGUAGES),
    Scene("prompts-versions", "Prompts, versions", "What changed and when.", prompts_versions, "prompts", LANGUAGES),
    Scene(
        "prompts-performance", "Prompts, performance", "Leaderboard and calibration.", performance, "prompts", LANGUAGES
    ),
    Scene(
        "indicators", "Indicators", "The catalogue and one indicator's settings.", indicators, "indicators", LANGUAGES
    ),
    Scene("orders", "Orders", "All orders of the account, ours and others', grouped by bracket.", orders, "orders"),
    Scene("executions", "Executions", "Fills with commission and realised result.", executions, "executions"),
    Scene("portfolio", "Portfolio", "Positions as they stand.", portfolio, "portfolio"),
    Scene("portfolio-overview", "Portfolio, overview", "Equity curve, drawdown and totals.", overview, "portfolio"),
    Scene("portfolio-trades", "Portfolio, trades", "Closed trades with planned and achieved R.", trades, "portfolio"),
    Scene("portfolio-calendar", "Portfolio, calendar", "What each day brought.", calendar, "portfolio"),
    Scene("strategies", "Strategies", "Two strategies, their modes and schedules.", strategies, "strategies"),
    Scene("runs", "Runs", "Every run with its end and the reason.", runs, "runs"),
    Scene("connection", "Connection", "The doctor's ladder: what answers and what does not.", connection, "connection"),
    Scene("match", "Match", "A difference between our ledger and the broker's.", match, "match"),
)
"""In the order they are taken: a bracket is written, dragged, looked at and reviewed before it is given up."""
