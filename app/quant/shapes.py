"""The shapes that swings make, each found by a plain definition measured in ATRs.

Every definition is written once, for the shape at a top or the one that points up; its mirror image is found in
the mirrored prices. `View.sign` turns prices back, so that what is said and drawn is of the real chart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from app.domain.bars import Bars, FloatArray
from app.domain.claims import Point, Shape
from app.domain.structure import Swing
from app.quant.claim_terms import SWING_REACH, Result, average_range, point, shown
from app.quant.swings import find_swings

_SAME, _CLEAR = 0.5, 1.0  # ATRs: two prices are level within the first, one is clearly above another by the second
_APART = 5  # bars between two tops
_SWINGS = 12  # the latest swings of a kind that are looked at
_LINE = 4  # the latest swings a side of a triangle goes through
_POLE_ATRS, _POLE_BARS, _FLAG_BARS, _FLAG_DEPTH = 4.0, 10, (3, 20), 0.5


@dataclass(frozen=True, slots=True)
class View:
    """The latest bars as a definition sees them: mirrored where `sign` is −1; `start` is the first bar in view."""

    bars: Bars
    highs: tuple[Swing, ...]
    lows: tuple[Swing, ...]
    atr: float
    sign: float
    start: int

    def valley(self, first: Swing, last: Swing) -> float:
        """Return the lowest swing low between two swings, infinity when there is none."""
        return min((low.price for low in self.lows if first.index < low.index < last.index), default=np.inf)

    def highest_after(self, swing: Swing) -> float:
        """Return the highest high after a swing, minus infinity when it is the last bar."""
        return float(np.max(self.bars.high[swing.index + 1 :], initial=-np.inf))

    def price(self, value: float) -> str:
        """Return a price as it is on the real chart."""
        return shown(self.sign * value)

    def points(self, swings: Sequence[Swing]) -> tuple[Point, ...]:
        """Return swings as places on the real chart."""
        return tuple(point(swing, self.sign) for swing in swings)


def look(bars: Bars, within: int, sign: float) -> View:
    """Return the view of the last `within` bars, upside down for a `sign` of −1; raise NotCheckable without ATR."""
    if sign < 0:
        bars = Bars(bars.time, -bars.open, -bars.low, -bars.high, -bars.close, bars.volume, closed=bars.closed)
    start = max(0, len(bars) - within)
    swings = [swing for swing in find_swings(bars, SWING_REACH) if swing.index >= start]
    highs = tuple(swing for swing in swings if swing.is_high)[-_SWINGS:]
    lows = tuple(swing for swing in swings if not swing.is_high)[-_SWINGS:]
    return View(bars, highs, lows, average_range(bars), sign, start)


def double_top(view: View) -> Result:
    """Two swing highs, level within half an ATR and 5 bars or more apart, a valley an ATR or more below both, and
    no high clearly above them since; the number is the depth of the valley in ATRs.
    """
    for first, second in reversed(list(combinations(view.highs, 2))):
        valley = view.valley(first, second)
        top, depth = max(first.price, second.price), min(first.price, second.price) - valley
        if (
            second.index - first.index >= _APART
            and abs(first.price - second.price) <= _SAME * view.atr
            and depth >= _CLEAR * view.atr
            and max(view.highest_after(first), view.highest_after(second)) <= top + _SAME * view.atr
        ):
            sentence = f"{view.price(first.price)} and {view.price(second.price)} with {view.price(valley)} between."
            return Result(True, _in_atrs(depth, view), f"There are two: {sentence}", view.points((first, second)))
    return Result(False, None, "No two swings are level, apart, and beyond everything since.")


def head_and_shoulders(view: View) -> Result:
    """Three swing highs, the middle one an ATR or more above the others, these level within an ATR, the valleys
    an ATR or more below both, no other swing between them that stands out above a shoulder, and no high above
    the head since; the number is the head's height over the shoulders in ATRs.
    """
    for left, head, right in reversed(list(combinations(view.highs, 3))):
        shoulder = max(left.price, right.price)
        low = min(left.price, right.price)
        if (
            head.price - shoulder >= _CLEAR * view.atr
            and abs(left.price - right.price) <= _CLEAR * view.atr
            and low - view.valley(left, head) >= _CLEAR * view.atr
            and low - view.valley(head, right) >= _CLEAR * view.atr
            and view.highest_after(head) <= head.price
            and _stand_alone(left, head, right, low + _SAME * view.atr, view)
        ):
            names = (view.price(swing.price) for swing in (left, head, right))
            height = _in_atrs(head.price - (left.price + right.price) / 2, view)
            return Result(True, height, f"They are {', '.join(names)}.", view.points((left, head, right)))
    return Result(False, None, "No three swings are a head between two level shoulders.")


def _stand_alone(left: Swing, head: Swing, right: Swing, most: float, view: View) -> bool:
    others = (swing for swing in view.highs if left.index < swing.index < right.index and swing is not head)
    return all(swing.price <= most for swing in others)


def _in_atrs(distance: float, view: View) -> float | None:
    return distance / view.atr if view.atr > 0 else None


def ascending_triangle(view: View) -> Result:
    """Level swing highs (within half an ATR) over swing lows that rise by an ATR or more, closing in."""
    return _triangle(view, lambda high, low: abs(high) <= _SAME and low >= _CLEAR)


def symmetrical_triangle(view: View) -> Result:
    """Swing highs that fall and swing lows that rise by half an ATR or more each, closing in."""
    return _triangle(view, lambda high, low: high <= -_SAME and low >= _SAME)


def _triangle(view: View, is_meant: Callable[[float, float], bool]) -> Result:
    """Draw a line through the last two to four swings of each kind; the number is how much of the opening is left.

    `is_meant` judges how far the upper and the lower line rise from their first swing to their last, in ATRs.
    The lines close to three quarters or less without meeting, and every close lies between them, give or take
    half an ATR.
    """
    for count in range(_LINE, 1, -1):
        highs, lows = view.highs[-count:], view.lows[-count:]
        if len(highs) < count or len(lows) < count or not view.atr > 0:
            continue
        first = min(highs[0].index, lows[0].index)
        upper, lower = _line_through(highs, first, view), _line_through(lows, first, view)
        opening, left = float(upper[0] - lower[0]), float(upper[-1] - lower[-1])
        rises = [_rise(swings, line, first) / view.atr for swings, line in ((highs, upper), (lows, lower))]
        if is_meant(rises[0], rises[1]) and 0 < left <= 0.75 * opening and _holds(upper, lower, first, view):
            sentence = f"Of the opening between {count} highs and {count} lows {left / opening:.0%} is left."
            swings = sorted((*highs, *lows), key=lambda swing: swing.index)
            return Result(True, left / opening, sentence, view.points(swings))
    return Result(False, None, "The last swing highs and lows make no such lines that close in on the price.")


def _line_through(swings: Sequence[Swing], first: int, view: View) -> FloatArray:
    """Return the least-squares line through the swings on every bar from `first` on."""
    index = np.array([swing.index - first for swing in swings], np.float64)
    slope, start = _fit(index, np.array([swing.price for swing in swings]))
    return start + slope * np.arange(len(view.bars) - first, dtype=np.float64)


def _rise(swings: Sequence[Swing], line: FloatArray, first: int) -> float:
    return float(line[swings[-1].index - first] - line[swings[0].index - first])


def _holds(upper: FloatArray, lower: FloatArray, first: int, view: View) -> bool:
    close, slack = view.bars.close[first:], _SAME * view.atr
    return bool(((close <= upper + slack) & (close >= lower - slack)).all())


def _fit(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    """Return slope and start of the least-squares line."""
    off = x - x.mean()
    slope = float((off * (y - y.mean())).sum() / (off * off).sum())
    return slope, float(y.mean() - slope * x.mean())


def bull_flag(view: View) -> Result:
    """A rise of 4 ATRs or more within 10 bars, then 3 to 20 bars that give back half of it at most and whose
    closes do not rise; the number is the share given back.
    """
    high, low, close = view.bars.high, view.bars.low, view.bars.close
    least, most = _FLAG_BARS
    last = len(high) - 1
    start = max(view.start, last - most)
    if last - least < start or not view.atr > 0:
        return Result(False, None, "There are too few bars for a pole and a flag.")
    top = start + int(np.argmax(high[start:]))
    foot = max(view.start, top - _POLE_BARS)
    foot += int(np.argmin(low[foot : top + 1]))
    rise = float(high[top] - low[foot])
    if last - top < least or rise < _POLE_ATRS * view.atr:
        return Result(False, None, f"No move of {_POLE_ATRS:g} ATRs ends {least} to {most} bars before the last one.")
    given_back = float(high[top] - low[top + 1 :].min()) / rise
    slope, _ = _fit(np.arange(last - top, dtype=np.float64), close[top + 1 :])
    holds = given_back <= _FLAG_DEPTH and slope <= 0
    ends = ((foot, low[foot]), (top, high[top]), (last, close[last]))
    points = tuple(Point(int(view.bars.time[at]), view.sign * float(price)) for at, price in ends)
    sentence = (
        f"From {view.price(float(low[foot]))} to {view.price(float(high[top]))}, of which {given_back:.0%} came back."
    )
    return Result(holds, given_back, sentence, points)


DEFINITIONS: dict[Shape, tuple[Callable[[View], Result], float]] = {
    Shape.DOUBLE_TOP: (double_top, 1.0),
    Shape.DOUBLE_BOTTOM: (double_top, -1.0),
    Shape.HEAD_AND_SHOULDERS: (head_and_shoulders, 1.0),
    Shape.INVERSE_HEAD_AND_SHOULDERS: (head_and_shoulders, -1.0),
    Shape.ASCENDING_TRIANGLE: (ascending_triangle, 1.0),
    Shape.DESCENDING_TRIANGLE: (ascending_triangle, -1.0),
    Shape.SYMMETRICAL_TRIANGLE: (symmetrical_triangle, 1.0),
    Shape.BULL_FLAG: (bull_flag, 1.0),
    Shape.BEAR_FLAG: (bull_flag, -1.0),
}
"""Each shape's definition, and whether it is looked for in the prices (1) or in the mirrored ones (−1)."""
