"""Studies: indicators computed for whoever draws them, by the one engine that also feeds signals."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from app.domain.bars import Bars, FloatArray, Timeframe
from app.domain.errors import UserError
from app.domain.signals import Confirmation
from app.domain.strategies import ThreeOfFour
from app.quant.analysis import bars_needed
from app.quant.confirmation import confirm, read_last_bar
from app.quant.indicators.catalogue import FIRST_CLASS, catalogue, find
from app.quant.indicators.kinds import Indicator

if TYPE_CHECKING:  # they stand on the facts, whose ports name the columns of this file
    from app.services.own_columns import OwnColumns
    from app.services.own_indicators import OwnIndicators

log = logging.getLogger(__name__)
Number = int | float


@dataclass(frozen=True, slots=True)
class StudyParameter:
    """One setting of an indicator, bounds included; a whole number where `is_whole`."""

    name: str
    title: str
    default: Number
    low: Number
    high: Number
    is_whole: bool


@dataclass(frozen=True, slots=True)
class StudyKind:
    """An entry of the catalogue as menus and editors show it; `pane` is price, volume or own."""

    name: str
    title: str
    family: str
    pane: str
    parameters: tuple[StudyParameter, ...]
    is_first_class: bool
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    source: str = ""
    bars_needed: int = 1
    is_own: bool = False

    def defaults(self) -> dict[str, Number]:
        """Return the settings it starts with."""
        return {parameter.name: parameter.default for parameter in self.parameters}


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
    """The catalogue as panels see it, users' own indicators included where there are any."""

    def __init__(self, own: OwnIndicators | None = None, columns: OwnColumns | None = None) -> None:
        self.own = own
        self._columns = columns

    def names(self) -> dict[str, str]:
        """Return every first-class indicator's title by name."""
        return {indicator.name: indicator.title for indicator in FIRST_CLASS}

    def kinds(self) -> tuple[StudyKind, ...]:
        """Return the whole catalogue, first-class indicators first, the user's own confirmed ones last."""
        own = tuple(_kind(entry, is_own=True) for entry in self.own.entries()) if self.own is not None else ()
        return (*_kinds(), *own)

    def kind(self, name: str) -> StudyKind:
        """Return one entry, confirmed or not; raise UserError when there is none of that name."""
        indicator, is_own = self._find(name)
        return _kind(indicator, is_own=is_own)

    def compute(self, name: str, bars: Bars, settings: Mapping[str, Number] | None = None) -> StudyColumns:
        """Return an indicator over all bars, the forming one included; what cannot be computed says why.

        A user's own one is computed beside the window: until it is, and while bars come, it is drawn as far as it is
        known, and `StudyReady` says when to ask again.
        """
        try:
            indicator, is_own = self._find(name)
        except UserError as error:
            return StudyColumns(name, name.upper(), "price", (), str(error))
        try:
            complete = indicator.settle(settings or {})
            columns = self._arrays(indicator, complete, bars) if is_own else indicator.compute(bars, complete)
            if columns is None:
                return StudyColumns(name, indicator.title, indicator.pane.value, (), f"{indicator.title} is computed …")
            lines = _lines(indicator, columns, len(bars))
        except UserError as error:
            return StudyColumns(name, indicator.title, indicator.pane.value, (), str(error))
        except Exception as error:  # a boundary: a formula may be a user's own, and one bad one must not stop a chart
            log.exception("the indicator %s failed", name)
            words = f"{indicator.title} failed over {len(bars):,} bars ({type(error).__name__}: {error}); correct it."
            return StudyColumns(name, indicator.title, indicator.pane.value, (), words)
        return StudyColumns(name, indicator.label(complete), indicator.pane.value, lines)

    def _find(self, name: str) -> tuple[Indicator, bool]:
        """Return an indicator, and whether it is a user's own."""
        own = self.own.entry(name) if self.own is not None else None
        return (own, True) if own is not None else (find(name), False)

    def _arrays(self, indicator: Indicator, settings: dict[str, Number], bars: Bars) -> Mapping[str, FloatArray] | None:
        is_on = self.own is not None and indicator in self.own.entries()
        if self.own is None or self._columns is None or not is_on:
            return indicator.compute(bars, settings)  # says in words that it waits for a person
        return self._columns.of(indicator, self.own.digest(indicator.name), settings, bars)

    def newest(self, name: str, bars: Bars) -> float | None:
        """Return the first output of an indicator at the newest of these bars, None where it is unavailable."""
        lines = self.compute(name, bars).lines
        value = float(lines[0].values[-1]) if lines and len(bars) else math.nan
        return value if math.isfinite(value) else None


def checks(bars: Bars, timeframe: Timeframe, index: int) -> Confirmation:
    """Return the four checks as they stood when the bar `index` closed, with the usual periods."""
    known = bars.part(0, index + 1)
    closed = replace(known, closed=len(known))  # asked of a forming bar it answers as if that closed now
    return confirm(timeframe, read_last_bar(closed, ThreeOfFour()))


def _lines(indicator: Indicator, columns: Mapping[str, FloatArray], count: int) -> tuple[StudyLine, ...]:
    """Return the columns as lines; raise UserError for one that is no column of numbers as long as the bars."""
    for output in indicator.outputs:
        shape = np.shape(columns[output.name])
        if shape != (count,):
            raise UserError(
                f"{indicator.title} should give {count:,} values of {output.title}, one a bar, and gave the shape "
                f"{shape}; correct it."
            )
    return tuple(
        StudyLine(output.name, output.title, output.stroke.value, columns[output.name]) for output in indicator.outputs
    )


@cache
def _kinds() -> tuple[StudyKind, ...]:
    return tuple(_kind(indicator) for indicator in catalogue().values())


def _kind(indicator: Indicator, *, is_own: bool = False) -> StudyKind:
    parameters = tuple(
        StudyParameter(one.name, one.title, one.default, one.low, one.high, one.is_whole)
        for one in indicator.parameters
    )
    is_first = any(one.name == indicator.name for one in FIRST_CLASS)
    return StudyKind(
        name=indicator.name,
        title=indicator.title,
        family=indicator.family,
        pane=indicator.pane.value,
        parameters=parameters,
        is_first_class=is_first,
        inputs=indicator.inputs,
        outputs=tuple(output.title for output in indicator.outputs),
        source=indicator.source,
        bars_needed=indicator.bars_needed(),
        is_own=is_own,
    )


def bars_needed_by(parameters: ThreeOfFour) -> int:
    """Return how many closed bars a strategy's parameters need; raise UserError for those that do not fit together."""
    return bars_needed(parameters)
