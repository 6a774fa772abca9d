"""Facts of the lineage as a chart shows them. Frozen values, no Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.domain.orders import Side


@dataclass(frozen=True, slots=True)
class Trade:
    """One way from an entry to an exit; without an exit it is still open. `result` is in money, after costs."""

    key: str
    side: Side
    entry_at: float
    entry_price: float
    exit_at: float | None = None
    exit_price: float | None = None
    result: float | None = None
    currency: str = ""
    r: float | None = None


@dataclass(frozen=True, slots=True)
class RiskBand:
    """From an entry to its stop and its targets, over the time the plan holds; `until` None means on and on."""

    key: str
    since: float
    entry: float
    stop: float
    targets: tuple[float, ...] = ()
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """The position on this instrument: signed quantity at an average; a point is worth `worth` per unit held."""

    key: str
    quantity: float
    average: float
    worth: float = 1.0
    currency: str = ""
    risk: float | None = None
    """The price distance of 1 R."""

    def profit(self, price: float) -> float:
        """Return what closing at a price would bring, in money, before costs."""
        return (price - self.average) * self.quantity * self.worth

    def r(self, price: float) -> float | None:
        """Return the same in R, None without a plan."""
        if not self.risk:
            return None
        return (price - self.average) / self.risk * (1 if self.quantity > 0 else -1)


@dataclass(frozen=True, slots=True)
class WhyRow:
    """One check on one bar: its verdict (bullish, bearish or unavailable) and numbers already in words."""

    name: str
    verdict: str
    value: str
    threshold: str
    distance: str


@dataclass(frozen=True, slots=True)
class Why:
    """Why a bar was a signal, or why not: the four checks and what they came to."""

    time: int
    conclusion: str
    rows: tuple[WhyRow, ...]
    notes: tuple[str, ...] = ()


Reasons = Callable[[int], Why | None]
"""Answers for the index of a bar; None where nothing is known."""
