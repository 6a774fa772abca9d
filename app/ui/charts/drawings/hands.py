"""Hands that draw: clicks place anchors, a drag moves a drawing or one of its anchors, keys undo and remove."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QKeyEvent, QPainter

from app.ui.charts.drawings.board import DrawingBoard
from app.ui.charts.drawings.magnet import anchor_at, level_with
from app.ui.charts.drawings.paint import draw_handles, draw_one, shown
from app.ui.charts.drawings.shapes import distance, point_of, shape_of
from app.ui.charts.drawings.values import ANCHORS, Anchor, Drawing, Tool
from app.ui.charts.frame import Frame
from app.ui.charts.layers import Layer
from app.ui.charts.lettering import Lettering
from app.ui.charts.palette import Inks
from app.ui.charts.places import Place, place_of
from app.ui.charts.takers import Taker

REACH_PX, HANDLE_PX, DRAG_PX = 6, 8, 6


class DrawingHands(Taker, Layer):
    """Takes presses while a tool is in hand, or over a drawing."""

    def __init__(self, board: DrawingBoard, edit: Callable[[Drawing, QPointF], object]) -> None:
        self._board, self._edit = board, edit
        self._canvas = board.canvas
        self._placed: tuple[Anchor, ...] = ()
        self._next: Anchor | None = None
        self._start: QPointF | None = None
        self._handle: int | None = None
        self._moved: Drawing | None = None

    def press(self, frame: Frame, at: QPointF, keys: Qt.KeyboardModifier) -> bool:
        """Place an anchor with the tool in hand, else take hold of the drawing there."""
        if place_of(frame, at) is not Place.PLOT or frame.pane_at(at.y()) is not frame.panes[0]:
            return self._let_go()
        self._start = at
        if self._board.tool is not None:
            self._place(frame, at, keys)
            return True
        found = self._drawing_at(frame, at)
        if found is None:
            return self._let_go()
        self._handle = self._handle_at(frame, found, at)
        self._board.select(found.key)
        return True

    def move(self, frame: Frame, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Draw the next anchor to the hand, or move what is held."""
        selected = self._board.selected
        if self._board.tool is not None:
            self._follow(frame, at, keys)
        elif selected is not None and not selected.is_locked and self._has_left(frame, at):
            self._moved = self._shifted(frame, selected, at, keys)
            self._canvas.touch(self.rects(frame))

    def release(self, frame: Frame, at: QPointF) -> None:
        """Let go; a drag with a tool places the anchor where it ends."""
        moved, self._moved = self._moved, None
        if self._board.tool is not None and self._placed and self._has_left(frame, at):
            self._place(frame, at, Qt.KeyboardModifier.NoModifier)
        elif moved is not None:
            self._board.put(moved)
        self._start = None

    def hover(self, frame: Frame, at: QPointF, keys: Qt.KeyboardModifier) -> Qt.CursorShape | None:
        """Show what a press would do, and let an unfinished drawing follow."""
        if place_of(frame, at) is not Place.PLOT or frame.pane_at(at.y()) is not frame.panes[0]:
            return None
        if self._board.tool is not None:
            self._follow(frame, at, keys)
            return Qt.CursorShape.CrossCursor
        found = self._drawing_at(frame, at)
        if found is None:
            return None
        return Qt.CursorShape.PointingHandCursor if found.is_locked else Qt.CursorShape.SizeAllCursor

    def double_click(self, frame: Frame, at: QPointF) -> bool:
        """Edit the drawing there."""
        found = self._drawing_at(frame, at) if self._board.tool is None else None
        if found is not None:
            self._edit(found, at)
        return found is not None or self._board.tool is not None

    def key(self, frame: Frame, event: QKeyEvent) -> bool:
        """Undo, redo, remove, or drop what is being drawn."""
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        match event.key():
            case Qt.Key.Key_Z if control:
                return self._board.redo() if shift else self._board.undo()
            case Qt.Key.Key_Y if control:
                return self._board.redo()
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace if self._board.selected is not None:
                self._board.remove(self._canvas.model.held_drawing)
                return True
            case Qt.Key.Key_Escape if self._board.tool is not None or self._board.selected is not None:
                self._drop()
                return True
        return False

    def rects(self, frame: Frame) -> list[QRect]:
        """The price pane while something is held or drawn, all panes for an upright line."""
        held = self._unfinished(frame) or self._moved or self._board.selected
        if held is None:
            return []
        pane = frame.panes[0]
        tall = frame.bottom if held.tool is Tool.VERTICAL else pane.scale.height
        return [QRect(0, pane.top, frame.plot, tall)]

    def draw(self, painter: QPainter, frame: Frame, inks: Inks, lettering: Lettering) -> None:
        """Draw what is held or being drawn, with its handles."""
        model = self._canvas.model
        selected = self._board.selected
        visible = selected if selected is not None and selected in shown(model) else None
        drawing = self._unfinished(frame) or self._moved or visible
        if drawing is None or model.series is None:
            return
        shape = shape_of(frame, model, drawing, model.risk)
        draw_one(painter, frame, drawing, shape, inks, lettering)
        draw_handles(painter, frame, shape, inks)

    def _place(self, frame: Frame, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        tool = self._board.tool
        assert tool is not None
        self._placed = (*self._placed, self._anchor(frame, at, keys))
        if len(self._placed) < ANCHORS[tool]:
            self._canvas.touch(self.rects(frame))
            return
        key, timeframe = self._board.pad.new_key(), self._canvas.model.timeframe
        drawing = Drawing(key, tool, self._placed, self._board.style, timeframe=timeframe)
        self._placed, self._next = (), None
        self._board.put(drawing)
        self._board.tool = None
        self._board.select(key)
        if tool is Tool.TEXT:
            self._edit(drawing, at)

    def _follow(self, frame: Frame, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        self._canvas.touch(self.rects(frame))
        self._next = self._anchor(frame, at, keys)
        self._canvas.touch(self.rects(frame))

    def _anchor(self, frame: Frame, at: QPointF, keys: Qt.KeyboardModifier) -> Anchor:
        anchor = anchor_at(frame, self._canvas.model, at, has_magnet=self._board.has_magnet)
        if keys & Qt.KeyboardModifier.ShiftModifier and self._placed:
            return level_with(anchor, self._placed[-1])
        return anchor

    def _unfinished(self, frame: Frame) -> Drawing | None:
        tool = self._board.tool
        if tool is None or self._next is None or self._canvas.model.series is None:
            return None
        anchors = (*self._placed, self._next)
        return Drawing("", tool, anchors, self._board.style) if len(anchors) <= ANCHORS[tool] else None

    def _shifted(self, frame: Frame, drawing: Drawing, at: QPointF, keys: Qt.KeyboardModifier) -> Drawing:
        assert self._start is not None
        model = self._canvas.model
        if self._handle is not None:
            anchors = list(drawing.anchors)
            anchors[self._handle] = anchor_at(frame, model, at, has_magnet=self._board.has_magnet)
            return replace(drawing, anchors=tuple(anchors))
        by = at - self._start
        points = (QPointF(*point_of(frame, model, anchor)) + by for anchor in drawing.anchors)
        return replace(drawing, anchors=tuple(anchor_at(frame, model, one, has_magnet=False) for one in points))

    def _drawing_at(self, frame: Frame, at: QPointF) -> Drawing | None:
        """Return the drawing under a point: the selected one first, then the newest."""
        model, reach = self._canvas.model, REACH_PX * frame.unit
        visible = list(shown(model))
        held = [one for one in visible if one.key == model.held_drawing]
        for drawing in (*held, *reversed(visible)):
            shape = shape_of(frame, model, drawing, model.risk)
            near_handle = drawing in held and self._handle_at(frame, drawing, at) is not None
            if near_handle or distance(shape, at.x(), at.y()) <= reach:
                return drawing
        return None

    def _handle_at(self, frame: Frame, drawing: Drawing, at: QPointF) -> int | None:
        points = [point_of(frame, self._canvas.model, anchor) for anchor in drawing.anchors]
        if drawing.tool in (Tool.HORIZONTAL, Tool.VERTICAL, Tool.TEXT):
            return None
        reach = HANDLE_PX * frame.unit
        near = (place for place, (x, y) in enumerate(points) if abs(x - at.x()) <= reach and abs(y - at.y()) <= reach)
        return next(near, None)

    def _has_left(self, frame: Frame, at: QPointF) -> bool:
        if self._start is None:
            return False
        by = at - self._start
        return max(abs(by.x()), abs(by.y())) > DRAG_PX * frame.unit or self._moved is not None

    def _let_go(self) -> bool:
        """Select nothing; the plot may be dragged."""
        if self._board.selected is not None:
            self._board.select("")
        return False

    def _drop(self) -> None:
        self._placed, self._next, self._moved, self._start = (), None, None, None
        self._board.take(None)
