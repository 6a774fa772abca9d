"""The drawings of the chart on show: opened with its instrument, changed by hands, saved a moment later, watched."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.ui.charts.canvas import Canvas
from app.ui.charts.drawings.alerts import is_crossed, prices_at
from app.ui.charts.drawings.pad import Pad
from app.ui.charts.drawings.store import DrawingStore, Sheets
from app.ui.charts.drawings.values import Drawing, Drawings, Style, Tool
from app.ui.charts.drawings.words import crossing
from app.ui.charts.values import ScaleMode

SAVED_AFTER_MS = 400


class DrawingBoard(QObject):
    """Holds the tool in hand, the drawing that is selected, and the pad with all of them."""

    changed = Signal()
    """A drawing, the selection, the tool or the magnet has changed."""
    alerted = Signal(object, float)
    """A watched `Drawing` was crossed at a price; its alert is spent."""
    told = Signal(str)

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self.canvas = canvas
        self.tool: Tool | None = None
        self.has_magnet = True
        self.style = Style()
        self.pad = Pad()
        self._store: DrawingStore = Sheets()
        self._con_id = 0
        self._before = math.nan
        self._saving = QTimer(self)
        self._saving.setSingleShot(True)
        self._saving.setInterval(SAVED_AFTER_MS)
        self._saving.timeout.connect(self.flush)

    @property
    def drawings(self) -> Drawings:
        """All drawings of the instrument on show."""
        return self.pad.drawings

    @property
    def selected(self) -> Drawing | None:
        """The drawing that is selected."""
        return self.pad.find(self.canvas.model.held_drawing)

    def use_store(self, store: DrawingStore) -> None:
        """Keep drawings in this store from now on."""
        self.flush()
        self._store = store
        if self._con_id:
            self._load()

    def open(self, con_id: int) -> None:
        """Show the drawings of another instrument."""
        if con_id == self._con_id:
            return
        self.flush()
        self._con_id, self._before = con_id, math.nan
        self._load()

    def flush(self) -> None:
        """Save what is not yet saved."""
        if self._saving.isActive() or self.sender() is self._saving:
            self._saving.stop()
            self._store.write(self._con_id, self.pad.drawings)
            self._tell_notice()

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
        """Change fields of a drawing: style, text, is_locked, is_everywhere, alerts."""
        drawing = self.pad.find(key)
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

    def watch(self, price: float, at: float) -> None:
        """Take in a trade and raise the alert of every watched drawing it crosses, once."""
        before, self._before = self._before, price
        model = self.canvas.model
        if not math.isfinite(before) or model.series is None:
            return
        for drawing in [one for one in self.pad.drawings if one.alerts]:
            lines = prices_at(drawing, model.series, model.timeframe.seconds, at, is_log=model.mode is ScaleMode.LOG)
            if any(is_crossed(line, before, price) for line in lines):
                self.pad.amend(replace(drawing, alerts=False))
                self._save()
                self.told.emit(crossing(model, drawing, price))
                self.alerted.emit(drawing, price)

    def _load(self) -> None:
        self.pad = Pad(self._store.read(self._con_id))
        self.canvas.model.held_drawing = ""
        self._tell_notice()
        self._turned()

    def _save(self) -> None:
        self._saving.start()
        self._turned()

    def _turned(self) -> None:
        model = self.canvas.model
        model.drawings = self.pad.drawings
        if model.held_drawing and self.pad.find(model.held_drawing) is None:
            model.held_drawing = ""
        self.canvas.invalidate()
        self.changed.emit()

    def _tell_notice(self) -> None:
        notice = getattr(self._store, "notice", "")
        if notice:
            self.told.emit(notice)
