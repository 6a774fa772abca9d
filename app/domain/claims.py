"""What a reading asserts about a chart, typed so that it can be recomputed, and what came of that.

`within` and `bars` count the latest closed bars. Bars are named by their start in UTC epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.bars import Timeframe
from app.domain.instruments import ConId


class Truth(StrEnum):
    """What recomputing a claim from the bars came to."""

    TRUE = "true"
    FALSE = "false"
    NOT_CHECKABLE = "not_checkable"


class Side(StrEnum):
    """What a price holds back: a fall or a rise."""

    SUPPORT = "support"
    RESISTANCE = "resistance"


class Way(StrEnum):
    """Up is bullish, down is bearish."""

    UP = "up"
    DOWN = "down"


class Comparison(StrEnum):
    """How a number stands to another, or to itself some bars earlier (`rising`, `falling`)."""

    ABOVE = "above"
    BELOW = "below"
    AT = "at"
    RISING = "rising"
    FALLING = "falling"


class Shape(StrEnum):
    """The shapes that swings make, in pairs of mirror images; the symmetrical triangle is its own."""

    DOUBLE_TOP = "double_top"
    DOUBLE_BOTTOM = "double_bottom"
    HEAD_AND_SHOULDERS = "head_and_shoulders"
    INVERSE_HEAD_AND_SHOULDERS = "inverse_head_and_shoulders"
    ASCENDING_TRIANGLE = "ascending_triangle"
    DESCENDING_TRIANGLE = "descending_triangle"
    SYMMETRICAL_TRIANGLE = "symmetrical_triangle"
    BULL_FLAG = "bull_flag"
    BEAR_FLAG = "bear_flag"


_CANDLES = """
    2crows 3blackcrows 3inside 3linestrike 3outside 3starsinsouth 3whitesoldiers abandonedbaby advanceblock belthold
    breakaway closingmarubozu concealbabyswall counterattack darkcloudcover doji dojistar dragonflydoji engulfing
    eveningdojistar eveningstar gapsidesidewhite gravestonedoji hammer hangingman harami haramicross highwave hikkake
    hikkakemod homingpigeon identical3crows inneck invertedhammer kicking kickingbylength ladderbottom longleggeddoji
    longline marubozu matchinglow mathold morningdojistar morningstar onneck piercing rickshawman risefall3methods
    separatinglines shootingstar shortline spinningtop stalledpattern sticksandwich takuri tasukigap thrusting tristar
    unique3river upsidegap2crows xsidegap3methods
"""
CANDLES: tuple[str, ...] = tuple(_CANDLES.split())
"""Candlestick patterns by TA-Lib's names without their CDL."""


@dataclass(frozen=True, slots=True)
class Line:
    """A column of the bars (open, high, low, close, volume) or an indicator's output.

    `settings` are those that differ from the defaults; without an `output` the first one is meant.
    """

    name: str
    settings: tuple[tuple[str, float], ...] = ()
    output: str = ""


@dataclass(frozen=True, slots=True)
class LevelClaim:
    """A price has turned the market at least `touches` times."""

    side: Side
    price: float
    touches: int = 2


@dataclass(frozen=True, slots=True)
class ValueClaim:
    """A line's last value stands so to a number or another line; `rising` and `falling` look `bars` back."""

    line: Line
    comparison: Comparison
    than: Line | float | None = None
    bars: int = 5


@dataclass(frozen=True, slots=True)
class CrossClaim:
    """A line came to lie above (`up`) or below another, or a number."""

    first: Line
    second: Line | float
    way: Way
    within: int = 10


@dataclass(frozen=True, slots=True)
class TrendLineClaim:
    """A line through the lows (support) or highs (resistance) of two bars has held since the first of them."""

    side: Side
    first: int
    second: int


@dataclass(frozen=True, slots=True)
class StructureClaim:
    """The last two swings of each kind make higher highs and higher lows (`up`), or lower ones."""

    way: Way
    within: int = 120


@dataclass(frozen=True, slots=True)
class ShapeClaim:
    """Swings make this shape."""

    shape: Shape
    within: int = 120


@dataclass(frozen=True, slots=True)
class CandleClaim:
    """A candlestick pattern of `CANDLES` has appeared, of that way where one is named."""

    candle: str
    way: Way | None = None
    within: int = 3


@dataclass(frozen=True, slots=True)
class DivergenceClaim:
    """Price made a lower low and the line a higher one (`up`), or a higher high and a lower one (`down`)."""

    way: Way
    line: Line
    within: int = 60


@dataclass(frozen=True, slots=True)
class VolumeClaim:
    """The last bar's volume is above or below `factor` means of `bars`; or the mean rises or falls."""

    comparison: Comparison
    factor: float = 1.0
    bars: int = 20


Assertion = (
    LevelClaim
    | ValueClaim
    | CrossClaim
    | TrendLineClaim
    | StructureClaim
    | ShapeClaim
    | CandleClaim
    | DivergenceClaim
    | VolumeClaim
)


@dataclass(frozen=True, slots=True)
class Claim:
    """One assertion of a reading in its own words; a reading with a false key claim supports no trade."""

    assertion: Assertion
    is_key: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the chart."""

    time: int
    price: float


@dataclass(frozen=True, slots=True)
class Finding:
    """A claim recomputed: its truth, the number found (None where there is none), a sentence, and what to draw.

    `points` are joined in their order for a trend line and a shape; of a level they are its touches.
    """

    claim: Claim
    truth: Truth
    number: float | None
    sentence: str
    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """The findings of one reading's claims over the closed bars of its timeframe."""

    reading: str
    con_id: ConId
    timeframe: Timeframe
    at: datetime
    findings: tuple[Finding, ...]


def withdraws_support(findings: tuple[Finding, ...]) -> bool:
    """Say whether a key claim is false, so that the reading can support no trade."""
    return any(finding.claim.is_key and finding.truth is Truth.FALSE for finding in findings)
