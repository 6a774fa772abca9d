"""One account: cash in USD, holdings, Reg-T style margin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from app.practice.accounts.commissions import fill_commission, order_commission
from app.practice.accounts.holding import ZERO, Holding
from app.practice.contracts import Contract
from app.practice.exchange.order import Execution, Order
from app.practice.wire.codes import REJECTED, Complaint

START_CASH = Decimal(100_000)
INITIAL_RATE = Decimal("0.50")
LONG_MAINTENANCE = Decimal("0.25")
SHORT_MAINTENANCE = Decimal("0.30")
CURRENCY = "USD"

# The price of an instrument now, as a Decimal.
PriceOf = Callable[[int], Decimal]

TOO_LITTLE_EQUITY = (
    "YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION YOUR EQUITY WITH LOAN VALUE"
    " [{:.2f} USD] MUST EXCEED THE INITIAL MARGIN [{:.2f} USD]"
)


@dataclass(frozen=True, slots=True)
class Margin:
    """What the broker requires and what there is, in USD."""

    initial: Decimal
    maintenance: Decimal
    equity: Decimal


@dataclass(frozen=True, slots=True)
class Preview:
    """Margin before and after an order, and its commission."""

    before: Margin
    after: Margin
    commission: Decimal


class Account:
    """Cash and holdings of one account; prices come from the market when they are needed."""

    def __init__(self, name: str, price_of: PriceOf, *, cash: Decimal = START_CASH) -> None:
        self.name = name
        self.cash = cash
        self.opening_value = cash
        self.holdings: dict[int, Holding] = {}
        self.revision = 0
        self._price_of = price_of

    def book(self, execution: Execution) -> Execution:
        """Book a fill; return it with its commission and the profit it took."""
        commission = fill_commission(execution.shares, execution.price, execution.cumulative, execution.average_price)
        realized = self._apply(execution.contract, execution.signed_shares, execution.price, commission)
        return replace(execution, commission=commission, realized=realized)

    def correct(self, old: Execution, new: Execution | None) -> None:
        """Take back a fill and, unless it is bust, book it as corrected."""
        self._apply(old.contract, -old.signed_shares, old.price, -old.commission)
        if new is not None:
            self._apply(new.contract, new.signed_shares, new.price, new.commission)

    def _apply(self, contract: Contract, signed: Decimal, price: Decimal, commission: Decimal) -> Decimal | None:
        holding = self.holdings.setdefault(contract.con_id, Holding(contract))
        self.cash -= signed * price + commission
        self.revision += 1
        return holding.take(signed, price, commission)

    def reset(self) -> None:
        """Begin again with the start cash and nothing held."""
        self.cash = self.opening_value = START_CASH
        self.holdings.clear()
        self.revision += 1

    def start_day(self, close_of: PriceOf) -> None:
        """Begin a new day: profit of the day counts from the closes of the session that ended."""
        self.opening_value = self.cash + sum((h.quantity * close_of(c) for c, h in self.holdings.items()), ZERO)
        for con_id, holding in list(self.holdings.items()):
            if holding.quantity:
                holding.start_day(close_of(con_id))
            else:
                del self.holdings[con_id]
        self.revision += 1

    # -- values

    def price(self, con_id: int) -> Decimal:
        """Return the market's price of an instrument."""
        return self._price_of(con_id)

    def held(self) -> list[Holding]:
        """Return the holdings that are not flat."""
        return [holding for holding in self.holdings.values() if holding.quantity]

    def market_value(self) -> Decimal:
        """Return the signed value of everything held."""
        return sum((h.quantity * self.price(h.contract.con_id) for h in self.held()), ZERO)

    def gross_value(self) -> Decimal:
        """Return the value of everything held, shorts counted as positive."""
        return sum((abs(h.quantity) * self.price(h.contract.con_id) for h in self.held()), ZERO)

    def net_liquidation(self) -> Decimal:
        """Return cash and holdings at market prices."""
        return self.cash + self.market_value()

    def unrealized(self) -> Decimal:
        """Return the profit still open."""
        return sum((h.unrealized(self.price(h.contract.con_id)) for h in self.held()), ZERO)

    def realized(self) -> Decimal:
        """Return the profit taken since the last session close."""
        return sum((h.realized for h in self.holdings.values()), ZERO)

    def daily(self) -> Decimal:
        """Return the profit since the last session close."""
        return self.net_liquidation() - self.opening_value

    # -- margin

    def margin(self, extra: tuple[int, Decimal, Decimal] | None = None, cost: Decimal = ZERO) -> Margin:
        """Return the margin now, or as it would be with (con_id, signed quantity, price) added at a cost."""
        quantities = {h.contract.con_id: h.quantity for h in self.held()}
        prices = {con_id: self.price(con_id) for con_id in quantities}
        equity = self.net_liquidation() - cost
        if extra is not None:
            con_id, signed, price = extra
            quantities[con_id] = quantities.get(con_id, ZERO) + signed
            prices.setdefault(con_id, price)
        values = [quantity * prices[con_id] for con_id, quantity in quantities.items()]
        initial = sum((abs(value) * INITIAL_RATE for value in values), ZERO)
        maintenance = sum(
            (abs(value) * (LONG_MAINTENANCE if value > 0 else SHORT_MAINTENANCE) for value in values), ZERO
        )
        return Margin(initial, maintenance, equity)

    def preview(self, order: Order, price: Decimal) -> Preview:
        """Return what an order would do to the margin if it were filled at this price."""
        signed = order.terms.quantity if order.is_buy else -order.terms.quantity
        commission = order_commission(order.terms.quantity, order.terms.quantity * price)
        after = self.margin((order.contract.con_id, signed, price), commission)
        return Preview(self.margin(), after, commission)

    def refusal(self, order: Order, price: Decimal) -> Complaint | None:
        """Return the broker's refusal when the order needs more margin than there is; reducing always passes."""
        held = self.holdings.get(order.contract.con_id)
        quantity = held.quantity if held else ZERO
        signed = order.terms.quantity if order.is_buy else -order.terms.quantity
        if abs(quantity + signed) <= abs(quantity):
            return None
        after = self.preview(order, price).after
        if after.equity >= after.initial:
            return None
        return REJECTED.about(TOO_LITTLE_EQUITY.format(after.equity, after.initial))
