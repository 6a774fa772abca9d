"""The chart panel over a live market: what is picked is what is drawn, never another symbol's bars."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import pytest_asyncio
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.domain.bars import Bars, Timeframe, empty_bars, epoch
from app.domain.broker import HistoryBudget
from app.domain.errors import Retryable
from app.domain.instruments import Instrument
from app.domain.orders import OrderRef
from app.services.session import SessionState, SessionView
from app.ui.charts.drawings.values import Anchor, Drawing, Tool
from app.ui.charts.history import History
from app.ui.charts.orders.terms import drag_words
from app.ui.charts.values import MarkKind, Phase, ScaleMode
from app.ui.panels.chart import ChartPanel
from app.ui.panels.chart_series import ChartSeries
from app.ui.widgets.format import UNKNOWN
from tests.support.screen import Screen

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def panel(screen: Screen) -> AsyncIterator[ChartPanel]:
    screen.handles.selection._shown.clear()
    panel = ChartPanel(screen.handles)
    screen.show(panel, 860, 560)
    yield panel
    screen.clear()


async def showing(screen: Screen, panel: ChartPanel, symbol: str) -> None:
    """Pick a symbol and wait until its bars are drawn."""
    screen.handles.selection.pick(await screen.trader.instrument(symbol))
    await screen.until(lambda: panel.view.model.phase is Phase.READY and drawn_symbol(panel) == symbol)


def drawn_symbol(panel: ChartPanel) -> str:
    instrument = panel.view.model.instrument
    return instrument.symbol if instrument and panel._bars is not None else ""


async def test_what_is_picked_is_drawn_with_its_indicators_its_source_and_the_live_price(
    screen: Screen, panel: ChartPanel
) -> None:
    assert panel.view.model.phase is Phase.EMPTY
    await showing(screen, panel, "AAPL")
    model = panel.view.model
    assert model.series is not None
    assert len(model.series) > 500
    assert model.series.closed == len(model.series) - 1
    assert [fitted.study.title for fitted in model.studies] == ["SMA 20", "SUPERTREND 10 3"]
    assert not any(fitted.problem for fitted in model.studies)
    assert model.source_text.startswith("practice market: real prices of 2000–2013")
    await screen.trader.gateway.move("AAPL", 431.5)
    await screen.until(lambda: model.last_price == pytest.approx(431.5, abs=0.5))


async def test_another_timeframe_shows_other_bars_of_the_same_instrument(screen: Screen, panel: ChartPanel) -> None:
    await showing(screen, panel, "MSFT")
    for timeframe in (Timeframe.M5, Timeframe.W1):
        panel.frames.take(timeframe.value)
        await screen.until(lambda wanted=timeframe: panel._bars is not None and panel.view.model.timeframe is wanted)
        assert panel._bars is not None
        assert int(np.diff(panel._bars.time[-20:]).min()) >= timeframe.seconds


@pytest.mark.parametrize("timeframe", [Timeframe.W1, Timeframe.MO1])
async def test_the_week_and_the_month_form_with_the_day_and_follow_the_last_price(
    screen: Screen, panel: ChartPanel, timeframe: Timeframe
) -> None:
    await showing(screen, panel, "AAPL")
    assert panel._bars is not None
    day = panel._bars
    panel.frames.take(timeframe.value)
    await screen.until(lambda: panel._bars is not None and panel.view.model.timeframe is timeframe)
    series = panel.view.model.series
    assert series is not None
    assert series.closed == len(series) - 1
    assert series.at(len(series) - 1).is_forming
    assert day.closed == len(day) - 1
    began = int(series.bars.time[-1])
    assert series.at(len(series) - 1).high >= float(day.high[day.time >= began].max())
    await screen.trader.gateway.move("AAPL", 452.5)
    await screen.until(lambda: series.at(len(series) - 1).close == pytest.approx(452.5, abs=0.5))
    assert panel.view.model.last_price == pytest.approx(452.5, abs=0.5)
    await screen.trader.gateway.move("AAPL", 431.5)
    await screen.until(lambda: panel.view.model.last_price == pytest.approx(431.5, abs=0.5))


async def test_the_timeframes_fold_into_a_menu_where_there_is_no_room(screen: Screen, panel: ChartPanel) -> None:
    await showing(screen, panel, "AAPL")
    assert not panel.frames.is_folded
    panel.resize(300, 260)
    await screen.until(lambda: panel.frames.is_folded)
    assert panel.frames.button.text() == "1d"
    assert panel.frames.button.isVisible()
    (hour,) = [act for act in panel.frames.button.menu().actions() if act.data() == "1h"]
    hour.trigger()
    await screen.until(lambda: panel.view.model.timeframe is Timeframe.H1)
    assert panel.frames.button.text() == "1h"
    panel.resize(860, 560)
    await screen.until(lambda: not panel.frames.is_folded)


async def test_typing_a_symbol_shows_it_everywhere_and_an_unknown_one_is_one_sentence(
    screen: Screen, panel: ChartPanel
) -> None:
    await showing(screen, panel, "AAPL")
    QTest.keyClicks(panel.view, "i")
    panel.view._field.setText("IBM")
    QTest.keyClick(panel.view._field, Qt.Key.Key_Return)
    await screen.until(lambda: drawn_symbol(panel) == "IBM")
    shown = screen.handles.selection.instrument()
    assert shown is not None
    assert shown.symbol == "IBM"
    panel.view.symbol_typed.emit("NOSUCH")
    await screen.until(lambda: panel.view.model.phase is Phase.FAILED)
    assert "NOSUCH was not found" in panel.view._notice.text
    panel.view._notice._button.click()
    assert panel.view.model.phase is Phase.READY
    assert drawn_symbol(panel) == "IBM"


class SlowMarket:
    """A market whose answers come when the test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, asyncio.Future[None], Callable[[Bars], None]]] = []
        self.stopped: list[str] = []

    async def follow(
        self, instrument: Instrument, timeframe: Timeframe, count: int, hear: Callable[[Bars], None]
    ) -> Callable[[], None]:
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.asked.append((instrument.symbol, answered, hear))
        await answered
        return lambda: self.stopped.append(instrument.symbol)


