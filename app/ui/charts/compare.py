"""Other symbols on the same chart, in percent from the left edge: both begin there at nought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.domain.bars import Bars, FloatArray
from app.ui.charts.columns import Fitted, Sample, sampled
from app.ui.charts.series import Groups, Series
from app.ui.charts.values import PRICE, Line, Study


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Another symbol's bars of the same timeframe."""

    key: str
    symbol: str
    bars: Bars
    colour: str = "link.2"


class FittedComparison(Fitted):
    """A comparison laid out over the chart's bars: the close known at each of them, NaN before its own history."""

    def __init__(self, comparison: Comparison, series: Series) -> None:
        self.comparison, self._series = comparison, series
        self._over: object = None
        line = Line(comparison.symbol, self._laid_out(), comparison.colour)
        super().__init__(Study(comparison.key, comparison.symbol, PRICE, (line,)), len(series))

    def samples(self, groups: Groups) -> list[Sample]:
        """Return the closes scaled so that they meet the chart's own close at the left edge."""
        if self.problem or not len(groups):
            return []
        own = first_number(groups.close)
        values = sampled(self._values(), groups)
        scaled = values * (own / first_number(values))
        return [Sample(self.study.lines[0], scaled, scaled, scaled, None)]

    def at(self, index: int) -> list[tuple[Line, float]]:
        """Return the other symbol's close at one bar."""
        values = self._values()
        value = float(values[index]) if 0 <= index < len(values) else float("nan")
        return [(self.study.lines[0], value)]

    def change_at(self, index: int, groups: Groups) -> float:
        """Return the change since the left edge as a share."""
        first = first_number(sampled(self._values(), groups))
        return self.at(index)[0][1] / first - 1

    def _values(self) -> FloatArray:
        if self._over is not self._series.bars:
            self.study = Study(
                self.comparison.key, self.comparison.symbol, PRICE,
                (Line(self.comparison.symbol, self._laid_out(), self.comparison.colour),),
            )  # fmt: skip
        return self.study.lines[0].values

    def _laid_out(self) -> FloatArray:
        self._over = self._series.bars
        other = self.comparison.bars
        place = np.searchsorted(other.time, self._series.bars.time, side="right") - 1
        if not len(other):
            return np.full(len(place), np.nan)
        return np.where(place >= 0, other.close[np.maximum(place, 0)], np.nan)


def first_number(values: FloatArray) -> float:
    """Return the first finite number other than nought, NaN when there is none."""
    good = values[np.isfinite(values) & (values != 0)]
    return float(good[0]) if len(good) else float("nan")
