"""The fields of the order ticket: side, type, quantity, prices, bracket; each says beside itself what is wrong."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.domain.instruments import Instrument
from app.domain.orders import Side, TimeInForce
from app.ui.panels.ticket_terms import Entry, Kind, Problem, Terms, Written
from app.ui.theme import Theme
from app.ui.widgets.buttons import act_button, set_role
from app.ui.widgets.fields import DecimalField, PriceField, QuantityField
from app.ui.widgets.segmented import Segmented

SIDES = ((Side.BUY.value, "Buy"), (Side.SELL.value, "Sell"))
KINDS = ((Kind.LIMIT.value, "LMT"), (Kind.MARKET.value, "MKT"), (Kind.STOP.value, "STP"))
TIFS = ((TimeInForce.DAY.value, "DAY"), (TimeInForce.GTC.value, "GTC"))


class TicketForm(QWidget):
    """The fields; what is touched by hand stays, what is not is filled in by the panel."""

    edited = Signal()
    """Something that the order is made of has changed, by hand or by what was chosen."""
    side_chosen = Signal()
    bracket_switched = Signal(bool)
    submitted = Signal()
    """The primary button was pressed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._instrument: Instrument | None = None
        self._max_quantity = Decimal(10_000)
        self.side = Segmented(SIDES, name="Side", tones={Side.BUY: "up", Side.SELL: "down"})
        self.kind = Segmented(KINDS, name="Order type")
        self.tif = Segmented(TIFS, name="Time in force")
        self.quantity = QuantityField(theme)
        self.price = PriceField(theme)
        self.bracket = QCheckBox("Bracket")
        self.by_risk = QPushButton("by risk")
        self.stop = PriceField(theme, "Stop")
        self.target = PriceField(theme, "Target")
        self.act = act_button("Buy", "buy")
        self.price_hint, self.quantity_hint, self.cost, self.risk = (QLabel() for _ in range(4))
        self._price_caption = _caption("Limit")
        self._errors = {entry: QLabel() for entry in Entry}
        self._touched: set[Entry] = set()
        self._build()
        self._connect()

    # what it holds

    def terms(self) -> Terms | None:
        """Return the fields as they stand, None before there is an instrument."""
        if self._instrument is None:
            return None
        return Terms(
            instrument=self._instrument,
            side=Side(self.side.value()),
            kind=Kind(self.kind.value()),
            tif=TimeInForce(self.tif.value()),
            quantity=_written(self.quantity),
            price=_written(self.price),
            has_bracket=self.bracket.isChecked(),
            stop=_written(self.stop),
            target=_written(self.target),
            by_risk=self.by_risk.isChecked(),
            max_quantity=self._max_quantity,
        )

    def show_instrument(self, instrument: Instrument, max_quantity: Decimal) -> None:
        """Begin anew for another instrument; side, type and bracket stay as they were chosen."""
        self._instrument, self._max_quantity = instrument, max_quantity
        for field in (self.price, self.stop, self.target):
            field.set_ticks(instrument.tick_at, instrument.decimals)
        self.quantity.set_lot(instrument.lot)
        self.forget()

    def forget(self) -> None:
        """Empty every field and take none of them as touched."""
        self._touched.clear()
        for field in self.fields().values():
            field.set_value(None)
        self.show_problems()

    def fields(self) -> dict[Entry, DecimalField]:
        """Return the number fields by what they are for."""
        return {
            Entry.QUANTITY: self.quantity,
            Entry.PRICE: self.price,
            Entry.STOP: self.stop,
            Entry.TARGET: self.target,
        }

    def is_touched(self, entry: Entry) -> bool:
        """Say whether a hand has written into a field since it was filled in."""
        return entry in self._touched

    def fill(self, entry: Entry, value: Decimal | None) -> None:
        """Fill a field in, unless a hand has."""
        field = self.fields()[entry]
        if entry not in self._touched and field.value() != value:
            field.set_value(value)

    def put(self, entry: Entry, value: Decimal) -> None:
        """Write a value that somebody chose; it counts as touched."""
        self._touched.add(entry)
        self.fields()[entry].set_value(value)
        self._changed()

    def let_go(self, entry: Entry) -> None:
        """Have a field filled in again."""
        self._touched.discard(entry)

    # what it shows

    def set_side(self, side: Side) -> None:
        """Choose a side as if by hand."""
        if side.value != self.side.value():
            self.side.set_value(side.value)
            self._side_chosen()

    def set_kind(self, kind: Kind) -> None:
        """Choose an order type as if by hand."""
        if kind.value != self.kind.value():
            self.kind.set_value(kind.value)
            self._kind_chosen()

    def set_compact(self, is_compact: bool) -> None:
        """Leave the hints under the fields out where there is little room."""
        for hint in (self.quantity_hint, self.price_hint):
            hint.setVisible(not is_compact)

    def show_problems(self, *, all_of_them: bool = False) -> tuple[Problem, ...]:
        """Say beside each touched field (or beside all) what is wrong with it; return everything that is."""
        terms = self.terms()
        problems = terms.problems() if terms else ()
        shown = {problem.entry: problem.text for problem in problems if all_of_them or problem.entry in self._touched}
        for entry, label in self._errors.items():
            text = shown.get(entry, "")
            label.setText(text)
            label.setVisible(bool(text))
            set_role(self.fields()[entry], invalid=bool(text))
        return problems

    def show_act(self, text: str, *, enabled: bool) -> None:
        """Name the act on the primary button."""
        self.act.setText(text)
        self.act.setAccessibleName(text)
        self.act.setEnabled(enabled)
        set_role(self.act, role="buy" if self.side.value() == Side.BUY else "sell")

    # inside

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.side)
        column.addLayout(_row(self.kind, self.tif, stretch=(3, 2)))
        column.addLayout(self._order_grid())
        for entry in (Entry.QUANTITY, Entry.PRICE):
            column.addWidget(self._error(entry))
        column.addLayout(_row(self.bracket, self.risk, stretch=(0, 1)))
        self._bracket_rows = QWidget()
        self._bracket_rows.setLayout(self._bracket_grid())
        column.addWidget(self._bracket_rows)
        for entry in (Entry.STOP, Entry.TARGET):
            column.addWidget(self._error(entry))
        column.addWidget(self.cost)
        column.addWidget(self.act)
        self._bracket_rows.hide()
        self._name_things()

    def _name_things(self) -> None:
        self.act.setObjectName("ticket.act")
        for name, widget in (
            ("side", self.side), ("type", self.kind), ("tif", self.tif), ("quantity", self.quantity),
            ("price", self.price), ("bracket", self.bracket), ("stop", self.stop), ("target", self.target),
        ):  # fmt: skip
            widget.setObjectName(f"ticket.{name}")
        self.bracket.setToolTip("Send a stop and a target with the order; one cancels the other")
        self.by_risk.setToolTip("Let the risk between limit and stop set the quantity")
        self.by_risk.setAccessibleName("Size by risk")
        self.tif.set_value(TimeInForce.DAY.value)

    def _order_grid(self) -> QGridLayout:
        grid = _grid()
        head = QHBoxLayout()
        head.setSpacing(4)
        self.by_risk.setCheckable(True)
        set_role(self.by_risk, role="inline")
        head.addWidget(_caption("Quantity"))
        head.addStretch()
        head.addWidget(self.by_risk)
        grid.addLayout(head, 0, 0)
        grid.addWidget(self._price_caption, 0, 1)
        grid.addWidget(self.quantity, 1, 0)
        grid.addWidget(self.price, 1, 1)
        grid.addWidget(self.quantity_hint, 2, 0)
        grid.addWidget(self.price_hint, 2, 1)
        for label in (self.quantity_hint, self.price_hint, self.cost, self.risk):
            set_role(label, role="caption")
        self.risk.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return grid

    def _bracket_grid(self) -> QGridLayout:
        grid = _grid()
        for place, (name, field) in enumerate((("Stop", self.stop), ("Target", self.target))):
            grid.addWidget(_caption(name), 0, place)
            grid.addWidget(field, 1, place)
        return grid

    def _error(self, entry: Entry) -> QLabel:
        label = self._errors[entry]
        set_role(label, role="error")
        label.setWordWrap(True)
        label.setObjectName(f"ticket.error.{entry.value}")
        label.hide()
        return label

    def _connect(self) -> None:
        for entry, field in self.fields().items():
            field.changed.connect(lambda _, entry=entry: self._written_in(entry))
        self.side.chosen.connect(lambda _: self._side_chosen())
        self.kind.chosen.connect(lambda _: self._kind_chosen())
        self.tif.chosen.connect(lambda _: self._changed())
        self.bracket.toggled.connect(self._bracket_toggled)
        self.by_risk.toggled.connect(self._risk_toggled)
        self.act.clicked.connect(lambda: self.submitted.emit())

    def _written_in(self, entry: Entry) -> None:
        self._touched.add(entry)
        self._changed()

    def _side_chosen(self) -> None:
        self._touched.clear()
        self.side_chosen.emit()
        self._changed()

    def _kind_chosen(self) -> None:
        kind = Kind(self.kind.value())
        self._price_caption.setText("Trigger" if kind is Kind.STOP else "Limit")
        self.price.setEnabled(kind is not Kind.MARKET)
        self.let_go(Entry.PRICE)
        self.price.set_value(None)
        self.price.setPlaceholderText("market" if kind is Kind.MARKET else "")
        self._changed()

    def _bracket_toggled(self, on: bool) -> None:
        self._bracket_rows.setVisible(on)
        if not on:
            self.by_risk.setChecked(False)
        self.bracket_switched.emit(on)
        self._changed()

    def _risk_toggled(self, on: bool) -> None:
        self.quantity.setEnabled(not on)
        self.let_go(Entry.QUANTITY)
        if on:
            self.quantity.set_value(None)
            self.bracket.setChecked(True)
        self._changed()

    def _changed(self) -> None:
        self.show_problems()
        self.edited.emit()


def _written(field: DecimalField) -> Written:
    return Written(field.text(), field.value())


def _caption(text: str) -> QLabel:
    label = QLabel(text)
    set_role(label, role="caption")
    return label


def _grid() -> QGridLayout:
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(2)
    grid.setColumnStretch(0, 1)
    grid.setColumnStretch(1, 1)
    return grid


def _row(*widgets: QWidget, stretch: tuple[int, ...]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget, share in zip(widgets, stretch, strict=True):
        row.addWidget(widget, share)
    return row
