"""Where a chart can be sent: a date, a signal, a trade, everything; and older history when the journey needs it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.ui.charts.canvas import Canvas
from app.ui.charts.dates import moment_of
from app.ui.charts.history import History, history_rect
from app.ui.charts.moments import bar_text
from app.ui.charts.overlay import Cross
from app.ui.charts.values import Mark, MarkKind

STOPS = (MarkKind.SIGNAL, MarkKind.FILL)


class Navigator(QObject):
    """Moves one chart's view; what lies before its first bar is asked for and travelled to as it comes."""

    older_wanted = Signal()
    told = Signal(str)
    """A sentence for the pane."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._asked_at = -1
        self._bound_for: float | None = None

    def go_to(self, text: str) -> bool:
        """Show the date a person typed; False, with a sentence on the pane, when it is none."""
        model = self._canvas.model
        at = moment_of(text, model.zone, is_dated=model.timeframe.is_dated)
        if at is None:
            self.told.emit(f"“{text.strip()}” is no date; write it like 2009-03-02, 2 Mar 2009 or 2009-03-02 14:30.")
            return False
        self.show_moment(at)
        return True

    def show_moment(self, at: float) -> None:
        """Bring the bar of a moment (epoch seconds) to the middle with the crosshair on it, loading back to it."""
        model, times = self._canvas.model, self._canvas.times
        series = model.series
        if series is None or not len(series):
            return
        first = float(series.bars.time[0])
        self._bound_for = None
        if at < first and not (model.history is not None and model.history.is_complete):
            self._bound_for = at
            self.told.emit(f"Loading bars back to {bar_text(int(at), model.timeframe, model.zone)} …")
        elif at < first:
            self.told.emit(f"The history here begins {bar_text(int(first), model.timeframe, model.zone)}.")
        index = max(0, series.position_of(at))
        times.show(index - times.span / 2, index + times.span / 2)
        self._canvas.move_cross(Cross(index, None))
        if self._bound_for is not None:
            self._ask()

    def show_mark(self, key: str) -> bool:
        """Bring a signal or trade to the middle; False when there is no such mark on this chart."""
        found = next((mark for mark in self._canvas.model.marks if mark.key == key and mark.at is not None), None)
        if found is None or found.at is None:
            return False
        self.show_moment(found.at)
        return True

    def reveal(self, key: str) -> None:
        """Bring a signal or trade into view, unless it is in view or not on this chart."""
        series, times = self._canvas.model.series, self._canvas.times
        moments = (mark.at for mark in self._canvas.model.marks if mark.key == key)
        at = next((moment for moment in moments if moment is not None), None)
        if at is not None and series is not None and not times.left <= series.position_of(at) <= times.right:
            self.show_moment(at)

    def step_mark(self, way: int) -> Mark | None:
        """Jump to the next (1) or former (−1) signal or trade from the crosshair or the middle; None without one."""
        series, times, cross = self._canvas.model.series, self._canvas.times, self._canvas.cross
        if series is None or not len(series):
            return None
        here = cross.index if cross is not None else round((times.left + times.right) / 2)
        stops = [(series.position_of(mark.at), mark) for mark in self._canvas.model.marks
                 if mark.kind in STOPS and mark.at is not None]  # fmt: skip
        beyond = [stop for stop in stops if (stop[0] - here) * way > 0]
        if not beyond:
            self.told.emit(f"There is no {'later' if way > 0 else 'earlier'} signal or trade on this chart.")
            return None
        found = min(beyond, key=lambda stop: abs(stop[0] - here))[1]
        self.show_mark(found.key)
        return found

    def set_history(self, history: History | None) -> None:
        """Show how older bars come: loading, complete, or the data budget there is."""
        model = self._canvas.model
        if history == model.history:
            return
        model.history = history
        frame = self._canvas.frame_now
        if frame is not None:
            self._canvas.touch([history_rect(frame)])
        if history is not None and history.is_complete:
            self._arrive()

    def moved(self) -> None:
        """Ask for older bars once the first ones come near."""
        series, times = self._canvas.model.series, self._canvas.times
        if series is not None and len(series) and times.left < times.span / 2:
            self._ask()

    def grown(self) -> None:
        """Go on with a journey after older bars came."""
        series = self._canvas.model.series
        if self._bound_for is None or series is None or not len(series):
            return
        if self._bound_for >= float(series.bars.time[0]):
            self._arrive()
        else:
            self._ask()

    def reset(self) -> None:
        """Forget what belonged to another series."""
        self._asked_at, self._bound_for = -1, None
        self._canvas.model.history = None

    def _ask(self) -> None:
        """Ask for older bars, once for as many as there are."""
        series = self._canvas.model.series
        if series is not None and self._asked_at != len(series):
            self._asked_at = len(series)
            self.older_wanted.emit()

    def _arrive(self) -> None:
        """End a journey where it was bound for, or at the first bar there is."""
        bound, self._bound_for = self._bound_for, None
        if bound is not None:
            self.told.emit("")
            self.show_moment(bound)
