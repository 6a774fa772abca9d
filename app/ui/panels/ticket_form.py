"""The form of the order ticket: side, type, size, the type's own fields, bracket or pair, and the act they come to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.domain.instruments import Instrument
from app.domain.order_rules import why_kind_unfit, why_outside_unfit, why_tif_unfit
from app.domain.orders import Side, TimeInForce
from app.ui.panels.ticket_fields import FURTHER, TicketFields, block, caption, pair_grid, row
from app.ui.panels.ticket_problems import problems_of
from app.ui.panels.ticket_terms import Entry, Kind, Lot, Moment, Problem, SizeBy, Terms
from app.ui.theme import Theme
from app.ui.widgets.buttons import act_button, set_role
from app.ui.widgets.drop_choice import DropChoice
from app.ui.widgets.fields import DecimalField
from app.ui.widgets.segmented import Segmented

SIDES = ((Side.BUY.value, "Buy"), (Side.SELL.value, "Sell"))
KINDS = (
    (Kind.LIMIT.value, "Limit"),
    (Kind.MARKET.value, "Market"),
    (Kind.STOP.value, "Stop"),
    (Kind.STOP_LIMIT.value, "Stop limit"),
    (Kind.TRAIL.value, "Trailing stop"),
    (Kind.TRAIL_LIMIT.value, "Trailing limit"),
    (Kind.MARKET_ON_CLOSE.value, "Market on close"),
    (Kind.LIMIT_ON_CLOSE.value, "Limit on close"),
)
TIFS = tuple((tif.value, tif.value) for tif in TimeInForce)
SIZES = (
    (SizeBy.QUANTITY.value, "Quantity"),
    (SizeBy.MONEY.value, "Money"),
    (SizeBy.RISK.value, "Risk %"),
    (SizeBy.CLOSE.value, "Close"),
)
OTHERS = ((Kind.STOP.value, "or stop at"), (Kind.LIMIT.value, "or limit at"))


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
        self._zone: Callable[[], tzinfo] = lambda: UTC
        self.numbers = TicketFields(theme)
        self.side = Segmented(SIDES, name="Side", tones={Side.BUY: "up", Side.SELL: "down"})
        self.kind = DropChoice(KINDS, name="Order type")
        self.tif = DropChoice(TIFS, name="Time in force")
        self.sizing = DropChoice(SIZES, name="Size by", role="caption")
        self.ends = QLineEdit()
        self.outside, self.bracket, self.pair = QCheckBox("Outside hours"), QCheckBox("Bracket"), QCheckBox("Pair")
        self.trails = QCheckBox("Trails")
        self.other_kind = DropChoice(OTHERS, name="Other order of the pair")
        self.quantity, self.price = self.numbers.quantity, self.numbers.prices[Entry.PRICE]
        self.stop, self.target = self.numbers.prices[Entry.STOP], self.numbers.prices[Entry.TARGET]
        self.act = act_button("Buy", "buy")
        self.price_hint, self.quantity_hint, self.risk = (QLabel() for _ in range(3))
        self.context: Callable[[Side], tuple[Lot, Decimal | None, datetime | None]] = lambda _: (Lot(), None, None)
        self._build()
        self._connect()

    # what it holds

    def terms(self) -> Terms | None:
        """Return the fields as they stand, None before there is an instrument."""
        if self._instrument is None:
            return None
        side, numbers = Side(self.side.value()), self.numbers
        lot, near, now = self.context(side)
        return Terms(
            instrument=self._instrument,
            side=side,
            kind=Kind(self.kind.value()),
            tif=TimeInForce(self.tif.value()),
            quantity=numbers.written(Entry.QUANTITY),
            price=numbers.written(Entry.PRICE),
            has_bracket=self.bracket.isChecked(),
            stop=numbers.written(Entry.STOP),
            target=numbers.written(Entry.TARGET),
            size_by=SizeBy(self.sizing.value()),
            max_quantity=self._max_quantity,
            trigger=numbers.written(Entry.TRIGGER),
            distance=numbers.written(Entry.DISTANCE),
            is_percent=numbers.unit.isChecked(),
            start=numbers.written(Entry.START),
            offset=numbers.written(Entry.OFFSET),
            ends=self._end(),
            outside_hours=self.outside.isChecked() and self.outside.isEnabled(),
            has_pair=self.pair.isChecked(),
            other_kind=Kind(self.other_kind.value()),
            other=numbers.written(Entry.OTHER),
            lot=lot,
            near=near,
            now=now,
            is_trailing=self.trails.isChecked(),
        )

    def show_instrument(self, instrument: Instrument, max_quantity: Decimal, zone: Callable[[], tzinfo]) -> None:
        """Begin anew for another instrument; side, type and bracket stay as they were chosen."""
        self._instrument, self._max_quantity, self._zone = instrument, max_quantity, zone
        self.numbers.use(instrument)
        self.numbers.size_by(SizeBy(self.sizing.value()))
        self.numbers.set_percent(self.numbers.unit.isChecked())
        self._offer()
        self.forget()

    def forget(self) -> None:
        """Empty every field and take none of them as touched."""
        self.numbers.touched.clear()
        self.numbers.let_go(*self.fields())
        self.show_problems()

    def fields(self) -> dict[Entry, DecimalField]:
        """Return the number fields by what they are for."""
        return self.numbers.all()

    def is_touched(self, entry: Entry) -> bool:
        """Say whether a hand has written into a field since it was filled in."""
        return entry in self.numbers.touched

    def put(self, entry: Entry, value: Decimal) -> None:
        """Write a value that somebody chose; it counts as touched."""
        self.numbers.touched.add(entry)
        self.fields()[entry].set_value(value)
        self._changed()

    # what it shows

    def set_side(self, side: Side) -> None:
        """Choose a side as if by hand."""
        if side.value != self.side.value():
            self.side.set_value(side.value)
            self._side_chosen()

    def set_kind(self, kind: Kind) -> None:
        """Choose an order type as if by hand."""
        self.kind.take(kind.value)

    def set_size_by(self, by: SizeBy) -> None:
        """Choose what the size is given by as if by hand."""
        self.sizing.take(by.value)

    def set_compact(self, is_compact: bool) -> None:
        """Leave the hints under the fields out where there is little room."""
        for hint in (self.quantity_hint, self.price_hint):
            hint.setVisible(not is_compact)

    def show_problems(self, *, all_of_them: bool = False) -> tuple[Problem, ...]:
        """Say beside each touched field (or beside all) what is wrong with it; return everything that is."""
        terms = self.terms()
        problems = problems_of(terms) if terms else ()
        self.numbers.show_problems(problems, all_of_them=all_of_them)
        set_role(self.ends, invalid=bool(self.numbers.errors[Entry.ENDS].text()))
        return problems

    def show_act(self, text: str, *, enabled: bool, why: str = "") -> None:
        """Name the act on the primary button, and say why it cannot be pressed."""
        self.act.setText(text)
        self.act.setAccessibleName(text)
        self.act.setToolTip(why or text)
        self.act.setEnabled(enabled)
        set_role(self.act, role="buy" if self.side.value() == Side.BUY else "sell")

    # building

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        errors = self.numbers.errors
        self._ends_row = block(self._ends_grid())
        self._further = block(self._further_grid(), *(errors[entry] for entry in FURTHER))
        self._pair_rows = block(self._pair_grid(), errors[Entry.OTHER])
        self._bracket_rows = block(self._bracket_grid(), errors[Entry.STOP], errors[Entry.TARGET])
        column.addWidget(self.side)
        column.addLayout(row(self.kind, self.tif, stretch=(3, 2)))
        column.addWidget(self._ends_row)
        column.addWidget(errors[Entry.ENDS])
        column.addLayout(self._order_grid())
        for entry in (Entry.QUANTITY, Entry.PRICE):
            column.addWidget(errors[entry])
        column.addWidget(self._further)
        column.addLayout(row(self.bracket, self.pair, self.outside, stretch=(0, 0, 0)))
        column.addWidget(self._bracket_rows)
        column.addWidget(self._pair_rows)
        column.addWidget(self.risk)
        for hidden in (self._bracket_rows, self._pair_rows, self._ends_row, self._further):
            hidden.hide()
        self.numbers.show_kind(Kind(self.kind.value()))
        self._name_things()

    def _name_things(self) -> None:
        self.act.setObjectName("ticket.act")
        for name, widget in (
            ("side", self.side), ("type", self.kind), ("tif", self.tif), ("size", self.sizing),
            ("bracket", self.bracket), ("pair", self.pair), ("outside", self.outside), ("ends", self.ends),
            ("trails", self.trails),
        ):  # fmt: skip
            widget.setObjectName(f"ticket.{name}")
        self.bracket.setToolTip("Send a stop and a target with the order; one cancels the other")
        self.trails.setToolTip("Let the stop follow the best price, as far behind it as it begins from the entry")
        self.pair.setToolTip("Send a second order with it; the first to fill cancels the other (OCA)")
        self.outside.setToolTip("Let it trigger and fill outside regular trading hours as well")
        self.sizing.setToolTip("Size by quantity, by money, by the risk to the stop, or all that is held")
        self.ends.setAccessibleName("Good till")
        self.ends.setPlaceholderText("2026-11-24 16:00")
        for label in (self.quantity_hint, self.price_hint, self.risk):
            set_role(label, role="caption")
        self.risk.setWordWrap(True)
        self.risk.hide()

    def _order_grid(self) -> QGridLayout:
        grid = pair_grid()
        grid.addWidget(self.sizing, 0, 0)
        grid.addWidget(self.numbers.captions[Entry.PRICE], 0, 1)
        grid.addWidget(self.quantity, 1, 0)
        grid.addWidget(self.price, 1, 1)
        grid.addWidget(self.quantity_hint, 2, 0)
        grid.addWidget(self.price_hint, 2, 1)
        return grid

    def _further_grid(self) -> QGridLayout:
        self._further_cells = pair_grid()
        for entry in FURTHER:
            head, cell = QHBoxLayout(), QWidget()
            head.setContentsMargins(0, 0, 0, 0)
            head.addWidget(self.numbers.captions[entry], 1)
            if entry is Entry.DISTANCE:
                head.addWidget(self.numbers.unit)
            column = QVBoxLayout(cell)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(2)
            column.addLayout(head)
            column.addWidget(self.numbers.prices[entry])
            cell.setProperty("entry", entry.value)
            self._further_cells.addWidget(cell, 0, 0)
            cell.hide()
        return self._further_cells

    def _bracket_grid(self) -> QGridLayout:
        grid = pair_grid()
        for place, entry in enumerate((Entry.STOP, Entry.TARGET)):
            grid.addWidget(self.numbers.captions[entry], 0, place)
            grid.addWidget(self.numbers.prices[entry], 1, place)
        grid.addWidget(self.trails, 2, 0)
        return grid

    def _pair_grid(self) -> QGridLayout:
        grid = pair_grid()
        grid.addWidget(self.other_kind, 0, 0)
        grid.addWidget(self.numbers.prices[Entry.OTHER], 0, 1)
        return grid

    def _ends_grid(self) -> QGridLayout:
        grid = pair_grid()
        self._ends_caption = caption("Good till")
        grid.addWidget(self._ends_caption, 0, 0)
        grid.addWidget(self.ends, 0, 1)
        return grid

    def _connect(self) -> None:
        self.numbers.written_in.connect(lambda _: self._changed())
        self.numbers.unit.toggled.connect(self._unit_toggled)
        self.side.chosen.connect(lambda _: self._side_chosen())
        self.kind.chosen.connect(lambda _: self._kind_chosen())
        self.tif.chosen.connect(lambda _: self._tif_chosen())
        self.sizing.chosen.connect(lambda _: self._size_chosen())
        self.other_kind.chosen.connect(lambda _: self._other_chosen())
        self.ends.textEdited.connect(lambda _: self._changed())
        self.outside.toggled.connect(lambda _: self._changed())
        self.bracket.toggled.connect(self._bracket_toggled)
        self.trails.toggled.connect(lambda _: self._changed())
        self.pair.toggled.connect(self._pair_toggled)
        self.act.clicked.connect(lambda: self.submitted.emit())

    # what hands choose

    def _side_chosen(self) -> None:
        self.numbers.touched.clear()
        self.numbers.let_go(*FURTHER, Entry.OTHER, Entry.PRICE)
        self.side_chosen.emit()
        self._changed()

    def _kind_chosen(self) -> None:
        kind = Kind(self.kind.value())
        further = self.numbers.show_kind(kind)
        self._show_further(further)
        self.numbers.let_go(Entry.PRICE, *FURTHER)
        self._offer()
        self._changed()

    def _show_further(self, further: tuple[Entry, ...]) -> None:
        """Set the cells that the type asks for side by side, two a line."""
        cells = {}
        for place in reversed(range(self._further_cells.count())):
            item = self._further_cells.takeAt(place)
            if item is not None and (cell := item.widget()) is not None:
                cells[cell.property("entry")] = cell
        for entry in FURTHER:
            place = further.index(entry) if entry in further else 0
            self._further_cells.addWidget(cells[entry.value], place // 2, place % 2)
            cells[entry.value].setVisible(entry in further)
        self._further.setVisible(bool(further))

    def _offer(self) -> None:
        """Offer only what goes with the type and the instrument; the rest says why not."""
        if self._instrument is None:
            return
        kind, type_ = self._instrument.kind, Kind(self.kind.value()).type
        for tif in TimeInForce:
            why = why_tif_unfit(type_, tif) or why_kind_unfit(type_, tif, kind)
            self.tif.set_offered(tif.value, not why, why)
        why = why_outside_unfit(type_, TimeInForce(self.tif.value()), kind)
        self.outside.setEnabled(not why)
        self.outside.setToolTip(why or "Let it trigger and fill outside regular trading hours as well")
        for each in Kind:
            self.kind.set_offered(each.value, not (bad := why_kind_unfit(each.type, TimeInForce.DAY, kind)), bad)

    def _tif_chosen(self) -> None:
        is_until = self.tif.value() == TimeInForce.GTD
        self._ends_row.setVisible(is_until)
        now = self.context(Side(self.side.value()))[2]
        self._ends_caption.setText(f"Good till ({now.astimezone(self._zone()):%Z})" if now else "Good till")
        self._offer()
        self._changed()

    def _size_chosen(self) -> None:
        by = SizeBy(self.sizing.value())
        self.numbers.let_go(Entry.QUANTITY)
        self.numbers.size_by(by)
        if by is SizeBy.RISK:
            self.bracket.setChecked(True)
        self.side_chosen.emit()
        self._changed()

    def _other_chosen(self) -> None:
        self.numbers.let_go(Entry.OTHER)
        self._changed()

    def _unit_toggled(self, on: bool) -> None:
        self.numbers.set_percent(on)
        self.numbers.let_go(Entry.DISTANCE, Entry.START)
        self._changed()

    def _bracket_toggled(self, on: bool) -> None:
        self._bracket_rows.setVisible(on)
        if on:
            self.pair.setChecked(False)
        elif self.sizing.value() == SizeBy.RISK:
            self.set_size_by(SizeBy.QUANTITY)
        self.bracket_switched.emit(on)
        self._changed()

    def _pair_toggled(self, on: bool) -> None:
        self._pair_rows.setVisible(on)
        if on:
            self.bracket.setChecked(False)
            first = Kind(self.kind.value())
            if first not in (Kind.LIMIT, Kind.STOP):
                self.set_kind(first := Kind.LIMIT)
            self.other_kind.set_value(Kind.STOP if first is Kind.LIMIT else Kind.LIMIT)
        self.numbers.let_go(Entry.OTHER, Entry.PRICE)
        self._changed()

    def _end(self) -> Moment:
        text = self.ends.text().strip()
        try:
            return Moment(text, datetime.fromisoformat(text).replace(tzinfo=self._zone()).astimezone(UTC))
        except (ValueError, OverflowError):
            return Moment(text)

    def _changed(self) -> None:
        self.show_problems()
        self.edited.emit()
