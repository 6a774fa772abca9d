"""An option at one moment: what its price is made of."""

from __future__ import annotations

from dataclasses import dataclass

from app.practice.market.derived import DerivedTape, OptionFormula
from app.practice.market.pricing import YEAR_SECONDS, Greeks, Terms, greeks_of, implied_volatility


@dataclass(frozen=True, slots=True)
class OptionState:
    """The terms of an option, the underlying's last price, the years left and the volatility it trades at."""

    terms: Terms
    spot: float
    years: float
    volatility: float

    def greeks(self, volatility: float | None = None, spot: float | None = None) -> Greeks:
        """Return price and greeks, at another volatility or another price of the underlying if they are given."""
        spot = self.spot if spot is None else spot
        return greeks_of(self.terms, spot, self.years, self.volatility if volatility is None else volatility)

    def implied(self, price: float, spot: float | None = None) -> float | None:
        """Return the volatility that gives a price, None when none does."""
        return implied_volatility(self.terms, price, self.spot if spot is None else spot, self.years)


def option_state(tape: DerivedTape, at: float) -> OptionState:
    """Return an option as it is at a moment; raises ValueError for a tape that is no option's."""
    if not isinstance(tape.formula, OptionFormula):
        raise ValueError(f"{tape.contract.symbol} is no option")
    at = tape.alive_at(at)
    return OptionState(
        terms=tape.formula.terms,
        spot=tape.source.last_tick(at).price,
        years=(tape.ends_at - at) / YEAR_SECONDS,
        volatility=tape.formula.volatility(tape.source, tape.source.hours.session_of(at)),
    )