async def test_bars_of_a_former_symbol_that_come_late_are_not_shown_and_no_longer_followed(screen: Screen) -> None:
    market = SlowMarket()
    handles = screen.handles
    former, wanted = [await screen.trader.instrument(symbol) for symbol in ("AAPL", "MSFT")]
    bars = (await handles.market.load(former, Timeframe.D1, 50)).bars
    series = ChartSeries(with_market(handles, market), handles.window)
    came: list[Bars] = []
    series.came.connect(came.append)
    series.show(former, Timeframe.D1)
    series.show(wanted, Timeframe.D1)
    await screen.until(lambda: len(market.asked) == 2)
    (_, first, hear_first), (_, second, hear_second) = market.asked
    hear_first(bars)
    first.set_result(None)
    await screen.until(lambda: market.stopped == ["AAPL"])
    assert came == []
    hear_second(bars.last(10))
    second.set_result(None)
    assert [len(each) for each in came] == [10]
    hear_first(bars)
    await screen.until(lambda: not series._told.isActive())
    assert [len(each) for each in came] == [10]
    series.stop()


async def test_c9_a_series_that_fails_says_why_and_is_tried_again(screen: Screen, panel: ChartPanel) -> None:
    await showing(screen, panel, "AAPL")
    panel._series.failed.emit("The gateway did not answer in 20 s.")
    assert panel.view.model.phase is Phase.FAILED
    assert panel.view._notice.text == "The gateway did not answer in 20 s."
    panel.view._notice._button.click()
    await screen.until(lambda: panel.view.model.phase is Phase.READY and drawn_symbol(panel) == "AAPL")


