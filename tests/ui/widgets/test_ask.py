"""Questions that a coroutine awaits: opened, answered, closed, cancelled; nothing is left waiting."""

from __future__ import annotations

import asyncio

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.ui.theme import Theme
from app.ui.widgets.ask import CANCEL, Choice, Question, ask, ask_phrase, ask_text

QUIT = Choice("quit", "Quit, keep 2 orders", "primary")


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    return window


async def shown(window: QWidget) -> Question:
    for _ in range(10):
        await asyncio.sleep(0)
        question = window.findChild(Question)
        if isinstance(question, Question) and question.isVisible():
            return question
    raise AssertionError("no question was asked")


async def test_the_choice_is_returned(theme: Theme, window: QWidget) -> None:
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(ask(theme, window, "Quit Tapeline?", "Two orders work.", [CANCEL, QUIT]))
        question = await shown(window)
        assert question.button("quit").text() == "Quit, keep 2 orders"
        QTest.mouseClick(question.button("quit"), Qt.MouseButton.LeftButton)
    assert asked.result() == "quit"


@pytest.mark.parametrize(("key", "meant"), [(Qt.Key.Key_Return, "quit"), (Qt.Key.Key_Escape, None)])
async def test_enter_takes_the_primary_choice_and_escape_none(
    theme: Theme, window: QWidget, key: Qt.Key, meant: str | None
) -> None:
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(ask(theme, window, "Quit?", "Now?", [CANCEL, QUIT], details="one\ntwo"))
        QTest.keyClick(await shown(window), key)
    assert asked.result() == meant


async def test_a_cancelled_question_goes_away(theme: Theme, window: QWidget) -> None:
    asked = asyncio.create_task(ask(theme, window, "Quit?", "Now?", [CANCEL, QUIT]))
    question = await shown(window)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert not question.isVisible()


async def test_consent_needs_the_phrase(theme: Theme, window: QWidget) -> None:
    arm = Choice("arm", "Arm live trading", "danger")
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(ask_phrase(theme, window, "Arm?", "Real money.", "U1234567", arm))
        question = await shown(window)
        line = question.findChild(QLineEdit)
        assert isinstance(line, QLineEdit)
        QTest.keyClicks(line, "U123456")
        assert not question.button("arm").isEnabled()
        QTest.keyClicks(line, "7")
        QTest.mouseClick(question.button("arm"), Qt.MouseButton.LeftButton)
    assert asked.result() is True


async def test_text_is_returned_stripped(theme: Theme, window: QWidget) -> None:
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(ask_text(theme, window, "Name", "Of the layout", Choice("ok", "Save", "primary")))
        question = await shown(window)
        line = question.findChild(QLineEdit)
        assert isinstance(line, QLineEdit)
        QTest.keyClicks(line, "  Morning ")
        QTest.keyClick(line, Qt.Key.Key_Return)
    assert asked.result() == "Morning"
