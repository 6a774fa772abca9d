"""Charts that look at the same time: range and crosshair travel as moments, never as pixels or bar numbers."""

from __future__ import annotations

from PySide6.QtCore import QMetaObject, QObject

from app.ui.charts.overlay import Cross
from app.ui.charts.series import Series
from app.ui.charts.timerange import FUTURE
from app.ui.charts.view import ChartView

LEAST_BARS = 20
"""Where the common range has fewer bars of a long timeframe, its chart shows so many up to the same end."""
ALONE = 0
"""The group of charts that follow nobody."""


class TimeLink(QObject):
    """A group of charts with one time range and one crosshair; each keeps its own timeframe and zoom limits."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._charts: dict[ChartView, list[QMetaObject.Connection]] = {}
        self._came: set[ChartView] = set()
        self._is_passing_on = False

    def join(self, chart: ChartView) -> None:
        """Let a chart take part, from what it shows next; it leaves by itself when it is destroyed."""
        if chart in self._charts:
            return
        wires = [
            chart.times.changed.connect(lambda: self._pass_on_range(chart)),
            chart.canvas.crossed.connect(lambda: self._pass_on_cross(chart)),
            chart.times.placed.connect(lambda: self._take_in(chart)),
        ]
        self._charts[chart] = wires
        if chart.model.series is not None:
            self._came.add(chart)
        chart.destroyed.connect(lambda: self._forget(chart))

    def leave(self, chart: ChartView) -> None:
        """Let a chart go its own way."""
        for wire in self._charts.get(chart, []):
            QObject.disconnect(wire)
        self._forget(chart)

    def _forget(self, chart: ChartView) -> None:
        self._charts.pop(chart, None)
        self._came.discard(chart)

    def _take_in(self, chart: ChartView) -> None:
        """Give a chart with another series the range of the group; of charts that begin, the shortest bars lead."""
        is_new = chart not in self._came
        self._came.add(chart)
        others = [other for other, _ in self._others(chart)]
        if not others or chart.model.series is None or not len(chart.model.series):
            return
        leader = min((chart, *others) if is_new else others, key=lambda one: one.model.timeframe.seconds)
        self._pass_on(leader)

    def _pass_on_range(self, source: ChartView) -> None:
        series = source.model.series
        if not (self._is_passing_on or source.times.is_settling or series is None or not len(series)):
            self._pass_on(source)

    def _pass_on(self, source: ChartView) -> None:
        series = source.model.series
        assert series is not None
        step = source.model.timeframe.seconds
        begin, end = (series.time_at(edge, step) for edge in (source.times.left, source.times.right))
        self._is_passing_on = True
        try:
            for chart, other in self._others(source):
                other_step = chart.model.timeframe.seconds
                left, right = other.place_at(begin, other_step), other.place_at(end, other_step)
                span = min(max(right - left, LEAST_BARS), chart.times.widest)
                if span > right - left and source.times.follows:
                    right = max(right, chart.times.count - 0.5 + span * FUTURE)  # the newest bar whole
                chart.times.show(right - span, right)
        finally:
            self._is_passing_on = False

    def _pass_on_cross(self, source: ChartView) -> None:
        cross, series = source.canvas.cross, source.model.series
        if self._is_passing_on or series is None:
            return
        is_on_a_bar = cross is not None and 0 <= cross.index < len(series)
        self._is_passing_on = True
        try:
            for chart, other in self._others(source):
                moment = float(series.bars.time[cross.index]) if cross is not None and is_on_a_bar else None
                there = None if moment is None else Cross(max(0, other.position_of(moment)), None)
                chart.canvas.move_cross(there)
        finally:
            self._is_passing_on = False

    def _others(self, source: ChartView) -> list[tuple[ChartView, Series]]:
        """Return the other charts that have bars, with them."""
        charts = [chart for chart in self._charts if chart is not source]
        return [
            (chart, chart.model.series)
            for chart in charts
            if chart.model.series is not None and len(chart.model.series)
        ]


class LinkGroups(QObject):
    """Which charts of a window look together: one time link a colour group, none for group 0."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._links: dict[int, TimeLink] = {}
        self._groups: dict[ChartView, int] = {}

    def put(self, chart: ChartView, group: int) -> None:
        """Let a chart follow a group from now on, and no other."""
        former = self._groups.get(chart, ALONE)
        if former == group:
            return
        if former != ALONE:
            self._links[former].leave(chart)
        if group == ALONE:
            self._groups.pop(chart, None)
            return
        self._groups[chart] = group
        self._links.setdefault(group, TimeLink(self)).join(chart)
        chart.destroyed.connect(lambda: self._groups.pop(chart, None))

    def group(self, chart: ChartView) -> int:
        """Return the group a chart follows."""
        return self._groups.get(chart, ALONE)
