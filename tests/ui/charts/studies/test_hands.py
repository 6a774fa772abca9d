"""Hands on indicators: the catalogue that narrows, the editor that is followed live, the buttons at a name."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QSpinBox

from app.services.studies import Studies
from app.ui.charts.legend import study_rows
from app.ui.charts.studies.indicators import Indicators
from app.ui.charts.studies.picker import found
from app.ui.charts.studies.tools import StudyHands
from app.ui.charts.view import ChartView
from tests.ui.charts.conftest import LoudPalette


def row_of(chart: ChartView, key: str) -> QPoint:
    frame = chart.canvas.current_frame()
    assert frame is not None
    rows = dict(row for pane in frame.panes for row in study_rows(frame, pane, chart.model))
    return rows[key].center()


def gone() -> None:
    QApplication.sendPostedEvents(None, 52)


def test_typing_narrows_the_catalogue_and_enter_adds(chart: ChartView, desk: Indicators, palette: LoudPalette) -> None:
    hands = StudyHands(chart, desk, palette)
    picker = hands.pick(QPoint(10, 10))
    assert picker.list.count() == len(Studies().kinds())
    QTest.keyClicks(picker.line, "stoch")
    assert 0 < picker.list.count() < 10
    QTest.keyClick(picker.line, Qt.Key.Key_Return)
    QTest.keyClick(picker.line, Qt.Key.Key_Down)
    QTest.keyClick(picker.line, Qt.Key.Key_Return)
    assert desk.choices[0].name == "stochastic"
    assert len(desk.choices) == 2
    picker.close()
    gone()


def test_the_name_a_trader_types_comes_first() -> None:
    kinds = Studies().kinds()
    for text, name in (("rsi", "rsi"), ("super", "supertrend"), ("sma", "sma"), ("boll", "bollinger"), ("mac", "macd")):
        assert found(kinds, text)[0].name == name
    assert found(kinds, "no such thing") == []


def test_the_editor_is_followed_live(chart: ChartView, desk: Indicators, palette: LoudPalette) -> None:
    hands = StudyHands(chart, desk, palette)
    desk.add("sma")
    editor = hands.edit("sma")
    assert editor is not None
    length, frame = editor.fields["length"], editor.fields["timeframe"]
    assert isinstance(length, QSpinBox)
    assert isinstance(frame, QComboBox)
    length.setValue(50)
    assert chart.model.studies[0].study.title == "SMA 50"
    frame.setCurrentIndex(frame.findData("1w"))
    assert chart.model.studies[0].study.title == "SMA 50 · 1w"
    length.setValue(500)
    assert "needs 500 closed bars" in editor.problem.text()
    assert editor.problem.isVisible()
    editor.close()
    gone()


def test_a_double_click_on_the_name_edits(chart: ChartView, desk: Indicators, palette: LoudPalette) -> None:
    StudyHands(chart, desk, palette)
    desk.add("rsi")
    QTest.mouseDClick(chart.canvas.viewport(), Qt.MouseButton.LeftButton, pos=row_of(chart, "rsi"))
    editor = QApplication.activePopupWidget()
    assert editor is not None
    assert editor.objectName() == "chart.studies.editor"
    editor.close()
    gone()


def test_the_buttons_at_a_name_hide_move_and_remove(chart: ChartView, desk: Indicators, palette: LoudPalette) -> None:
    hands = StudyHands(chart, desk, palette)
    desk.add("sma")
    desk.add("ema")
    spot = row_of(chart, "ema")
    QTest.mouseMove(chart.canvas.viewport(), spot + QPoint(2, 0))
    QTest.mouseMove(chart.canvas.viewport(), spot)
    assert hands.tools.isVisible()
    QTest.mouseClick(hands.tools.buttons["up"], Qt.MouseButton.LeftButton)
    assert [one.key for one in desk.choices] == ["ema", "sma"]
    for act in ("hide", "remove"):
        spot = row_of(chart, "ema")
        QTest.mouseMove(chart.canvas.viewport(), spot + QPoint(3, 0))
        QTest.mouseMove(chart.canvas.viewport(), spot)
        QTest.mouseClick(hands.tools.buttons[act], Qt.MouseButton.LeftButton)
    assert [one.key for one in desk.choices] == ["sma"]
    QTest.mouseMove(chart.canvas.viewport(), QPoint(400, 300))
    assert not hands.tools.isVisible()


def test_an_indicator_can_be_reached_by_keyboard(chart: ChartView, desk: Indicators, palette: LoudPalette) -> None:
    hands = StudyHands(chart, desk, palette)
    desk.add("sma")
    menu = hands.menu_of("sma")
    acts = {act.text(): act for act in menu.actions()}
    acts["Hide or show"].trigger()
    assert desk.choices[0].is_hidden
    acts["Remove"].trigger()
    assert desk.choices == ()
