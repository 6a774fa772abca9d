"""What an account holds of one instrument, with its cost and its profit of the day."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.practice.contracts import Contract

ZERO = Decimal(0)


@dataclass(slots=True)
class Holding:
    """A signed quantity; `average` is the cost of one unit with its commission, as IB tells it, multiplier included.

    `basis` is the signed cost of what is held without commissions. Prices given here are those of one unit.
    The day fields count from the last session close: quantity and price then, cash that flowed and profit taken since.
    """

    contract: Contract
    quantity: Decimal = ZERO
    average: Decimal = ZERO
    basis: Decimal = ZERO
    realized: Decimal = ZERO
    day_quantity: Decimal = ZERO
    day_price: Decimal = ZERO
    day_flow: Decimal = ZERO

    def take(self, signed: Decimal, price: Decimal, commission: Decimal) -> Decimal | None:
        """Book a trade; return the profit taken after commissions, or None for a trade that only opens."""
        self.day_flow -= signed * price + commission
        closing = min(abs(signed), abs(self.quantity)) if signed * self.quantity < 0 else ZERO
        opening = abs(signed) - closing
        share = closing / abs(signed)
        profit = self._close(closing, price, commission * share) if closing else None
        if opening:
            self._open(opening if signed > 0 else -opening, price, commission * (1 - share))
        return profit

    def _close(self, shares: Decimal, price: Decimal, commission: Decimal) -> Decimal:
        sign = 1 if self.quantity > 0 else -1
        self.basis -= self.basis * shares / abs(self.quantity)
        profit = (price - self.average) * shares * sign - commission
        self.quantity -= shares * sign
        self.realized += profit
        if not self.quantity:
            self.average = ZERO
        return profit

    def _open(self, signed: Decimal, price: Decimal, commission: Decimal) -> None:
        self.basis += signed * price
        cost = self.quantity * self.average + signed * price + commission
        self.quantity += signed
        self.average = cost / self.quantity

    def unrealized(self, price: Decimal) -> Decimal:
        """Return what closing at this price would bring, commission aside."""
        return (price - self.average) * self.quantity

    def daily(self, price: Decimal) -> Decimal:
        """Return the profit since the last session close."""
        return self.quantity * price + self.day_flow - self.day_quantity * self.day_price

    def start_day(self, close: Decimal) -> None:
        """Begin a new day at the close of the last session."""
        self.day_quantity, self.day_price = self.quantity, close
        self.day_flow, self.realized = ZERO, ZERO
