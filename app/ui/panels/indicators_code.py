"""A user's own indicator: its code as it lies in the folder, and the word of a person that it was read."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout

from app.services.own_indicators import LIMIT_S, OwnListing
from app.ui.language import Language
from app.ui.panels.toolline import compact
from app.ui.theme import Theme
from app.ui.widgets.badge import Badge
from app.ui.widgets.buttons import act_button, set_role
from app.ui.widgets.plain import keep_plain

TOKENS = {"confirmed": "ok", "new": "warn", "changed": "warn"}


class CodeView(QFrame):
    """The code, read-only, under what is to be known about it."""

    confirm_wanted = Signal(str, str)
    """The name and the digest of the code that is shown."""
    withdraw_wanted = Signal(str)
    delete_wanted = Signal(str)

    def __init__(self, theme: Theme, words: Language) -> None:
        super().__init__()
        self._theme, self._words = theme, words
        self._listing: OwnListing | None = None
        self.badge = Badge(theme, "", "warn", outlined=True)
        self.about, self.problem = QLabel(), QLabel()
        keep_plain(self.about, self.problem)
        self.code = QPlainTextEdit()
        self.confirm_button = act_button(words("indicators.confirm"), "primary", self._confirm)
        self.withdraw_button = act_button(words("indicators.withdraw"), "", self._withdraw)
        self.delete_button = act_button(words("indicators.delete"), "danger", self._delete)
        self._build()

    def show_listing(self, listing: OwnListing) -> None:
        """Show one file."""
        words, state = self._words, "problem" if listing.problem else listing.state
        is_other = self._listing is None or self._listing.digest != listing.digest
        self._listing = listing
        self.badge.set(words(f"indicators.state_{state}"), TOKENS.get(state, "danger"))
        about = "" if listing.problem else words(f"indicators.code_{listing.state}", limit=f"{LIMIT_S:g}")
        self.about.setText(about)
        if is_other:
            self.code.setPlainText(listing.code)
            self.say("")
        if listing.problem:
            self.say(listing.problem)
        self.confirm_button.setVisible(not listing.problem and listing.state != "confirmed")
        self.confirm_button.setEnabled(True)
        self.withdraw_button.setVisible(listing.is_on)

    def say(self, sentence: str) -> None:
        """Say what is wrong, beside the code it concerns."""
        self.problem.setText(self._words.words.sentence(sentence))
        self.problem.setVisible(bool(sentence))
        self.confirm_button.setEnabled(True)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.badge)
        head.addWidget(self.about, 1)
        column.addLayout(head)
        self.about.setWordWrap(True)
        set_role(self.about, role="caption")
        self.problem.setWordWrap(True)
        set_role(self.problem, role="error")
        column.addWidget(self.problem)
        self.code.setReadOnly(True)
        self.code.setFont(self._theme.font(12, mono=True))
        self.code.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.code.setMinimumHeight(self._theme.px(160))
        self.code.setTabChangesFocus(True)
        self.code.setAccessibleName(self._words("indicators.tab_code"))
        column.addWidget(self.code, 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.confirm_button.setToolTip(self._words("indicators.confirm_hint"))
        for button in (self.confirm_button, self.withdraw_button):
            row.addWidget(compact(button))
        row.addStretch()
        row.addWidget(compact(self.delete_button))
        column.addLayout(row)

    def _confirm(self) -> None:
        if self._listing is not None:
            self.say("")
            self.confirm_button.setEnabled(False)
            self.confirm_wanted.emit(self._listing.name, self._listing.digest)

    def _withdraw(self) -> None:
        if self._listing is not None:
            self.withdraw_wanted.emit(self._listing.name)

    def _delete(self) -> None:
        if self._listing is not None:
            self.delete_wanted.emit(self._listing.name)
