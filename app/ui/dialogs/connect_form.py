"""The fields of a gateway's profile, and what is said beside a field that does not fit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QLineEdit, QVBoxLayout

from app.domain.errors import UserError
from app.runtime.settings import Profile
from app.ui.theme import Theme
from app.ui.widgets.buttons import set_role

BUILT_IN = "practice"
MOST_PORT = 65_535
MOST_CLIENT_ID = 9998


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that is complete: the profile under its name."""

    name: str
    profile: Profile


class ProfileForm(QFrame):
    """Name, host, port, client id, account and daily restart of a gateway."""

    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.fields: dict[str, QLineEdit] = {}
        self.error = QLabel()
        set_role(self.error, role="error")
        self.error.setWordWrap(True)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        layout = (
            ("name", "Name", 0, 0, "My TWS"),
            ("account", "Account, when the login has several", 0, 1, "first one"),
            ("host", "Host", 1, 0, "127.0.0.1"),
            ("port", "Port", 1, 1, "7497"),
            ("client_id", "Client id (the data connection adds one)", 2, 0, "17"),
            ("restart", "Its daily restart, by this machine's clock", 2, 1, "23:45, empty when there is none"),
        )
        for key, title, row, column, hint in layout:
            self._add(grid, key, title, row, column, hint)
        grid.addWidget(self.error, 3, 0, 1, 2)
        self.error.hide()

    def show_profile(self, name: str, profile: Profile) -> None:
        """Fill the fields."""
        values = {
            "name": name,
            "host": profile.host,
            "port": str(profile.port),
            "client_id": str(profile.client_id),
            "account": profile.account,
            "restart": profile.restart,
        }
        for key, text in values.items():
            self.fields[key].setText(text)
        self.refuse("", "")

    def filled(self, known: Mapping[str, Profile]) -> Filled:
        """Return what was filled in; raise UserError, and mark the field, when something does not fit."""
        self.refuse("", "")
        name = self._text("name") or self._free_name(known)
        if name == BUILT_IN:
            raise self._refusal("name", f"“{BUILT_IN}” is the gateway that is built in; give this one another name.")
        host = self._text("host") or "127.0.0.1"
        if any(letter.isspace() for letter in host) or "/" in host:
            raise self._refusal("host", f"A host is a name or an address such as 127.0.0.1, not “{host}”.")
        port = self._number("port", "A port", 1, MOST_PORT)
        client_id = self._number("client_id", "A client id", 1, MOST_CLIENT_ID)
        account, restart = self._text("account"), self._time("restart")
        return Filled(name, Profile(host=host, port=port, client_id=client_id, account=account, restart=restart))

    def refuse(self, key: str, sentence: str) -> None:
        """Say what is wrong beside the fields and mark the one it concerns."""
        for name, field in self.fields.items():
            set_role(field, invalid=name == key)
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))

    def _add(self, grid: QGridLayout, key: str, title: str, row: int, column: int, hint: str) -> None:
        caption, field = QLabel(title), QLineEdit()
        set_role(caption, role="caption")
        field.setAccessibleName(title)
        field.setPlaceholderText(hint)
        field.textEdited.connect(lambda _: self.changed.emit())
        caption.setBuddy(field)
        cell = QVBoxLayout()
        cell.setSpacing(2)
        cell.addWidget(caption)
        cell.addWidget(field)
        grid.addLayout(cell, row, column)
        self.fields[key] = field

    def _text(self, key: str) -> str:
        return self.fields[key].text().strip()

    def _number(self, key: str, what: str, least: int, most: int) -> int:
        text = self._text(key) or self.fields[key].placeholderText()
        if not text.isdecimal() or not least <= int(text) <= most:
            raise self._refusal(key, f"{what} is a whole number from {least} to {most}, not “{text}”.")
        return int(text)

    def _time(self, key: str) -> str:
        text = self._text(key)
        if text and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
            raise self._refusal(key, f"A time of day is written as 23:45, not “{text}”; leave it empty for none.")
        return text

    def _refusal(self, key: str, sentence: str) -> UserError:
        self.refuse(key, sentence)
        self.fields[key].setFocus()
        return UserError(sentence)

    def _free_name(self, known: Mapping[str, Profile]) -> str:
        name = f"{self._text('host') or '127.0.0.1'}:{self._text('port') or '7497'}"
        return name if name not in known else f"{name} {len(known) + 1}"
