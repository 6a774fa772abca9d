"""The two cards under the ticket: what became of the last order, and what is held of the instrument."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QBrush, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.domain.instruments import Instrument
from app.domain.ledger import Position
from app.domain.orders import Order, OrderState
from app.ui.language import say
from app.ui.theme import Theme
from app.ui.widgets.buttons import act_button, set_role
from app.ui.widgets.format import UNKNOWN, money, quantity, tone
from app.ui.widgets.format import price as price_text
from app.ui.widgets.plain import keep_plain

STATE_WORDS = {
    OrderState.INTENDED: ("Intended", "text.muted"),
    OrderState.SENT: ("Sent, waiting for the broker", "accent"),
    OrderState.ACCEPTED: ("Accepted, working at the broker", "accent"),
    OrderState.PARTIALLY_FILLED: ("Partly filled", "accent"),
    OrderState.FILLED: ("Filled", "ok"),
    OrderState.PENDING_CANCEL: ("Being cancelled", "warn"),
    OrderState.CANCELLED: ("Cancelled", "text.muted"),
    OrderState.EXPIRED: ("Expired", "text.muted"),
    OrderState.REJECTED: ("Refused by the broker", "danger"),
    OrderState.INACTIVE: ("Held by the broker", "warn"),
    OrderState.VERIFYING: ("Asking the broker what became of it", "warn"),
    OrderState.NEVER_SENT: ("Not sent", "danger"),
}
_DASHES = {OrderState.INTENDED: [3.0, 3.0], OrderState.SENT: [6.0, 2.0]}
_HOLLOW = (OrderState.CANCELLED, OrderState.EXPIRED, OrderState.REJECTED, OrderState.NEVER_SENT)


class OrderShape(QWidget):
    """An order's state as a shape: dashed intended, pulsing sent, solid accepted, hatched verifying, hollow ended."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._state, self._is_dim = theme, OrderState.INTENDED, False
        self._pulse = QTimer(self)
        self._pulse.setInterval(500)
        self._pulse.timeout.connect(self._beat)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_state(self, state: OrderState) -> None:
        """Show this state."""
        self._state, self._is_dim = state, False
        self._pulse.start() if state is OrderState.SENT else self._pulse.stop()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room of the shape."""
        return QSize(self._theme.px(22), self._theme.px(16))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the shape in the colour of its state."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = self._theme.colour(STATE_WORDS[self._state][1], 40 if self._is_dim else 100)
        box = QRectF(1, self.height() / 2 - 4, self.width() - 4, 8)
        pen = QPen(colour, 1.5)
        if self._state in _DASHES:
            pen.setDashPattern(_DASHES[self._state])
            painter.setPen(pen)
            painter.drawLine(QPointF(box.left(), box.center().y()), QPointF(box.right(), box.center().y()))
            return
        painter.setPen(pen)
        if self._state is OrderState.VERIFYING:
            painter.setBrush(QBrush(colour, Qt.BrushStyle.BDiagPattern))
        elif self._state not in _HOLLOW:
            painter.setBrush(colour)
        painter.drawRoundedRect(box, 2, 2)

    def _beat(self) -> None:
        self._is_dim = not self._is_dim
        self.update()


class ProgressCard(QFrame):
    """The last order of this ticket as facts have it, and the way to its lineage."""

    why_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        set_role(self, role="card")
        self.shape_ = OrderShape(theme)
        self.title, self.state = QLabel(), QLabel()
        keep_plain(self.title, self.state)
        self.why = act_button("Why?", "why", self.why_wanted.emit)
        self._build()
        self.hide()

    def show_words(self, act: str, state: OrderState, words: str) -> None:
        """Say what became of an act that has no order yet, or whose order is not known."""
        token = STATE_WORDS[state][1]
        self.shape_.show_state(state)
        self.title.setText(act)
        self.state.setText(words)
        set_role(self.state, tone=token if token in ("ok", "warn", "danger") else "")
        self.setAccessibleName(f"{act}: {words}")
        self.show()

    def show_order(self, act: str, order: Order, instrument: Instrument | None, commission: Decimal | None) -> None:
        """Say how an order stands."""
        self.show_words(act, order.state, order_words(order, instrument, commission))

    def _build(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 5, 4, 5)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(1)
        grid.setColumnStretch(1, 1)
        self.title.setWordWrap(True)
        self.state.setWordWrap(True)
        set_role(self.state, role="caption")
        self.state.setObjectName("ticket.state")
        self.why.setObjectName("ticket.why")
        self.why.setToolTip(say("Show how this order came about"))
        grid.addWidget(self.shape_, 0, 0)
        grid.addWidget(self.title, 0, 1)
        grid.addWidget(self.why, 0, 2)
        grid.addWidget(self.state, 1, 0, 1, 3)


class PositionCard(QFrame):
    """What is held of one instrument and what it makes, with the act that ends it."""

    close_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        set_role(self, role="card")
        self.title = QLabel()
        self.close_ = act_button("Close …", "", self.close_wanted.emit)
        self._values: dict[str, QLabel] = {}
        self._numbers = QWidget()
        self._is_compact = self._is_flat = False
        self._build()
        self.show_nothing("")

    def set_compact(self, is_compact: bool) -> None:
        """Say only the headline where there is little room; the numbers are in its tooltip."""
        if is_compact != self._is_compact:
            self._is_compact = is_compact
            self._numbers.setVisible(not is_compact and not self._is_flat)

    def show_nothing(self, symbol: str, realized: Decimal | None = None, *, is_before_fees: bool = False) -> None:
        """Say that nothing is held."""
        words = f"No position in {symbol}" if symbol else "No position"
        if realized:
            words += f"; realised {money(realized, signed=True)}{' before fees' if is_before_fees else ''}"
        self.title.setText(words)
        set_role(self.title, role="caption")
        self.title.setToolTip("")
        self._is_flat = True
        self._numbers.hide()
        self.close_.hide()

    def show_position(
        self, position: Position, last: Decimal | None, stop: Decimal | None, decimals: int, *, base: str, currency: str
    ) -> None:
        """Show what is held; None is unknown and reads `–`."""
        way = "Long" if position.quantity > 0 else "Short"
        self.title.setText(f"{way} {quantity(abs(position.quantity))} {position.symbol}")
        set_role(self.title, role="title")
        unrealized = position.unrealized(last) if last is not None else None
        self._say("Average", price_text(position.average, max(decimals, 2)))
        self._say("Last", price_text(last, decimals))
        self._say("Stop", price_text(stop, decimals) if stop is not None else "none")
        self._say("Unrealised", money(unrealized, currency, base=base, signed=True), unrealized)
        self._say("Realised", money(position.realized, currency, base=base, signed=True), position.realized)
        self._say("Value", money(_value(position, last), currency, base=base))
        act = f"Close {quantity(abs(position.quantity))} {position.symbol} …"
        self.close_.setAccessibleName(act)
        self.close_.setToolTip(say(f"{act[:-2]} at the market, after a review"))
        numbers = "\n".join(f"{name}  {label.text()}" for name, label in self._values.items())
        self.title.setToolTip(numbers)
        if self._is_compact:
            gain = self._values["Unrealised"].text()
            self.title.setText(f"{self.title.text()}  {gain}")
        self._is_flat = False
        self._numbers.setVisible(not self._is_compact)
        self.close_.show()

    def _say(self, name: str, words: str, signed: Decimal | None = None) -> None:
        label = self._values[name]
        if label.text() != words:
            label.setText(words)
            label.setAccessibleName(f"{name}: {words}")
        token = tone(signed)
        set_role(label, tone=token if token in ("up", "down") else "")

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.close_)
        set_role(self.close_, role="small")
        self.close_.setObjectName("ticket.close")
        column.addLayout(head)
        grid = QGridLayout(self._numbers)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(1)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        for place, name in enumerate(("Average", "Unrealised", "Last", "Realised", "Stop", "Value")):
            caption, value = QLabel(name), QLabel(UNKNOWN)
            set_role(caption, role="caption")
            value.setFont(self._theme.font(12))
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(caption, place // 2, place % 2 * 2)
            grid.addWidget(value, place // 2, place % 2 * 2 + 1)
            self._values[name] = value
        column.addWidget(self._numbers)


def order_words(order: Order, instrument: Instrument | None, commission: Decimal | None) -> str:
    """Return how an order stands in one line, with what was filled and what it cost."""
    decimals = instrument.decimals if instrument else 2
    words = STATE_WORDS[order.state][0]
    if order.filled and order.average is not None:
        of = "" if order.state is OrderState.FILLED else f" of {quantity(order.quantity)}"
        words += f" {quantity(order.filled)}{of} at {price_text(order.average, max(decimals, 2))}"
    if commission is not None:
        words += f", commission {money(commission)}"
    reason = order.reason if order.state not in (OrderState.FILLED, OrderState.ACCEPTED) else ""
    return " ".join(filter(None, (words + ("." if reason or order.warning else ""), reason, order.warning)))


def _value(position: Position, last: Decimal | None) -> Decimal | None:
    if last is None:
        return None
    return abs(last * position.quantity * position.multiplier / position.price_magnifier)
