"""The small tables of an analysis: checks, levels, support and resistance; each as tall as its rows."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView

from app.domain.signals import Analysis, Check, Confirmation, Verdict
from app.domain.structure import Zone
from app.domain.survey import Survey
from app.services.report import MOST_ZONES, bar_text
from app.ui.language import Language
from app.ui.tables import Column, Style, Table, TableModel
from app.ui.tables.delegate import ROW_HEIGHT
from app.ui.tables.grid import HEADER_HEIGHT
from app.ui.theme import Theme
from app.ui.widgets.format import UNKNOWN, number, percent

Row = TypeVar("Row")
VERDICT_MARKS = {
    Verdict.BULLISH: ("arrow-up", "up"),
    Verdict.BEARISH: ("arrow-down", "down"),
    Verdict.UNAVAILABLE: ("minus", "text.faint"),
}


@dataclass(frozen=True, slots=True)
class LevelRow:
    """One price of a plan; `away` is its distance from the limit, `reward` in R."""

    key: str
    title: str
    price: float
    low: float | None = None
    away: float | None = None
    reward: float | None = None


@dataclass(frozen=True, slots=True)
class ZoneRow:
    """A resistance or support with its distance from the last close, as a share."""

    zone: Zone
    is_resistance: bool
    away: float
    touched: str


class SmallTable(Table[Row]):
    """A table without scrolling: it shows all of its few rows."""

    def __init__(self, theme: Theme, model: TableModel[Row], name: str) -> None:
        super().__init__(theme, model, name=name)
        self.view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.view.setSortingEnabled(False)
        self._small = theme
        theme.changed.connect(self._fit)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows and be as tall as they are."""
        self.model.replace(rows)
        self._fit()

    def _fit(self) -> None:
        rows = self.model.counts()[1]
        self.setFixedHeight(self._small.px(HEADER_HEIGHT) + rows * self._small.px(ROW_HEIGHT) + 2)


def check_table(theme: Theme, words: Language, decimals: int) -> SmallTable[Check]:
    """Return an empty table of the four checks."""
    columns = [
        Column[Check](
            "check",
            words("analysis.check"),
            lambda check: words(f"word.{check.name}"),
            stretch=True,
            icon=lambda check: VERDICT_MARKS[check.verdict],
        ),
        Column[Check](
            "verdict",
            words("analysis.verdict"),
            lambda check: words(f"word.{check.verdict}"),
            width=76,
            token=lambda check: VERDICT_MARKS[check.verdict][1],
        ),
        _number("value", words, lambda check: check.value, decimals),
        _number("threshold", words, lambda check: check.threshold, decimals),
        _number("distance", words, lambda check: check.distance, decimals, signed=True),
    ]
    return SmallTable(theme, TableModel(columns, lambda check: check.name), words("analysis.checks"))


def level_table(theme: Theme, words: Language, decimals: int) -> SmallTable[LevelRow]:
    """Return an empty table of a plan's prices."""
    columns = [
        Column[LevelRow]("level", words("analysis.levels"), lambda row: row.title, stretch=True),
        Column[LevelRow](
            "price",
            words("analysis.price"),
            lambda row: row,
            lambda row: _price_of(row, decimals),
            Style.NUMBER,
            132,
            sort=lambda row: row.price,
        ),
        Column[LevelRow](
            "away",
            words("analysis.from_limit"),
            lambda row: row.away,
            lambda value: number(value, decimals, signed=True),
            Style.NUMBER,
            96,
        ),
        Column[LevelRow](
            "reward",
            words("analysis.reward"),
            lambda row: row.reward,
            lambda value: number(value, 2, signed=True),
            Style.NUMBER,
            56,
        ),
    ]
    return SmallTable(theme, TableModel(columns, lambda row: row.key), words("analysis.levels"))


def zone_table(theme: Theme, words: Language, decimals: int) -> SmallTable[ZoneRow]:
    """Return an empty table of supports and resistances."""
    columns = [
        Column[ZoneRow](
            "kind",
            words("analysis.zone"),
            lambda row: words("analysis.resistance" if row.is_resistance else "analysis.support"),
            stretch=True,
        ),
        Column[ZoneRow](
            "price",
            words("analysis.price"),
            lambda row: row.zone,
            lambda zone: zone_text(zone, decimals),
            Style.NUMBER,
            120,
            sort=lambda row: row.zone.price,
        ),
        Column[ZoneRow]("away", words("analysis.distance_percent"), lambda row: row.away, percent, Style.NUMBER, 72),
        Column[ZoneRow](
            "touches",
            words("analysis.touches"),
            lambda row: row.zone.touches,
            number,
            width=108,
            detail=lambda row: row.touched,
            hint=words("analysis.touched"),
        ),
    ]
    return SmallTable(theme, TableModel(columns, _zone_key), words("analysis.structure"))


def level_rows(analysis: Analysis, words: Language) -> list[LevelRow]:
    """Return the rows of a plan, nothing without levels."""
    levels = analysis.levels
    if levels is None:
        return []
    limit = levels.limit
    return [
        LevelRow("entry", words("analysis.entry"), levels.entry_high, low=levels.entry_low),
        LevelRow("limit", words("analysis.limit"), limit),
        LevelRow("stop", words("analysis.stop"), levels.stop, away=levels.stop - limit, reward=-1.0),
        LevelRow("t1", words("analysis.target_1"), levels.target_1, away=levels.target_1 - limit, reward=levels.r_1),
        LevelRow("t2", words("analysis.target_2"), levels.target_2, away=levels.target_2 - limit, reward=levels.r_2),
    ]


def zone_rows(survey: Survey) -> list[ZoneRow]:
    """Return the nearest resistances from the top down, then the nearest supports."""
    analysis, zones = survey.analysis, survey.zones
    above = [(zone, True) for zone in reversed(zones.resistances[:MOST_ZONES])]
    below = [(zone, False) for zone in zones.supports[:MOST_ZONES]]
    return [
        ZoneRow(zone, is_resistance, zone.price / analysis.close - 1, bar_text(zone.last, analysis.timeframe))
        for zone, is_resistance in (*above, *below)
    ]


def zone_text(zone: Zone, decimals: int) -> str:
    """Write a zone as its two edges, the one met first leading."""
    near = number(zone.price, decimals)
    return near if zone.far == zone.price else f"{near} – {number(zone.far, decimals)}"


def heading_of(found: Confirmation, words: Language) -> str:
    """Say what a timeframe's checks come to."""
    return words(
        "analysis.says",
        signal=words(f"word.{found.direction}"),
        trend=words(f"word.{found.trend}"),
        bullish=found.bullish,
        bearish=found.bearish,
    )


def _number(key: str, words: Language, read: object, decimals: int, *, signed: bool = False) -> Column[Check]:
    assert callable(read)
    return Column[Check](
        key,
        words(f"analysis.{key}"),
        read,
        lambda value: number(value, max(2, decimals), signed=signed),
        Style.NUMBER,
        72,
    )


def _price_of(row: LevelRow, decimals: int) -> str:
    price = number(row.price, decimals)
    return price if row.low is None else f"{number(row.low, decimals) or UNKNOWN} – {price}"


def _zone_key(row: ZoneRow) -> Hashable:
    return row.is_resistance, row.zone.price
