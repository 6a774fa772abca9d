"""Changing a working order by hand: what will change is said in words, confirmed, then exactly that is asked for."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFormLayout, QTableView

from app.domain.changes import OrderChange
from app.domain.errors import UserError
from app.domain.instruments import Instrument
from app.domain.orders import Distance, Order, OrderRef
from app.services.review import ChangeReview
from app.ui.handles import Handles
from app.ui.widgets.ask import CANCEL, Choice, Question, ask
from app.ui.widgets.fields import DecimalField, PriceField, QuantityField
from app.ui.widgets.format import number, price, quantity

TERMS = ("quantity", "limit", "stop", "trail", "offset")
REVIEW = Choice("review", "Review the change", "primary")


async def change_order(handles: Handles, ref: OrderRef, **terms: Decimal) -> bool:
    """Review new terms, ask in words, then send them; False when it was left. A distance keeps its unit.

    Raises TapelineError with the one sentence that says why it may not be.
    """
    review = await handles.desk.review_change(
        ref,
        quantity=terms.get("quantity"),
        limit=terms.get("limit"),
        stop=terms.get("stop"),
        trail=_distance(handles, ref, terms.get("trail")),
        offset=terms.get("offset"),
    )
    if not review.is_fit:
        raise UserError(review.why_not)
    words = change_words(review)
    act = Choice("change", words, "primary")
    answer = await ask(handles.theme, handles.window, "Change the order?", question_words(review), [CANCEL, act])
    if answer != act.id:
        return False
    await handles.desk.submit_change(review)
    return True


async def edit_order(handles: Handles, order: Order) -> bool:
    """Ask for new terms of an order in a small form, then change it; False when it was left."""
    instrument = handles.facts.state.instruments.get(order.con_id)
    if instrument is None:
        raise UserError(f"{order.symbol} is not known here yet; look it up first, then change its order.")
    question = Question(
        handles.theme, handles.window, f"Change {_name(order)}", "What is left as it is stays as it is."
    )
    form, fields = QFormLayout(), dict[str, DecimalField]()
    for name in terms_of(order):
        fields[name] = field_for(handles, order, instrument, name)
        form.addRow(name.capitalize(), fields[name])
    question.body.addLayout(form)
    question.offer([CANCEL, REVIEW])
    question.open()
    first = list(fields.values())[-1]
    first.setFocus()
    first.selectAll()
    if await question.answer() != REVIEW.id:
        return False
    return await change_order(handles, order.ref, **_typed(order, fields))


def terms_of(order: Order) -> tuple[str, ...]:
    """Return the names of the terms that an order has."""
    return tuple(name for name in TERMS if getattr(order.terms, name) is not None)


def field_for(handles: Handles, order: Order, instrument: Instrument, name: str) -> DecimalField:
    """Return a field for one term of an order, holding what it is."""
    title = f"{name.capitalize()} of {_name(order)}"
    if name == "quantity":
        lots = QuantityField(handles.theme, title)
        lots.set_lot(instrument.lot)
        lots.set_value(order.quantity)
        return lots
    if name == "trail" and order.trail is not None and order.trail.is_percent:
        part = DecimalField(handles.theme, title, step=Decimal("0.1"))
        part.set_value(order.trail.value)
        return part
    ticks = PriceField(handles.theme, title)
    ticks.set_ticks(instrument.tick_at, instrument.decimals)
    ticks.set_value(_number(getattr(order, name)))
    return ticks


def change_words(review: ChangeReview) -> str:
    """Return exactly what would be changed."""
    part = review.change.parts[0]
    pieces = [
        f"{'Change ' if place == 0 else ''}{name}{f' of {_name(review.order)}' if place == 0 else ''} "
        f"from {_written(name, getattr(part.old, name), review)} to {_written(name, getattr(part.new, name), review)}"
        for place, name in enumerate(_changed(part))
    ]
    return " and ".join(pieces)


def question_words(review: ChangeReview) -> str:
    """Return what follows the order, and what a person should know before confirming."""
    told = ["The order keeps its old terms until the broker has answered."]
    if len(review.change.parts) > 1:
        told.insert(0, f"The quantity of its {len(review.change.parts) - 1} protecting orders follows.")
    return " ".join([*told, *review.warnings])


class CellEdit(QObject):
    """A field over one cell of a table: Enter tells what was typed, Escape and leaving it restore the cell."""

    entered = Signal()

    def __init__(self, view: QTableView, index: QModelIndex, field: DecimalField) -> None:
        super().__init__(field)
        self.field = field
        field.setParent(view.viewport())
        field.setGeometry(view.visualRect(index))
        field.installEventFilter(self)
        model: QAbstractItemModel = view.model()
        for moved in (model.layoutChanged, model.modelReset, view.verticalScrollBar().valueChanged):
            moved.connect(self.close)
        self._view = view
        field.show()
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        field.selectAll()

    def close(self, *_: object) -> None:
        """Take the field away."""
        if self.field.isVisible():
            self.field.hide()
            self._view.setFocus()
            self.field.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take Enter and Escape, which mean another thing to the table beneath; leave when the focus goes elsewhere."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                self.close()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.entered.emit()
                return True
        if event.type() is QEvent.Type.FocusOut:
            self.close()
        return super().eventFilter(watched, event)


def _changed(part: OrderChange) -> list[str]:
    names = ("limit", "stop", "trail", "offset", "quantity")
    return [name for name in names if getattr(part.old, name) != getattr(part.new, name)]


def _written(name: str, value: Decimal | Distance | None, review: ChangeReview) -> str:
    if isinstance(value, Distance) and value.is_percent:
        return f"{number(value.value, 2)} %"
    plain = _number(value)
    return quantity(plain) if name == "quantity" else price(plain, review.instrument.decimals)


def _number(value: Decimal | Distance | None) -> Decimal | None:
    return value.value if isinstance(value, Distance) else value


def _distance(handles: Handles, ref: OrderRef, value: Decimal | None) -> Distance | None:
    order = handles.facts.state.orders.get(ref)
    if value is None or order is None or order.trail is None:
        return None
    return Distance(value, order.trail.is_percent)


def _name(order: Order) -> str:
    return f"{order.side} {quantity(order.quantity)} {order.symbol}"


def _typed(order: Order, fields: dict[str, DecimalField]) -> dict[str, Decimal]:
    """Return the terms that differ from the order's; raise UserError for a field that holds no number."""
    values = {name: field.value() for name, field in fields.items()}
    wrong = next((name for name, value in values.items() if value is None), "")
    if wrong:
        raise UserError(f"The {wrong} must be a number; found “{fields[wrong].text()}”.")
    return {
        name: value for name, value in values.items() if value is not None and value != _number(getattr(order, name))
    }
