"""Questions to the user that a coroutine can await: opened, never executed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.ui.language import say
from app.ui.theme import Theme
from app.ui.widgets.buttons import HoldButton, act_button, set_role


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: a button that names its act. `role` is primary, danger, buy, sell or nothing."""

    id: str
    label: str
    role: str = ""
    hold: bool = False


CANCEL = Choice("cancel", "Cancel")


class Question(QDialog):
    """A window-modal question; await `answer()` after `open()`. Escape and closing answer None."""

    def __init__(self, theme: Theme, parent: QWidget, title: str, text: str, *, account: str = "") -> None:
        super().__init__(parent)
        title, text = say(title), say(text)
        self.setWindowTitle(title)
        self._theme = theme
        self._buttons: dict[str, QPushButton] = {}
        self._answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._frame = QFrame(self)
        self._frame.setObjectName("dialogFrame")
        self._frame.setProperty("account", account or getattr(parent, "account_class", ""))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._frame)
        self.body = QVBoxLayout(self._frame)
        self.body.setContentsMargins(20, 16, 20, 16)
        self.body.setSpacing(12)
        self._say(title, text)
        self.setMinimumWidth(theme.px(380))
        self.setMaximumWidth(theme.px(640))
        self.finished.connect(lambda _: self._settle(None))

    async def answer(self) -> str | None:
        """Wait for the choice; None when the question was closed. Closes itself when the waiter is cancelled."""
        try:
            return await self._answer
        finally:
            self.close()
            self.deleteLater()  # not on close: what was typed is still read by whoever waited

    def offer(self, choices: Sequence[Choice]) -> None:
        """Add the buttons, the last one rightmost; the first primary one takes Enter."""
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch()
        for choice in choices:
            row.addWidget(self._button(choice))
        self.body.addLayout(row)
        first = next((each for each in choices if each.role in ("primary", "buy", "sell") and not each.hold), None)
        if first is not None:
            self._buttons[first.id].setDefault(True)
            self._buttons[first.id].setFocus()

    def button(self, choice: str) -> QPushButton:
        """Return the button of a choice."""
        return self._buttons[choice]

    def choose(self, choice: str) -> None:
        """Answer with this choice."""
        self._settle(choice)
        self.close()

    def _say(self, title: str, text: str) -> None:
        heading, words = QLabel(title), QLabel(text)
        set_role(heading, role="number")
        words.setWordWrap(True)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.body.addWidget(heading)
        self.body.addWidget(words)

    def _button(self, choice: Choice) -> QPushButton:
        if choice.hold:
            held = HoldButton(self._theme, choice.label)
            held.held.connect(lambda: self.choose(choice.id))
            button: QPushButton = held
        else:
            button = act_button(choice.label, choice.role, lambda: self.choose(choice.id))
        self._buttons[choice.id] = button
        return button

    def _settle(self, choice: str | None) -> None:
        if not self._answer.done():
            self._answer.set_result(choice)


async def ask(
    theme: Theme, parent: QWidget, title: str, text: str, choices: Sequence[Choice], *, details: str = ""
) -> str | None:
    """Ask and return the id of the choice, None when the question was closed. `details` is a list to read first."""
    question = Question(theme, parent, title, text)
    if details:
        question.body.addWidget(_details(theme, details))
    question.offer(choices)
    question.open()
    return await question.answer()


async def ask_phrase(theme: Theme, parent: QWidget, title: str, text: str, phrase: str, act: Choice) -> bool:
    """Ask for consent by typing `phrase`; return whether `act` was chosen with the phrase typed."""
    question = Question(theme, parent, title, text)
    line = QLineEdit()
    line.setPlaceholderText(phrase)
    line.setAccessibleName(say(f"Type {phrase} to go on"))
    question.body.addWidget(line)
    question.offer([CANCEL, act])
    go = question.button(act.id)
    go.setEnabled(False)
    line.textChanged.connect(lambda typed: go.setEnabled(typed.strip() == phrase))
    question.open()
    line.setFocus()
    return await question.answer() == act.id


async def ask_text(
    theme: Theme, parent: QWidget, title: str, text: str, act: Choice, *, initial: str = ""
) -> str | None:
    """Ask for one line of text; return it stripped, None when the question was closed or nothing was typed."""
    question = Question(theme, parent, title, text)
    line = QLineEdit(initial)
    line.setAccessibleName(say(title))
    question.body.addWidget(line)
    question.offer([CANCEL, act])
    question.open()
    line.setFocus()
    line.selectAll()
    chosen = await question.answer()
    return (line.text().strip() or None) if chosen == act.id else None


def _details(theme: Theme, text: str) -> QPlainTextEdit:
    box = QPlainTextEdit(text)
    box.setReadOnly(True)
    box.setFont(theme.font(12))
    box.setAccessibleName(say("Details"))
    lines = min(10, text.count("\n") + 1)
    box.setFixedHeight(theme.px(18) * lines + theme.px(14))
    return box
