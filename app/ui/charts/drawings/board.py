"""The drawings of the chart on show: opened with its instrument, changed by hands, shared by all charts of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.ui.charts.canvas import Canvas
from app.ui.charts.drawings.pad import Pad
from app.ui.charts.drawings.shelf import DrawingShelf
from app.ui.charts.drawings.values import Drawing, Drawings, Style, Tool
from app.ui.charts.values import ScaleMode


class DrawingBoard(QObject):
    """Holds the tool in hand, the drawing that is selected, and the pad with all of them."""

    changed = Signal()
    """A drawing, the selection, the tool or the magnet has changed."""
    told = Signal(str)

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self.canvas = canvas
        self.tool: Tool | None = None
        self.has_magnet = True
        self.style = Style()
        self.pad = Pad()
        self._con_id = 0
        self._shelf = DrawingShelf(parent=self)
        self._listen()

    @property
    def drawings(self) -> Drawings:
        """All drawings of the instrument on show."""
        return self.pad.drawings

    @property
    def selected(self) -> Drawing | None:
        """The drawing that is selected."""
        return self.pad.find(self.canvas.model.held_drawing)

    def use_shelf(self, shelf: DrawingShelf) -> None:
        """Take the drawings of every instrument from this shelf from now on."""
        self.flush()
        self._shelf.changed.disconnect(self._look)
        self._shelf.told.disconnect(self.told)
        self._shelf = shelf
        self._listen()
        if self._con_id:
            self._load()

    def open(self, con_id: int) -> None:
        """Show the drawings of another instrument."""
        if con_id == self._con_id:
            return
        self.flush()
        self._con_id = con_id
        self._load()

    def flush(self) -> None:
        """Save what is not yet saved."""
        self._shelf.flush()

    def take(self, tool: Tool | None) -> None:
        """Take a tool in hand, or put it away."""
        self.tool = tool
        self.select("")

    def set_magnet(self, on: bool) -> None:
        """Let anchors snap to the open, high, low or close near them, or not."""
        self.has_magnet = on
        self.changed.emit()

    def set_shown(self, on: bool) -> None:
        """Show the drawings, or none of them."""
        self.canvas.model.shows_drawings = on
        self._turned()

    def select(self, key: str) -> None:
        """Select a drawing, or none."""
        self.canvas.model.held_drawing = key
        self._turned()

    def put(self, drawing: Drawing) -> None:
        """Add a drawing or change one, as a step that can be undone."""
        self.pad.put(drawing)
        self._save()

    def edit(self, key: str, **fields: Any) -> None:
        """Change fields of a drawing; an alert is set for the line as it is straight on this scale."""
        drawing = self.pad.find(key)
        if fields.get("alerts"):
            fields["is_log"] = self.canvas.model.mode is ScaleMode.LOG
        if drawing is not None:
            self.put(replace(drawing, **fields))

    def remove(self, key: str) -> None:
        """Take a drawing away unless it is locked."""
        drawing = self.pad.find(key)
        if drawing is None:
            return
        if drawing.is_locked:
            self.told.emit("This drawing is locked; unlock it to remove it.")
            return
        self.pad.remove(key)
        self.canvas.model.held_drawing = ""
        self._save()

    def clear(self) -> None:
        """Take all drawings away but the locked ones."""
        self.pad.clear()
        self.canvas.model.held_drawing = ""
        self._save()

    def undo(self) -> bool:
        """Undo the last change."""
        done = self.pad.undo()
        if done:
            self._save()
        return done

    def redo(self) -> bool:
        """Do again what was undone."""
        done = self.pad.redo()
        if done:
            self._save()
        return done

    def _listen(self) -> None:
        self._shelf.changed.connect(self._look)
        self._shelf.told.connect(self.told)

    def _look(self, con_id: int) -> None:
        """Show what has been changed, here or on another chart of the same instrument."""
        if con_id == self._con_id:
            self._turned()

    def _load(self) -> None:
        self.pad = self._shelf.pad(self._con_id)
        self.canvas.model.held_drawing = ""
        self._turned()

    def _save(self) -> None:
        if self._con_id:
            self._shelf.touched(self._con_id)
        else:
            self._turned()

    def _turned(self) -> None:
        model = self.canvas.model
        model.drawings = self.pad.drawings
        if model.held_drawing and self.pad.find(model.held_drawing) is None:
            model.held_drawing = ""
        self.canvas.invalidate()
        self.changed.emit()