async def test_older_bars_that_are_refused_are_told_on_the_pane(screen: Screen) -> None:
    class NoPast(SlowMarket):
        budget = HistoryBudget(12, 60, wait_s=9.0)

        async def stored(self, *_: object) -> Bars:
            return empty_bars()

        async def load(self, *_: object) -> None:
            raise Retryable("Too many requests; try again in 10 s.")

    market = NoPast()
    instrument = await screen.trader.instrument("AAPL")
    bars = (await screen.handles.market.load(instrument, Timeframe.D1, 50)).bars
    series = ChartSeries(with_market(screen.handles, market), screen.handles.window)
    told: list[History] = []
    series.history.connect(told.append)
    series.show(instrument, Timeframe.D1)
    await screen.until(lambda: market.asked)
    market.asked[0][2](bars)
    series.want_older()
    await screen.until(lambda: len(told) == 2)
    assert told[0].is_loading
    assert told[0].budget == told[1].budget == market.budget
    assert told[1].problem == "Too many requests; try again in 10 s."
    market.asked[0][1].set_result(None)
    await screen.until(lambda: not series._is_asking)
    series.stop()


async def test_a_refused_request_reaches_the_panel_in_words(screen: Screen) -> None:
    class Refusing(SlowMarket):
        async def follow(self, *_: object) -> Callable[[], None]:
            raise Retryable("Too many requests; try again in 10 s.")

    series = ChartSeries(with_market(screen.handles, Refusing()), screen.handles.window)
    said: list[str] = []
    series.failed.connect(said.append)
    series.show(await screen.trader.instrument("AAPL"), Timeframe.D1)
    await screen.until(lambda: said)
    assert said == ["Too many requests; try again in 10 s."]
    series.stop()


async def test_older_history_comes_before_the_first_bar_and_the_view_stays(screen: Screen, panel: ChartPanel) -> None:
    await showing(screen, panel, "IBM")
    assert panel._bars is not None
    before, newest = len(panel._bars), int(panel._bars.time[-1])
    used = screen.handles.market.budget.used
    panel.view.older_wanted.emit()
    history = panel.view.model.history
    assert history is not None
    assert history.is_loading
    assert history.budget is not None
    assert history.budget.used == used > 0
    await screen.until(lambda: panel._bars is not None and len(panel._bars) > 1.5 * before)
    times = panel._bars.time
    assert int(times[-1]) == newest
    assert bool(np.all(np.diff(times) > 0))
    assert len(panel.view.model.series or ()) == len(times)
    assert screen.handles.market.budget.used > used
    screen.binding.refresh()
    status = screen.handles.window.status.budget
    assert status.text() == f"History {screen.handles.market.budget.used}/60"


async def test_another_zone_reaches_an_open_chart_and_that_of_the_exchange_is_the_instruments_own(
    screen: Screen, panel: ChartPanel
) -> None:
    await showing(screen, panel, "ASH.")
    model, settings = panel.view.model, screen.handles.settings
    was = settings.current.zone
    try:
        for zone, shown in (("exchange", "GB-Eire"), ("Asia/Tokyo", "Asia/Tokyo"), ("UTC", "UTC")):
            settings.change(zone=zone)
            panel._age.timeout.emit()
            assert model.zone_name == shown
            assert str(model.zone) == shown
    finally:
        settings.change(zone=was)


