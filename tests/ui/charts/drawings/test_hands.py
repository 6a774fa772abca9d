"""Hands that draw: every tool by clicks, moved by a drag, undone by a key, where the hand put it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.domain.bars import Timeframe
from app.ui.charts.drawings.card import DrawingCard
from app.ui.charts.drawings.shelf import DrawingShelf
from app.ui.charts.drawings.store import Sheets
from app.ui.charts.drawings.strip import ToolStrip
from app.ui.charts.drawings.values import ANCHORS, Dash, Tool
from app.ui.charts.frame import Frame
from app.ui.charts.values import PRICE, Line, ScaleMode, Study
from app.ui.charts.view import ChartView
from tests.ui.charts.conftest import AAPL, LoudPalette, Show, screen, wave

NO, SHIFT, CONTROL = (
    Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier,
)  # fmt: skip


@pytest.fixture(autouse=True)
def no_card_left() -> Iterator[None]:
    yield
    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.close()
    QApplication.sendPostedEvents(None, 52)


def frame(chart: ChartView) -> Frame:
    found = chart.canvas.current_frame()
    assert found is not None
    return found


def point(chart: ChartView, index: int, price: float) -> QPoint:
    now = frame(chart)
    return QPoint(round(now.x_of(index)), round(now.panes[0].scale.y_of(price)))


def click(chart: ChartView, *points: QPoint, keys: Qt.KeyboardModifier = NO) -> None:
    view = chart.canvas.viewport()
    for at in points:
        QTest.mouseMove(view, at + QPoint(5, 0))
        QTest.mouseMove(view, at)
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, keys, at)


def drag(chart: ChartView, start: QPoint, end: QPoint) -> None:
    view = chart.canvas.viewport()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(view, (start + end) / 2)
    QTest.mouseMove(view, end)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=end)


def ready(chart: ChartView, show: Show) -> None:
    show(wave(400))
    chart.drawings.set_magnet(False)
    chart.times.show(99.5, 199.5)


def trend(chart: ChartView) -> str:
    """Draw a trend line from bar 110 at 95 to bar 150 at 105."""
    chart.drawings.take(Tool.TREND)
    click(chart, point(chart, 110, 95.0), point(chart, 150, 105.0))
    return chart.drawings.drawings[-1].key


@pytest.mark.parametrize("tool", [tool for tool in Tool if tool is not Tool.TEXT])
def test_every_tool_is_drawn_by_its_clicks_and_seen(chart: ChartView, show: Show, tool: Tool) -> None:
    ready(chart, show)
    plain = screen(chart)
    chart.drawings.take(tool)
    spots = [point(chart, 110, 95.0), point(chart, 150, 105.0), point(chart, 160, 98.0)][: ANCHORS[tool]]
    click(chart, *spots)
    (drawing,) = chart.drawings.drawings
    bars = wave(400)
    assert [round((one.at - bars.time[0]) / 86400) for one in drawing.anchors] == [110, 150, 160][: len(spots)]
    assert [one.price for one in drawing.anchors] == pytest.approx([95.0, 105.0, 98.0][: len(spots)], abs=0.15)
    assert chart.drawings.tool is None  # one drawing a time, as the hand expects
    chart.drawings.select("")
    chart.canvas.move_cross(None)
    assert screen(chart) != plain
    drawn = chart.picture(800, 500)
    chart.drawings.undo()
    assert chart.picture(800, 500) != drawn  # the picture shows them too


def test_a_trend_line_may_be_pulled_in_one_drag(chart: ChartView, show: Show) -> None:
    ready(chart, show)
    left = chart.times.left
    chart.drawings.take(Tool.TREND)
    drag(chart, point(chart, 110, 95.0), point(chart, 150, 105.0))
    assert len(chart.drawings.drawings) == 1
    assert chart.times.left == left


def test_the_line_is_drawn_where_its_anchors_are(chart: ChartView, show: Show) -> None:
    ready(chart, show)
    chart.drawings.take(Tool.HORIZONTAL)
    click(chart, point(chart, 130, 112.0))
    chart.drawings.select("")
    chart.canvas.move_cross(None)
    y = round(frame(chart).panes[0].scale.y_of(chart.drawings.drawings[0].anchors[0].price))
    image = screen(chart)
    found = [max(image.pixelColor(400, y + step).blue() for step in (-1, 0, 1))]
    assert found[0] > 200


def test_the_magnet_takes_the_high_of_the_bar(chart: ChartView, show: Show) -> None:
    ready(chart, show)
    chart.drawings.set_magnet(True)
    bars = wave(400)
    chart.drawings.take(Tool.HORIZONTAL)
    click(chart, point(chart, 130, float(bars.high[130])) + QPoint(1, -7))
    assert chart.drawings.drawings[0].anchors[0].price == bars.high[130]


def test_without_magnet_prices_are_on_the_tick(chart: ChartView, show: Show) -> None:
    ready(chart, show)
    chart.drawings.take(Tool.HORIZONTAL)
    click(chart, point(chart, 130, 101.2345))
    price = chart.drawings.drawings[0].anchors[0].price
    assert round(price * 100) == pytest.approx(price * 100, abs=1e-6)


def test_shift_keeps_a_line_level(chart: ChartView, show: Show) -> None:
    ready(chart, show)
    chart.drawings.take(Tool.TREND)
    click(chart, point(chart, 110, 95.0))
    click(chart, point(chart, 150, 104.0), keys=SHIFT)
    one, other = chart.drawings.drawings[0].anchors
    assert one.price == other.price


def test_a_drag_moves_the_drawing_or_one_of_its_ends_and_undo_puts_it_back(chart: ChartView, show: Show) -> None:
    ready(chart, show)
    key = trend(chart)
    before = chart.drawings.pad.find(key)
    assert before is not None
    drag(chart, point(chart, 130, 100.0), point(chart, 140, 103.0))
    moved = chart.drawings.pad.find(key)
    assert moved is not None
    shifts = [(b.at - a.at) / 86400 for a, b in zip(before.anchors, moved.anchors, strict=True)]
    assert shifts == pytest.approx([10, 10], abs=1)
    assert moved.anchors[0].price - before.anchors[0].price == pytest.approx(3.0, abs=0.3)
    end = chart.canvas.viewport()
    assert end is not None
    drag(chart, point(chart, round((moved.anchors[1].at - wave(1).time[0]) / 86400), moved.anchors[1].price),
         point(chart, 180, 110.0))  # fmt: skip
    bent = chart.drawings.pad.find(key)
    assert bent is not None
    assert bent.anchors[0] == moved.anchors[0]
    assert bent.anchors[1].price == pytest.approx(110.0, abs=0.2)
    QTest.keyClick(chart.canvas, Qt.Key.Key_Z, CONTROL)
    QTest.keyClick(chart.canvas, Qt.Key.Key_Z, CONTROL)
    assert chart.drawings.pad.find(key) == before
    QTest.keyClick(chart.canvas, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert chart.drawings.pad.find(key) == moved


def test_a_locked_drawing_stays_where_it_is(chart: ChartView, show: Show) -> None:
    ready(chart, show)
    key = trend(chart)
    chart.drawings.edit(key, is_locked=True)
    before = chart.drawings.drawings
    drag(chart, point(chart, 130, 100.0), point(chart, 140, 103.0))
    QTest.keyClick(chart.canvas, Qt.Key.Key_Delete)
    assert chart.drawings.drawings == before
    assert "locked" in chart._saying.text()


def test_delete_removes_what_is_selected_and_escape_lets_go(chart: ChartView, show: Show) -> None:
    ready(chart, show)
    trend(chart)
    QTest.keyClick(chart.canvas, Qt.Key.Key_Escape)
    assert chart.drawings.selected is None
    QTest.keyClick(chart.canvas, Qt.Key.Key_Delete)
    assert len(chart.drawings.drawings) == 1
    click(chart, point(chart, 130, 100.0))
    assert chart.drawings.selected is not None
    QTest.keyClick(chart.canvas, Qt.Key.Key_Delete)
    assert chart.drawings.drawings == ()


def test_escape_drops_a_drawing_that_is_not_finished(chart: ChartView, show: Show) -> None:
    ready(chart, show)
    chart.drawings.take(Tool.CHANNEL)
    click(chart, point(chart, 110, 95.0), point(chart, 150, 105.0))
    screen(chart)
    QTest.keyClick(chart.canvas, Qt.Key.Key_Escape)
    assert chart.drawings.drawings == ()
    assert chart.drawings.tool is None


def test_a_drag_beside_a_drawing_pans_the_chart(chart: ChartView, show: Show) -> None:
    ready(chart, show)
    trend(chart)
    left = chart.times.left
    drag(chart, point(chart, 170, 95.0), point(chart, 160, 95.0))
    assert chart.times.left > left


def test_drawings_stay_with_their_time_and_price_on_other_timeframes(chart: ChartView, show: Show) -> None:
    ready(chart, show)
    key = trend(chart)
    drawing = chart.drawings.pad.find(key)
    show(wave(400 * 24, step=3600), Timeframe.H1)
    assert chart.drawings.pad.find(key) == drawing
    plain = screen(chart)
    chart.drawings.edit(key, is_everywhere=False)
    chart.times.show(110 * 24, 150 * 24)
    hidden = screen(chart)
    chart.drawings.edit(key, is_everywhere=True)
    assert screen(chart) != hidden
    assert plain is not None


def test_each_instrument_has_its_own(chart: ChartView, show: Show) -> None:
    from dataclasses import replace

    chart.drawings.use_shelf(DrawingShelf(Sheets()))
    ready(chart, show)
    trend(chart)
    other = replace(AAPL, con_id=900000002, symbol="MSFT")
    chart.set_series(other, Timeframe.D1, wave(400), source_text="", zone="UTC")
    assert chart.drawings.drawings == ()
    show(wave(400))
    assert len(chart.drawings.drawings) == 1


def test_charts_of_one_symbol_share_their_drawings_and_their_past(
    chart: ChartView, show: Show, palette: LoudPalette
) -> None:
    shelf, other = DrawingShelf(Sheets()), ChartView(palette)
    for view in (chart, other):
        view.drawings.use_shelf(shelf)
    show(wave(400))
    other.set_series(AAPL, Timeframe.H1, wave(400, step=3600), source_text="", zone="UTC")
    trend(chart)
    assert other.model.drawings == chart.model.drawings != ()
    other.drawings.undo()
    assert chart.model.drawings == ()
    other.close()
    other.deleteLater()


def test_an_alert_knows_the_scale_it_was_set_on(chart: ChartView, show: Show) -> None:
    show(wave(400))
    trend(chart)
    (line,) = chart.drawings.drawings
    chart.set_look(mode=ScaleMode.LOG)
    chart.drawings.edit(line.key, alerts=True)
    assert chart.drawings.drawings[0].is_log


def test_text_asks_for_its_words_and_the_card_changes_the_rest(chart: ChartView, show: Show) -> None:
    ready(chart, show)
    chart.drawings.take(Tool.TEXT)
    click(chart, point(chart, 130, 112.0))
    card = QApplication.activePopupWidget()
    assert isinstance(card, DrawingCard)
    QTest.keyClicks(card.words, "Earnings")
    QTest.keyClick(card.words, Qt.Key.Key_Return)
    card.colour.setCurrentIndex(card.colour.findData("warn"))
    card.dash.setCurrentIndex(card.dash.findData("dotted"))
    card.checks["is_locked"].setChecked(True)
    (drawing,) = chart.drawings.drawings
    assert (drawing.text, drawing.style.colour, drawing.style.dash) == ("Earnings", "warn", Dash.DOTTED)
    assert drawing.is_locked


def test_a_double_click_opens_the_card(chart: ChartView, show: Show) -> None:
    ready(chart, show)
    trend(chart)
    QTest.mouseDClick(chart.canvas.viewport(), Qt.MouseButton.LeftButton, pos=point(chart, 130, 100.0))
    assert isinstance(QApplication.activePopupWidget(), DrawingCard)


def test_the_strip_takes_tools_in_hand(chart: ChartView, show: Show, palette: LoudPalette) -> None:
    ready(chart, show)
    strip = ToolStrip(chart.drawings, palette)
    QTest.mouseClick(strip.buttons[Tool.RECTANGLE], Qt.MouseButton.LeftButton)
    assert chart.drawings.tool is Tool.RECTANGLE
    click(chart, point(chart, 110, 95.0), point(chart, 150, 105.0))
    assert not strip.buttons[Tool.RECTANGLE].isChecked()
    QTest.mouseClick(strip.buttons["eye"], Qt.MouseButton.LeftButton)
    assert not chart.model.shows_drawings
    QTest.mouseClick(strip.buttons["eye"], Qt.MouseButton.LeftButton)
    QTest.mouseClick(strip.buttons["trash-2"], Qt.MouseButton.LeftButton)
    assert chart.drawings.drawings == ()
    QTest.mouseClick(strip.buttons["undo"], Qt.MouseButton.LeftButton)
    assert len(chart.drawings.drawings) == 1
    strip.deleteLater()


def test_a_measure_says_bars_time_price_percent_and_r(chart: ChartView, show: Show) -> None:
    from app.ui.charts.drawings.words import measured

    ready(chart, show)
    chart.model.risk = 4.0
    chart.drawings.take(Tool.MEASURE)
    click(chart, point(chart, 110, 100.0), point(chart, 120, 108.0))
    one, other = chart.drawings.drawings[0].anchors
    words = measured(chart.model, one, other, 4.0)
    assert words.startswith("+10 bars  ·  10 d  ·  +")
    change = other.price - one.price
    assert f"+{change:.2f}  ·  +{change / one.price * 100:.2f} %  ·  +{change / 4:.2f} R" in words
    assert measured(chart.model, one, other, None).endswith("– R")


@pytest.mark.parametrize("mode", [ScaleMode.LOG, ScaleMode.PERCENT])
def test_drawings_keep_to_their_prices_on_other_scales(chart: ChartView, show: Show, mode: ScaleMode) -> None:
    ready(chart, show)
    chart.set_look(mode=mode)
    chart.drawings.take(Tool.RETRACEMENT)
    click(chart, point(chart, 110, 95.0), point(chart, 150, 105.0))
    assert [one.price for one in chart.drawings.drawings[0].anchors] == pytest.approx([95.0, 105.0], abs=0.2)
    screen(chart)


def test_no_drawing_begins_below_the_price_pane(chart: ChartView, show: Show) -> None:
    import numpy as np

    ready(chart, show)
    chart.set_studies([Study("rsi", "RSI", "rsi", (Line("RSI", np.linspace(20, 80, 400)),))])
    assert chart.model.panes() == (PRICE, "rsi")
    chart.drawings.take(Tool.HORIZONTAL)
    click(chart, QPoint(300, frame(chart).panes[1].top + 20))
    assert chart.drawings.drawings == ()
