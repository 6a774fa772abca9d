"""Mirrored prices give the mirrored indicator: none leans to a rise or to a fall."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from app.domain.bars import Bars, FloatArray
from app.quant.indicators.catalogue import FIRST_CLASS, find
from tests.support.walks import walk

Arrays = dict[str, FloatArray]
Expected = Callable[[Arrays, Bars, float], Arrays]


def _same(found: Arrays, _: Bars, __: float) -> Arrays:
    return found


def _flipped(found: Arrays, _: Bars, pivot: float) -> Arrays:
    return {name: pivot - array for name, array in found.items()}


def _negated(found: Arrays, _: Bars, __: float) -> Arrays:
    return {name: -array for name, array in found.items()}


def _of_a_hundred(found: Arrays, _: Bars, __: float) -> Arrays:
    return {name: 100 - array for name, array in found.items()}


def _bands(found: Arrays, _: Bars, pivot: float) -> Arrays:
    return {
        "upper": pivot - found["lower"],
        "middle": pivot - found["middle"],
        "lower": pivot - found["upper"],
    }


EXPECTED: dict[str, Expected] = {
    "sma": _flipped,
    "ema": _flipped,
    "wma": _flipped,
    "vwap": _flipped,
    "bollinger": _bands,
    "supertrend": lambda found, _, pivot: {
        "supertrend": pivot - found["supertrend"],
        "direction": -found["direction"],
    },
    "macd": _negated,
    "rsi": _of_a_hundred,
    "stochastic": _of_a_hundred,
    "atr": _same,
    "volume": _same,
    "adx": lambda found, *_: {"adx": found["adx"], "plus_di": found["minus_di"], "minus_di": found["plus_di"]},
    "obv": lambda found, bars, _: {"obv": 2 * bars.volume[0] - found["obv"]},
}


def mirror(bars: Bars, pivot: float) -> Bars:
    """Return the bars with every price p as pivot − p; highs become lows."""
    return Bars(
        bars.time, pivot - bars.open, pivot - bars.low, pivot - bars.high, pivot - bars.close, bars.volume, bars.closed
    )


def test_every_first_class_indicator_has_its_mirror() -> None:
    assert set(EXPECTED) == {indicator.name for indicator in FIRST_CLASS}


@pytest.mark.parametrize("name", sorted(EXPECTED))
@pytest.mark.parametrize("seconds", [86400, 3600])
def test_mirrored_prices_give_the_mirrored_indicator(name: str, seconds: int) -> None:
    indicator = find(name)
    for seed in range(12):
        bars = walk(seed, 120 + 17 * seed, seconds=seconds)
        pivot = 4.0 * float(bars.high.max())
        expected = EXPECTED[name](indicator.compute(bars), bars, pivot)
        found = indicator.compute(mirror(bars, pivot))
        assert set(found) == set(expected)
        for output, values in expected.items():
            np.testing.assert_allclose(
                found[output], values, rtol=1e-8, atol=1e-7 * pivot, err_msg=f"{name}.{output}, seed {seed}"
            )
