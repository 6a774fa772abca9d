"""The portfolio's overview: totals, the equity curve, and how the holdings divide."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout

from app.domain.broker import AccountFigures
from app.services.portfolio import PositionView
from app.ui.binding import display_zone
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.portfolio_curve import EquityCurve
from app.ui.panels.portfolio_slices import SliceBars
from app.ui.widgets.buttons import set_role
from app.ui.widgets.format import UNKNOWN, age, money, number, percent, tone

LATE_S = 300.0
Line = tuple[str, str, str]
"""A caption, what is known of it in words, and the token that colours it."""


class Totals(QFrame):
    """Captions with their numbers, made once and written over."""

    def __init__(self, captions: Sequence[str]) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(2)
        self._numbers: dict[str, QLabel] = {}
        for line, caption in enumerate(captions):
            name, value = QLabel(caption), QLabel(UNKNOWN)
            set_role(name, role="caption")
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            value.setAccessibleName(caption)
            name.setToolTip(TIPS.get(caption, ""))
            grid.addWidget(name, line, 0)
            grid.addWidget(value, line, 1)
            self._numbers[caption] = value
        grid.setRowStretch(len(captions), 1)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)

    def text(self, caption: str) -> str:
        """Return what a number says."""
        return self._numbers[caption].text()

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Write every number."""
        for caption, text, token in lines:
            label = self._numbers[caption]
            if label.text() != text:
                label.setText(text)
            set_role(label, tone=token if token in ("up", "down") else "")


CAPTIONS = ("Cash", "Realised today", "Return", "Worst drawdown", "Margin", "Largest position", "Open risk",
            "Not guarded")  # fmt: skip
TIPS = {
    "Return": "Time-weighted from the snapshots at each close; money paid in or out does not count",
    "Margin": "Initial / maintained",
    "Open risk": "Lost from the last prices if every stop fills at its price, of the positions that stops cover wholly",
    "Not guarded": "Positions that stops do not cover wholly",
}


class OverviewPage(QFrame):
    """Totals left, the curve in the middle, the parts right."""

    def __init__(self, handles: Handles) -> None:
        super().__init__()
        self._h = handles
        self.totals = Totals(CAPTIONS)
        self.curve = EquityCurve(handles.theme)
        self.allocation = SliceBars(handles.theme, "Allocation, of net liquidation")
        self.owners = SliceBars(handles.theme, "Exposure by strategy")
        self.currencies = SliceBars(handles.theme, "Exposure by currency")
        self.rates, self.gaps = QLabel(), QLabel()
        self._build()

    def refresh(self) -> None:
        """Show everything as it is known now."""
        account = self._h.session.view.account
        figures = self._h.portfolio.figures(account)
        worth = figures.net_liquidation if figures else None
        self.totals.show_lines(self._lines(account))
        self.curve.show_points(self._h.track.curve(account))
        parts = self._h.track.breakdown(account)
        self.allocation.show_slices(parts.by_instrument, worth)
        self.owners.show_slices(parts.by_strategy, worth)
        self.currencies.show_slices(parts.by_currency, worth)
        left_out = f"Left out, without a price or a rate: {number(parts.unknown)}." if parts.unknown else ""
        self.rates.setText("\n".join(filter(None, (self._rate_words(account), left_out))))
        self.rates.setVisible(bool(self.rates.text()))
        self.gaps.setText(self._job_words(account))

    def _build(self) -> None:
        self.setProperty("role", "panel")
        self.setAccessibleName(say("Portfolio overview"))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 4, 6)
        row.setSpacing(16)
        middle = QVBoxLayout()
        middle.setSpacing(2)
        middle.addWidget(self.curve, 1)
        middle.addWidget(self.gaps)
        for label in (self.rates, self.gaps):
            set_role(label, role="caption")
            label.setWordWrap(True)
        row.addWidget(self.totals)
        row.addLayout(middle, 3)
        row.addWidget(self._parts(), 2)

    def _parts(self) -> QScrollArea:
        """Return the parts in an area of their own: there may be more of them than fit."""
        inside, area = QFrame(), QScrollArea()
        inside.setProperty("role", "panel")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(6)
        for widget in (self.allocation, self.owners, self.currencies, self.rates):
            column.addWidget(widget)
        column.addStretch()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumWidth(self._h.theme.px(190))
        return area

    def _lines(self, account: str) -> list[Line]:
        figures, track = self._h.portfolio.figures(account), self._h.track
        views, risk = self._h.portfolio.positions(account), track.open_risk(account)
        realized = figures.realized_pnl if figures else None
        grown, fallen = track.total_return(account), track.worst_drawdown(account)
        bare = f"{number(risk.bare)} of {number(len(views))}" if views else UNKNOWN
        values = (
            (money(figures.cash if figures else None), ""),
            (money(realized, signed=True), tone(realized)),
            (percent(grown), tone(grown)),
            (percent(fallen), tone(fallen)),
            (_margin(figures), ""),
            (_largest(views), ""),
            (_risk_words(risk.money, risk.r), ""),
            (bare, ""),
        )
        return [(caption, text, token) for caption, (text, token) in zip(CAPTIONS, values, strict=True)]

    def _rate_words(self, account: str) -> str:
        now = self._h.clock.monotonic()
        shown = {view.fx for view in self._h.portfolio.positions(account) if view.fx and view.fx.told is not None}
        rates = {fx.currency: fx for fx in (*self._h.portfolio.rates(account), *shown)}
        return "\n".join(
            f"1 {fx.currency} = {number(fx.rate, 5)} · {fx.source}, {age(now - fx.told) if fx.told else UNKNOWN} old"
            for fx in rates.values()
        )

    def _job_words(self, account: str) -> str:
        job = self._h.track.job(account)
        told = [f"Next snapshot {job.next_close.astimezone(display_zone(self._h)):%Y-%m-%d %H:%M %Z}."]
        if job.last is not None:
            late = f", {age(job.last.late_s)} late" if job.last.late_s > LATE_S else ""
            told.insert(0, f"Last snapshot {job.last.session}{late}.")
        if job.missed:
            told.append(f"Nothing was kept of {', '.join(day.isoformat() for day in job.missed[-5:])}.")
        return " ".join(told)


def _margin(figures: AccountFigures | None) -> str:
    if figures is None or figures.initial_margin is None:
        return UNKNOWN
    return f"{number(figures.initial_margin)} / {number(figures.maintenance_margin)}"


def _largest(views: Sequence[PositionView]) -> str:
    known = [(abs(view.value), view) for view in views if view.value is not None]
    if not known or len(known) < len(views):
        return UNKNOWN
    _, view = max(known, key=lambda each: each[0])
    share = f"  {percent(abs(view.weight_percent) / 100, signed=False)}" if view.weight_percent is not None else ""
    return f"{view.position.symbol}{share}"


def _risk_words(amount: Decimal | None, r: Decimal | None) -> str:
    return money(amount) if r is None or amount is None else f"{money(amount)}  {number(r, 2)} R"
