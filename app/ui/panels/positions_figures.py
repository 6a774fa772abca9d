"""The account's first figures in one line, whatever page of the portfolio is on show."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from app.domain.broker import AccountFigures
from app.ui.widgets.buttons import set_role
from app.ui.widgets.format import money, percent, tone


class FiguresLine(QFrame):
    """Net liquidation, day P&L, unrealised and exposure beside the choice of page; `–` for what is not known."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(18)
        self.worth = _Figure("Net liquidation")
        self.day = _Figure("Day P&L")
        self.unrealized = _Figure("Unrealised")
        self.exposure = _Figure("Exposure")
        for figure in (self.worth, self.day, self.unrealized, self.exposure):
            row.addWidget(figure)
        row.addStretch()

    def show_figures(self, figures: AccountFigures | None, exposure: Decimal | None, opened: Decimal | None) -> None:
        """Show what is known; `opened` is what the account was worth at the last close."""
        worth = figures.net_liquidation if figures else None
        day = figures.day_pnl if figures else None
        currency = figures.currency if figures else ""
        self.worth.show_text(money(worth, currency))
        self.day.show_text(_with_share(day, opened), tone(day))
        unrealized = figures.unrealized_pnl if figures else None
        self.unrealized.show_text(money(unrealized, signed=True), tone(unrealized))
        self.exposure.show_text(_share_first(exposure, worth))


class _Figure(QFrame):
    """A caption with its number beneath."""

    def __init__(self, caption: str, role: str = "title") -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._caption, self._number = QLabel(caption), QLabel("–")
        set_role(self._caption, role="caption")
        set_role(self._number, role=role)
        self._number.setAccessibleName(caption)
        column.addWidget(self._caption)
        column.addWidget(self._number)

    @property
    def text(self) -> str:
        """What the number says."""
        return self._number.text()

    def show_text(self, text: str, token: str = "") -> None:
        """Show the number, coloured `up` or `down` where it has a direction."""
        if self._number.text() != text:
            self._number.setText(text)
        set_role(self._number, tone=token if token in ("up", "down") else "")


def _with_share(value: Decimal | None, whole: Decimal | None) -> str:
    text = money(value, signed=True)
    return f"{text}  {percent(value / whole)}" if value is not None and whole else text


def _share_first(value: Decimal | None, whole: Decimal | None) -> str:
    text = money(value)
    return f"{text}  {percent(value / whole, signed=False)}" if value is not None and whole else text
