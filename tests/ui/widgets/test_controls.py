"""Segmented choice, hold button, notices and panel frame under the user's hands."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.ui.theme import Theme
from app.ui.widgets.badge import Badge, Lamp
from app.ui.widgets.buttons import HoldButton
from app.ui.widgets.notices import MOST_TOASTS, Level, Notice, Notices
from app.ui.widgets.panel import PanelFrame
from app.ui.widgets.segmented import Segmented


def test_arrows_move_a_segmented_choice_over_what_is_offered(qtbot: QtBot) -> None:
    choice = Segmented([("a", "A"), ("b", "B"), ("c", "C")], name="Type")
    qtbot.addWidget(choice)
    choice.set_offered("b", False, "not for this instrument")
    with qtbot.waitSignal(choice.chosen) as chosen:
        QTest.keyClick(choice, Qt.Key.Key_Right)
    assert (chosen.args, choice.value()) == (["c"], "c")
    QTest.keyClick(choice, Qt.Key.Key_Right)
    assert choice.value() == "a"


def test_choosing_from_code_does_not_tell(qtbot: QtBot) -> None:
    choice = Segmented([("a", "A"), ("b", "B")], name="Type")
    qtbot.addWidget(choice)
    heard: list[str] = []
    choice.chosen.connect(heard.append)
    choice.set_value("b")
    assert (heard, choice.value()) == ([], "b")


def test_a_held_act_happens_only_after_the_hold(theme: Theme, qtbot: QtBot) -> None:
    button = HoldButton(theme, "Hold to cancel all", hold_ms=60)
    qtbot.addWidget(button)
    button.show()
    held: list[bool] = []
    button.held.connect(lambda: held.append(True))
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert held == []
    QTest.mousePress(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: held == [True])
    QTest.mouseRelease(button, Qt.MouseButton.LeftButton)
    assert held == [True]


def test_enter_holds_as_well_and_letting_go_early_does_nothing(theme: Theme, qtbot: QtBot) -> None:
    button = HoldButton(theme, "Hold", hold_ms=60)
    qtbot.addWidget(button)
    button.show()
    QTest.keyPress(button, Qt.Key.Key_Return)
    QTest.keyRelease(button, Qt.Key.Key_Return)
    assert button.progress == 0
    QTest.keyPress(button, Qt.Key.Key_Return)
    with qtbot.waitSignal(button.held):
        pass
    QTest.keyRelease(button, Qt.Key.Key_Return)


def test_the_same_notice_is_shown_once_and_errors_stay(theme: Theme, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 600)
    window.show()
    notices = Notices(theme, window)
    counts: list[int] = []
    notices.counted.connect(counts.append)
    for _ in range(3):
        notices.notify(Notice("The order was refused.", Level.ERROR))
    assert (len(notices.kept()), counts) == (1, [1])
    assert not notices._toasts[0]._timer.isActive()
    for number in range(5):
        notices.notify(Notice(f"Fill {number}"))
    assert len([toast for toast in notices._toasts if toast.isVisible()]) <= MOST_TOASTS
    menu = notices.pop_up(window.mapToGlobal(window.rect().topRight()))
    assert len(menu.actions()) == 6
    assert counts[-1] == 0
    menu.close()


def test_a_panel_lists_link_acts_and_overflow_in_its_header(theme: Theme, qtbot: QtBot) -> None:
    panel = PanelFrame(theme, "watch", "Watchlist", links=True)
    qtbot.addWidget(panel)
    done: list[str] = []
    act = panel.add_act("plus", "Add a symbol", lambda: done.append("add"), shortcut="Ins")
    panel.add_menu_act("Paste a list", lambda: done.append("paste"))
    texts = [action.text() for action in panel.header_actions()]
    assert texts == ["Link group", "Add a symbol", "More for Watchlist"]
    assert [entry.text() for entry in panel.menu.actions()] == ["Add a symbol", "Paste a list"]
    assert act.toolTip() == "Add a symbol (Ins)"
    act.trigger()
    assert done == ["add"]


def test_a_panel_follows_one_of_six_groups(theme: Theme, qtbot: QtBot) -> None:
    panel = PanelFrame(theme, "chart", "Chart", links=True)
    qtbot.addWidget(panel)
    with qtbot.waitSignal(panel.link_changed) as told:
        panel.set_link(3)
    assert (told.args, panel.link) == ([3], 3)


def test_badges_and_lamps_speak_to_a_screen_reader_and_follow_the_theme(theme: Theme, qtbot: QtBot) -> None:
    badge, lamp = Badge(theme, "PAPER", "account.paper"), Lamp(theme, "Ready", "ok")
    for widget in (badge, lamp):
        qtbot.addWidget(widget)
        widget.show()
    assert (badge.accessibleName(), lamp.accessibleName()) == ("PAPER", "Ready")
    before = badge.grab().toImage()
    theme.set("light")
    assert badge.grab().toImage() != before
