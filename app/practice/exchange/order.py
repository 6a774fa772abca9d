"""Orders and executions as the exchange keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from app.practice.contracts import Contract
from app.practice.wire.terms import OrderTerms

ZERO = Decimal(0)


class Status(StrEnum):
    """IB's words for where an order is."""

    PRE_SUBMITTED = "PreSubmitted"
    SUBMITTED = "Submitted"
    PENDING_CANCEL = "PendingCancel"
    FILLED = "Filled"
    CANCELLED = "Cancelled"
    INACTIVE = "Inactive"


FINISHED = frozenset({Status.FILLED, Status.CANCELLED, Status.INACTIVE})


@dataclass(slots=True, eq=False)
class Order:
    """One transmitted order; `revision` grows with every change, so that queue entries of old terms can be told."""

    perm_id: int
    order_id: int
    client_id: int
    contract: Contract
    terms: OrderTerms
    placed_at: float
    status: Status = Status.PRE_SUBMITTED
    filled: Decimal = ZERO
    spent: Decimal = ZERO
    last_price: Decimal = ZERO
    why_held: str = ""
    is_triggered: bool = False
    stop_level: float | None = None
    expires_at: float | None = None
    wakes_at: float | None = None
    parent: Order | None = None
    children: list[Order] = field(default_factory=list)
    completed_at: float | None = None
    completed_status: str = ""
    revision: int = 0
    is_unfillable: bool = False
    is_released: bool = False
    is_located: bool = False

    @property
    def is_buy(self) -> bool:
        """Whether the order adds to the position."""
        return self.terms.action == "BUY"

    @property
    def remaining(self) -> Decimal:
        """The quantity still to be filled."""
        return max(ZERO, self.terms.quantity - self.filled)

    @property
    def average_price(self) -> Decimal:
        """The average price of what is filled, 0 before the first fill."""
        return self.spent / self.filled if self.filled else ZERO

    @property
    def is_finished(self) -> bool:
        """Whether nothing more can happen to it."""
        return self.status in FINISHED

    @property
    def is_waiting_for_parent(self) -> bool:
        """Whether it may only work once its parent is filled."""
        return self.parent is not None and self.parent.status is not Status.FILLED and not self._parent_gave_up()

    def _parent_gave_up(self) -> bool:
        # A parent cancelled after a partial fill leaves children that protect what was filled.
        return self.parent is not None and self.parent.is_finished and self.parent.filled > 0


@dataclass(frozen=True, slots=True)
class Execution:
    """One fill; a correction has the same id with a higher last part. The fee's currency is usually the contract's."""

    exec_id: str
    perm_id: int
    order_id: int
    client_id: int
    account: str
    contract: Contract
    is_buy: bool
    shares: Decimal
    price: Decimal
    at: float
    cumulative: Decimal
    average_price: Decimal
    order_ref: str
    commission: Decimal = ZERO
    realized: Decimal | None = None
    adds_liquidity: bool = False
    fee_currency: str = ""

    @property
    def charged_in(self) -> str:
        """The currency of its commission."""
        return self.fee_currency or self.contract.currency

    @property
    def signed_shares(self) -> Decimal:
        """Shares, negative for a sale."""
        return self.shares if self.is_buy else -self.shares


def fill_order(
    order: Order, exec_id: str, shares: Decimal, price: float, at: float, *, adds_liquidity: bool
) -> Execution:
    """Fill a part of an order and return the execution, not yet booked."""
    paid = Decimal(str(price))
    order.filled += shares
    order.spent += shares * paid
    order.last_price = paid
    return Execution(
        exec_id=exec_id,
        perm_id=order.perm_id,
        order_id=order.order_id,
        client_id=order.client_id,
        account=order.terms.account,
        contract=order.contract,
        is_buy=order.is_buy,
        shares=shares,
        price=paid,
        at=at,
        cumulative=order.filled,
        average_price=order.average_price,
        order_ref=order.terms.order_ref,
        adds_liquidity=adds_liquidity,
    )
