"""What an indicator is: its inputs, parameters, outputs and formula, as one catalogue entry. No formula lives here."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from app.domain.bars import Bars, FloatArray
from app.domain.errors import UserError

Number = int | float
Settings = Mapping[str, Number]
"""Parameter values by name, complete and checked."""


class NotEnoughBars(UserError):
    """There are fewer closed bars than a calculation needs; carries both numbers."""

    def __init__(self, what: str, needed: int, found: int) -> None:
        super().__init__(f"{what} needs {needed} closed bars and there are {found}; load a longer history.")
        self.needed = needed
        self.found = found


class Pane(StrEnum):
    """Where an indicator is drawn: over the prices, with the volume, or in a pane of its own."""

    PRICE = "price"
    VOLUME = "volume"
    OWN = "own"


class Stroke(StrEnum):
    """How one output is drawn."""

    LINE = "line"
    DASHED = "dashed"
    HISTOGRAM = "histogram"
    STATE = "state"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One setting of an indicator; a whole number where the default is one. Bounds are included."""

    name: str
    title: str
    default: Number
    low: Number
    high: Number

    @property
    def is_whole(self) -> bool:
        """Say whether it takes whole numbers only."""
        return isinstance(self.default, int)

    def settle(self, value: Number) -> Number:
        """Return `value` as this parameter's type; raise UserError outside its bounds."""
        if not math.isfinite(value) or not self.low <= value <= self.high:
            raise UserError(f"{self.title} must lie between {self.low} and {self.high}, not {value}.")
        if self.is_whole and value != int(value):
            raise UserError(f"{self.title} must be a whole number, not {value}.")
        return int(value) if self.is_whole else float(value)


@dataclass(frozen=True, slots=True)
class Output:
    """One array an indicator gives."""

    name: str
    title: str
    stroke: Stroke = Stroke.LINE


Formula = Callable[[Bars, Settings], tuple[FloatArray, ...]]
WarmUp = Callable[[Settings], int]
Rule = Callable[[Settings], str | None]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One entry of the catalogue.

    `warm_up` is the number of leading bars without a value; `rule` says in a sentence what is wrong
    with settings that are each within bounds but do not fit together, or None.
    """

    name: str
    title: str
    inputs: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    outputs: tuple[Output, ...]
    pane: Pane
    source: str
    formula: Formula
    warm_up: WarmUp
    family: str = ""
    rule: Rule | None = None

    def settle(self, given: Settings) -> dict[str, Number]:
        """Return complete settings: what is given, checked, and the defaults; raise UserError."""
        unknown = sorted(set(given) - {parameter.name for parameter in self.parameters})
        if unknown:
            names = ", ".join(parameter.name for parameter in self.parameters) or "none"
            raise UserError(f"{self.title} has no parameter {unknown[0]}; it has {names}.")
        settings = {one.name: one.settle(given.get(one.name, one.default)) for one in self.parameters}
        trouble = self.rule(settings) if self.rule else None
        if trouble:
            raise UserError(f"{self.title}: {trouble}")
        return settings

    def bars_needed(self, given: Settings | None = None) -> int:
        """Return how many bars give the first value."""
        return self.warm_up(self.settle(given or {})) + 1

    def compute(self, bars: Bars, given: Settings | None = None) -> dict[str, FloatArray]:
        """Return every output by name, shape (len(bars),), NaN in the warm-up.

        Raises UserError for settings that do not fit, NotEnoughBars when not one value would come out.
        """
        settings = self.settle(given or {})
        needed = self.warm_up(settings) + 1
        if len(bars) < needed:
            raise NotEnoughBars(self.title, needed, len(bars))
        arrays = self.formula(bars, settings)
        return {output.name: array for output, array in zip(self.outputs, arrays, strict=True)}

    def label(self, given: Settings | None = None) -> str:
        """Return how an instance is called on screen, such as `RSI 14` or `MACD 12 26 9`."""
        values = [f"{value:g}" for value in self.settle(given or {}).values()]
        return " ".join([self.name.upper().replace("_", " "), *values])


def length(default: int, *, low: int = 2, name: str = "length", title: str = "Length") -> Parameter:
    """Return the usual parameter: a number of bars."""
    return Parameter(name, title, default, low, 5000)


def whole(settings: Settings, name: str) -> int:
    """Return a setting that is known to be a whole number."""
    return int(settings[name])


def no_values(bars: int) -> FloatArray:
    """Return an array of NaN: an indicator that is not ready."""
    return np.full(bars, np.nan)
