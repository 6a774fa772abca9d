"""Random walks as columnar bars, for tests of what works on arrays."""

from __future__ import annotations

import numpy as np

from app.domain.bars import Bars


def walk(seed: int, count: int, *, seconds: int = 86400, noise: float = 0.02, price: float = 100.0) -> Bars:
    """Return `count` closed bars of a seeded random walk, `seconds` apart."""
    dice = np.random.default_rng(seed)
    close = price * np.exp(np.cumsum(dice.normal(0, noise, count)))
    open_ = close * np.exp(dice.normal(0, noise / 3, count))
    high = np.maximum(open_, close) * np.exp(np.abs(dice.normal(0, noise / 2, count)))
    low = np.minimum(open_, close) * np.exp(-np.abs(dice.normal(0, noise / 2, count)))
    volume = dice.integers(1, 10_000, count).astype(np.float64)
    return Bars(np.arange(count, dtype=np.int64) * seconds, open_, high, low, close, volume, closed=count)
