"""A chart goes where it is sent: into a box, to a date, to a trade; older history comes on the way."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtTest import QSignalSpy, QTest

from app.domain.bars import Timeframe
from app.domain.broker import HistoryBudget
from app.domain.orders import Side
from app.ui.charts.dates import moment_of
from app.ui.charts.frame import Frame
from app.ui.charts.history import History, history_rect, history_words
from app.ui.charts.values import PRICE, Mark, MarkKind, MarkState
from app.ui.charts.view import ChartView
from tests.ui.charts.conftest import Show, screen, wave

SHIFT = Qt.KeyboardModifier.ShiftModifier


def frame(chart: ChartView) -> Frame:
    found = chart.canvas.current_frame()
    assert found is not None
    return found


def drag(
    chart: ChartView,
    start: tuple[int, int],
    end: tuple[int, int],
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    view = chart.canvas.viewport()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, keys, QPoint(*start))
    QTest.mouseMove(view, QPoint((start[0] + end[0]) // 2, (start[1] + end[1]) // 2))
    QTest.mouseMove(view, QPoint(*end))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, keys, QPoint(*end))


def fill(at: float, key: str = "fill") -> Mark:
    return Mark(key, MarkKind.FILL, 100.0, "Bought 10", Side.BUY, MarkState.DONE, at=at)


def test_a_box_pulled_with_shift_fills_the_chart(chart: ChartView, show: Show) -> None:
    show(wave(500))
    before = frame(chart)
    scale = before.panes[0].scale
    drag(chart, (200, 150), (400, 250), SHIFT)
    assert chart.times.left == pytest.approx(before.position_at(200), abs=0.05)
    assert chart.times.right == pytest.approx(before.position_at(400), abs=0.05)
    now = frame(chart).panes[0].scale
    assert (now.high, now.low) == pytest.approx((scale.price_at(150), scale.price_at(250)), rel=1e-3)


def test_a_flat_box_zooms_in_time_alone_and_escape_drops_a_box(chart: ChartView, show: Show) -> None:
    show(wave(500))
    span = chart.times.span
    view = chart.canvas.viewport()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, SHIFT, QPoint(200, 150))
    QTest.mouseMove(view, QPoint(300, 250))
    QTest.keyClick(chart.canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, SHIFT, QPoint(300, 250))
    assert chart.times.span == span
    drag(chart, (200, 150), (400, 153), SHIFT)
    assert chart.times.span < span
    assert PRICE not in chart.model.ranges


def test_the_box_is_seen_while_it_is_pulled(chart: ChartView, show: Show) -> None:
    show(wave(500))
    plain = screen(chart)
    view = chart.canvas.viewport()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, SHIFT, QPoint(200, 150))
    QTest.mouseMove(view, QPoint(300, 250))
    assert screen(chart).pixelColor(202, 200) != plain.pixelColor(202, 200)
    QTest.keyClick(chart.canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, SHIFT, QPoint(300, 250))
    chart.canvas.move_cross(None)
    assert screen(chart) == plain


def test_a_drag_up_takes_the_prices_along_and_a_level_one_does_not(chart: ChartView, show: Show) -> None:
    show(wave(500))
    scale = frame(chart).panes[0].scale
    drag(chart, (300, 200), (420, 206))
    assert PRICE not in chart.model.ranges
    held = scale.price_at(200)
    drag(chart, (300, 200), (340, 280))
    assert frame(chart).panes[0].scale.price_at(280) == pytest.approx(held, rel=0.02)


@pytest.mark.parametrize(("key", "factor"), [(Qt.Key.Key_Up, 1 / 1.18), (Qt.Key.Key_Down, 1.18)])
def test_up_and_down_zoom(chart: ChartView, show: Show, key: Qt.Key, factor: float) -> None:
    show(wave(500))
    span = chart.times.span
    QTest.keyClick(chart.canvas, key)
    assert chart.times.span == pytest.approx(span * factor)


def test_control_zero_shows_everything(chart: ChartView, show: Show) -> None:
    show(wave(500))
    QTest.keyClick(chart.canvas, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert chart.times.left <= 0
    assert chart.times.right >= 499


def test_a_window_that_has_a_key_for_something_else_leaves_it_to_the_chart_in_hand(
    chart: ChartView, show: Show
) -> None:
    show(wave(500))
    chart.times.show(100, 120)
    chart.setFocus()
    taken = list[str]()
    shortcuts = [QShortcut(QKeySequence(keys), chart.window()) for keys in ("Ctrl+0", "Ctrl+Z", "Ctrl+Shift+Z")]
    for shortcut in shortcuts:
        shortcut.activated.connect(lambda: taken.append("window"))
    QTest.keyClick(chart.canvas, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert chart.times.left <= 0
    QTest.keyClick(chart.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not taken


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2009", "2009-01-01T00:00"), ("2009-03", "2009-03-01T00:00"), ("2009-03-02", "2009-03-02T00:00"),
        ("2009/3/2", "2009-03-02T00:00"), ("2.3.2009", "2009-03-02T00:00"), ("2 Mar 2009", "2009-03-02T00:00"),
        ("March 2, 2009", "2009-03-02T00:00"), ("mar 2009", "2009-03-01T00:00"),
        ("2009-03-02 14:30", "2009-03-02T14:30"),
    ],
)  # fmt: skip
def test_dates_as_people_write_them(text: str, iso: str) -> None:
    assert moment_of(text, UTC, is_dated=True) == datetime.fromisoformat(iso).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2009-13-01", "2009-02-30", "32 Mar 2009", "15", "AAPL", "2009-1-1 25:0"]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert moment_of(text, UTC, is_dated=True) is None


def test_a_date_on_a_clock_chart_is_read_in_the_zone_of_the_screen() -> None:
    zone = ZoneInfo("US/Eastern")
    found = moment_of("2009-03-02 09:30", zone, is_dated=False)
    assert found == datetime(2009, 3, 2, 9, 30, tzinfo=zone).timestamp()


def test_alt_g_asks_for_a_date_and_goes_there(chart: ChartView, show: Show) -> None:
    show(wave(500))
    QTest.keyClick(chart.canvas, Qt.Key.Key_G, Qt.KeyboardModifier.AltModifier)
    assert chart._field.isVisible()
    QTest.keyClicks(chart._field, "2000-06-01")
    QTest.keyClick(chart._field, Qt.Key.Key_Return)
    assert chart.canvas.cross is not None
    assert chart.canvas.cross.index == 150
    assert (chart.times.left + chart.times.right) / 2 == pytest.approx(150)


def test_a_date_may_be_typed_over_the_chart(chart: ChartView, show: Show) -> None:
    show(wave(500))
    frames = QSignalSpy(chart.timeframe_picked)
    QTest.keyClick(chart.canvas, "2")
    QTest.keyClicks(chart._field, "000-06-01")
    QTest.keyClick(chart._field, Qt.Key.Key_Return)
    assert chart.canvas.cross is not None
    assert chart.canvas.cross.index == 150
    assert frames.count() == 0


def test_a_date_that_is_none_is_answered_in_words(chart: ChartView, show: Show) -> None:
    show(wave(500))
    left = chart.times.left
    assert not chart.navigator.go_to("soon")
    assert "“soon” is no date" in chart._saying.text()
    assert chart._saying.isVisible()
    assert chart.times.left == left


def test_a_date_before_the_first_bar_is_travelled_to_as_history_comes(chart: ChartView, show: Show) -> None:
    whole = wave(900)
    show(whole.part(600, 900))
    asked = QSignalSpy(chart.older_wanted)
    chart.navigator.go_to("2000-09-01")
    assert asked.count() == 1
    assert "Loading bars back to Fri 1 Sep 2000" in chart._saying.text()
    chart.update_bars(whole.part(300, 900))
    assert asked.count() == 2
    chart.update_bars(whole)
    assert asked.count() == 2
    assert chart.canvas.cross is not None
    assert chart.canvas.cross.index == 242


def test_a_date_before_all_history_ends_at_its_beginning_in_words(chart: ChartView, show: Show) -> None:
    show(wave(300))
    chart.navigator.go_to("1990")
    chart.navigator.set_history(History(is_complete=True))
    assert chart.canvas.cross is not None
    assert chart.canvas.cross.index == 0
    assert "begins Mon 3 Jan 2000" in chart._saying.text()


def test_brackets_jump_between_signals_and_trades(chart: ChartView, show: Show) -> None:
    bars = wave(500)
    show(bars)
    chart.set_marks([fill(float(bars.time[100]), "a"), fill(float(bars.time[300]), "b")])
    QTest.keyClick(chart.canvas, Qt.Key.Key_BracketLeft)
    assert chart.canvas.cross is not None
    assert chart.canvas.cross.index == 300
    QTest.keyClick(chart.canvas, Qt.Key.Key_BracketLeft)
    assert chart.canvas.cross.index == 100
    QTest.keyClick(chart.canvas, Qt.Key.Key_BracketLeft)
    assert "no earlier signal or trade" in chart._saying.text()
    assert chart.navigator.show_mark("b")
    assert chart.canvas.cross.index == 300
    assert not chart.navigator.show_mark("c")


def test_what_is_traced_elsewhere_is_brought_into_view_once_it_is_out_of_it(chart: ChartView, show: Show) -> None:
    bars = wave(500)
    show(bars)
    chart.set_marks([fill(float(bars.time[100]), "a"), fill(float(bars.time[490]), "b")])
    there = (chart.times.left, chart.times.right)
    chart.navigator.reveal("b")
    chart.navigator.reveal("nobody")
    assert (chart.times.left, chart.times.right) == there
    chart.navigator.reveal("a")
    assert chart.times.left < 100 < chart.times.right
    assert chart.canvas.cross is not None
    assert chart.canvas.cross.index == 100


def test_loading_older_history_shows_the_budget_it_costs(chart: ChartView, show: Show) -> None:
    show(wave(500))
    budget = HistoryBudget(14, 60, wait_s=7.2)
    chart.navigator.set_history(History(is_loading=True, budget=budget))
    words = history_words(frame(chart), chart.model)
    assert words == "Loading older bars … · 14 of 60 history requests used in 10 min, next in 7 s"
    image, box = screen(chart), history_rect(frame(chart))
    assert image.pixelColor(box.left() + 12, box.top() + 2).name() == "#696969"


def test_the_end_of_history_is_said_where_it_is_seen(chart: ChartView, show: Show) -> None:
    show(wave(500))
    chart.navigator.set_history(History(is_complete=True))
    assert history_words(frame(chart), chart.model) == ""
    chart.times.show(-5, 100)
    assert history_words(frame(chart), chart.model) == "History begins Mon 3 Jan 2000"


def test_a_new_symbol_forgets_the_journey(chart: ChartView, show: Show) -> None:
    show(wave(300))
    chart.navigator.go_to("1990")
    show(wave(800), Timeframe.H1)
    asked = QSignalSpy(chart.older_wanted)
    chart.update_bars(wave(820))
    assert asked.count() == 0
    assert chart.model.history is None
