"""Hands on order lines: a drag becomes a wish on release, Escape restores, and what changes meanwhile ends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QObject, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPen

from app.ui.charts.canvas import Canvas
from app.ui.charts.frame import Frame
from app.ui.charts.layers import Layer, grown
from app.ui.charts.lettering import Lettering
from app.ui.charts.marks import CHIP, Spot, ink_of, line_under, spots
from app.ui.charts.orders.terms import Terms, drag_words, on_tick
from app.ui.charts.palette import Inks
from app.ui.charts.takers import Taker
from app.ui.charts.values import Mark, MarkKind, MarkState
from app.ui.widgets.format import price as price_text

STILL_PX, SIDE = 4, 16
HELD = (MarkState.WORKING, MarkState.INTENDED)
"""The states in which an order may be moved: the broker has it, or it has not left yet."""


@dataclass(slots=True)
class _Drag:
    """A drag as it began."""

    mark: Mark
    terms: Terms
    start: QPointF
    price: float
    has_moved: bool = False


class OrderHands(QObject, Taker, Layer):
    """Lets order lines that have terms be dragged, cancelled and edited."""

    order_moved = Signal(str, float)
    """An order (by its mark's key) is wanted at a price on its tick: review and confirm it."""
    cancel_wanted = Signal(str)
    edit_wanted = Signal(str)
    picked = Signal(str)
    """A line was clicked, not dragged."""
    told = Signal(str)

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._terms: dict[str, Terms] = {}
        self._drag: _Drag | None = None
        self._wished: dict[str, float] = {}
        self._pressed: tuple[str, str] | None = None

    @property
    def dragged(self) -> str:
        """The key of the order in hand, empty when there is none."""
        return self._drag.mark.key if self._drag is not None else ""

    @property
    def wishes(self) -> dict[str, float]:
        """Prices that were let go of and are not yet the order's: drawn dashed."""
        return dict(self._wished)

    def set_terms(self, terms: Sequence[Terms]) -> None:
        """Say which order lines may be moved and what that means; a drag of one that changed ends in words."""
        before, self._terms = self._terms, {one.key: one for one in terms}
        if self._drag is not None:
            old, new = before.get(self._drag.mark.key), self._terms.get(self._drag.mark.key)
            if new is None:
                self.abandon("The order can no longer be moved; nothing was changed.")
            elif old is not None and new.quantity != old.quantity:
                self.abandon("The order filled in part while it was being moved; nothing was changed.")
            else:
                self._drag.terms = new
        self._repaint()

    def follow(self) -> None:
        """Take in new marks: what is done, gone or doubtful is let go of in words, what arrived is no wish any more."""
        marks = {mark.key: mark for mark in self._canvas.model.marks if mark.kind is MarkKind.ORDER}
        for key, price in list(self._wished.items()):
            mark, terms = marks.get(key), self._terms.get(key)
            if mark is None or (terms is not None and abs(mark.price - price) < terms.tick / 2):
                del self._wished[key]
        if self._drag is None:
            return
        now, was = marks.get(self._drag.mark.key), self._drag.mark
        if now is None:
            self.abandon("The order was filled or cancelled while it was being moved; nothing was changed.")
        elif now.state not in HELD:
            self.abandon("The order is no longer settled at the broker; nothing was changed.")
        elif now.price != was.price:
            self.abandon("The order was moved elsewhere meanwhile; nothing was changed here.")

    def clear(self) -> None:
        """Forget everything: another instrument is shown."""
        self.abandon("Another chart was chosen while the order was being moved; nothing was changed.")
        self._terms, self._pressed = {}, None
        self._wished.clear()

    def settle(self, key: str) -> None:
        """Forget a wish: it was refused, or it has become the order."""
        if self._wished.pop(key, None) is not None:
            self._repaint()

    def abandon(self, why: str) -> None:
        """End a drag without a wish and say why; nothing happens when nothing is held."""
        if self._drag is not None:
            self._drag = None
            self._canvas.viewport().unsetCursor()
            self._repaint()
            self.told.emit(why)

    def press(self, frame: Frame, at: QPointF, keys: Qt.KeyboardModifier) -> bool:
        """Take hold of a line that may be moved, or of one of its buttons."""
        self._pressed = self._button_at(frame, at)
        if self._pressed is not None:
            return True
        mark = self._line_at(frame, at)
        if mark is None:
            return False
        if mark.state not in HELD:
            self.told.emit("The broker has not settled this order; it can be moved once it has.")
            return False
        terms = self._terms[mark.key]
        self._drag = _Drag(mark, terms, at, self._wished.get(mark.key, mark.price))
        return True

    def move(self, frame: Frame, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Draw the ghost line to the hand, on its tick."""
        drag = self._drag
        if drag is None:
            return
        drag.has_moved |= abs(at.y() - drag.start.y()) > STILL_PX * frame.unit
        if drag.has_moved:
            pane = frame.panes[0]
            row = min(max(at.y(), pane.top + 1), pane.bottom - 2)
            drag.price = on_tick(pane.scale.price_at(row), drag.terms.tick)
            self._repaint()

    def release(self, frame: Frame, at: QPointF) -> None:
        """Tell the wish, or the click."""
        pressed, self._pressed = self._pressed, None
        if pressed is not None:
            if pressed == self._button_at(frame, at):
                (self.cancel_wanted if pressed[1] == "cancel" else self.edit_wanted).emit(pressed[0])
            return
        drag, self._drag = self._drag, None
        if drag is None:
            return
        if not drag.has_moved:
            self.picked.emit(drag.mark.key)
        elif abs(drag.price - drag.mark.price) >= drag.terms.tick / 2:
            self._wished[drag.mark.key] = drag.price
            self.order_moved.emit(drag.mark.key, drag.price)
        self._repaint()

    def hover(self, frame: Frame, at: QPointF, keys: Qt.KeyboardModifier) -> Qt.CursorShape | None:
        """Say whether a line could be pulled here, or a button pressed."""
        if self._button_at(frame, at) is not None:
            return Qt.CursorShape.PointingHandCursor
        mark = self._line_at(frame, at)
        if mark is None:
            return None
        return Qt.CursorShape.SizeVerCursor if mark.state in HELD else Qt.CursorShape.ForbiddenCursor

    def key(self, frame: Frame, event: QKeyEvent) -> bool:
        """Put the line back on Escape, while it is held and while it is only wished."""
        if event.key() != Qt.Key.Key_Escape:
            return False
        if self._drag is not None:
            self.abandon("The order stays where it was.")
            return True
        return False

    def rects(self, frame: Frame) -> list[QRect]:
        """The buttons of every line, and the rows of ghosts."""
        boxes = [box.toAlignedRect() for _, _, box in self._buttons(frame)]
        rows = [round(frame.panes[0].scale.y_of(price)) for _, price in self._ghosts()]
        tall = round(CHIP * frame.unit)
        return grown(boxes, 2) + [QRect(0, row - tall, frame.width, 2 * tall) for row in rows]

    def draw(self, painter: QPainter, frame: Frame, inks: Inks, lettering: Lettering) -> None:
        """Draw the buttons, and each ghost as a dashed line with what it would mean."""
        for _, act, box in self._buttons(frame):
            _draw_button(painter, act, box, frame.unit, inks)
        for mark, price in self._ghosts():
            self._draw_ghost(painter, frame, mark, price, inks, lettering)

    def _draw_ghost(
        self, painter: QPainter, frame: Frame, mark: Mark, price: float, inks: Inks, lettering: Lettering
    ) -> None:
        terms = self._terms.get(mark.key)
        if terms is None:
            return
        unit, ink = frame.unit, ink_of(mark, inks)
        y = round(frame.panes[0].scale.y_of(price))
        pen = QPen(ink, max(1.0, 1.5 * unit))
        pen.setDashPattern([4, 4])
        painter.setPen(pen)
        painter.drawLine(0, y, frame.plot, y)
        held = self._drag is not None and self._drag.mark.key == mark.key
        meaning = drag_words(terms, price) if held else f"{price_text(price, terms.decimals)}  ·  not confirmed"
        words = f"{mark.label} → {meaning}"
        wide, tall = lettering.width(words, 12, 600) + 16 * unit, (CHIP + 4) * unit
        left = max(8 * unit, (frame.plot - wide) / 2)
        box = QRectF(left, y - tall / 2, min(wide, frame.plot - left), tall)
        painter.fillRect(box, inks["bg.raised"])
        painter.setPen(QPen(ink, max(1, int(unit))))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        lettering.draw(painter, left + 8 * unit, y, words, inks["text"], 12, 600)

    def _ghosts(self) -> list[tuple[Mark, float]]:
        """Return the lines that are wanted elsewhere, the one in hand among them."""
        marks = {mark.key: mark for mark in self._canvas.model.marks}
        found = dict(self._wished)
        if self._drag is not None and self._drag.has_moved:
            found[self._drag.mark.key] = self._drag.price
        return [(marks[key], price) for key, price in found.items() if key in marks]

    def _line_at(self, frame: Frame, at: QPointF) -> Mark | None:
        if not self._terms or at.x() >= frame.plot:
            return None
        mark = line_under(frame, self._canvas.model, at.x(), at.y())
        return mark if mark is not None and mark.key in self._terms else None

    def _buttons(self, frame: Frame) -> list[tuple[str, str, QRectF]]:
        """Return key, act and place of each button, to the left of the words of its line."""
        if not self._terms:
            return []
        lines, _ = spots(frame, self._canvas.model)
        return [button for spot in lines if spot.mark.key in self._terms for button in self._buttons_of(frame, spot)]

    def _buttons_of(self, frame: Frame, spot: Spot) -> list[tuple[str, str, QRectF]]:
        terms, unit = self._terms[spot.mark.key], frame.unit
        side = SIDE * unit
        left = frame.plot - self._canvas.lettering.width(spot.mark.label) - 20 * unit - 4 * unit
        acts = [act for act, can in (("cancel", terms.can_cancel), ("edit", terms.can_edit)) if can]
        return [
            (spot.mark.key, act, QRectF(left - (place + 1) * (side + 2 * unit), spot.chip_y - side / 2, side, side))
            for place, act in enumerate(acts)
        ]

    def _button_at(self, frame: Frame, at: QPointF) -> tuple[str, str] | None:
        return next(((key, act) for key, act, box in self._buttons(frame) if box.contains(at)), None)

    def _repaint(self) -> None:
        """Have the whole price pane put right: a ghost leaves one row and enters another."""
        frame = self._canvas.frame_now
        if frame is not None:
            pane = frame.panes[0]
            self._canvas.touch([QRect(0, pane.top, frame.width, pane.scale.height)])


def _draw_button(painter: QPainter, act: str, box: QRectF, unit: float, inks: Inks) -> None:
    painter.fillRect(box, inks["bg.raised"])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(inks["text.muted"], 1.4 * unit))
    inner = box.adjusted(5 * unit, 5 * unit, -5 * unit, -5 * unit)
    if act == "cancel":
        painter.drawLine(QLineF(inner.topLeft(), inner.bottomRight()))
        painter.drawLine(QLineF(inner.topRight(), inner.bottomLeft()))
    else:
        painter.drawLine(QLineF(inner.bottomLeft(), inner.topRight()))
        painter.drawLine(QLineF(inner.bottomLeft(), inner.bottomLeft() + QPointF(3 * unit, 0)))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
