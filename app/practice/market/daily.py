"""One instrument's daily bars before anything happened to it: history, then sessions drawn from the seed.

Each generated session depends on the seed, the instrument, its date and the session before it, never on when or how
often it was asked for.
"""

from __future__ import annotations

from datetime import date
from math import fsum, sqrt

import numpy as np

from app.practice.contracts import Listing
from app.practice.history import DailyColumns, shipped_history
from app.practice.hours import Hours
from app.practice.market.draws import bell, key_of, uniforms

Bar = tuple[int, int, int, int, int]

_DAILY_DRAWS = 28
_GAP_SHARE, _DAY_SHARE = 0.35, 0.94
# How far a day reaches beyond its open and close, in standard deviations: never less than the first.
_WICK_LEAST, _WICK_SPAN = 0.15, 0.75
_LARGEST_MOVE = 0.25
# Variance of the next day relative to the long run: GARCH(1,1) with a mean of 1.
_BASE, _SHOCK, _MEMORY = 0.05, 0.08, 0.87
_LOWEST_PRICE_UNITS = 20
# Four trades a minute of the longest session, a holiday weekend, and some to spare.
_LEAST_VOLUME = 50_000
_STREAM = 1


class DailySeries:
    """Daily bars by session, growing towards later sessions when they are asked for."""

    def __init__(
        self, listing: Listing, hours: Hours, *, key: int, units_per_price: int, last_history_session: date
    ) -> None:
        self._hours = hours
        self._key = key
        self._bars: list[Bar] = []
        self._volatility, self._volume, self._variance = listing.volatility, listing.volume, 1.0
        self._drift = listing.drift
        if listing.history:
            self._take_shipped(shipped_history(listing.history, units_per_price))
            sessions = len(self._bars)
        else:
            sessions = listing.sessions
        sessions = min(sessions, hours.count_until(last_history_session))
        del self._bars[: len(self._bars) - sessions]
        self.first = hours.offset_session(last_history_session, 1 - sessions)
        self._start_units = round(listing.price * units_per_price)
        self._next = hours.offset_session(self.first, len(self._bars))
        self._index = {session: n for n, session in enumerate(hours.sessions_between(self.first, last_history_session))}

    @property
    def volatility(self) -> float:
        """A usual day's relative standard deviation."""
        return self._volatility

    def bar(self, session: date) -> Bar:
        """Return (open, high, low, close, volume) of a session; raises KeyError before the first one."""
        while session >= self._next:
            self._append(self._next)
        return self._bars[self._index[session]]

    def _take_shipped(self, columns: DailyColumns) -> None:
        prices = (columns.open, columns.high, columns.low, columns.close)
        self._bars = list(zip(*(column.tolist() for column in (*prices, columns.volume)), strict=True))
        closes = columns.close[-251:].astype(np.float64)
        returns = (closes[1:] / closes[:-1] - 1.0).tolist()
        self._volatility = _deviation(returns)
        self._variance = min(2.5, max(0.4, (_deviation(returns[-20:]) / self._volatility) ** 2))
        self._volume = int(np.median(columns.volume[-60:]))

    def _append(self, session: date) -> None:
        before = self._bars[-1][3] if self._bars else self._start_units
        u = uniforms(key_of(self._key, _STREAM, session.toordinal()), _DAILY_DRAWS).tolist()
        shock = bell(u[12:24])
        sigma = self._volatility * sqrt(self._variance)
        opens = before * (1.0 + _bounded(_GAP_SHARE * sigma * bell(u[:12])))
        closes = opens * (1.0 + _bounded(_DAY_SHARE * sigma * shock + self._drift))
        highs = max(opens, closes) * (1.0 + sigma * (_WICK_LEAST + _WICK_SPAN * u[24] * u[24]))
        lows = min(opens, closes) * (1.0 - sigma * (_WICK_LEAST + _WICK_SPAN * u[25] * u[25]))
        volume = int(self._volume * (0.6 + 0.6 * u[26]) * (0.75 + 0.25 * abs(shock)) * sqrt(self._variance))
        self._bars.append((*_whole(opens, highs, lows, closes), max(_LEAST_VOLUME, volume)))
        self._variance = _BASE + (_SHOCK * shock * shock + _MEMORY) * self._variance
        self._index[session] = len(self._bars) - 1
        self._next = self._hours.next_session(session)


def _whole(opens: float, highs: float, lows: float, closes: float) -> tuple[int, int, int, int]:
    first, last = (max(_LOWEST_PRICE_UNITS, round(price)) for price in (opens, closes))
    high = max(first + 1, last + 1, round(highs))
    low = max(1, min(first - 1, last - 1, round(lows)))
    return first, high, low, last


def _bounded(move: float) -> float:
    return min(_LARGEST_MOVE, max(-_LARGEST_MOVE, move))


def _deviation(values: list[float]) -> float:
    mean = fsum(values) / len(values)
    return sqrt(fsum((value - mean) * (value - mean) for value in values) / len(values))
