"""An independent reading of the position rule: every lot by itself, in fractions, closed pro rata."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from app.domain.ledger import Fill


@dataclass
class Lots:
    """Open lots as (signed quantity, price), what closing them realised, and what was traded for cash."""

    worth: Fraction = Fraction(1)
    open: list[tuple[Fraction, Fraction]] = field(default_factory=list)
    realized: Fraction = Fraction(0)
    commission: Fraction = Fraction(0)
    cash: Fraction = Fraction(0)
    since_flat: list[str] = field(default_factory=list)

    @property
    def quantity(self) -> Fraction:
        """What is held, signed."""
        return sum((quantity for quantity, _ in self.open), Fraction(0))

    @property
    def average(self) -> Fraction:
        """What the open lots cost on average, 0 when flat."""
        return sum((q * price for q, price in self.open), Fraction(0)) / self.quantity if self.open else Fraction(0)

    def split(self, ratio: Fraction) -> None:
        """Make one share `ratio` shares in every open lot."""
        self.open = [(quantity * ratio, paid / ratio) for quantity, paid in self.open]

    def trade(self, fill: Fill) -> None:
        """Close a share of every opposite lot, then open what is left."""
        quantity, price = Fraction(fill.signed), Fraction(fill.price)
        self.cash -= quantity * price * self.worth
        self.commission += Fraction(fill.commission or 0)
        if not quantity:
            return
        held = self.quantity
        is_opening = held == 0
        if held * quantity < 0:
            share = min(Fraction(1), abs(quantity / held))
            self.realized += sum((lot * share * (price - paid) for lot, paid in self.open), Fraction(0)) * self.worth
            self.open = [(lot * (1 - share), paid) for lot, paid in self.open] if share < 1 else []
            quantity = quantity + held if abs(quantity) > abs(held) else Fraction(0)
            is_opening = quantity != 0
        if quantity:
            self.open.append((quantity, price))
        self.since_flat = [fill.exec_id] if is_opening else [*self.since_flat, fill.exec_id]


def lots_of(fills: Iterable[Fill], worth: Fraction = Fraction(1)) -> Lots:
    """Return what executions, taken in the order given, add up to."""
    lots = Lots(worth)
    for fill in fills:
        lots.trade(fill)
    return lots
