"""The drawings of a window, one pad an instrument: charts of one symbol share it, and it is saved a moment later."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.ui.charts.drawings.pad import Pad
from app.ui.charts.drawings.store import DrawingStore, Sheets

SAVED_AFTER_MS = 400


class DrawingShelf(QObject):
    """Hands out pads and writes what has changed on them; `changed` names the instrument."""

    changed = Signal(int)
    told = Signal(str)
    """What could not be read or saved, in one sentence."""

    def __init__(self, store: DrawingStore | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store: DrawingStore = store if store is not None else Sheets()
        self._pads: dict[int, Pad] = {}
        self._unsaved: set[int] = set()
        self._saving = QTimer(self)
        self._saving.setSingleShot(True)
        self._saving.setInterval(SAVED_AFTER_MS)
        self._saving.timeout.connect(self.flush)

    def pad(self, con_id: int) -> Pad:
        """Return the drawings of an instrument, read the first time they are asked for."""
        if con_id not in self._pads:
            self._pads[con_id] = Pad(self._store.read(con_id))
            self._tell()
        return self._pads[con_id]

    def con_ids(self) -> tuple[int, ...]:
        """Return the instruments that have drawings, on disk or in hand."""
        return tuple(sorted({*self._store.con_ids(), *self._pads}))

    def touched(self, con_id: int) -> None:
        """Have an instrument's drawings saved, and everybody look at them again."""
        self._unsaved.add(con_id)
        self._saving.start()
        self.changed.emit(con_id)

    def flush(self) -> None:
        """Save what is not yet saved."""
        self._saving.stop()
        unsaved, self._unsaved = self._unsaved, set()
        for con_id in unsaved:
            self._store.write(con_id, self._pads[con_id].drawings)
            self._tell()

    def _tell(self) -> None:
        if self._store.notice:
            self.told.emit(self._store.notice)
