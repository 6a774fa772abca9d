"""Indicators as a chart draws them: the catalogue's columns given panes, colours and strokes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.bars import COLUMNS, Bars, from_columns
from app.services.studies import Studies, StudyColumns, StudyLine
from app.ui.charts.values import PRICE, Line, LineStyle, Study

FIRST = ("sma", "supertrend")
"""What a chart shows until a hand chooses; volume is drawn by the chart itself."""
INKS = ("accent", "link.2", "link.6", "link.4", "link.3", "link.1")
STYLES = {"line": LineStyle.SOLID, "dashed": LineStyle.DASHED, "histogram": LineStyle.HISTOGRAM}
BOUNDS = {"rsi": ((0.0, 100.0), (30.0, 50.0, 70.0)), "stochastic": ((0.0, 100.0), (20.0, 80.0))}


@dataclass(frozen=True, slots=True)
class Chosen:
    """One indicator on the chart and the first colour of its lines."""

    name: str
    ink: int


def drawn(studies: Studies, chosen: Sequence[Chosen], bars: Bars) -> list[Study]:
    """Compute the chosen indicators over all bars, the forming one included."""
    return [_study(studies.compute(one.name, bars), one.ink) for one in chosen] if len(bars) else []


def with_last(bars: Bars, last: float | None) -> Bars:
    """Return the bars with the forming one moved to the last price, as the chart draws it."""
    if last is None or not len(bars) or bars.closed == len(bars):
        return bars
    columns = {name: getattr(bars, name).copy() for name in COLUMNS}
    columns["close"][-1] = last
    columns["high"][-1] = max(columns["high"][-1], last)
    columns["low"][-1] = min(columns["low"][-1], last)
    return from_columns(columns, bars.closed)


def _study(columns: StudyColumns, ink: int) -> Study:
    pane = PRICE if columns.pane == "price" else columns.name
    bounds, levels = BOUNDS.get(columns.name, (None, ()))
    return Study(
        key=columns.name,
        title=columns.title,
        pane=pane,
        lines=_lines(columns.lines, ink),
        levels=levels,
        bounds=bounds,
        problem=columns.problem,
    )


def _lines(lines: Sequence[StudyLine], ink: int) -> tuple[Line, ...]:
    """Return one line a column; a state column colours the line before it instead of being drawn."""
    direction = next((line.values for line in lines if line.stroke == "state"), None)
    shown = [line for line in lines if line.stroke in STYLES]
    return tuple(
        Line(
            name=line.title,
            values=np.asarray(line.values, np.float64),
            colour=INKS[(ink + place) % len(INKS)],
            style=LineStyle.TREND if direction is not None and place == 0 else STYLES[line.stroke],
            direction=direction if place == 0 else None,
        )
        for place, line in enumerate(shown)
    )
