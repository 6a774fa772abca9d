"""Which bars a chart shows. One model for all panes; charts are linked through times, never through pixels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, Signal

from app.ui.charts.series import Series

FEWEST = 5.0
FIRST_BARS = 150
FUTURE = 0.06
"""The share of the width that stays free for the future when the newest bar is followed."""


class TimeRange(QObject):
    """The visible positions `left` to `right`; bar i is centred on position i, half a bar to each side."""

    changed = Signal()
    placed = Signal()
    """Another series has been given its first view."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.is_settling = False
        """The range follows its own bars and was moved by nobody: not for other charts to follow."""
        self.count = 0
        self.left = -0.5
        self.right = 119.5

    @property
    def widest(self) -> float:
        """How many bars can be shown at most."""
        return max(self.count / (1 - FUTURE) + 1, 60.0)

    @property
    def span(self) -> float:
        """How many bars fit."""
        return self.right - self.left

    @property
    def follows(self) -> bool:
        """Say whether the newest bar is in view, so that a newer one should push the view along."""
        return self.left <= self.count - 1 <= self.right

    def show(self, left: float, right: float) -> None:
        """Show these positions, as far as there is something to show there."""
        span = min(max(right - left, FEWEST), self.widest)
        centre = (left + right) / 2
        left = centre - span / 2
        slack = min(span, FEWEST) / 2
        left = min(max(left, slack - span), self.count - slack) if self.count else left
        if (left, left + span) != (self.left, self.right):
            self.left, self.right = left, left + span
            self.changed.emit()

    def show_last(self, bars: float) -> None:
        """Show the newest bars with free space after them."""
        span = min(max(bars / (1 - FUTURE), FEWEST), self.widest)
        right = self.count - 0.5 + span * FUTURE
        self.show(right - span, right)

    def show_all(self) -> None:
        """Show everything there is."""
        self.show_last(self.count)

    def pan(self, bars: float) -> None:
        """Move by a number of bars, positive towards the future."""
        self.show(self.left + bars, self.right + bars)

    def zoom(self, factor: float, anchor: float) -> None:
        """Show `factor` times as many bars while the position `anchor` stays where it is."""
        span = min(max(self.span * factor, FEWEST), self.widest)
        share = (anchor - self.left) / self.span
        self.show(anchor - share * span, anchor + (1 - share) * span)

    def grow(self, count: int, moved: int = 0) -> None:
        """Take in a new number of bars, of which `moved` were put before the old ones."""
        newer = count - moved - self.count
        follows = self.follows
        self.count = count
        step = moved + (newer if follows and newer > 0 else 0)
        if step:
            self.left, self.right = self.left + step, self.right + step
        with self._settling():
            self.changed.emit()

    def place(self, count: int) -> None:
        """Take in another series and show its newest bars."""
        self.count = count
        with self._settling():
            self.show_last(FIRST_BARS)
        self.placed.emit()

    @contextmanager
    def _settling(self) -> Iterator[None]:
        self.is_settling = True
        try:
            yield
        finally:
            self.is_settling = False


def place_in(times: TimeRange, series: Series, former: Series | None) -> None:
    """Show the newest bars of a new series, or stay where one was in another version of the same."""
    if former is not None and len(former) and len(series):
        is_longer = series.bars.time[0] <= former.bars.time[0]
        times.grow(len(series), series.position_of(float(former.bars.time[0])) if is_longer else 0)
        return
    times.place(len(series))
