"""What the exchange needs of its surroundings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Protocol

from app.practice.exchange.order import Execution, Order
from app.practice.wire.codes import Complaint


class Price(Protocol):
    """A quote or a tick: what can be bought and sold at."""

    @property
    def bid(self) -> float: ...
    @property
    def ask(self) -> float: ...


class Venue(Protocol):
    """The market that orders are matched against."""

    def quote(self, con_id: int, now: float) -> Any: ...
    def watch(self, con_id: int) -> None: ...
    def unwatch(self, con_id: int) -> None: ...
    def ladder(self, con_id: int, is_buy: bool, price: Any, at: float) -> Sequence[tuple[float, int]]: ...
    def record_trade(self, con_id: int, price: float, size: int, at: float) -> None: ...


class Announcer(Protocol):
    """Who hears what happens to orders."""

    def accepted(self, order: Order) -> None: ...
    def changed(self, order: Order) -> None: ...
    def trailed(self, order: Order) -> None: ...
    def filled(self, order: Order, execution: Execution) -> None: ...
    def cancelled(self, order: Order, reason: str) -> None: ...
    def refused(self, client_id: int, order_id: int, complaint: Complaint) -> None: ...


class Ledger(Protocol):
    """The account that executions are booked to."""

    def book(self, execution: Execution) -> Execution: ...
    def refusal(self, order: Order, price: Decimal) -> Complaint | None: ...


class Keeper(Protocol):
    """Where orders and executions are kept."""

    def keep_order(self, order: Order) -> None: ...
    def keep_execution(self, execution: Execution) -> None: ...
    def next_perm_id(self) -> int: ...
    def next_exec_id(self) -> str: ...


# The sizes that a fault splits a fill into, None when no fault does.
SplitFill = Callable[[Order, Decimal], list[Decimal] | None]
# When the shares of a short sale are there: the moment given, a later one, or never (infinite).
Locate = Callable[[Order, float], float]


def whole(_: Order, __: Decimal) -> list[Decimal] | None:
    """Split nothing."""
    return None


def always_there(_: Order, at: float) -> float:
    """Find every share at once."""
    return at
