"""One account: cash by currency, holdings, margin, and what a broker says to an order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from app.practice.accounts.commissions import Schedule, fill_commission, order_commission
from app.practice.accounts.holding import ZERO, Holding
from app.practice.accounts.margin import Need, PriceOf, need_of
from app.practice.contracts import Contract
from app.practice.exchange.order import Execution, Order
from app.practice.wire.codes import REJECTED, Complaint

START_CASH = Decimal(100_000)
BASE_CURRENCY = "USD"

# What one unit of a currency is worth in the base currency.
RateOf = Callable[[str], Decimal]

TOO_LITTLE_EQUITY = (
    "YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION YOUR EQUITY WITH LOAN VALUE"
    " [{:.2f} USD] MUST EXCEED THE INITIAL MARGIN [{:.2f} USD]"
)


@dataclass(frozen=True, slots=True)
class Margin:
    """What the broker requires and what there is, in the base currency."""

    initial: Decimal
    maintenance: Decimal
    equity: Decimal


@dataclass(frozen=True, slots=True)
class Preview:
    """Margin before and after an order, and its commission in the contract's currency."""

    before: Margin
    after: Margin
    commission: Decimal


def at_par(_: str) -> Decimal:
    """Take every currency for the base currency."""
    return Decimal(1)


