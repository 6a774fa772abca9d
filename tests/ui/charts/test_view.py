"""Ticks, states and words: a tick repaints its column, at most one paint a frame, every state is a sentence."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from app.domain.bars import Timeframe
from app.domain.orders import Side
from app.ui.charts.export import write_picture, write_text
from app.ui.charts.frame import Frame
from app.ui.charts.menu import chart_menu
from app.ui.charts.overlay import Cross, tick_rect
from app.ui.charts.typing_field import timeframe_of
from app.ui.charts.values import PRICE, Action, BarStyle, Line, Phase, Study
from app.ui.charts.view import ChartView
from app.ui.charts.words import visible_csv
from tests.ui.charts.conftest import AAPL, LoudPalette, Show, screen, wave


def frame(chart: ChartView) -> Frame:
    found = chart.canvas.current_frame()
    assert found is not None
    return found


def test_a_tick_moves_the_forming_bar_and_repaints_only_its_parts(chart: ChartView, show: Show, qtbot: QtBot) -> None:
    bars = wave(300, forming=True)
    show(bars)
    stills, before = chart.canvas.stills_painted, screen(chart)
    price = float(bars.close[-1]) + 0.6
    chart.set_last(price, float(bars.time[-1]) + 60)
    qtbot.waitUntil(lambda: screen(chart) != before, timeout=1000)
    after, now = screen(chart), frame(chart)
    assert chart.canvas.stills_painted == stills
    changed = [
        x
        for x in range(now.plot)
        if any(
            before.pixel(x, y) != after.pixel(x, y)
            for y in range(140, now.bottom, 2)
            if abs(y - now.panes[0].scale.y_of(price)) > 14 and abs(y - now.panes[0].scale.y_of(bars.close[-1])) > 14
        )
    ]
    centre = now.x_of(299)
    assert all(abs(x - centre) <= now.per_bar / 2 + 2 for x in changed)


def test_a_tick_out_of_the_picture_widens_it(chart: ChartView, show: Show) -> None:
    bars = wave(300, forming=True)
    show(bars)
    high = frame(chart).panes[0].scale.high
    chart.set_last(high * 1.2, float(bars.time[-1]) + 60)
    assert frame(chart).panes[0].scale.high > high * 1.2


def test_a_tick_of_the_next_intraday_bar_is_the_last_price_and_no_bar(chart: ChartView, show: Show) -> None:
    bars = wave(300, forming=True, step=900)
    show(bars, Timeframe.M15)
    chart.set_last(200.0, float(bars.time[-1]) + 901)
    assert chart.model.series is not None
    assert chart.model.series.at(299).high == bars.high[299]
    assert chart.model.last_price == 200.0


def test_no_price_is_no_tick(chart: ChartView, show: Show) -> None:
    bars = wave(30, forming=True)
    show(bars)
    chart.set_last(float("nan"), float(bars.time[-1]))
    chart.set_last(float("inf"), float(bars.time[-1]))
    assert chart.model.last_price == bars.close[-1]


def test_a_thousand_ticks_are_one_paint_a_frame(chart: ChartView, show: Show, qtbot: QtBot) -> None:
    bars = wave(300, forming=True)
    show(bars)
    frames = QSignalSpy(chart.canvas._pace.due)
    with qtbot.waitSignal(chart.canvas._pace.due):
        for step in range(1000):
            chart.set_last(100.0 + step % 5, float(bars.time[-1]) + 1)
    assert frames.count() <= 3


def test_a_new_bar_pushes_the_view_along_when_the_newest_is_in_view(chart: ChartView, show: Show) -> None:
    bars = wave(301)
    show(bars.part(0, 300))
    left = chart.times.left
    chart.update_bars(bars)
    assert chart.times.left == pytest.approx(left + 1)
    chart.times.show(10.0, 110.0)
    chart.update_bars(wave(302))
    assert chart.times.left == pytest.approx(10.0)


def test_older_history_leaves_the_view_where_it_is(chart: ChartView, show: Show) -> None:
    bars = wave(400)
    show(bars.part(100, 400))
    chart.times.show(50.0, 150.0)
    chart.update_bars(bars)
    assert (chart.times.left, chart.times.right) == (150.0, 250.0)


def test_nearing_the_first_bar_asks_for_older_history_once(chart: ChartView, show: Show) -> None:
    show(wave(500))
    spy = QSignalSpy(chart.older_wanted)
    chart.times.show(20.0, 120.0)
    chart.times.show(10.0, 110.0)
    assert spy.count() == 1


def test_the_same_series_again_keeps_place_and_studies(chart: ChartView, show: Show) -> None:
    show(wave(500))
    chart.times.show(100.0, 200.0)
    show(wave(500))
    assert chart.times.left == 100.0
    show(wave(500), Timeframe.M15)
    assert chart.times.right > 499


@pytest.mark.parametrize(("text", "found"), [("1m", "1m"), ("1M", "1mo"), ("60", "1h"), ("1W", "1w"), ("2h", None)])
def test_timeframes_as_people_write_them(text: str, found: str | None) -> None:
    assert timeframe_of(text) == (Timeframe(found) if found else None)


def test_each_state_is_one_sentence_and_an_act(chart: ChartView, show: Show, qtbot: QtBot) -> None:
    done: list[str] = []
    button = chart._notice.findChild(QPushButton)
    assert isinstance(button, QPushButton)
    assert chart._notice.isVisible()
    chart.show_state("failed", "The bars of AAPL did not come in 10 s.", Action("Try again", lambda: done.append("x")))
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert done == ["x"]
    assert chart._notice.text.startswith("The bars of AAPL")
    chart.show_state(Phase.LOADING, "Loading AAPL, 2 of 5 years", Action("Cancel", lambda: done.append("y")))
    assert not button.isVisible()  # an act on loading is offered only after a while
    show(wave(30))
    assert not chart._notice.isVisible()


def test_no_bars_are_an_empty_state_and_unfit_bars_a_failed_one(chart: ChartView, show: Show) -> None:
    show(wave(0))
    assert chart.model.phase is Phase.EMPTY
    assert "no 1d bars of AAPL" in chart._notice.text
    chart.update_bars(wave(5))
    assert chart.model.phase is Phase.READY
    bad = wave(3)
    object.__setattr__(bad, "close", np.zeros(2))
    show(bad)
    assert chart.model.phase is Phase.FAILED
    assert "one length" in chart._notice.text


def test_stale_data_is_called_out_and_clears(chart: ChartView, show: Show) -> None:
    show(wave(30))
    fresh = screen(chart)
    chart.set_age("stale · 3 m", is_stale=True)
    assert chart.model.phase is Phase.STALE
    assert screen(chart) != fresh
    chart.set_age("live")
    assert chart.model.phase is Phase.READY


def test_a_theme_switched_live_repaints_in_its_colours(chart: ChartView, palette: LoudPalette, show: Show) -> None:
    show(wave(60))
    palette.names["bg.panel"] = "white"
    palette.changed.emit()
    assert screen(chart).pixelColor(790, 495).lightness() > 200


def test_the_visible_window_is_described_in_words(chart: ChartView, show: Show, qtbot: QtBot) -> None:
    show(wave(60))
    chart.times.show(9.5, 30.5)
    qtbot.waitUntil(lambda: "from Thu 13 Jan 2000" in chart.canvas.accessibleDescription(), timeout=2000)
    assert chart.canvas.accessibleName() == "Chart of AAPL, 1d"


def test_the_visible_bars_as_csv_equal_the_bars(chart: ChartView, show: Show) -> None:
    bars = wave(60)
    show(bars)
    chart.times.show(9.6, 14.4)
    lines = visible_csv(chart.model, chart.times).splitlines()
    assert lines[0] == "time,open,high,low,close,volume"
    first = lines[1].split(",")
    assert first[0] == "2000-01-13"
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    assert [float(cell) for cell in first[1:]] == [column[10] for column in columns]


def test_painting_leaves_none_alone(chart: ChartView, show: Show) -> None:
    bars = wave(300, forming=True)
    show(bars)

    def none_after(frames: int) -> int:
        for step in range(frames):
            chart.set_last(100.0 + step % 3, float(bars.time[-1]) + 1)
            chart.canvas.viewport().repaint()
            QApplication.processEvents()
        gc.collect()
        return sys.getrefcount(None)

    before = none_after(20)  # what earlier tests left behind goes with the first collection
    assert none_after(300) > before - 100


def test_a_chart_can_be_taken_down_while_frames_are_due(palette: LoudPalette) -> None:
    for _ in range(3):
        view = ChartView(palette)
        view.show()
        view.set_series(AAPL, Timeframe.D1, wave(50, forming=True), source_text="", zone="UTC")
        view.set_last(101.0, 0.0)
        view.deleteLater()
        QApplication.sendPostedEvents(None, 52)
        QApplication.processEvents()


def test_the_chart_jumps_to_the_bar_of_a_moment(chart: ChartView, show: Show) -> None:
    bars = wave(500)
    show(bars)
    chart.navigator.show_moment(float(bars.time[120]) + 3600)
    assert (chart.times.left + chart.times.right) / 2 == pytest.approx(120.0)
    assert chart.canvas.cross is not None
    assert chart.canvas.cross.index == 120


def test_the_menu_holds_the_likely_acts_and_does_them(chart: ChartView, show: Show) -> None:
    show(wave(100))
    spy = QSignalSpy(chart.price_picked)
    menu = chart_menu(chart, 104.25)
    acts = {act.text(): act for act in menu.actions()}
    assert list(acts)[:3] == ["Buy at 104.25 …", "Sell at 104.25 …", "Fit all bars"]
    acts["Sell at 104.25 …"].trigger()
    assert (spy.at(0)[0], spy.at(0)[1]) == (104.25, Side.SELL)
    acts["Fit all bars"].trigger()
    assert chart.times.left <= 0
    acts["Volume"].trigger()
    assert not chart.model.shows_volume
    acts["Copy visible bars as CSV"].trigger()
    assert QApplication.clipboard().text().startswith("time,open")
    acts["Copy picture"].trigger()
    assert QApplication.clipboard().image().width() == 1920


def test_the_picture_and_the_bars_are_saved_where_a_person_says(chart: ChartView, show: Show, tmp_path: Path) -> None:
    show(wave(100))
    acts = {act.text(): act for act in chart_menu(chart, None).actions()}
    for name, file in (("Save picture …", "a.png"), ("Save visible bars as CSV …", "a.csv")):
        acts[name].trigger()
        dialog = chart.findChildren(QFileDialog)[-1]
        assert dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
        dialog.fileSelected.emit(str(tmp_path / file))
        dialog.close()
    assert QImage(str(tmp_path / "a.png")).width() == 1920
    assert (tmp_path / "a.csv").read_text().startswith("time,open")
    assert "The visible bars are in" in chart._saying.text()
    told: list[str] = []
    write_text(tmp_path, "x", told.append)
    write_picture(tmp_path / "no" / "a.png", chart.picture(), told.append)
    assert [sentence.endswith("choose another place.") for sentence in told] == [True, True]


def test_delayed_data_is_called_out_and_its_source_follows(chart: ChartView, show: Show) -> None:
    show(wave(100))

    def warns() -> bool:
        image = screen(chart)
        colours = (image.pixelColor(x, y) for x in range(8, 120) for y in range(22, 46))
        return any(
            ink.red() > 180 and ink.green() > 180 and ink.blue() < 120 for ink in colours
        )  # this warning is yellow

    assert not warns()
    chart.set_age("delayed 15 min")
    chart.set_source("gateway, delayed 15 min", "US/Eastern")
    assert warns()
    assert chart.model.phase is Phase.READY
    assert chart.model.source_text == "gateway, delayed 15 min"
    chart.set_age("")
    assert not warns()


def test_a_tick_copies_no_more_rows_than_the_bar_has(chart: ChartView, show: Show) -> None:
    bars = wave(300, forming=True)
    show(bars)
    now = frame(chart)
    price = float(bars.close[-1]) + 0.2
    before = chart.model.last_price
    assert chart.model.series is not None
    chart.model.series.move_live(price)
    rect = tick_rect(now, chart.model, before)
    live, scale = chart.model.series.live, now.panes[0].scale
    assert live is not None
    assert rect.top() <= scale.y_of(live.high)
    assert rect.bottom() >= scale.y_of(live.low)
    assert rect.height() < scale.y_of(live.low) - scale.y_of(live.high) + 12


def test_a_crosshair_moved_about_leaves_the_picture_of_painting_all_at_once(chart: ChartView, show: Show) -> None:
    bars = wave(300, forming=True)
    show(bars)
    closes = np.where(np.arange(300) < 40, np.nan, bars.close)
    chart.set_studies(
        [Study("own", "Own", "own", (Line("a", closes), Line("b", -closes * 1e4))),
         Study("over", "Over", PRICE, (Line("c", closes),))]
    )  # fmt: skip
    chart.times.show(-0.5, 299.5)
    screen(chart)
    for index, y in ((299, 30.0), (10, 30.0), (10, 470.0), (200, None), (201, 150.4), (202, 151.0)):
        chart.canvas.move_cross(Cross(index, y))
        chart.canvas.flush()
        QApplication.processEvents()
        by_parts = chart.screen().grabWindow(chart.winId()).toImage()  # what the screen has, not painted anew
        chart.canvas.invalidate()
        chart.canvas.flush()
        QApplication.processEvents()
        assert chart.screen().grabWindow(chart.winId()).toImage() == by_parts


@pytest.mark.parametrize("style", list(BarStyle))
def test_ticks_painted_one_by_one_leave_the_picture_of_painting_all_at_once(
    chart: ChartView, show: Show, style: BarStyle
) -> None:
    bars = wave(300, forming=True)
    show(bars)
    chart.set_look(style=style)
    chart.model.ranges[PRICE] = (80.0, 125.0)  # the range that follows the bars would move with them
    screen(chart)
    last, at = float(bars.close[-1]), float(bars.time[-1]) + 1
    for step in (0.4, -0.7, 1.6, 0.1, -1.8, -0.2):
        chart.set_last(last + step, at)
        chart.canvas.flush()
        QApplication.processEvents()
    by_parts = chart.screen().grabWindow(chart.winId()).toImage()  # what the screen has, not painted anew
    chart.canvas.invalidate()
    chart.canvas.flush()
    QApplication.processEvents()
    assert chart.screen().grabWindow(chart.winId()).toImage() == by_parts