async def test_gaps_are_those_of_the_instruments_own_exchange(screen: Screen, panel: ChartPanel) -> None:
    instrument = await screen.trader.instrument("ASH.")
    market = screen.handles.market
    days = [date(2024, 12, 20), date(2024, 12, 23), date(2024, 12, 24), date(2024, 12, 27), date(2024, 12, 31)]
    ones = np.ones(len(days))
    bars = Bars(np.array([epoch(day) for day in days]), ones, ones, ones, ones, ones, closed=len(days))
    await showing(screen, panel, "ASH.")
    panel._series.stop()
    panel.view.set_series(instrument, Timeframe.D1, bars, source_text="", zone="GB-Eire")
    panel.layers.begin(instrument)
    panel.layers.show_bars(instrument, Timeframe.D1, bars)
    await screen.until(lambda: market.sessions_of(instrument, days[0], days[-1]) is not None)
    await screen.until(lambda: panel.view.model.gaps)
    assert [gap.text for gap in panel.view.model.gaps] == ["1 session missing"]  # the 30th; Boxing Day is a holiday
    assert panel.view.model.gaps[0].after == epoch(date(2024, 12, 27))


async def test_what_is_traded_is_marked_and_a_click_on_it_asks_why(screen: Screen, panel: ChartPanel) -> None:
    instrument = await screen.trader.instrument("GOOG")
    intent = await screen.trader.bought(instrument)
    await showing(screen, panel, "GOOG")
    await screen.until(lambda: {mark.kind for mark in panel.view.model.marks} >= {MarkKind.FILL, MarkKind.POSITION})
    keys = {mark.key for mark in panel.view.model.marks}
    assert {child.ref for child in intent.children} <= keys
    terms = panel.layers.orders._hands._terms[intent.children[0].ref]
    assert terms.atr is not None
    assert terms.atr > 0
    words = drag_words(terms, terms.price + terms.tick)
    assert UNKNOWN not in words
    assert [unit for unit in ("USD", " R", "ticks", "%", "ATR") if unit not in words] == []
    (held,) = panel.view.model.trades
    assert held.exit_at is None
    assert held.entry_price == pytest.approx(
        float(screen.trader.state.position(screen.trader.account, instrument.con_id).average)
    )
    traced: list[str] = []
    screen.handles.selection.traced.connect(traced.append)
    panel.view.mark_picked.emit(intent.children[0].ref)
    screen.handles.selection.traced.disconnect(traced.append)
    assert traced == [intent.children[0].ref]


async def test_a_price_picked_on_the_chart_goes_to_the_ticket(screen: Screen, panel: ChartPanel) -> None:
    await showing(screen, panel, "AAPL")
    wanted: list[tuple[float, str]] = []
    listen = screen.handles.selection.price_wanted.connect(lambda price, side: wanted.append((price, side)))
    viewport = panel.view.canvas.viewport()
    QTest.mouseMove(viewport, QPoint(290, 190))
    QTest.mouseMove(viewport, QPoint(300, 200))
    frame = panel.view.canvas.current_frame()
    assert frame is not None
    QTest.keyClick(panel.view.canvas, Qt.Key.Key_F10)
    screen.handles.selection.disconnect(listen)
    assert wanted[0] == (pytest.approx(frame.panes[0].scale.price_at(200), rel=0.01), "SELL")


async def test_a_drag_ends_in_words_when_the_session_drops(screen: Screen, panel: ChartPanel) -> None:
    instrument = await screen.trader.instrument("GOOG")
    intent = await screen.trader.bought(instrument)
    stop = intent.children[0].ref
    await showing(screen, panel, "GOOG")
    await screen.until(lambda: stop in {mark.key for mark in panel.view.model.marks})
    panel.view.set_look(volume=False)
    canvas, hands = panel.view.canvas, panel.view.orders
    frame = canvas.current_frame()
    assert frame is not None
    mark = next(mark for mark in panel.view.model.marks if mark.key == stop)
    row = round(frame.panes[0].scale.y_of(mark.price))
    QTest.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(200, row))
    QTest.mouseMove(canvas.viewport(), QPoint(200, row - 12))
    QTest.mouseMove(canvas.viewport(), QPoint(200, row - 24))
    held = OrderRef(hands.dragged)  # this stop, or that of another bracket at the same price
    assert held
    screen.handles.bus.publish(SessionView(state=SessionState.OFFLINE, why="a drill"))
    assert hands.dragged == ""
    assert "The session was lost while the order was being moved" in panel.view._saying.text()
    QTest.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(200, row - 24))
    assert hands.wishes == {}
    assert not screen.trader.state.orders[held].change_asked
    screen.handles.bus.publish(screen.handles.session.view)


