"""The live preview of a ticket: what the order would cost, use up and risk, while it is being written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from app.domain.broker import Margin
from app.domain.hours import is_open, next_change
from app.domain.instruments import Instrument
from app.domain.orders import TimeInForce
from app.domain.quotes import Quote
from app.ui.panels.cells import end_words
from app.ui.panels.ticket_proposed import Means
from app.ui.panels.ticket_terms import Kind, Terms
from app.ui.theme import Theme
from app.ui.widgets.buttons import set_role
from app.ui.widgets.elided import ElidedLabel
from app.ui.widgets.format import UNKNOWN, money, number, percent

ASKING, NOT_TOLD = "…", "unknown"
NAMES = ("Cost", "Margin", "Commission", "Power after", "Weight", "Target", "At stop", "Distance", "Session")
WIDE = ("At stop", "Distance", "Session")
TIPS = {
    "Cost": "What the order is worth at its price, in the instrument's currency",
    "Margin": "By how much the initial margin would change, as the broker previews it",
    "Commission": "What the broker expects to charge",
    "Power after": "Buying power less the change of margin",
    "Distance": "From the last price to the order's own: percent, daily ranges (ATR), and R to the stop",
    "At stop": "What would be lost at the stop, and its share of equity",
    "Target": "What would be gained at the target, in R",
    "Weight": "The position afterwards as a share of equity",
    "Session": "Until when the instrument's exchange trades, or when it opens",
}


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What the broker said of these terms: `margin` is None while it is asked (`is_asking`) or did not say."""

    margin: Margin | None = None
    is_asking: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reckoned:
    """Everything the preview is made of; None is unknown. `atr` is the daily range in price units."""

    terms: Terms
    count: Decimal | None
    means: Means
    quote: Quote | None
    what_if: WhatIf
    atr: float | None
    zone: tzinfo


def figures(r: Reckoned) -> dict[str, str]:
    """Return the lines of the preview, name by words; what is not known says so."""
    return {
        "Cost": _cost(r),
        "Margin": _told(r.what_if, r.what_if.margin.initial_change if r.what_if.margin else None, signed=True),
        "Commission": _told(r.what_if, r.what_if.margin.commission if r.what_if.margin else None),
        "Power after": _power(r),
        "Target": _target(r),
        "Distance": _distance(r),
        "At stop": _at_stop(r),
        "Weight": _weight(r),
        "Session": session_words(r.terms, r.quote, r.zone),
    }


def _value(r: Reckoned) -> Decimal | None:
    price = r.terms.reckoned
    if price is None or r.count is None or not r.count.is_finite() or abs(r.count) > r.terms.max_quantity:
        return None
    return r.terms.instrument.value(price, r.count)


def _cost(r: Reckoned) -> str:
    value = _value(r)
    about = "~" if r.terms.kind in (Kind.MARKET, Kind.MARKET_ON_CLOSE) and value is not None else ""
    return about + money(value, r.terms.instrument.currency, base=r.means.currency)


def _told(what_if: WhatIf, value: Decimal | None, *, signed: bool = False) -> str:
    if what_if.is_asking:
        return ASKING
    return money(value, signed=signed) if value is not None else NOT_TOLD


def _power(r: Reckoned) -> str:
    if r.what_if.is_asking:
        return ASKING
    change = r.what_if.margin.initial_change if r.what_if.margin else None
    if change is None or r.means.buying_power is None or r.means.available is None:
        return NOT_TOLD
    # A margin account's buying power is its available funds times what it may borrow against them.
    reach = r.means.buying_power / r.means.available if r.means.available > 0 else Decimal(1)
    return money(r.means.buying_power - change * reach)


def _distance(r: Reckoned) -> str:
    price, last = r.terms.reckoned, r.quote.last if r.quote else None
    if price is None or not last or r.terms.kind in (Kind.MARKET, Kind.MARKET_ON_CLOSE):
        return UNKNOWN
    away = float(price) - last
    parts = [percent(away / last)]
    if r.atr:
        parts.append(f"{number(abs(away) / r.atr, 1)} ATR")
    if (unit := _unit_of_risk(r.terms)) is not None:
        parts.append(f"{number(abs(away) / float(unit), 1)} R")
    return " · ".join(parts)


def _unit_of_risk(terms: Terms) -> Decimal | None:
    """Return what 1 R is in price units: from the entry to the stop."""
    entry, stop = terms.reckoned, terms.stop.value
    if not terms.bracketed or entry is None or stop is None or entry == stop:
        return None
    return abs(entry - stop)


