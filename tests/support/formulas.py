"""Textbook formulas of the indicators in plain Python, for any kind of number (float, Decimal, Fraction).

They are written from the definitions, not from the product, and know nothing of numpy or TA-Lib.
A value that is not there yet is None.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

Values = Sequence[Any]
Series = list[Any]


def sma(values: Values, length: int) -> Series:
    """Mean of the last `length` values."""
    return [None if i + 1 < length else sum(values[i + 1 - length : i + 1]) / length for i in range(len(values))]


def wma(values: Values, length: int) -> Series:
    """Mean weighted 1, 2 … length, the newest heaviest."""
    weight = length * (length + 1) // 2
    return [
        None if i + 1 < length else sum(values[i - k] * (length - k) for k in range(length)) / weight
        for i in range(len(values))
    ]


def ema(values: Values, length: int, start: int | None = None) -> Series:
    """Exponential mean with alpha 2/(length+1); the first value, at `start`, is the simple mean up to there."""
    start = length - 1 if start is None else start
    out: Series = [None] * len(values)
    if len(values) <= start:
        return out
    out[start] = sum(values[start + 1 - length : start + 1]) / length
    for i in range(start + 1, len(values)):
        out[i] = out[i - 1] + (values[i] - out[i - 1]) * 2 / (length + 1)
    return out


def macd(values: Values, fast: int, slow: int, signal: int) -> tuple[Series, Series]:
    """Difference of two exponential means that both start where the slow one can; the signal is its own mean."""
    quick, calm = ema(values, fast, slow - 1), ema(values, slow, slow - 1)
    line = [None if b is None else a - b for a, b in zip(quick, calm, strict=True)]
    smooth = ema(line[slow - 1 :], signal) if len(values) >= slow else []
    trigger = [None] * (len(values) - len(smooth)) + smooth
    return [a if b is not None else None for a, b in zip(line, trigger, strict=True)], trigger


def wilder(values: Values, length: int, first: int) -> Series:
    """Wilder's mean of values[first:]: a simple mean of the first `length`, then (mean·(length−1) + value)/length."""
    out: Series = [None] * len(values)
    seed = first + length - 1
    if len(values) <= seed:
        return out
    out[seed] = sum(values[first : seed + 1]) / length
    for i in range(seed + 1, len(values)):
        out[i] = (out[i - 1] * (length - 1) + values[i]) / length
    return out


def true_range(high: Values, low: Values, close: Values) -> Series:
    """From the second bar on: the largest of high − low and both distances to the previous close."""
    return [None] + [
        max(high[i] - low[i], abs(high[i] - close[i - 1]), abs(low[i] - close[i - 1])) for i in range(1, len(close))
    ]


def atr(high: Values, low: Values, close: Values, length: int) -> Series:
    """Wilder's mean of the true range."""
    return wilder(true_range(high, low, close), length, 1)


def rsi(values: Values, length: int) -> Series:
    """Wilder's 100 · gain / (gain + loss); None while both are 0."""
    moves = [None] + [b - a for a, b in itertools.pairwise(values)]
    gains = wilder([None if m is None else max(m, m * 0) for m in moves], length, 1)
    losses = wilder([None if m is None else max(-m, m * 0) for m in moves], length, 1)
    return [None if g is None or g + loss == 0 else 100 * g / (g + loss) for g, loss in zip(gains, losses, strict=True)]


