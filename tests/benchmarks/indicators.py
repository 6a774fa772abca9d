"""The indicator set of the sample strategy against bare TA-Lib calls, in one run.

`python -m tests.benchmarks.indicators --bars 10000` prints one JSON object a line.
"""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from statistics import median

import talib

from app.domain.bars import Bars, Timeframe
from app.domain.strategies import ThreeOfFour
from app.quant.confirmation import confirm, read_last_bar
from app.quant.indicators.averages import sma
from app.quant.indicators.catalogue import FIRST_CLASS
from app.quant.indicators.momentum import macd, rsi
from app.quant.indicators.trend import supertrend
from app.quant.indicators.volatility import atr
from tests.support.walks import walk


def bare(bars: Bars) -> None:
    """The five calls of TA-Lib, nothing else."""
    high, low, close = bars.high, bars.low, bars.close
    talib.SMA(close, 20)
    talib.SUPERTREND(high, low, close, 10, 3.0)
    talib.MACD(close, 12, 26, 9)
    talib.RSI(close, 14)
    talib.ATR(high, low, close, 14)


def ours(bars: Bars) -> None:
    """The same five as the product computes them, with what is unavailable masked."""
    high, low, close = bars.high, bars.low, bars.close
    sma(close, 20)
    supertrend(high, low, close, 10, 3.0)
    macd(close, 12, 26, 9)
    rsi(close, 14)
    atr(high, low, close, 14)


def judged(bars: Bars) -> None:
    """Indicators and the four checks of the last bar."""
    confirm(Timeframe.D1, read_last_bar(bars, ThreeOfFour()))


def every(bars: Bars) -> None:
    """All first-class indicators through the catalogue."""
    for indicator in FIRST_CLASS:
        indicator.compute(bars)


def measure(work: Callable[[Bars], None], bars: Bars, rounds: int) -> list[float]:
    """Return the milliseconds of each round."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        work(bars)
        taken.append((time.perf_counter() - start) * 1000)
    return taken


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--bars", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=300)
    arguments = parser.parse_args()
    bars = walk(1, arguments.bars)
    for work in (bare, ours, judged, every):
        measure(work, bars, 20)
    taken: dict[str, list[float]] = {work.__name__: [] for work in (bare, ours, judged, every)}
    for _ in range(arguments.rounds):  # in turns, so that a busy machine slows all of them alike
        for work in (bare, ours, judged, every):
            taken[work.__name__] += measure(work, bars, 1)
    figures = {name: median(values) for name, values in taken.items()}
    line = {
        "bench": "indicators",
        "bars": arguments.bars,
        "rounds": arguments.rounds,
        "talib_ms": round(figures["bare"], 4),
        "set_ms": round(figures["ours"], 4),
        "ratio": round(figures["ours"] / figures["bare"], 3),
        "checks_ms": round(figures["judged"], 4),
        "checks_ratio": round(figures["judged"] / figures["bare"], 3),
        "first_class_ms": round(figures["every"], 4),
    }
    sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
