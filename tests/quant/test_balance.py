"""Neither side is favoured: over 1,000 seeded series and their mirrors the signals balance, as counted by hand.

The independent count uses the textbook formulas in plain Python (`tests/support/formulas.py`), which know nothing
of the product, of numpy or of TA-Lib.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import numpy as np

from app.domain.bars import Bars, Timeframe
from app.domain.signals import Direction
from app.quant.analysis import analyse
from tests.support import formulas
from tests.support.paths import flipped
from tests.support.walks import walk

SERIES, BARS = 1000, 70
Score = tuple[str, int, float]
"""Direction, how many checks are on its side, confidence."""


def series(seed: int) -> Bars:
    """Return a walk, calm or rough, with or without a drift that turns halfway."""
    bars = walk(seed, BARS, noise=(0.004, 0.015, 0.05)[seed % 3])
    drift = np.exp((0.0, 0.004, -0.004)[seed // 3 % 3] * np.minimum(np.arange(BARS), BARS - np.arange(BARS)))
    columns = (column * drift for column in (bars.open, bars.high, bars.low, bars.close))
    return Bars(bars.time, *columns, bars.volume, closed=BARS)


def by_the_product(bars: Bars) -> Score | None:
    found = analyse("", Timeframe.D1, bars, tick_at=lambda price: Decimal("0.01"))
    if found.direction is Direction.HOLD:
        return None
    assert found.confidence.value is not None
    return found.direction.value, max(found.primary.bullish, found.primary.bearish), found.confidence.value


def by_hand(bars: Bars) -> Score | None:
    high, low, close = bars.high.tolist(), bars.low.tolist(), bars.close.tolist()
    line, signal = formulas.macd(close, 12, 26, 9)
    signs = [
        formulas.supertrend(high, low, close, 10, 3.0)[1][-1] or 0,
        np.sign(close[-1] - formulas.sma(close, 20)[-1]),
        np.sign(line[-1] - signal[-1]),
        np.sign(formulas.rsi(close, 14)[-1] - 50),
    ]
    up, down = signs.count(1), signs.count(-1)
    if max(up, down) < 3:
        return None
    return "BUY" if up > down else "SELL", max(up, down), {3: 0.5, 4: 0.6}[max(up, down)]


def opposite(score: Score | None) -> Score | None:
    return score and ("SELL" if score[0] == "BUY" else "BUY", *score[1:])


def test_buys_equal_sells_and_scores_are_distributed_as_counted_by_hand() -> None:
    found: Counter[Score | None] = Counter()
    counted: Counter[Score | None] = Counter()
    for seed in range(SERIES):
        bars = series(seed)
        mirror = flipped(bars, 4 * float(bars.high.max()))
        scores = [by_the_product(one) for one in (bars, mirror)]
        assert scores[1] == opposite(scores[0]), seed
        found.update(scores)
        counted.update(by_hand(one) for one in (bars, mirror))
    assert found == counted
    assert found["BUY", 3, 0.5] == found["SELL", 3, 0.5] > SERIES // 20
    assert found["BUY", 4, 0.6] == found["SELL", 4, 0.6] > SERIES // 20
    assert found.total() == 2 * SERIES
