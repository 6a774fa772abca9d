"""An independent reading of the position rule: every lot by itself, in fractions, closed pro rata."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

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
        """Book a whole execution."""
        self.book(fill.exec_id, Fraction(fill.signed), Fraction(fill.price), Fraction(fill.commission or 0))

    def book(self, exec_id: str, quantity: Fraction, price: Fraction, paid: Fraction) -> None:
        """Close a share of every opposite lot, then open what is left."""
        self.cash -= quantity * price * self.worth
        self.commission += paid
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
        self.since_flat = [exec_id] if is_opening else [*self.since_flat, exec_id]


def lots_of(fills: Iterable[Fill], worth: Fraction = Fraction(1)) -> Lots:
    """Return what executions, taken in the order given, add up to."""
    lots = Lots(worth)
    for fill in fills:
        lots.trade(fill)
    return lots


@dataclass
class Desks:
    """Lots of an account and of each owner in it; what is sold under no name comes off the owners', the hand's first.

    The key "" is the hand's. `unit` is what a share of the time is; a split changes it for what comes after.
    """

    worth: Fraction = Fraction(1)
    whole: Lots = field(default_factory=Lots)
    of: dict[str, Lots] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.whole.worth = self.worth

    def trade(self, fill: Fill) -> None:
        """Book an execution for the account and for whoever it falls on."""
        left = Fraction(fill.quantity)
        if fill.strategy is None:
            for owner, part in self._losses(fill):
                left -= part
                self._book(owner, fill, part)
            if left or not fill.quantity:
                self._book("", fill, left)
        else:
            self._book(fill.strategy, fill, left)
        self.whole.trade(fill)

    def split(self, ratio: Fraction) -> None:
        """Divide everything that is held."""
        for lots in (self.whole, *self.of.values()):
            lots.split(ratio)

    def _losses(self, fill: Fill) -> list[tuple[str, Fraction]]:
        sign = fill.side.sign
        room = -sign * self.whole.quantity
        losers = sorted(name for name, lots in self.of.items() if name and lots.quantity * sign < 0)
        hand = self.whole.quantity - sum((lots.quantity for name, lots in self.of.items() if name), Fraction(0))
        to_share = min(Fraction(fill.quantity), room) - max(Fraction(0), -sign * hand)
        sizes = [abs(self.of[name].quantity) for name in losers]
        to_share = min(to_share, sum(sizes, Fraction(0)))
        if room <= 0 or to_share <= 0:
            return []
        shares = [Fraction(floor(to_share * size / sum(sizes))) for size in sizes]
        for place, size in enumerate(sizes):
            shares[place] += min(size - shares[place], to_share - sum(shares))
        return [(name, share) for name, share in zip(losers, shares, strict=True) if share]

    def _book(self, owner: str, fill: Fill, quantity: Fraction) -> None:
        """Trade a part of an execution in exact fractions, with its part of the cost."""
        lots = self.of.setdefault(owner, Lots(self.worth))
        whole = Fraction(fill.quantity)
        paid = Fraction(fill.commission or 0) * (quantity / whole if whole else 1)
        lots.book(fill.exec_id, quantity * fill.side.sign, Fraction(fill.price), paid)
