"""Hands: every gesture moves what it should and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.domain.bars import Timeframe
from app.domain.orders import Side
from app.ui.charts.frame import Frame
from app.ui.charts.values import Mark, MarkKind, MarkState
from app.ui.charts.view import ChartView
from tests.ui.charts.conftest import Show, screen, wave


def frame(chart: ChartView) -> Frame:
    found = chart.canvas.current_frame()
    assert found is not None
    return found


def turn(chart: ChartView, x: float, y: float, up: int = 120, sideways: int = 0) -> None:
    view = chart.canvas.viewport()
    where = QPointF(x, y)
    QApplication.sendEvent(
        view,
        QWheelEvent(
            where, view.mapToGlobal(where), QPoint(), QPoint(sideways, up), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        ),
    )  # fmt: skip


def hover(chart: ChartView, x: int, y: int) -> None:
    """Move the pointer there; from elsewhere, since a pointer that does not move says nothing."""
    QTest.mouseMove(chart.canvas.viewport(), QPoint(x - 9, y - 9))
    QTest.mouseMove(chart.canvas.viewport(), QPoint(x, y))


def drag(chart: ChartView, start: tuple[int, int], end: tuple[int, int]) -> None:
    view = chart.canvas.viewport()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(*start))
    QTest.mouseMove(view, QPoint((start[0] + end[0]) // 2, (start[1] + end[1]) // 2))
    QTest.mouseMove(view, QPoint(*end))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(*end))


def test_the_wheel_zooms_and_keeps_the_bar_under_the_cursor(chart: ChartView, show: Show) -> None:
    show(wave(500))
    before, span = frame(chart).position_at(300), chart.times.span
    turn(chart, 300, 200)
    assert chart.times.span < span
    assert frame(chart).position_at(300) == pytest.approx(before, abs=0.5 / frame(chart).per_bar)  # half a pixel
    turn(chart, 300, 200, up=-120)
    assert chart.times.span == pytest.approx(span)


def test_zoom_reaches_from_five_bars_to_all(chart: ChartView, show: Show) -> None:
    show(wave(5000))
    for _ in range(60):
        turn(chart, 300, 200)
    assert chart.times.span == pytest.approx(5.0)
    for _ in range(80):
        turn(chart, 300, 200, up=-120)
    assert chart.times.span >= 5000
    screen(chart)


def test_dragging_the_plot_takes_the_bars_along(chart: ChartView, show: Show) -> None:
    show(wave(500))
    grabbed = frame(chart).position_at(300)
    drag(chart, (300, 200), (420, 200))
    assert frame(chart).position_at(420) == pytest.approx(grabbed, abs=0.01)


def test_a_sideways_wheel_pans(chart: ChartView, show: Show) -> None:
    show(wave(500))
    left, span = chart.times.left, chart.times.span
    turn(chart, 300, 200, up=0, sideways=120)
    assert chart.times.left < left
    assert chart.times.span == pytest.approx(span)


def test_the_price_axis_stretches_and_a_double_click_frees_it(chart: ChartView, show: Show) -> None:
    show(wave(500))
    axis = frame(chart).plot + 20
    scale = frame(chart).panes[0].scale
    drag(chart, (axis, 200), (axis, 260))
    by_hand = frame(chart).panes[0].scale
    assert by_hand.high - by_hand.low > scale.high - scale.low
    drag(chart, (300, 200), (300, 240))  # a range set by hand moves with the plot
    assert frame(chart).panes[0].scale.high > by_hand.high
    QTest.mouseDClick(chart.canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(axis, 200))
    assert frame(chart).panes[0].scale == scale


def test_the_time_axis_zooms_around_its_right_end(chart: ChartView, show: Show) -> None:
    show(wave(500))
    right, span = chart.times.right, chart.times.span
    row = frame(chart).bottom + 10
    drag(chart, (300, row), (200, row))
    assert chart.times.right == pytest.approx(right, abs=1 / frame(chart).per_bar)  # a pixel
    assert chart.times.span > span


@pytest.mark.parametrize(
    ("key", "left"),
    [(Qt.Key.Key_Left, -1), (Qt.Key.Key_Right, 1), (Qt.Key.Key_PageUp, -1), (Qt.Key.Key_PageDown, 1)],
)
def test_arrows_and_pages_pan(chart: ChartView, show: Show, key: Qt.Key, left: int) -> None:
    show(wave(500))
    chart.times.show(200.0, 300.0)
    QTest.keyClick(chart.canvas, key)
    assert np.sign(chart.times.left - 200.0) == left
    assert chart.times.span == pytest.approx(100.0)


def test_home_and_end_show_the_first_and_the_newest_bar(chart: ChartView, show: Show) -> None:
    show(wave(500))
    QTest.keyClick(chart.canvas, Qt.Key.Key_Home)
    assert chart.times.left == pytest.approx(-0.5)
    QTest.keyClick(chart.canvas, Qt.Key.Key_End)
    assert chart.times.left < 499 < chart.times.right


def test_plus_and_minus_zoom(chart: ChartView, show: Show) -> None:
    show(wave(500))
    span = chart.times.span
    QTest.keyClick(chart.canvas, Qt.Key.Key_Plus)
    assert chart.times.span < span
    QTest.keyClick(chart.canvas, Qt.Key.Key_Minus)
    assert chart.times.span == pytest.approx(span)


def test_the_crosshair_reads_the_bar_under_it(chart: ChartView, show: Show) -> None:
    bars = wave(500)
    show(bars)
    spy = QSignalSpy(chart.bar_hovered)
    index = round(frame(chart).position_at(300))
    hover(chart, 300, 200)
    hovered = spy.at(spy.count() - 1)[0]
    assert (hovered.index, hovered.high) == (index, bars.high[index])
    QTest.mouseMove(chart.canvas.viewport(), QPoint(300, frame(chart).bottom + 8))
    assert chart.canvas.cross is None


def test_the_crosshair_moves_without_a_new_still_picture(chart: ChartView, show: Show, qtbot: QtBot) -> None:
    show(wave(500))
    before = chart.canvas.stills_painted
    image = screen(chart)
    hover(chart, 300, 200)
    qtbot.waitUntil(lambda: screen(chart) != image, timeout=1000)
    assert chart.canvas.stills_painted == before


def test_the_keyboard_walks_the_crosshair_and_says_the_bar(chart: ChartView, show: Show) -> None:
    bars = wave(50)
    show(bars)
    QTest.keyClick(chart.canvas, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert chart.canvas.cross is not None
    assert chart.canvas.cross.index == 49
    QTest.keyClick(chart.canvas, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert f"high {bars.high[48]:.2f}" in chart.canvas.accessibleDescription()


def test_typing_a_symbol_or_a_timeframe_over_the_chart(chart: ChartView, show: Show) -> None:
    show(wave(30))
    symbols, frames = QSignalSpy(chart.symbol_typed), QSignalSpy(chart.timeframe_picked)
    for text, spy, found in (("msft", symbols, "MSFT"), ("15", frames, Timeframe.M15), ("1d", frames, Timeframe.D1)):
        QTest.keyClick(chart.canvas, text[0])
        QTest.keyClicks(chart._field, text[1:])
        QTest.keyClick(chart._field, Qt.Key.Key_Return)
        assert spy.at(spy.count() - 1)[0] == found
        assert not chart._field.isVisible()


def test_letters_that_reach_the_chart_one_after_another_are_one_symbol(chart: ChartView, show: Show) -> None:
    show(wave(30))
    symbols = QSignalSpy(chart.symbol_typed)
    QTest.keyClicks(chart.canvas, "goog")
    QTest.keyClick(chart._field, Qt.Key.Key_Return)
    QTest.keyClicks(chart.canvas, "fb")
    QTest.keyClick(chart._field, Qt.Key.Key_Return)
    assert [symbols.at(place)[0] for place in range(symbols.count())] == ["GOOG", "FB"]


def test_a_number_that_is_no_timeframe_is_answered_in_words(chart: ChartView, show: Show) -> None:
    show(wave(30))
    frames = QSignalSpy(chart.timeframe_picked)
    QTest.keyClick(chart.canvas, "7")
    QTest.keyClick(chart._field, Qt.Key.Key_Return)
    assert frames.count() == 0
    assert "7 is no timeframe" in chart._field.placeholderText()
    QTest.keyClick(chart._field, Qt.Key.Key_Escape)
    assert not chart._field.isVisible()


def pinch(chart: ChartView, x: float, amount: float) -> None:
    view, where = chart.canvas.viewport(), QPointF(x, 200)
    event = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture, QPointingDevice.primaryPointingDevice(), 2, where, where,
        view.mapToGlobal(where), amount, QPointF(),
    )  # fmt: skip
    QApplication.sendEvent(view, event)


def test_two_fingers_zoom_where_they_are(chart: ChartView, show: Show) -> None:
    show(wave(500))
    before, span = frame(chart).position_at(300), chart.times.span
    pinch(chart, 300, 0.25)
    assert chart.times.span == pytest.approx(span / 1.25)
    assert frame(chart).position_at(300) == pytest.approx(before, abs=1 / frame(chart).per_bar)
    pinch(chart, 300, -0.2)
    assert chart.times.span == pytest.approx(span)


def test_the_right_button_opens_the_ticket_at_the_price_under_it(chart: ChartView, show: Show) -> None:
    show(wave(100))
    spy = QSignalSpy(chart.price_picked)
    hover(chart, 300, 180)
    price = frame(chart).panes[0].scale.price_at(180)
    view = chart.canvas.viewport()
    where = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(300, 180), view.mapToGlobal(QPoint(300, 180)))
    QApplication.sendEvent(view, where)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    buy, sell = menu.actions()[:2]
    assert (buy.text(), sell.text()) == (f"Buy at {price:.2f} …", f"Sell at {price:.2f} …")
    buy.trigger()
    menu.close()
    assert (spy.at(0)[0], spy.at(0)[1]) == (pytest.approx(price), Side.BUY)


def test_f9_and_f10_pick_the_price_under_the_crosshair(chart: ChartView, show: Show) -> None:
    show(wave(100))
    spy = QSignalSpy(chart.price_picked)
    hover(chart, 300, 200)
    QTest.keyClick(chart.canvas, Qt.Key.Key_F9)
    QTest.keyClick(chart.canvas, Qt.Key.Key_F10)
    price = frame(chart).panes[0].scale.price_at(200)
    assert [spy.at(k)[0] for k in (0, 1)] == [pytest.approx(price, abs=0.2)] * 2
    assert [spy.at(k)[1] for k in (0, 1)] == [Side.BUY, Side.SELL]


def test_a_click_picks_the_mark_or_the_bar_and_a_drag_neither(chart: ChartView, show: Show) -> None:
    bars = wave(100)
    show(bars)
    marks, picked = QSignalSpy(chart.mark_picked), QSignalSpy(chart.bar_picked)
    chart.set_marks([Mark("order-1", MarkKind.ORDER, 105.0, "Sell 100", Side.SELL, MarkState.WORKING)])
    y = round(frame(chart).panes[0].scale.y_of(105.0))
    QTest.mouseClick(chart.canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(200, y))
    assert marks.at(0)[0] == "order-1"
    QTest.mouseClick(chart.canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(200, y + 60))
    assert picked.at(0)[0] == bars.time[round(frame(chart).position_at(200))]
    drag(chart, (300, 200), (400, 200))
    assert (marks.count(), picked.count()) == (1, 1)
