"""Computed columns as a chart draws them: given panes, colours, strokes, levels and bounds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.services.studies import StudyColumns, StudyLine
from app.ui.charts.studies.choice import Choice, Choices
from app.ui.charts.values import PRICE, Line, LineStyle, Study

INKS = ("accent", "link.2", "link.6", "link.4", "link.3", "link.1", "link.5")
STYLES = {
    "line": LineStyle.SOLID, "dashed": LineStyle.DASHED, "histogram": LineStyle.HISTOGRAM, "mark": LineStyle.MARKS,
}  # fmt: skip
BOUNDS: dict[str, tuple[tuple[float, float], tuple[float, ...]]] = {
    "rsi": ((0.0, 100.0), (30.0, 50.0, 70.0)),
    "stochastic": ((0.0, 100.0), (20.0, 80.0)),
    "mfi": ((0.0, 100.0), (20.0, 80.0)),
    "willr": ((-100.0, 0.0), (-80.0, -20.0)),
}


def study_of(choice: Choice, columns: StudyColumns, panes: Choices) -> Study:
    """Return an indicator as the chart draws it, in the pane that was chosen or its own."""
    pane = pane_of(choice, columns.pane, panes)
    bounds, levels = BOUNDS.get(choice.name, (None, ()))
    is_alone = pane != PRICE
    title = f"{columns.title} · {choice.timeframe.value}" if choice.timeframe else columns.title
    return Study(
        key=choice.key,
        title=title,
        pane=pane,
        lines=_lines(columns.lines, choice.ink),
        levels=levels if is_alone else (),
        bounds=bounds if is_alone else None,
        problem=columns.problem,
        is_hidden=choice.is_hidden,
    )


def pane_of(choice: Choice, usual: str, panes: Choices) -> str:
    """Return the key of the pane an indicator is drawn in."""
    if choice.pane == PRICE or (not choice.pane and usual == "price"):
        return PRICE
    shared = next((one for one in panes if one.key == choice.pane and one.key != choice.key), None)
    return shared.key if shared is not None else choice.key


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
