"""What all claims are checked with: the result, the tolerance of a price, and the lines a claim may name."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.domain.bars import Bars, FloatArray
from app.domain.claims import Line, Point
from app.domain.errors import UserError
from app.domain.structure import Swing
from app.quant.indicators.catalogue import find
from app.quant.indicators.kinds import NotEnoughBars, Pane
from app.quant.indicators.volatility import atr

TOLERANCE_ATRS = 0.25
"""Prices this many ATRs(14) apart are taken for the same: about what a reader of a chart can tell."""

SWING_REACH = 2
"""Claims speak of the small swings: two bars on either side."""

MOST_BARS = 5000
_ATR = 14
_LONGEST_NAME = 40
_NOISE = 1e-12
_LARGEST = 1e300
_COLUMNS = ("open", "high", "low", "close", "volume")


class NotCheckable(Exception):
    """A claim that cannot be judged; the text is the sentence."""


@dataclass(frozen=True, slots=True)
class Result:
    """Whether a claim holds, the number found, a sentence, and what to draw."""

    holds: bool
    number: float | None
    sentence: str
    points: tuple[Point, ...] = ()


def shown(value: float) -> str:
    """Return a number as sentences show it."""
    return f"{value:.6g}"


def average_range(bars: Bars) -> float:
    """Return the last ATR(14); raise NotCheckable where there is none."""
    if len(bars) <= _ATR:
        raise NotCheckable(f"{_ATR + 1} closed bars are needed to say how near is near, and there are {len(bars)}.")
    last = float(atr(bars.high, bars.low, bars.close, _ATR)[-1])
    if not (math.isfinite(last) and last >= 0):
        raise NotCheckable("The bars have no true range, so nothing says how near is near.")
    return last


def tolerance(bars: Bars) -> float:
    """Return how far apart two prices may lie and still be one."""
    return TOLERANCE_ATRS * average_range(bars) + _NOISE * abs(float(bars.close[-1]))


def counted(value: int, name: str) -> int:
    """Return a number of bars a claim names; raise NotCheckable outside 1 to 5000."""
    if not 1 <= value <= MOST_BARS:
        raise NotCheckable(f"The {name} must lie between 1 and {MOST_BARS} bars, not {value}.")
    return int(value)


def known(value: float, name: str) -> float:
    """Return a number a claim names; raise NotCheckable for NaN and infinity."""
    if not abs(value) <= _LARGEST:  # NaN and whole numbers beyond any float as well
        raise NotCheckable(f"The {name} is no number of use.")
    return float(value)


def values_of(line: Line, bars: Bars) -> FloatArray:
    """Return a line over the bars; raise NotCheckable for one that there is not or cannot be."""
    if line.name in _COLUMNS:
        column: FloatArray = getattr(bars, line.name)
        return column
    if len(line.name) > _LONGEST_NAME:
        raise NotCheckable(f"There is no indicator {line.name[:_LONGEST_NAME]}….")
    try:
        columns = find(line.name).compute(bars, dict(line.settings))
    except NotEnoughBars as few:
        raise NotCheckable(f"{called(line)} needs {few.needed} closed bars, and there are {few.found}.") from None
    except UserError as error:
        raise NotCheckable(str(error)) from None
    except OverflowError:
        raise NotCheckable(f"A setting of {line.name} is a whole number beyond all measure.") from None
    output = line.output or next(iter(columns))
    if output not in columns:
        raise NotCheckable(f"{called(line)} has no output {output[:_LONGEST_NAME]}; it has {', '.join(columns)}.")
    return columns[output]


def value_at(line: Line, values: FloatArray, index: int) -> float:
    """Return a line's value at one bar; raise NotCheckable where it has none."""
    value = float(values[index])
    if not math.isfinite(value):
        raise NotCheckable(f"{called(line)} has no value there.")
    return value


def called(line: Line) -> str:
    """Return what a line is called in a sentence, such as `RSI 7` or `MACD signal`."""
    if line.name in _COLUMNS:
        return line.name
    words = [
        line.name.upper()[:_LONGEST_NAME],
        *(f"{value:g}" for _, value in line.settings),
        line.output[:_LONGEST_NAME],
    ]
    return " ".join(word for word in words if word)


def is_price(line: Line) -> bool:
    """Say whether a line lies on the scale of prices."""
    if line.name in _COLUMNS:
        return line.name != "volume"
    return find(line.name).pane is Pane.PRICE and line.output != "direction" and not line.name.startswith("cdl")


def point(swing: Swing, sign: float = 1.0) -> Point:
    """Return a swing as a place on the chart; `sign` −1 turns a mirrored price back."""
    return Point(swing.time, sign * swing.price)
