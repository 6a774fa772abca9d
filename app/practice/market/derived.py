"""An instrument whose prices are made of another one's: an index, a future, an option.

Each price is a function of the source's price that only rises or only falls within a minute, so the bars of its trades
are the function of the source's bars.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from math import exp, inf, log
from typing import Literal, Protocol

import numpy as np

from app.practice.contracts import Contract
from app.practice.hours import Hours, MarketMode
from app.practice.market.draws import FloatArray
from app.practice.market.grid import Grid
from app.practice.market.minutes import MINUTE, Minutes
from app.practice.market.path import IntArray
from app.practice.market.pricing import YEAR_SECONDS, Terms, prices_of
from app.practice.market.tape import Tape
from app.practice.market.ticks import NO_TRADES, TickColumns

# What is traded at each of the source's trades: as much, one contract, nothing.
Sizes = Literal["same", "one", "none"]

PRICES = ("open", "high", "low", "close")

# A quarter's future or an option is listed so many days before it ends.
LISTED_DAYS = 540


class Formula(Protocol):
    """How a price follows from the source's price, in whole sessions' minutes or in one minute's trades."""

    sizes: Sizes
    is_falling: bool

    def prices(self, source: Tape, day: date, minute: FloatArray | float, price: FloatArray) -> FloatArray:
        """Return the prices of a session of the source at minutes that begin at these epoch seconds."""
        ...


class SameFormula:
    """An index: the source's own price; nothing is traded, so there are no sizes."""

    sizes: Sizes = "none"
    is_falling = False

    def prices(self, source: Tape, day: date, minute: FloatArray | float, price: FloatArray) -> FloatArray:
        """Return the prices as they are."""
        return price


class CarryFormula:
    """A future: the source's price grown by a yearly rate until the last session; the rate moves once a day."""

    sizes: Sizes = "same"
    is_falling = False

    def __init__(self, carry: float, last_session: date) -> None:
        self._carry, self._last = carry, last_session

    def prices(self, source: Tape, day: date, minute: FloatArray | float, price: FloatArray) -> FloatArray:
        """Return the futures prices."""
        return price * exp(self._carry * (self._last - day).days / 365.0)


class OptionFormula:
    """An option by Black and Scholes, from the time left at the beginning of each minute."""

    sizes: Sizes = "one"

    def __init__(self, terms: Terms, ends_at: float) -> None:
        self.terms = terms
        self.ends_at = ends_at
        self.is_falling = not terms.is_call
        self._volatilities: dict[date, float] = {}

    def prices(self, source: Tape, day: date, minute: FloatArray | float, price: FloatArray) -> FloatArray:
        """Return the options' prices."""
        left: FloatArray | float = np.maximum(self.ends_at - np.asarray(minute), MINUTE) / YEAR_SECONDS
        return prices_of(self.terms, price, left, self.volatility(source, day))

    def volatility(self, source: Tape, day: date) -> float:
        """Return the yearly volatility that options of this strike trade at in a session.

        The underlying's own, with a smile that depends on the strike and the underlying's last close: lower strikes
        are dearer.
        """
        found = self._volatilities.get(day)
        if found is None:
            now = source.window(day)[0]
            distance = log(self.terms.strike * source.units_per_price / source.close_before(day, now))
            smile = min(2.0, max(0.6, 1.0 - 0.3 * distance + 0.5 * distance * distance))
            found = self._volatilities[day] = source.volatility * np.sqrt(252.0) * smile
        return float(found)

    def forget(self) -> None:
        """Find volatilities anew: the underlying was moved."""
        self._volatilities.clear()


class DerivedTape(Tape):
    """A tape made of another tape; what happens to the source happens here."""

    def __init__(
        self,
        contract: Contract,
        hours: Hours,
        grid: Grid,
        source: Tape,
        formula: Formula,
        *,
        mode_of: Callable[[date], MarketMode],
        ends_at: float = inf,
    ) -> None:
        super().__init__(contract, hours, grid, mode_of=mode_of, ends_at=ends_at)
        self.source = source
        self.formula = formula
        self._first = _first_session(hours, source, ends_at)

    @property
    def first_session(self) -> date:
        """The first session with a bar."""
        return self._first

    @property
    def volatility(self) -> float:
        """A usual day's relative standard deviation of the source."""
        return self.source.volatility

    def forget(self, since: float) -> None:
        """Make everything from the session of that moment on anew when it is asked for."""
        super().forget(since)
        if isinstance(self.formula, OptionFormula):
            self.formula.forget()

    def _undisturbed(self, day: date) -> tuple[Minutes, Callable[[int], TickColumns]]:
        start, end = (int(at) for at in self.window(day))
        columns = self._source_minutes(start, min(end, self.ends_at))
        names = ("open", "low", "high", "close") if self.formula.is_falling else PRICES
        begins = (start + MINUTE * np.arange(len(columns["open"]))).astype(np.float64)
        columns |= dict(zip(PRICES, _units_of(self, day, begins, columns, names), strict=True))
        columns["volume"] = self._sized(columns["volume"], columns["ticks"])
        base = Minutes(start=start, **columns)
        return base, lambda index: self._ticks(day, start + MINUTE * index)

    def _source_minutes(self, start: int, end: float) -> dict[str, IntArray]:
        """Return the source's minutes of a stretch as columns; where it does not trade they are empty."""
        count = max(0, int(end - start) // MINUTE)
        names = ("open", "high", "low", "close", "volume", "ticks")
        columns = {name: np.zeros(count, dtype=np.int64) for name in names}
        day = self.source.hours.session_of(start)
        while count and self.source.window(day)[0] < end:
            minutes = self.source.session(day).minutes
            at = (minutes.start - start) // MINUTE
            first, last = max(0, at), min(count, at + len(minutes))
            for name in names:
                columns[name][first:last] = getattr(minutes, name)[first - at : last - at]
            day = self.source.hours.next_session(day)
        return columns

    def _ticks(self, day: date, minute: int) -> TickColumns:
        columns = self.source.columns(minute)
        if columns is None or not len(columns.at):
            return NO_TRADES
        price = _own_units(self, day, float(minute), columns.price)
        size = self._sized(columns.size, np.ones_like(columns.size))
        return replace(columns, price=price, size=size, given=None)

    def _sized(self, theirs: IntArray, single: IntArray) -> IntArray:
        match self.formula.sizes:
            case "same":
                return theirs
            case "one":
                return single.copy()
            case "none":
                return np.zeros_like(theirs)


def _first_session(hours: Hours, source: Tape, ends_at: float) -> date:
    first = hours.next_session(source.first_session)
    if ends_at == inf:
        return first
    return max(first, hours.session_of(ends_at - LISTED_DAYS * 86_400.0))


def _units_of(
    tape: DerivedTape, day: date, begins: FloatArray, columns: dict[str, IntArray], names: tuple[str, ...]
) -> list[IntArray]:
    has_traded = columns["ticks"] > 0
    found = []
    for name in names:
        units = np.zeros(len(begins), dtype=np.int64)
        units[has_traded] = _own_units(tape, day, begins[has_traded], columns[name][has_traded])
        found.append(units)
    return found


def _own_units(tape: DerivedTape, day: date, minute: FloatArray | float, source_units: IntArray) -> IntArray:
    prices = tape.formula.prices(tape.source, day, minute, source_units / tape.source.units_per_price)
    return np.maximum(np.rint(prices * tape.grid.units_per_price).astype(np.int64), 1)
