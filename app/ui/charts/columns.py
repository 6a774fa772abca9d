"""A study's lines fitted to the bars of a chart: checked, sampled for what is visible, with extremes when far out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.bars import FloatArray
from app.ui.charts.pyramid import Pyramid, last_of_each
from app.ui.charts.series import Groups
from app.ui.charts.values import PRICE, Line, LineStyle, Study

ENVELOPED = 4
"""From this many bars a group on a line is drawn as the band between its extremes, unless it lies over the bars: these
show the extremes themselves and would be hidden."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One line as visible: its value at the end of each group, its extremes there, and its direction."""

    line: Line
    value: FloatArray
    low: FloatArray
    high: FloatArray
    direction: FloatArray | None


class Fitted:
    """One study with the pyramids of its lines, built the first time they are looked at from afar."""

    def __init__(self, study: Study, bars: int) -> None:
        self.study = study
        self.problem = study.problem or problem_of(study, bars)
        self._extremes: dict[int, tuple[Pyramid, Pyramid]] = {}

    def samples(self, groups: Groups) -> list[Sample]:
        """Return the visible part of each line, one value a group."""
        if self.problem or self.study.is_hidden or not len(groups):
            return []
        return [self._sample(place, line, groups) for place, line in enumerate(self.study.lines)]

    def at(self, index: int) -> list[tuple[Line, float]]:
        """Return each line with its value at one bar, NaN where it has none."""
        if self.problem:
            return []
        return [(line, value_at(line.values, index)) for line in self.study.lines]

    def _sample(self, place: int, line: Line, groups: Groups) -> Sample:
        value = sampled(line.values, groups)
        direction = None if line.direction is None else sampled(line.direction, groups)
        if line.style is LineStyle.MARKS:
            return Sample(line, value, nothing(value), nothing(value), direction)
        if groups.size < ENVELOPED or line.style is LineStyle.TREND or self.study.pane == PRICE:
            return Sample(line, value, value, value, direction)
        lows, highs = self._pyramids(place, line)
        stop = groups.first + len(groups)
        low = lows.groups(line.values, groups.first, stop, groups.size)
        high = highs.groups(line.values, groups.first, stop, groups.size)
        return Sample(line, value, low, high, direction)

    def _pyramids(self, place: int, line: Line) -> tuple[Pyramid, Pyramid]:
        found = self._extremes.get(place)
        if found is None:
            found = self._extremes[place] = (Pyramid(np.fmin), Pyramid(np.fmax))
            for pyramid in found:
                pyramid.extend(line.values)
        return found


def sampled(values: NDArray[Any], groups: Groups) -> FloatArray:
    """Return the last value of each group, NaN beyond the end of the column."""
    return last_of_each(values, groups.first, groups.first + len(groups), groups.size)


def nothing(values: FloatArray) -> FloatArray:
    """Return NaN for each value: what takes no part in the price range."""
    return np.full(len(values), np.nan)


def value_at(values: FloatArray, index: int) -> float:
    """Return one value, NaN outside of the column."""
    return float(values[index]) if 0 <= index < len(values) else float("nan")


def problem_of(study: Study, bars: int) -> str:
    """Say in one sentence why a study cannot be drawn over so many bars; empty when it can."""
    columns: list[tuple[str, NDArray[Any], str]] = [(line.name, line.values, "f") for line in study.lines]
    columns += [(f"{line.name} direction", way, "fi") for line in study.lines if (way := line.direction) is not None]
    for name, values, kinds in columns:
        if not isinstance(values, np.ndarray) or values.ndim != 1:
            return f"{study.title} is not drawn: {name} should be one column of numbers; check the indicator."
        if len(values) > bars:
            return (
                f"{study.title} is not drawn: {name} has {len(values):,} values for {bars:,} bars; "
                "it belongs to other bars, load it again."
            )
        if values.dtype.kind not in kinds:
            return f"{study.title} is not drawn: {name} should hold decimal numbers; check the indicator."
    return ""
