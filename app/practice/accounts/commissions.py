"""IB's published fixed schedule for US stocks: 0.005 USD a share; an order costs at least 1 USD and at most 1 %."""

from __future__ import annotations

from decimal import Decimal

PER_SHARE = Decimal("0.005")
LEAST = Decimal("1.00")
MOST_OF_VALUE = Decimal("0.01")


def order_commission(shares: Decimal, value: Decimal) -> Decimal:
    """Return the commission of a whole order in the contract's currency; the maximum wins over the minimum."""
    if shares <= 0:
        return Decimal(0)
    return min(max(shares * PER_SHARE, LEAST), value * MOST_OF_VALUE)


def fill_commission(shares: Decimal, price: Decimal, cumulative: Decimal, average_price: Decimal) -> Decimal:
    """Return what one fill adds to its order's commission; `cumulative` and `average_price` include the fill."""
    value = cumulative * average_price
    before = order_commission(cumulative - shares, value - shares * price)
    return (order_commission(cumulative, value) - before).quantize(Decimal("0.000001"))