class Account:
    """Cash and holdings of one account; prices and rates come from the market when they are needed.

    `balances` count a future as if it were paid for, like a stock; what clients are told as cash does not.
    """

    def __init__(
        self,
        name: str,
        price_of: PriceOf,
        *,
        cash: Decimal = START_CASH,
        rate_of: RateOf = at_par,
        schedule: Schedule = Schedule.FIXED,
    ) -> None:
        self.name = name
        self.balances: dict[str, Decimal] = {BASE_CURRENCY: cash}
        self.opening_value = cash
        self.holdings: dict[int, Holding] = {}
        self.schedule = schedule
        self.revision = 0
        self._start_cash = cash
        self._price_of = price_of
        self._rate_of = rate_of
        self._month = ("", ZERO)

    # -- booking

    def book(self, execution: Execution) -> Execution:
        """Book a fill; return it with its commission and the profit it took."""
        month = self._units_of_month(execution)
        commission = fill_commission(
            execution.contract,
            execution.shares,
            execution.price,
            execution.cumulative,
            execution.average_price,
            execution.contract.value_factor,
            self.schedule,
            max(ZERO, month - (execution.cumulative - execution.shares)),
        )
        self.note_volume(execution)
        realized = self._apply(execution, commission, 1)
        return replace(execution, commission=commission, realized=realized)

    def charge_elsewhere(self, execution: Execution, currency: str) -> Execution:
        """Take a fill's commission from another currency, the same number of it; what the holding cost stays."""
        self.change_cash(execution.contract.currency, execution.commission)
        self.change_cash(currency, -execution.commission)
        return replace(execution, fee_currency=currency)

    def settle(self, execution: Execution) -> Execution:
        """Book the end of a contract at its settlement price; it costs no commission."""
        return replace(execution, realized=self._apply(execution, ZERO, 1))

    def correct(self, old: Execution, new: Execution | None) -> None:
        """Take back a fill and, unless it is bust, book it as corrected."""
        self._apply(old, -old.commission, -1)
        if new is not None:
            self._apply(new, new.commission, 1)

    def note_volume(self, execution: Execution) -> None:
        """Count a fill to the volume of its month, which decides the tiers."""
        self._month = (_month_of(execution), self._units_of_month(execution) + execution.shares)

    def _units_of_month(self, execution: Execution) -> Decimal:
        return self._month[1] if self._month[0] == _month_of(execution) else ZERO

    def _apply(self, execution: Execution, commission: Decimal, sign: int) -> Decimal | None:
        contract, signed = execution.contract, execution.signed_shares * sign
        unit = execution.price * contract.value_factor
        holding = self.holdings.setdefault(contract.con_id, Holding(contract))
        self.change_cash(contract.currency, -(signed * unit + commission))
        if contract.sec_type == "CASH":
            self.change_cash(contract.symbol, signed)
        return holding.take(signed, unit, commission)

    def change_cash(self, currency: str, amount: Decimal) -> None:
        """Add to the cash of a currency."""
        self.balances[currency] = self.balances.get(currency, ZERO) + amount
        self.revision += 1

    def reset(self) -> None:
        """Begin again with the start cash and nothing held."""
        self.balances = {BASE_CURRENCY: self._start_cash}
        self.opening_value = self._start_cash
        self.holdings.clear()
        self.revision += 1

    def start_day(self, close_of: PriceOf) -> None:
        """Begin a new day: profit of the day counts from the closes of the session that ended."""
        self.opening_value = self.base_cash() + sum(
            (self.in_base(h.quantity * close_of(c) * h.contract.value_factor, h.contract) for c, h in self._valued()),
            ZERO,
        )
        for con_id, holding in list(self.holdings.items()):
            if holding.quantity:
                holding.start_day(close_of(con_id) * holding.contract.value_factor)
            else:
                del self.holdings[con_id]
        self.revision += 1

    # -- values, in the base currency unless said otherwise

    def in_base(self, amount: Decimal, contract: Contract) -> Decimal:
        """Return an amount of the contract's currency in the base currency."""
        return amount * self.rate(contract.currency)

    def rate(self, currency: str) -> Decimal:
        """Return what one unit of a currency is worth in the base currency."""
        return Decimal(1) if currency == BASE_CURRENCY else self._rate_of(currency)

    def price(self, con_id: int) -> Decimal:
        """Return the market's price of an instrument."""
        return self._price_of(con_id)

    def unit(self, holding: Holding) -> Decimal:
        """Return what one unit of a holding is worth in its currency."""
        return self.price(holding.contract.con_id) * holding.contract.value_factor

    def held(self) -> list[Holding]:
        """Return the holdings that are not flat."""
        return [holding for holding in self.holdings.values() if holding.quantity]

    def _valued(self) -> list[tuple[int, Holding]]:
        """Return what is worth something beside the cash; currency pairs are cash themselves."""
        return [(h.contract.con_id, h) for h in self.held() if h.contract.sec_type != "CASH"]

    def base_cash(self) -> Decimal:
        """Return all balances in the base currency."""
        return sum((amount * self.rate(currency) for currency, amount in self.balances.items()), ZERO)

    def cash_in(self, currency: str) -> Decimal:
        """Return the cash of a currency as clients are told it, in that currency."""
        futures = (h.basis for h in self.held() if h.contract.sec_type == "FUT" and h.contract.currency == currency)
        return self.balances.get(currency, ZERO) + sum(futures, ZERO)

    @property
    def cash(self) -> Decimal:
        """All cash as clients are told it, in the base currency."""
        return sum((self.cash_in(currency) * self.rate(currency) for currency in self.balances), ZERO)

    def market_value(self, currency: str | None = None) -> Decimal:
        """Return the signed value of what is held, of one currency only in that currency."""
        rows = [h for _, h in self._valued() if currency is None or h.contract.currency == currency]
        worths = (h.quantity * self.unit(h) * (self.rate(h.contract.currency) if currency is None else 1) for h in rows)
        return sum(worths, ZERO)

    def gross_value(self) -> Decimal:
        """Return the value of everything held, shorts counted as positive."""
        return sum((self.in_base(abs(h.quantity) * self.unit(h), h.contract) for _, h in self._valued()), ZERO)

    def net_liquidation(self) -> Decimal:
        """Return cash and holdings at market prices."""
        return self.base_cash() + self.market_value()

    def unrealized(self) -> Decimal:
        """Return the profit still open."""
        return sum((self.in_base(h.unrealized(self.unit(h)), h.contract) for _, h in self._valued()), ZERO)

    def realized(self) -> Decimal:
        """Return the profit taken since the last session close."""
        return sum((self.in_base(h.realized, h.contract) for h in self.holdings.values()), ZERO)

    def daily(self) -> Decimal:
        """Return the profit since the last session close."""
        return self.net_liquidation() - self.opening_value

    # -- margin

    def need(self, contract: Contract, quantity: Decimal) -> Need:
        """Return the margin of a position in its currency, at the market's price."""
        return need_of(contract, quantity, self.price(contract.con_id), self._price_of)

    def margin(self, extra: tuple[Contract, Decimal, Decimal] | None = None, cost: Decimal = ZERO) -> Margin:
        """Return the margin now, or as it would be with (contract, signed quantity, price) added at a cost."""
        quantities = {h.contract.con_id: (h.contract, h.quantity) for h in self.held()}
        equity = self.net_liquidation() - cost
        prices = {con_id: self.price(con_id) for con_id in quantities}
        if extra is not None:
            contract, signed, price = extra
            held = quantities.get(contract.con_id, (contract, ZERO))[1]
            quantities[contract.con_id] = (contract, held + signed)
            prices.setdefault(contract.con_id, price)
        initial = maintenance = ZERO
        for con_id, (contract, quantity) in quantities.items():
            need, rate = need_of(contract, quantity, prices[con_id], self._price_of), self.rate(contract.currency)
            initial += need.initial * rate
            maintenance += need.maintenance * rate
        return Margin(initial, maintenance, equity)

    def preview(self, order: Order, price: Decimal) -> Preview:
        """Return what an order would do to the margin if it were filled at this price."""
        signed = order.terms.quantity if order.is_buy else -order.terms.quantity
        fee = order_commission(
            order.contract, order.terms.quantity, price, order.contract.value_factor, self.schedule, self._month[1]
        )
        after = self.margin((order.contract, signed, price), self.in_base(fee, order.contract))
        return Preview(self.margin(), after, fee)

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


def _month_of(execution: Execution) -> str:
    return f"{datetime.fromtimestamp(execution.at, UTC):%Y%m}"
