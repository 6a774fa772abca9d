"""Studies: indicators computed for whoever draws them, by the one engine that also feeds signals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.bars import Bars, FloatArray
from app.domain.errors import UserError
from app.quant.indicators.catalogue import FIRST_CLASS, find


@dataclass(frozen=True, slots=True)
class StudyLine:
    """One computed column: `stroke` is line, dashed, histogram, state or mark."""

    name: str
    title: str
    stroke: str
    values: FloatArray


@dataclass(frozen=True, slots=True)
class StudyColumns:
    """An indicator over a series: its columns as long as the bars, or the problem in words."""

    name: str
    title: str
    pane: str
    lines: tuple[StudyLine, ...]
    problem: str = ""


class Studies:
    """The catalogue as panels see it."""

    def names(self) -> dict[str, str]:
        """Return every first-class indicator's title by name."""
        return {indicator.name: indicator.title for indicator in FIRST_CLASS}

    def compute(self, name: str, bars: Bars, settings: Mapping[str, int | float] | None = None) -> StudyColumns:
        """Return an indicator over all bars, the forming one included; what cannot be computed says why."""
        indicator = find(name)
        try:
            complete = indicator.settle(settings or {})
            columns = indicator.compute(bars, complete)
        except UserError as error:
            return StudyColumns(name, indicator.title, indicator.pane.value, (), str(error))
        lines = tuple(
            StudyLine(output.name, output.title, output.stroke.value, columns[output.name])
            for output in indicator.outputs
        )
        return StudyColumns(name, indicator.label(complete), indicator.pane.value, lines)
