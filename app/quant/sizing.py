"""How many to trade: what the risk allows, held down by the caps, and the name of the one that bound."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal


@dataclass(frozen=True, slots=True)
class SizeTerms:
    """What a size is computed from: prices in the instrument's currency, money in the base currency.

    `unit` is what one piece is worth per point of price in the base currency (multiplier ÷ magnifier × fx).
    """

    equity: Decimal
    risk_percent: Decimal
    limit: Decimal
    stop: Decimal
    unit: Decimal
    lot: Decimal
    position_percent: Decimal
    held_value: Decimal
    buying_power: Decimal | None
    max_quantity: Decimal


@dataclass(frozen=True, slots=True)
class Size:
    """A quantity in whole lots, the cap that set it, and what each cap would have allowed."""

    quantity: Decimal
    bound_by: str
    allowed: dict[str, Decimal]
    risk_money: Decimal


def size(terms: SizeTerms) -> Size:
    """Return the largest quantity that every cap allows; 0 when less than one lot.

    Source: floor(equity × risk % ÷ (|E − S| × multiplier × fx)), capped by position, buying power and quantity.
    """
    per_piece = abs(terms.limit - terms.stop) * terms.unit
    value = terms.limit * terms.unit
    allowed = {"risk": terms.equity * terms.risk_percent / 100 / per_piece if per_piece else Decimal(0)}
    room = terms.equity * terms.position_percent / 100 - terms.held_value
    allowed["position"] = max(Decimal(0), room) / value
    if terms.buying_power is not None:
        allowed["buying_power"] = max(Decimal(0), terms.buying_power) / value
    allowed["max_quantity"] = terms.max_quantity
    whole = {name: (most / terms.lot).to_integral_value(ROUND_FLOOR) * terms.lot for name, most in allowed.items()}
    bound_by = min(allowed, key=lambda name: allowed[name])
    quantity = whole[bound_by]
    return Size(quantity, bound_by, whole, quantity * per_piece)
