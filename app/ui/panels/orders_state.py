"""An order's state as a shape and a word: dashed intended, pulsing sent, solid working, hatched verifying."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from decimal import Decimal

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPen

from app.domain.orders import Order, OrderState
from app.ui.theme import Theme

_S = OrderState
WORDS = {
    _S.INTENDED: "Intended",
    _S.SENT: "Sent",
    _S.ACCEPTED: "Working",
    _S.PARTIALLY_FILLED: "Partly filled",
    _S.FILLED: "Filled",
    _S.PENDING_CANCEL: "Cancelling",
    _S.CANCELLED: "Cancelled",
    _S.EXPIRED: "Expired",
    _S.REJECTED: "Rejected",
    _S.INACTIVE: "Held by broker",
    _S.VERIFYING: "Verifying",
    _S.NEVER_SENT: "Never sent",
}
TIPS = {
    _S.INTENDED: "Decided and written down; it has not left yet.",
    _S.SENT: "Written to the broker; no answer yet.",
    _S.ACCEPTED: "The broker has it and it works.",
    _S.PARTIALLY_FILLED: "The broker has filled a part; the rest works.",
    _S.FILLED: "Filled completely.",
    _S.PENDING_CANCEL: "The broker is cancelling it; it may still fill.",
    _S.CANCELLED: "The broker cancelled it.",
    _S.EXPIRED: "Its time ran out at the broker.",
    _S.REJECTED: "The broker refused it.",
    _S.INACTIVE: "The broker holds it but does not work it.",
    _S.VERIFYING: "Nobody but the broker knows what became of it; it is being asked.",
    _S.NEVER_SENT: "It never reached the broker.",
}
_TOKENS = {
    _S.INTENDED: "text.muted",
    _S.SENT: "accent",
    _S.ACCEPTED: "accent",
    _S.PARTIALLY_FILLED: "accent",
    _S.FILLED: "ok",
    _S.PENDING_CANCEL: "text.muted",
    _S.CANCELLED: "text.faint",
    _S.EXPIRED: "text.faint",
    _S.REJECTED: "danger",
    _S.INACTIVE: "warn",
    _S.VERIFYING: "warn",
    _S.NEVER_SENT: "danger",
}
MOVING = frozenset({_S.INTENDED, _S.SENT, _S.PENDING_CANCEL})
"""States that pass by themselves: the shape pulses while they last."""
_SHAPE = 10
_PULSE_S = 1.2


def state_word(order: Order) -> str:
    """Return the state in a word or two."""
    if order.cancel_asked and order.state in (_S.ACCEPTED, _S.PARTIALLY_FILLED, _S.SENT):
        return "Cancel asked"
    if order.change_asked is not None and order.state.is_working:
        return "Change asked"
    return WORDS[order.state]


def state_token(order: Order) -> str:
    """Return the token of a state's shape."""
    return _TOKENS[order.state]


def draw_state(theme: Theme, painter: QPainter, room: QRect, order: Order) -> QRect:
    """Paint the shape of a state and return the room for its word."""
    side = theme.px(_SHAPE)
    shape = QRectF(room.left() + 0.5, room.center().y() - side / 2 + 0.5, side, side)
    colour = theme.colour(_TOKENS[order.state])
    dashed = order.state in (_S.INTENDED, _S.NEVER_SENT)
    pen = QPen(colour, 1.5, Qt.PenStyle.DotLine if dashed else Qt.PenStyle.SolidLine)
    painter.setPen(pen)
    painter.setBrush(_brush(theme, order))
    if order.state is _S.REJECTED:
        painter.drawRect(shape)
    else:
        painter.drawEllipse(shape)
    _detail(theme, painter, shape, order)
    return room.adjusted(side + theme.px(7), 0, 0, 0)


def change_tip(order: Order, name: str, write: Callable[[Decimal], str]) -> str:
    """Return what a term was asked to become, empty when it was not: the old one stands until the broker answers."""
    now, asked = getattr(order, name), getattr(order.change_asked, name, None)
    if asked is None or asked == now:
        return ""
    return f"Asked for {write(asked)}; {write(now)} stands until the broker answers."


def _brush(theme: Theme, order: Order) -> QBrush:
    token = _TOKENS[order.state]
    if order.change_asked is not None and order.state.is_working:
        return QBrush(theme.colour(token, round(15 + 65 * _pulse())))
    match order.state:
        case _S.SENT | _S.PENDING_CANCEL:
            return QBrush(theme.colour(token, round(15 + 65 * _pulse())))
        case _S.VERIFYING:
            return QBrush(theme.colour(token), Qt.BrushStyle.BDiagPattern)
        case _S.ACCEPTED | _S.FILLED | _S.INACTIVE:
            return QBrush(theme.colour(token))
        case _:
            return QBrush(Qt.BrushStyle.NoBrush)


def _detail(theme: Theme, painter: QPainter, shape: QRectF, order: Order) -> None:
    """Paint what tells two round shapes apart: the filled part, a tick, a cross."""
    middle, arm = shape.center(), shape.width() / 4
    match order.state:
        case _S.PARTIALLY_FILLED:
            painter.setBrush(theme.colour(_TOKENS[order.state]))
            painter.drawPie(shape, 90 * 16, -round(360 * 16 * float(share_filled(order))))
        case _S.FILLED:
            painter.setPen(QPen(theme.colour("bg.panel"), 1.5))
            points = [QPointF(-arm, 0), QPointF(-arm / 4, arm * 0.8), QPointF(arm, -arm * 0.8)]
            painter.drawPolyline([middle + point for point in points])
        case _S.REJECTED:
            painter.drawLine(middle + QPointF(-arm, -arm), middle + QPointF(arm, arm))
            painter.drawLine(middle + QPointF(-arm, arm), middle + QPointF(arm, -arm))
        case _:
            pass


def draw_fill_bar(theme: Theme, painter: QPainter, room: QRect, order: Order) -> QRect:
    """Paint how much of an order is filled as a bar at the foot of the cell."""
    height = theme.px(3)
    bar = QRectF(room.left(), room.bottom() - height - 1, room.width(), height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("line"))
    painter.drawRoundedRect(bar, 1.5, 1.5)
    share = float(share_filled(order))
    if share > 0:
        painter.setBrush(theme.colour("up" if order.side.sign > 0 else "down"))
        painter.drawRoundedRect(QRectF(bar.left(), bar.top(), bar.width() * share, height), 1.5, 1.5)
    return room.adjusted(0, 0, 0, -theme.px(2))


def share_filled(order: Order) -> Decimal:
    """Return the filled share of an order, 0–1."""
    return min(Decimal(1), order.filled / order.quantity) if order.quantity else Decimal(0)


def _pulse() -> float:
    return (1 + math.sin(time.monotonic() / _PULSE_S * 2 * math.pi)) / 2