def supertrend(
    high: Values, low: Values, close: Values, length: int, factor: Any, *, as_talib: bool = False
) -> tuple[Series, Series]:
    """Line and direction (+1, −1), None before the first close beyond the previous final band.

    TA-Lib looks at the final band of the bar itself: the same but on a bar whose range is above 13 ATRs.
    """
    spread = atr(high, low, close, length)
    line: Series = [None] * len(close)
    direction: Series = [None] * len(close)
    upper = lower = way = None
    for i in range(length, len(close)):
        middle = (high[i] + low[i]) / 2
        basic_upper, basic_lower = middle + factor * spread[i], middle - factor * spread[i]
        if upper is None or lower is None:
            upper, lower = basic_upper, basic_lower
            continue
        next_upper = basic_upper if basic_upper < upper or close[i - 1] > upper else upper
        next_lower = basic_lower if basic_lower > lower or close[i - 1] < lower else lower
        above, below = close[i] > (next_upper if as_talib else upper), close[i] < (next_lower if as_talib else lower)
        upper, lower = next_upper, next_lower
        if above != below:
            way = 1 if above else -1
        elif above and way is not None:  # bands that cross: each side flips
            way = -way
        direction[i] = way
        line[i] = None if way is None else (lower if way == 1 else upper)
    return line, direction


def bollinger(values: Values, length: int, factor: float) -> tuple[Series, Series, Series]:
    """Mean and `factor` population sigmas around it."""
    upper: Series = [None] * len(values)
    lower: Series = [None] * len(values)
    middle = sma(values, length)
    for i in range(length - 1, len(values)):
        window = values[i + 1 - length : i + 1]
        sigma = (sum((v - middle[i]) ** 2 for v in window) / length) ** 0.5
        upper[i], lower[i] = middle[i] + factor * sigma, middle[i] - factor * sigma
    return upper, middle, lower


def stochastic(
    high: Values, low: Values, close: Values, length: int, slowing: int, signal: int
) -> tuple[Series, Series]:
    """Place of the close in the range of `length` bars, smoothed twice by simple means; None without a range."""
    fast: Series = [None] * len(close)
    for i in range(length - 1, len(close)):
        top, bottom = max(high[i + 1 - length : i + 1]), min(low[i + 1 - length : i + 1])
        fast[i] = None if top == bottom else 100 * (close[i] - bottom) / (top - bottom)
    slow = _mean_of_known(fast, slowing)
    smooth = _mean_of_known(slow, signal)
    first = length + slowing + signal - 3
    return [None if i < first else v for i, v in enumerate(slow)], smooth


def _mean_of_known(values: Values, length: int) -> Series:
    out: Series = [None] * len(values)
    for i in range(length - 1, len(values)):
        window = values[i + 1 - length : i + 1]
        out[i] = None if None in window else sum(window) / length
    return out


def adx(high: Values, low: Values, close: Values, length: int) -> tuple[Series, Series, Series]:
    """Wilder's ADX, +DI and −DI."""
    up: Series = [None]
    down: Series = [None]
    for i in range(1, len(close)):
        rise, fall = high[i] - high[i - 1], low[i - 1] - low[i]
        up.append(rise if rise > fall and rise > 0 else 0)
        down.append(fall if fall > rise and fall > 0 else 0)
    spread = atr(high, low, close, length)
    plus = _share(wilder(up, length, 1), spread)
    minus = _share(wilder(down, length, 1), spread)
    index = [
        None if p is None else 100 * abs(p - m) / (p + m) if p + m else 0 for p, m in zip(plus, minus, strict=True)
    ]
    return wilder(index, length, length), plus, minus


def _share(moves: Values, spread: Values) -> Series:
    return [None if m is None else 100 * m / s for m, s in zip(moves, spread, strict=True)]


def obv(close: Values, volume: Values) -> Series:
    """The first volume, then each volume added as the close rises and taken as it falls."""
    out = [volume[0]]
    for i in range(1, len(close)):
        sign = (close[i] > close[i - 1]) - (close[i] < close[i - 1])
        out.append(out[-1] + sign * volume[i])
    return out


def vwap(high: Values, low: Values, close: Values, volume: Values, sessions: Values) -> Series:
    """Volume-weighted typical price since the session began; None until something traded."""
    out: Series = []
    money = traded = 0
    for i in range(len(close)):
        if i == 0 or sessions[i] != sessions[i - 1]:
            money = traded = 0
        money += volume[i] * (high[i] + low[i] + close[i]) / 3
        traded += volume[i]
        out.append(money / traded if traded else None)
    return out
