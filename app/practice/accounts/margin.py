"""What a broker wants in the account for a position: Reg-T for stocks, the usual rules for options and futures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from app.practice.contracts import Contract

ZERO = Decimal(0)
INITIAL_RATE = Decimal("0.50")
LONG_MAINTENANCE = Decimal("0.25")
SHORT_MAINTENANCE = Decimal("0.30")
# A short share needs at least so much: 5 from a price of 5 on, below it 2.50 or its whole value.
CHEAP = Decimal(5)
LEAST_PER_SHARE, LEAST_PER_CHEAP_SHARE = Decimal(5), Decimal("2.50")
FUTURE_INITIAL, FUTURE_MAINTENANCE = Decimal("0.06"), Decimal("0.054")
SHORT_OPTION_RATE, SHORT_OPTION_LEAST = Decimal("0.20"), Decimal("0.10")

# The price of an instrument now, as a Decimal.
PriceOf = Callable[[int], Decimal]


@dataclass(frozen=True, slots=True)
class Need:
    """Initial and maintenance margin of one position, in its currency."""

    initial: Decimal
    maintenance: Decimal


def need_of(contract: Contract, quantity: Decimal, price: Decimal, price_of: PriceOf) -> Need:
    """Return the margin of a position."""
    value = abs(quantity) * price * contract.value_factor
    match contract.sec_type:
        case "CASH":
            return Need(ZERO, ZERO)
        case "FUT":
            return Need(value * FUTURE_INITIAL, value * FUTURE_MAINTENANCE)
        case "OPT":
            if quantity < 0:
                value = _short_option(contract, -quantity, price, price_of(contract.under_con_id))
            # A long option has no loan value: it wants what it is worth.
            return Need(value, value)
        case _:
            return _stock(quantity, price * contract.value_factor, value)


def _stock(quantity: Decimal, unit: Decimal, value: Decimal) -> Need:
    if quantity >= 0:
        return Need(value * INITIAL_RATE, value * LONG_MAINTENANCE)
    if unit >= CHEAP:
        maintenance = max(value * SHORT_MAINTENANCE, -quantity * LEAST_PER_SHARE)
    else:
        maintenance = max(value, -quantity * LEAST_PER_CHEAP_SHARE)
    return Need(max(value * INITIAL_RATE, maintenance), maintenance)


def _short_option(contract: Contract, contracts: Decimal, price: Decimal, under: Decimal) -> Decimal:
    strike = Decimal(str(contract.strike))
    is_call = contract.right.startswith("C")
    out_of_money = max(ZERO, strike - under if is_call else under - strike)
    least = SHORT_OPTION_LEAST * (under if is_call else strike)
    per_unit = price + max(SHORT_OPTION_RATE * under - out_of_money, least)
    return contracts * per_unit * contract.value_factor
