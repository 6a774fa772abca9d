"""IB's published schedules, fixed and tiered: per share, contract or value, each order with a least and a most.

Exchange, clearing and regulatory fees, which IB passes on beside a tiered commission, are not charged.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.practice.contracts import Contract

ZERO = Decimal(0)


class Schedule(StrEnum):
    """Which of IB's two schedules an account has."""

    FIXED = "fixed"
    TIERED = "tiered"


@dataclass(frozen=True, slots=True)
class Tariff:
    """What an order costs: per unit by the month's volume (`steps` of (up to, price)) or a part of its value.

    `most_of_value` is the most as a part of the value; it wins over `least`.
    """

    least: Decimal
    steps: tuple[tuple[Decimal, Decimal], ...] = ()
    of_value: Decimal = ZERO
    most_of_value: Decimal | None = None
    most: Decimal | None = None

    def cost(self, units: Decimal, value: Decimal, month: Decimal) -> Decimal:
        """Return what an order of so many units and so much value costs after `month` units in this month."""
        cost = max(self._stepped(units, month) + value * self.of_value, self.least)
        if self.most_of_value is not None:
            cost = min(cost, value * self.most_of_value)
        return cost if self.most is None else min(cost, self.most)

    def _stepped(self, units: Decimal, month: Decimal) -> Decimal:
        cost, done, end = ZERO, month, month + units
        for limit, price in self.steps:
            if done < limit:
                share = min(end, limit) - done
                cost += share * price
                done += share
            if done >= end:
                break
        return cost


_ALL = Decimal(10**18)
_D = Decimal
_PER_SHARE = Tariff(_D("1.00"), ((_ALL, _D("0.005")),), most_of_value=_D("0.01"))
_SHARE_STEPS = (
    (_D(300_000), _D("0.0035")),
    (_D(3_000_000), _D("0.0020")),
    (_D(20_000_000), _D("0.0015")),
    (_D(100_000_000), _D("0.0010")),
    (_ALL, _D("0.0005")),
)
_TARIFFS: dict[tuple[Schedule, str, str], Tariff] = {
    (Schedule.FIXED, "STK", "USD"): _PER_SHARE,
    (Schedule.FIXED, "STK", "EUR"): Tariff(_D("3.00"), of_value=_D("0.0005")),
    (Schedule.FIXED, "STK", "GBP"): Tariff(_D("3.00"), of_value=_D("0.0005")),
    (Schedule.FIXED, "STK", "JPY"): Tariff(_D("80"), of_value=_D("0.0008")),
    (Schedule.TIERED, "STK", "USD"): Tariff(_D("0.35"), _SHARE_STEPS, most_of_value=_D("0.01")),
    (Schedule.TIERED, "STK", "EUR"): Tariff(_D("1.25"), of_value=_D("0.0005"), most=_D("29.00")),
    (Schedule.TIERED, "STK", "GBP"): Tariff(_D("1.00"), of_value=_D("0.0005"), most=_D("29.00")),
    (Schedule.TIERED, "STK", "JPY"): Tariff(_D("80"), of_value=_D("0.0005")),
}
_OTHERS = {
    "OPT": Tariff(_D("1.00"), ((_ALL, _D("0.65")),)),
    "FUT": Tariff(ZERO, ((_ALL, _D("0.85")),)),
    "CASH": Tariff(_D("2.00"), of_value=_D("0.00002")),
}
# IB: options of a small premium cost less on the tiered schedule.
_CHEAP_OPTIONS = ((_D("0.05"), _D("0.25")), (_D("0.10"), _D("0.50")))


def tariff_of(contract: Contract, schedule: Schedule, price: Decimal) -> Tariff:
    """Return the tariff for an instrument."""
    if contract.sec_type == "OPT" and schedule is Schedule.TIERED:
        for below, per_contract in _CHEAP_OPTIONS:
            if price < below:
                return Tariff(_D("1.00"), ((_ALL, per_contract),))
    found = _TARIFFS.get((schedule, contract.sec_type, contract.currency))
    return found or _OTHERS.get(contract.sec_type, _PER_SHARE)


def order_commission(
    contract: Contract, units: Decimal, price: Decimal, factor: Decimal, schedule: Schedule, month: Decimal = ZERO
) -> Decimal:
    """Return the commission of a whole order at an average price, in the contract's currency."""
    if units <= 0:
        return ZERO
    return tariff_of(contract, schedule, price).cost(units, units * price * factor, month)


def fill_commission(
    contract: Contract,
    shares: Decimal,
    price: Decimal,
    cumulative: Decimal,
    average_price: Decimal,
    factor: Decimal,
    schedule: Schedule,
    month: Decimal = ZERO,
) -> Decimal:
    """Return what one fill adds to its order's commission; `cumulative` and `average_price` include the fill."""
    before = cumulative - shares
    paid_before = (cumulative * average_price - shares * price) / before if before else ZERO
    whole = order_commission(contract, cumulative, average_price, factor, schedule, month)
    earlier = order_commission(contract, before, paid_before, factor, schedule, month)
    return (whole - earlier).quantize(Decimal("0.000001"))
