"""The catalogue of acts: unique keys, menus from it, remapping, what nobody handles is not offered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLineEdit, QMenuBar, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.domain.errors import UserError
from app.runtime.paths import resource
from app.ui.actions import CATALOGUE, MENUS, Actions


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    for left_over in QApplication.topLevelWidgets():  # windows of earlier tests would answer to the same keys
        for action in left_over.findChildren(QAction):
            action.setEnabled(False)
    window = QWidget()
    qtbot.addWidget(window)
    with qtbot.waitActive(window):  # keys reach acts only in the active window
        window.show()
        window.activateWindow()
    return window


def test_no_id_and_no_keys_are_given_twice() -> None:
    assert len({spec.id for spec in CATALOGUE}) == len(CATALOGUE)
    keys = Counter(QKeySequence(spec.shortcut).toString() for spec in CATALOGUE if spec.shortcut)
    assert [key for key, count in keys.items() if count > 1 or not key] == []


def test_every_act_names_a_menu_and_an_icon_that_exist() -> None:
    for spec in CATALOGUE:
        assert spec.menu in ("", *MENUS)
        assert not spec.icon or resource("icons", f"{spec.icon}.svg").exists()


def test_no_single_key_transmits_an_order() -> None:
    spec = next(spec for spec in CATALOGUE if spec.id == "transmit")
    assert "+" in spec.shortcut
    assert spec.scoped


def test_what_nobody_handles_is_not_offered(window: QWidget) -> None:
    actions = Actions(window)
    assert actions.offered() == []
    actions.on("about", lambda: None)
    assert [spec.id for spec in actions.offered()] == ["about"]
    bar = QMenuBar(window)
    menus = actions.fill(bar)
    assert [action.text() for action in menus["Help"].actions() if action.isVisible()] == ["About Tapeline"]


def test_a_shortcut_does_what_it_says_and_can_be_changed(window: QWidget) -> None:
    actions, done = Actions(window), []
    actions.on("buy", lambda: done.append("buy"))
    QTest.keyClick(window, Qt.Key.Key_F9)
    actions.remap("buy", "F8")
    QTest.keyClick(window, Qt.Key.Key_F9)
    QTest.keyClick(window, Qt.Key.Key_F8)
    assert done == ["buy", "buy"]
    assert actions.remapped == {"buy": "F8"}


def test_keys_that_are_taken_are_refused_by_name(window: QWidget) -> None:
    actions = Actions(window)
    with pytest.raises(UserError, match="already means “Sell…”"):
        actions.remap("buy", "F10")


def test_the_users_own_keys_are_used_from_the_start(window: QWidget) -> None:
    actions = Actions(window, shortcuts={"buy": "Ctrl+B", "sell": ""})
    assert (actions.shortcut("buy"), actions.shortcut("sell")) == ("Ctrl+B", "")


def test_a_scoped_act_works_only_within_its_widget(window: QWidget) -> None:
    actions, done = Actions(window), []
    column = QVBoxLayout(window)
    ticket, other = QWidget(), QWidget()
    for widget in (ticket, other):
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column.addWidget(widget)
        widget.show()
    actions.on("transmit", lambda: done.append("sent"))
    actions.scope("transmit", ticket)
    for widget in (other, ticket):
        widget.setFocus()
        QTest.keyClick(widget, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert done == ["sent"]


def a_question(window: QWidget) -> QWidget:
    dialog = QDialog(window)
    QLineEdit(dialog)
    dialog.open()
    return dialog


def a_file_dialog(window: QWidget) -> QWidget:
    dialog = QFileDialog(window)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.open()
    return dialog


def a_floating_panel(window: QWidget) -> QWidget:
    panel = QWidget(window, Qt.WindowType.Window)
    QLineEdit(panel)
    panel.show()
    return panel


def press_kill_switch(widget: QWidget) -> None:
    QTest.keyClick(widget, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(widget, Qt.Key.Key_F1)  # Qt takes Ctrl and Shift for held down until a key comes without them


@pytest.mark.parametrize("opened", [a_question, a_file_dialog, a_floating_panel])
def test_b30_the_kill_switch_is_in_reach_of_every_window(
    window: QWidget, qtbot: QtBot, opened: Callable[[QWidget], QWidget]
) -> None:
    actions, done = Actions(window), list[str]()
    actions.on("kill_switch", lambda: done.append("stopped"))
    actions.on("buy", lambda: done.append("bought"))
    other = opened(window)
    field = other.findChild(QLineEdit)
    assert field is not None
    other.activateWindow()
    field.setFocus()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is other and QApplication.focusWidget() is field)
    QTest.keyClick(field, Qt.Key.Key_F9)
    press_kill_switch(field)
    assert done == ["stopped"], "no other act reaches out of its window"
    other.close()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    press_kill_switch(window)
    assert done == ["stopped", "stopped"]
