"""What the intake of orders works with: drafts, times, and the parts behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.practice.contracts import Contract, ContractBook
from app.practice.exchange.checks import Surroundings, complaint_about
from app.practice.exchange.conditions import ReadMoment
from app.practice.exchange.exchange import Exchange
from app.practice.exchange.ports import Announcer, Keeper, Ledger
from app.practice.wire.codes import BAD_ACCOUNT, Complaint
from app.practice.wire.terms import OrderTerms


@dataclass(frozen=True, slots=True)
class Draft:
    """An order that was sent and not yet transmitted."""

    client_id: int
    order_id: int
    contract: Contract
    terms: OrderTerms
    is_tif_given: bool


@dataclass(frozen=True, slots=True)
class Times:
    """When an order begins to work and when it ends; None for at once and for never."""

    wakes_at: float | None
    expires_at: float | None


@dataclass(frozen=True, slots=True)
class Desk:
    """What the intake works with."""

    book: ContractBook
    exchange: Exchange
    ledger: Ledger
    announcer: Announcer
    keeper: Keeper
    accounts: tuple[str, ...]
    price_of: Callable[[int, float], float]
    times_of: Callable[[Contract, OrderTerms, float], Times]
    read_moment: ReadMoment

    def complaint(self, terms: OrderTerms, contract: Contract, at: float) -> Complaint | None:
        """Return why these terms cannot be an order, or None."""
        if not terms.account:
            return BAD_ACCOUNT
        rule = self.book.market_rule(contract.market_rule_id)
        exists = lambda con_id: self.book.get(con_id) is not None  # noqa: E731
        return complaint_about(terms, contract, Surroundings(rule, self.accounts, at, self.read_moment, exists))
