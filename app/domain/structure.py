"""What a chart's shape is made of: swings, support and resistance, crosses, and where price and volume stand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Swing:
    """A high above (or a low below) its neighbours; `known` is the bar whose close made it one.

    `index` and `known` count bars of the series it was found in, `time` is the bar's start.
    """

    index: int
    time: int
    price: float
    is_high: bool
    known: int


@dataclass(frozen=True, slots=True)
class Zone:
    """Swings at about one price: a resistance above the last close or a support below it.

    `price` is the edge met first, coming from the last close, and `far` the other one; both are prices of
    swings. `first` and `last` are the starts of its earliest and latest touch.
    """

    price: float
    far: float
    touches: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Zones:
    """The resistances above and the supports below the last close, the nearest first."""

    resistances: tuple[Zone, ...]
    supports: tuple[Zone, ...]


@dataclass(frozen=True, slots=True)
class Cross:
    """The bar on which one line came to lie above another (`is_up`) or below it."""

    index: int
    time: int
    is_up: bool
    bars_ago: int


class Band(StrEnum):
    """Where a price lies between the Bollinger bands."""

    ABOVE = "above_upper_band"
    UPPER = "upper_half"
    MIDDLE = "on_the_middle"
    LOWER = "lower_half"
    BELOW = "below_lower_band"


@dataclass(frozen=True, slots=True)
class BollingerStanding:
    """A close among its Bollinger bands: 0 at the lower, 1 at the upper; `width` is their distance ÷ the middle."""

    upper: float
    middle: float
    lower: float
    position: float
    width: float | None
    band: Band


@dataclass(frozen=True, slots=True)
class VolumeStanding:
    """A bar's volume and the mean of the latest bars, itself included; `ratio` is their quotient."""

    volume: float
    mean: float
    ratio: float