def _at_stop(r: Reckoned) -> str:
    unit = _unit_of_risk(r.terms)
    if unit is None or r.count is None or not r.count.is_finite() or abs(r.count) > r.terms.max_quantity:
        return UNKNOWN
    lost = abs(r.terms.instrument.value(unit, r.count))
    words = [money(-lost, r.terms.instrument.currency, base=r.means.currency)]
    if r.means.fx is not None and r.means.equity:
        words.append(f"{percent(lost * r.means.fx / r.means.equity, signed=False)} of equity")
    return " · ".join(words)


def _target(r: Reckoned) -> str:
    unit, entry, target = _unit_of_risk(r.terms), r.terms.reckoned, r.terms.target.value
    if unit is None or entry is None or target is None:
        return UNKNOWN
    return f"{number((target - entry) * r.terms.side.sign / unit, 2)} R"


def _weight(r: Reckoned) -> str:
    price, means = r.terms.reckoned, r.means
    if _value(r) is None or price is None or r.count is None or means.fx is None or not means.equity:
        return UNKNOWN
    after = means.held + r.count * r.terms.side.sign
    return percent(r.terms.instrument.value(price, after) * means.fx / means.equity, signed=False)


def session_words(terms: Terms, quote: Quote | None, zone: tzinfo) -> str:
    """Return whether the instrument trades now, and until or from when; `closed` says when an order would work."""
    instrument, now = terms.instrument, terms.now
    if quote is not None and quote.is_halted:
        return "halted"
    if now is None:
        return UNKNOWN
    hours = instrument.trading_hours if terms.outside_hours else instrument.liquid_hours
    open_, change = is_open(hours, instrument.time_zone, now), next_change(hours, instrument.time_zone, now)
    if open_ is None:
        return NOT_TOLD
    if change is None:
        return "open" if open_ else "closed"
    return f"{'open until' if open_ else 'closed, opens'} {_when(change, now, zone)}"


def _when(moment: datetime, now: datetime, zone: tzinfo) -> str:
    local = moment.astimezone(zone)
    is_today = local.date() == now.astimezone(zone).date()
    return f"{local:%H:%M}" if is_today else f"{local:%a %H:%M}"


class PreviewCard(QWidget):
    """The figures in two columns, and below them what the order would collide with."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.values: dict[str, ElidedLabel] = {}
        self.notes = QLabel()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self._grid(theme))
        set_role(self.notes, role="warn")
        self.notes.setWordWrap(True)
        self.notes.setTextFormat(Qt.TextFormat.PlainText)
        self.notes.setObjectName("ticket.notes")
        self.notes.hide()
        column.addWidget(self.notes)

    def show_figures(self, told: dict[str, str]) -> None:
        """Show what the terms come to."""
        for name, words in told.items():
            label = self.values[name]
            if label.text() != words:
                label.setText(words)
                label.setToolTip(f"{name}: {words}\n{TIPS[name]}")
                label.setAccessibleName(f"{name}: {words}")

    def show_notes(self, sentences: tuple[str, ...]) -> None:
        """Say what the terms would collide with."""
        text = "\n".join(sentences)
        if self.notes.text() != text:
            self.notes.setText(text)
            self.notes.setVisible(bool(text))

    def _grid(self, theme: Theme) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(1)
        for place, name in enumerate(NAMES):
            caption, value = QLabel(name), ElidedLabel(UNKNOWN)
            set_role(caption, role="caption")
            caption.setToolTip(TIPS[name])
            value.setFont(theme.font(11))
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if name in WIDE:
                grid.addWidget(caption, place, 0)
                grid.addWidget(value, place, 1, 1, 3)
            else:
                grid.addWidget(caption, place // 2, place % 2 * 2)
                grid.addWidget(value, place // 2, place % 2 * 2 + 1)
            self.values[name] = value
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        return grid


def lasts_words(tif: TimeInForce, good_till: datetime | None, instrument: Instrument) -> str:
    """Return how long an order works, in words."""
    if tif is TimeInForce.GTD and good_till is not None:
        return f"until {end_words(good_till, instrument)}, GTD"
    return {
        TimeInForce.DAY: "until the close (DAY)",
        TimeInForce.GTC: "until cancelled (GTC)",
        TimeInForce.IOC: "at once or not at all (IOC)",
        TimeInForce.GTD: "until a moment (GTD)",
        TimeInForce.OPG: "in the opening auction (OPG)",
    }[tif]
