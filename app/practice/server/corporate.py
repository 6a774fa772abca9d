"""What happens to holdings and orders without a trade: splits, dividends, the end of futures and options."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING

from app.practice.accounts.account import Account
from app.practice.accounts.holding import Holding
from app.practice.contracts import Contract
from app.practice.exchange.order import Execution
from app.practice.market.actions import ActionKind, CorporateAction

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway

SETTLED_BY_BROKER = 0
WHY_CANCELLED = "Corporate action"
WHY_ENDED = "Contract expired"


class Corporate:
    """Looks ahead for the next event of what is held or ordered, and lets it happen in time order."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._until = gateway.clock.now()
        self._state: tuple[int, ...] = ()
        self._next = math.inf

    def begin_at(self, at: float) -> None:
        """Take up where an earlier run ended."""
        self._until, self._state = at, ()

    def next_event(self) -> float:
        """Return when the next event is, infinite when none is known; looked for again when the books changed."""
        trading = self._gateway.trading
        state = (trading.exchange.changes, *(account.revision for account in trading.accounts.values()))
        if state != self._state:
            self._state = state
            self._next = min((self._next_of(con_id) for con_id in self._concerned()), default=math.inf)
        return self._next

    def _concerned(self) -> list[int]:
        trading = self._gateway.trading
        held = {h.contract.con_id for account in trading.accounts.values() for h in account.held()}
        return sorted({*held, *trading.exchange.instruments()})

    def _next_of(self, con_id: int) -> float:
        market = self._gateway.market
        coming = market.tape(con_id).timeline.actions.next_after(self._until)
        ends_at = market.expiry_of(con_id)
        return min(
            math.inf if coming is None else coming.at,
            math.inf if ends_at is None else ends_at,
        )

    def pass_time(self, at: float) -> None:
        """Let happen what is due by a moment."""
        market, concerned = self._gateway.market, self._concerned()
        for action in market.actions(self._until, at):
            if action.con_id in concerned:
                self._act(action)
        self._until, self._state = at, ()
        for con_id in concerned:
            ends_at = market.expiry_of(con_id)
            if ends_at is not None and ends_at <= at:
                self._settle(con_id, ends_at)

    def _act(self, action: CorporateAction) -> None:
        if action.kind is ActionKind.SPLIT:
            self._cancel_orders(action.con_id, action.at, WHY_CANCELLED)
        for account in self._gateway.trading.accounts.values():
            holding = account.holdings.get(action.con_id)
            if holding is not None and holding.quantity and action.kind is ActionKind.SPLIT:
                split_holding(account, holding, Decimal(str(action.ratio)))
            elif holding is not None and holding.quantity:
                paid = holding.quantity * Decimal(str(action.amount)) * holding.contract.value_factor
                account.change_cash(holding.contract.currency, paid.quantize(Decimal("0.000001")))

    def _cancel_orders(self, con_id: int, at: float, reason: str) -> None:
        exchange = self._gateway.trading.exchange
        for order in exchange.working():
            if order.contract.con_id == con_id:
                exchange.cancel(order, at, reason)

    def _settle(self, con_id: int, at: float) -> None:
        """End a contract: its orders are cancelled, its holdings closed at the settlement price, for cash."""
        self._cancel_orders(con_id, at, WHY_ENDED)
        price = Decimal(str(self._gateway.market.settlement(con_id)))
        trading = self._gateway.trading
        for account in trading.accounts.values():
            holding = account.holdings.get(con_id)
            if holding is not None and holding.quantity:
                trading.keep_execution(account.settle(self._closing(account, holding.contract, holding, price, at)))

    def _closing(self, account: Account, contract: Contract, holding: Holding, price: Decimal, at: float) -> Execution:
        trading, shares = self._gateway.trading, abs(holding.quantity)
        return Execution(
            exec_id=trading.next_exec_id(),
            perm_id=trading.next_perm_id(),
            order_id=SETTLED_BY_BROKER,
            client_id=0,
            account=account.name,
            contract=contract,
            is_buy=holding.quantity < 0,
            shares=shares,
            price=price,
            at=at,
            cumulative=shares,
            average_price=price,
            order_ref="",
        )


def split_holding(account: Account, holding: Holding, ratio: Decimal) -> None:
    """Make one share `ratio` shares; a fraction of a share that is left over is paid out at its cost."""
    whole = (holding.quantity * ratio).to_integral_value(ROUND_DOWN)
    unit_cost = holding.average / ratio
    fraction = holding.quantity * ratio - whole
    if fraction:
        account.change_cash(holding.contract.currency, fraction * unit_cost)
    divided = replace(
        holding,
        quantity=whole,
        average=unit_cost if whole else Decimal(0),
        basis=holding.basis * whole / (holding.quantity * ratio),
        day_quantity=holding.day_quantity * ratio,
        day_price=holding.day_price / ratio,
        day_flow=holding.day_flow + fraction * unit_cost,
    )
    account.holdings[holding.contract.con_id] = divided
    account.revision += 1
