"""The number fields of the ticket: those of an order type come from its class, each with its caption and its error."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.domain.instruments import Instrument
from app.domain.money import ZERO
from app.domain.orders import Term
from app.ui.language import say
from app.ui.panels.ticket_terms import Entry, Kind, Problem, SizeBy, Written, entries_of
from app.ui.theme import Theme
from app.ui.widgets.buttons import set_role
from app.ui.widgets.fields import DecimalField, PriceField, QuantityField

CAPTIONS = {
    Term.LIMIT: "Limit",
    Term.TRIGGER: "Trigger",
    Term.START: "Stop starts at",
    Term.TRAIL: "Trail by",
    Term.OFFSET: "Limit offset",
}
FURTHER = (Entry.TRIGGER, Entry.DISTANCE, Entry.START, Entry.OFFSET)
PRICES = (Entry.PRICE, *FURTHER, Entry.OTHER, Entry.STOP, Entry.TARGET)


class TicketFields(QObject):
    """Owns the fields; what is touched by hand stays, what is not is filled in by others."""

    written_in = Signal(object)
    """The entry that a hand has written into."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.quantity = QuantityField(theme)
        self.prices: dict[Entry, DecimalField] = {
            entry: _PriceLine(theme, entry.value.capitalize()) for entry in PRICES
        }
        self.captions = {entry: caption(entry.value.capitalize()) for entry in (Entry.QUANTITY, *PRICES)}
        self.errors = {entry: _error(entry) for entry in Entry}
        self.touched: set[Entry] = set()
        self.unit = QPushButton("%")
        self.unit.setCheckable(True)
        self.unit.setToolTip(say("Trail by a percentage of the price instead of an amount"))
        self.unit.setAccessibleName(say("Trail by percent"))
        set_role(self.unit, role="inline")
        self._instrument: Instrument | None = None
        self.focused: Entry | None = None
        for entry, field in self.all().items():
            field.setObjectName(f"ticket.{entry.name.lower()}")
            field.changed.connect(lambda _, entry=entry: self._written(entry))
            if isinstance(field, _PriceLine):
                field.entered.connect(lambda entry=entry: self._has_focus(entry))

    def all(self) -> dict[Entry, DecimalField]:
        """Return the number fields by what they are for."""
        return {Entry.QUANTITY: self.quantity, **self.prices}

    def written(self, entry: Entry) -> Written:
        """Return one field as it stands."""
        field = self.all()[entry]
        return Written(field.text(), field.value())

    def use(self, instrument: Instrument) -> None:
        """Take over an instrument's ticks and lot."""
        self._instrument = instrument
        for entry in PRICES:
            self._grid(entry)
        self.size_by(SizeBy.QUANTITY)

    def size_by(self, by: SizeBy) -> None:
        """Have the first field hold a quantity, money or percent."""
        lot = self._instrument.lot if self._instrument else Decimal(1)
        steps = {SizeBy.MONEY: Decimal(100), SizeBy.RISK: Decimal("0.1")}
        self.quantity.set_lot(lot) if by not in steps else self.quantity.set_grid(steps[by], ZERO)
        self.quantity.setEnabled(by is not SizeBy.CLOSE)

    def set_percent(self, on: bool) -> None:
        """Have the distance be a percentage, or an amount on the tick."""
        field = self.prices[Entry.DISTANCE]
        if on:
            field.set_grid(Decimal("0.1"), ZERO, fits=False)
        else:
            self._grid(Entry.DISTANCE)

    def show_kind(self, kind: Kind) -> tuple[Entry, ...]:
        """Name the fields that an order type's class asks for, and return those beside the price."""
        asked = entries_of(kind)
        for entry, (_, term) in asked.items():
            self.captions[entry].setText(CAPTIONS[term])
        has_price = Entry.PRICE in asked
        price = self.prices[Entry.PRICE]
        price.setEnabled(has_price)
        price.setPlaceholderText("" if has_price else "market" if not kind.is_triggered else "follows")
        if not has_price:
            self.captions[Entry.PRICE].setText(say("Price"))
        return tuple(entry for entry in FURTHER if entry in asked)

    def fill(self, entry: Entry, value: Decimal | None) -> None:
        """Fill a field in, unless a hand has."""
        field = self.all()[entry]
        if entry not in self.touched and field.value() != value:
            field.set_value(value)

    def let_go(self, *entries: Entry) -> None:
        """Have fields filled in again."""
        for entry in entries:
            self.touched.discard(entry)
            if entry in self.all():
                self.all()[entry].set_value(None)

    def show_problems(self, problems: Iterable[Problem], *, all_of_them: bool) -> None:
        """Say beside each touched field (or beside all) what is wrong with it."""
        told = dict[Entry, str]()
        for problem in problems:
            if all_of_them or problem.entry in self.touched or problem.entry is Entry.ENDS:
                told.setdefault(problem.entry, problem.text)
        for entry, label in self.errors.items():
            text = told.get(entry, "")
            if label.text() != text or label.isHidden() == bool(text):
                label.setText(text)
                label.setVisible(bool(text))
            if entry in self.all():
                set_role(self.all()[entry], invalid=bool(text))

    def _grid(self, entry: Entry) -> None:
        field = self.prices[entry]
        if self._instrument is not None and isinstance(field, PriceField):
            field.set_ticks(self._instrument.tick_at, self._instrument.decimals)

    def _written(self, entry: Entry) -> None:
        self.touched.add(entry)
        self.written_in.emit(entry)

    def _has_focus(self, entry: Entry) -> None:
        self.focused = entry


class _PriceLine(PriceField):
    """A price that tells when a hand begins to write in it: what is clicked elsewhere then goes there."""

    entered = Signal()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell it."""
        super().focusInEvent(event)
        self.entered.emit()


def caption(text: str) -> QLabel:
    """Return the small muted line above a field."""
    label = QLabel(text)
    set_role(label, role="caption")
    return label


def pair_grid() -> QGridLayout:
    """Return the grid of two equal columns that the ticket is set in."""
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(2)
    grid.setColumnStretch(0, 1)
    grid.setColumnStretch(1, 1)
    return grid


def row(*widgets: QWidget, stretch: tuple[int, ...]) -> QHBoxLayout:
    """Return widgets side by side."""
    line = QHBoxLayout()
    line.setSpacing(6)
    for widget, share in zip(widgets, stretch, strict=True):
        line.addWidget(widget, share)
    return line


def block(*parts: QGridLayout | QWidget) -> QWidget:
    """Return parts one below the other, as one thing that can be shown or hidden."""
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    for part in parts:
        column.addWidget(part) if isinstance(part, QWidget) else column.addLayout(part)
    return holder


def _error(entry: Entry) -> QLabel:
    label = QLabel()
    set_role(label, role="error")
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setObjectName(f"ticket.error.{entry.value}")
    label.hide()
    return label
