"""The main window: first paint before panels, frame and status, palette by keyboard, closing asks first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.ui.shell import MainWindow
from app.ui.shell_status import StatusText
from app.ui.theme import Theme
from app.ui.widgets.palette import Finding
from app.ui.widgets.panel import PanelFrame
from app.ui.workspace import Area, Place


class Symbols:
    """A source that answers when it is told to, as a broker would."""

    title = "Symbols"

    def __init__(self) -> None:
        self.asked: list[tuple[str, Callable[[Sequence[Finding]], None]]] = []

    def find(self, text: str, found: Callable[[Sequence[Finding]], None]) -> None:
        self.asked.append((text, found))


def panel(theme: Theme, key: str) -> QWidget:
    frame = PanelFrame(theme, key, key.title())
    frame.add(QLabel(key))
    return frame


@pytest.fixture
def window(theme: Theme, qtbot: QtBot) -> MainWindow:
    window = MainWindow(theme)
    qtbot.addWidget(window, before_close_func=lambda each: each.let_close())
    window.install(
        Place("watchlist", "Watchlist", Area.LEFT, lambda: panel(theme, "watchlist")),
        Place("chart", "Chart", Area.CENTRE, lambda: panel(theme, "chart")),
    )
    return window


def show(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()


def test_the_window_is_painted_before_any_panel_is_built(window: MainWindow, qtbot: QtBot) -> None:
    built: list[str] = []
    window.workspace.panel_built.connect(built.append)
    with qtbot.waitSignal(window.first_painted):
        window.show()
    assert built == []


def test_the_account_class_colours_the_frame_and_names_itself(window: MainWindow, theme: Theme) -> None:
    window.show()
    for account in ("practice", "paper", "live"):
        window.show_status(StatusText(account="DUT000001", account_class=account))
        image = window.grab().toImage()
        assert image.pixelColor(0, 300) == theme.colour(f"account.{account}")
        assert image.pixelColor(image.width() - 1, 300) == theme.colour(f"account.{account}")
        assert window.status.badge.text() == account.upper()
    assert window.windowTitle() == "Tapeline – DUT000001"


def test_the_status_bar_names_session_data_and_age(window: MainWindow) -> None:
    window.show()
    window.show_status(StatusText("Ready", "ok", data="Delayed", data_token="warn", tick_age="3 s", work="Loading"))
    status = window.status
    assert (status.session.text(), status.data.text()) == ("Ready", "Delayed")
    assert status.tick.text() == "Last tick 3 s"
    assert status.work.isVisible()
    assert not status.progress.isVisible()


def test_ctrl_k_finds_a_command_by_keyboard_alone(window: MainWindow, theme: Theme, qtbot: QtBot) -> None:
    show(window, qtbot)
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window.palette_.isVisible()
    QTest.keyClicks(window.palette_.line, "light")
    QTest.keyClick(window.palette_.line, Qt.Key.Key_Return)
    assert theme.name == "light"
    assert not window.palette_.isVisible()
    assert window.actions_.action("theme_light").isChecked()


def test_a_late_answer_to_an_old_question_is_not_shown(window: MainWindow, qtbot: QtBot) -> None:
    symbols = Symbols()
    window.palette_.add_source(symbols)
    window.show()
    window.palette_.open("AA")
    QTest.keyClicks(window.palette_.line, "P")
    qtbot.waitUntil(lambda: len(symbols.asked) == 2)
    symbols.asked[0][1]([Finding("OLD", lambda: None)])
    assert window.palette_.findings() == []
    opened: list[str] = []
    symbols.asked[1][1]([Finding("AAPL", lambda: opened.append("AAPL"), "Apple Inc · NASDAQ")])
    QTest.keyClick(window.palette_.line, Qt.Key.Key_Return)
    assert opened == ["AAPL"]


def test_escape_gives_the_focus_back(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot)
    window.header.search.setFocus()
    window.palette_.open()
    QTest.keyClick(window.palette_.line, Qt.Key.Key_Escape)
    assert not window.palette_.isVisible()
    assert window.header.search.hasFocus()


def test_closing_asks_first_and_closes_once_it_may(window: MainWindow, qtbot: QtBot) -> None:
    window.show()
    with qtbot.waitSignal(window.close_wanted):
        window.close()
    assert window.isVisible()
    window.let_close()
    assert not window.isVisible()


def test_every_panel_has_an_act_that_opens_it(window: MainWindow) -> None:
    window.show()
    window.workspace.close("watchlist")
    window.actions_.trigger("panel.watchlist")
    assert window.workspace.is_open("watchlist")


def test_nothing_has_the_focus_ring_at_the_start(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot)
    assert not window.header.search.hasFocus()


def test_the_window_goes_down_to_1280_by_720_and_below(window: MainWindow) -> None:
    window.resize(1280, 720)
    window.show()
    assert (window.width(), window.height()) == (1280, 720)
    assert window.minimumSizeHint().width() <= 1280
    assert window.minimumSizeHint().height() <= 720


def test_the_first_window_is_no_larger_than_the_screen(window: MainWindow) -> None:
    window.setMinimumSize(0, 0)
    window.take_place()
    room = window.screen().availableSize()
    assert window.width() <= room.width()
    assert window.height() <= room.height()


def test_a_window_returns_to_its_place(window: MainWindow, theme: Theme, qtbot: QtBot) -> None:
    window.setMinimumSize(0, 0)
    window.resize(701, 503)
    saved = window.saveGeometry().data()
    later = MainWindow(theme)
    qtbot.addWidget(later)
    later.setMinimumSize(0, 0)
    later.take_place(saved)
    assert (later.width(), later.height()) == (701, 503)
    later.take_place(b"no such place")
    assert later.width() <= later.screen().availableSize().width()