async def test_indicators_are_chosen_from_the_catalogue(screen: Screen, panel: ChartPanel) -> None:
    await showing(screen, panel, "AAPL")
    panel.tools.indicators.add("rsi")
    panel.tools.indicators.remove("sma")
    titles = [fitted.study.title for fitted in panel.view.model.studies]
    assert titles == ["SUPERTREND 10 3", "RSI 14"]
    assert "rsi" in panel.view.model.panes()


async def test_drawings_and_templates_are_kept_in_the_data_directory(screen: Screen, panel: ChartPanel) -> None:
    await showing(screen, panel, "AAPL")
    instrument, folder = screen.handles.selection.instrument(), screen.handles.settings.folder
    assert instrument is not None
    board = panel.view.drawings
    board.put(Drawing(board.pad.new_key(), Tool.HORIZONTAL, (Anchor(0.0, 100.0),)))
    board.flush()
    assert (folder / "drawings" / f"{instrument.con_id}.json").exists()
    board.clear()
    board.flush()
    panel.tools.indicators.add("atr")
    panel.tools.save(int(instrument.con_id), "")
    await showing(screen, panel, "MSFT")
    assert "ATR 14" in [fitted.study.title for fitted in panel.view.model.studies]
    panel.tools.indicators.remove("atr")
    await showing(screen, panel, "AAPL")
    assert "ATR 14" in [fitted.study.title for fitted in panel.view.model.studies]
    for template in panel.tools.templates.all():
        panel.tools.templates.forget(template)


async def test_another_symbol_is_compared_and_the_week_laid_over_the_days(screen: Screen, panel: ChartPanel) -> None:
    await showing(screen, panel, "AAPL")
    panel.view.compare_wanted.emit("MSFT")
    await screen.until(lambda: bool(panel.view.model.compared))
    assert panel.view.model.mode is ScaleMode.PERCENT
    panel.view.set_comparisons(())
    panel.tools.indicators.edit("supertrend", timeframe=Timeframe.W1)
    await screen.until(lambda: bool(panel.tools.indicators._higher))
    trend = next(one for one in panel.view.model.studies if one.study.key == "supertrend")
    assert trend.study.title == "SUPERTREND 10 3 · 1w"
    assert not trend.problem


async def test_any_bar_says_why_it_was_a_signal_or_not(screen: Screen, panel: ChartPanel) -> None:
    await showing(screen, panel, "AAPL")
    assert panel.view.model.series is not None
    assert panel.view.lineage.explain(len(panel.view.model.series) - 10)
    why = panel.view.lineage.card.why
    assert why is not None
    assert [row.name for row in why.rows] == ["SuperTrend 10 3", "Close against SMA 20", "MACD 12 26 9", "RSI 14"]
    assert "bullish" in why.conclusion


async def test_c2_a_chart_without_ticks_says_how_old_it_is(screen: Screen, panel: ChartPanel) -> None:
    await showing(screen, panel, "AAPL")
    instrument = screen.handles.selection.instrument()
    assert instrument is not None
    quotes = screen.handles.market._quotes
    fresh = quotes[instrument.con_id]
    quotes[instrument.con_id] = type(fresh)(fresh.con_id, fresh.data_class, last=fresh.last, arrived=fresh.arrived - 60)
    panel._show_age()
    assert panel.view.model.phase is Phase.STALE
    assert panel.view.model.age_text == "stale · 1 m"
    await screen.until(lambda: quotes[instrument.con_id].arrived > fresh.arrived)
    panel._show_age()
    assert panel.view.model.phase is Phase.READY


def with_market(handles: object, market: object) -> object:
    """Return the handles with another market behind them."""
    return replace(handles, market=market)
