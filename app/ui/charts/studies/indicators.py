"""The indicators of one chart: chosen by hands, computed by the engine that is handed in, drawn by the view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from app.domain.bars import Bars, Timeframe
from app.services.studies import StudyColumns, StudyKind
from app.ui.charts.moments import zone_of
from app.ui.charts.studies.choice import Choice, Choices, Number, added, changed, moved, without
from app.ui.charts.studies.drawn import study_of
from app.ui.charts.studies.higher import Index, built, is_above, known_at, spread
from app.ui.charts.view import ChartView


class Engine(Protocol):
    """Who knows the catalogue and computes it (`services.studies.Studies`)."""

    def kinds(self) -> tuple[StudyKind, ...]: ...
    def kind(self, name: str) -> StudyKind: ...
    def compute(self, name: str, bars: Bars, settings: Mapping[str, Number] | None = None) -> StudyColumns: ...


class Indicators(QObject):
    """Keeps what is chosen and shows it over the bars it is fed."""

    changed = Signal()
    """Something was added, edited, moved, hidden or removed by a hand."""
    timeframe_wanted = Signal(object)
    """Bars of this higher `Timeframe` would be welcome: answer with `feed_higher`."""

    def __init__(self, view: ChartView, engine: Engine) -> None:
        super().__init__(view)
        self._view, self.engine = view, engine
        self.choices: Choices = ()
        self._bars: Bars | None = None
        self._timeframe = Timeframe.D1
        self._zone = zone_of("UTC")
        self._instrument = view.model.instrument
        self._higher: dict[Timeframe, Bars] = {}
        self._asked: set[Timeframe] = set()

    def feed(self, bars: Bars, timeframe: Timeframe, zone: str = "UTC") -> None:
        """Compute everything over these bars and show it; `zone` is the exchange's."""
        if self._view.model.instrument != self._instrument:
            self._instrument = self._view.model.instrument
            self._higher.clear()
            self._asked.clear()
        self._bars, self._timeframe, self._zone = bars, timeframe, zone_of(zone)
        self.show()

    def feed_higher(self, timeframe: Timeframe, bars: Bars) -> None:
        """Take the bars of a higher timeframe that was wanted."""
        self._higher[timeframe] = bars
        self.show()

    def replace_all(self, choices: Choices) -> None:
        """Show these and no others, without saying that a hand did it."""
        self.choices = choices
        self.show()

    def add(self, name: str, settings: Mapping[str, Number] | None = None) -> Choice:
        """Put one more indicator on the chart; the same type may be there more than once."""
        self._take(added(self.choices, name, settings))
        return self.choices[-1]

    def edit(self, key: str, **fields: Any) -> None:
        """Change fields of one indicator; `settings` may be a mapping with the changed ones alone."""
        choice = self.choice(key)
        if choice is None:
            return
        if "settings" in fields:
            fields["settings"] = tuple((choice.given | dict(fields["settings"])).items())
        self._take(changed(self.choices, key, **fields))

    def remove(self, key: str) -> None:
        """Take one indicator off the chart."""
        self._take(without(self.choices, key))

    def move(self, key: str, way: int) -> None:
        """Put one indicator a place further up (−1) or down (1), its pane with it."""
        self._take(moved(self.choices, key, way))

    def hide(self, key: str) -> None:
        """Hide one indicator, or show it again."""
        choice = self.choice(key)
        if choice is not None:
            self._take(changed(self.choices, key, is_hidden=not choice.is_hidden))

    def choice(self, key: str) -> Choice | None:
        """Return one of the chosen indicators."""
        return next((one for one in self.choices if one.key == key), None)

    def problem(self, key: str) -> str:
        """Return what the engine has against an indicator as it is set, nothing when it is drawn."""
        shown = (fitted for fitted in self._view.model.studies if fitted.study.key == key)
        return next((fitted.problem for fitted in shown), "")

    def show(self) -> None:
        """Compute and draw what is chosen."""
        bars = self._bars
        if bars is None or not len(bars):
            return
        computed = [(choice, self._columns(choice, bars)) for choice in self.choices]
        self._view.set_studies([study_of(choice, columns, self.choices) for choice, columns in computed])

    def _take(self, choices: Choices) -> None:
        self.choices = choices
        self.show()
        self.changed.emit()

    def _columns(self, choice: Choice, bars: Bars) -> StudyColumns:
        above = choice.timeframe
        if above is None or above is self._timeframe:
            return self.engine.compute(choice.name, bars, choice.given)
        if not is_above(self._timeframe, above):
            words = f"{above.value} is shorter than the chart's {self._timeframe.value}; choose a longer timeframe."
            return StudyColumns(choice.name, choice.name.upper(), "price", (), f"{choice.name.upper()}: {words}")
        higher = self._higher.get(above)
        if higher is None:
            self._ask(above)
            higher = self._higher.get(above) or built(bars, self._timeframe, above)
        if higher is None:
            return StudyColumns(choice.name, choice.name.upper(), "price", (), f"Loading {above.value} bars …")
        columns = self.engine.compute(choice.name, higher.closed_only, choice.given)
        return _laid_out(columns, known_at(bars, self._timeframe, higher, above, self._zone))

    def _ask(self, above: Timeframe) -> None:
        """Ask once for the bars of a higher timeframe of this instrument."""
        if above not in self._asked:
            self._asked.add(above)
            self.timeframe_wanted.emit(above)


def _laid_out(columns: StudyColumns, index: Index) -> StudyColumns:
    lines = tuple(replace(line, values=spread(line.values, index)) for line in columns.lines)
    return replace(columns, lines=lines)
