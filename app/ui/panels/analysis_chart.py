"""The small chart of an analysis: the bars it was made from, with the plan's prices and the nearest zones as lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.domain.bars import Bars
from app.domain.orders import Side
from app.domain.signals import Analysis, Direction
from app.services.studies import Studies
from app.services.survey import Surveyed
from app.ui.charts.studies.choice import added
from app.ui.charts.studies.drawn import study_of
from app.ui.charts.values import PRICE, Mark, MarkKind, MarkState
from app.ui.charts.view import ChartView
from app.ui.language import Language

VISIBLE = 90
MARGIN = 0.06
FUTURE = 0.28
"""The share of the width beyond the newest bar, where the words of the lines stand."""
SHOWN = ("sma", "supertrend")
CHART_ZONE = "UTC"


def show_on(view: ChartView, surveyed: Surveyed, studies: Studies, words: Language) -> None:
    """Show a survey on a chart, the newest bars in sight."""
    analysis = surveyed.survey.analysis
    view.set_series(
        surveyed.instrument,
        analysis.timeframe,
        surveyed.bars,
        source_text=words(f"word.{surveyed.source}"),
        zone=CHART_ZONE,
    )
    choices = added(added((), SHOWN[0]), SHOWN[1])
    columns = [(choice, studies.compute(choice.name, surveyed.bars)) for choice in choices]
    view.set_studies([study_of(choice, column, choices) for choice, column in columns])
    view.set_marks([*_levels(analysis, words), *_zones(surveyed, words)])
    view.set_look(volume=False)
    count = len(surveyed.bars)
    view.times.show(count - min(VISIBLE, count), count + FUTURE * VISIBLE)
    prices = [analysis.close, *(mark.price for mark in view.model.marks)]
    view.model.ranges[PRICE] = range_of(surveyed.bars.last(VISIBLE), prices)
    view.canvas.invalidate()
    view.setAccessibleName(words("analysis.chart", symbol=analysis.symbol))


def range_of(bars: Bars, prices: Sequence[float], share: float = MARGIN) -> tuple[float, float]:
    """Return the prices that show these bars and all lines, with `share` of them as margin."""
    low, high = min(float(bars.low.min()), *prices), max(float(bars.high.max()), *prices)
    margin = share * (high - low or 1.0)
    return low - margin, high + margin


def level_marks(analysis: Analysis, words: Language) -> list[Mark]:
    """Return the lines of a plan."""
    return list(_levels(analysis, words))


def _levels(analysis: Analysis, words: Language) -> Iterator[Mark]:
    levels = analysis.levels
    if levels is None:
        return
    is_long = analysis.direction is Direction.BUY
    prices = (
        ("limit", levels.limit, "accent", Side.BUY if is_long else Side.SELL),
        ("stop", levels.stop, "down" if is_long else "up", None),
        ("target_1", levels.target_1, "up" if is_long else "down", None),
        ("target_2", levels.target_2, "up" if is_long else "down", None),
    )
    for key, price, colour, side in prices:
        label = words(f"analysis.{key}")
        yield Mark(f"level.{key}", MarkKind.LEVEL, price, label, side, MarkState.INTENDED, colour=colour)


def _zones(surveyed: Surveyed, words: Language) -> Iterator[Mark]:
    zones = surveyed.survey.zones
    for kind, side in (("resistance", zones.resistances), ("support", zones.supports)):
        for zone in side[:1]:
            label = words(f"analysis.{kind}")
            yield Mark(f"zone.{kind}", MarkKind.LEVEL, zone.price, label, None, MarkState.INTENDED, colour="text.muted")
