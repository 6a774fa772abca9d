"""Who follows which account, and what they are told when it changes or time passes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.practice.accounts.account import Account
from app.practice.accounts.holding import Holding
from app.practice.accounts.values import account_values, tagged
from app.practice.contracts import Contract
from app.practice.server.announce import line_of
from app.practice.server.times import EXCHANGE_ZONE
from app.practice.wire import balance_replies

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway
    from app.practice.server.session import Session

# Real seconds between two looks at what moves with the market.
PNL_EVERY = 1.0
VALUES_EVERY = 180.0


@dataclass(slots=True, eq=False)
class Follower:
    """One subscription to an account; `told` is what the client knows, by key."""

    session: Session
    req_id: int
    kind: str
    account: Account
    tags: tuple[str, ...] = ()
    con_id: int = 0
    told: dict[Any, Any] = field(default_factory=dict)


class PortfolioFeed:
    """All subscriptions to accounts, holdings and profit."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._followers: dict[tuple[Session, str, int, str], Follower] = {}
        self._revisions: dict[str, int] = {}
        self._next_pnl = 0.0
        self._next_values = 0.0

    def follow(self, follower: Follower) -> None:
        """Start a subscription and tell its first picture (without an end marker)."""
        key = (follower.session, follower.kind, follower.req_id, follower.account.name)
        self._followers[key] = follower
        self._revisions.setdefault(follower.account.name, follower.account.revision)
        self.tell(follower)

    def unfollow(self, session: Session, kind: str, req_id: int) -> bool:
        """End a subscription; return whether there was one."""
        ended = [key for key in self._followers if key[:3] == (session, kind, req_id)]
        for key in ended:
            del self._followers[key]
        return bool(ended)

    def count(self, kind: str, session: Session) -> int:
        """Return how many subscriptions of a kind a session has."""
        return len({key[2] for key in self._followers if key[0] is session and key[1] == kind})

    def follows_other(self, session: Session, account: Account) -> bool:
        """Return whether the session gets updates of another account."""
        return any(k[0] is session and k[1] == "updates" and k[3] != account.name for k in self._followers)

    def is_followed_elsewhere(self, session: Session, account: Account) -> bool:
        """Return whether another session gets updates of another account."""
        return any(k[0] is not session and k[1] == "updates" and k[3] != account.name for k in self._followers)

    def drop(self, session: Session) -> None:
        """End every subscription of a session."""
        self._followers = {key: f for key, f in self._followers.items() if key[0] is not session}

    def beat(self) -> None:
        """Tell what changed by trading at once, profit every second, values every three minutes."""
        now = time.monotonic()
        traded = [a for a in self._gateway.trading.accounts.values() if self._revisions.get(a.name) != a.revision]
        is_pnl_due, are_values_due = now >= self._next_pnl, now >= self._next_values
        if not (traded or is_pnl_due):
            return
        for follower in self._followers.values():
            is_pnl = follower.kind.startswith("pnl")
            if follower.account in traded or (is_pnl_due if is_pnl else are_values_due):
                self.tell(follower)
        self._revisions |= {account.name: account.revision for account in traded}
        if is_pnl_due:
            self._next_pnl = now + PNL_EVERY
        if are_values_due:
            self._next_values = now + VALUES_EVERY

    def tell(self, follower: Follower) -> None:
        """Tell a follower what it does not know yet."""
        _TELLERS[follower.kind](self, follower)

    def _news(self, follower: Follower, key: Any, value: Any) -> bool:
        if follower.told.get(key) == value:
            return False
        follower.told[key] = value
        return True

    def tell_updates(self, follower: Follower) -> None:
        """Account values, holdings and the time, as reqAccountUpdates wants them."""
        account, send = follower.account, follower.session.send
        for value in account_values(account):
            if self._news(follower, (value.key, value.currency), value.value):
                send(
                    balance_replies.AccountValue(
                        key=value.key, value=value.value, currency=value.currency, account=account.name
                    )
                )
        for holding in list(account.holdings.values()):
            message = self._portfolio_value(account, holding)
            if self._news(follower, holding.contract.con_id, message):
                send(message)
        send(balance_replies.AccountTime(time=self._worded_time()))

    def tell_summary(self, follower: Follower) -> None:
        """The tags of a summary."""
        for value in tagged(follower.account, follower.tags):
            if self._news(follower, (value.key, value.currency), value.value):
                follower.session.send(
                    balance_replies.AccountSummaryLine(
                        req_id=follower.req_id,
                        account=follower.account.name,
                        tag=value.key,
                        value=value.value,
                        currency=value.currency,
                    )
                )

    def tell_multi(self, follower: Follower) -> None:
        """Account values with a request id."""
        for value in account_values(follower.account):
            if self._news(follower, (value.key, value.currency), value.value):
                follower.session.send(
                    balance_replies.AccountUpdateMulti(
                        req_id=follower.req_id,
                        account=follower.account.name,
                        model="",
                        key=value.key,
                        value=value.value,
                        currency=value.currency,
                    )
                )

    def tell_positions(self, follower: Follower) -> None:
        """Positions; one that became flat is told once as 0."""
        for holding in list(follower.account.holdings.values()):
            known = follower.told.get(holding.contract.con_id)
            if (known is None and not holding.quantity) or known == (holding.quantity, holding.average):
                continue
            follower.told[holding.contract.con_id] = (holding.quantity, holding.average)
            follower.session.send(self._position(follower, holding))
        for con_id in [c for c in follower.told if c not in follower.account.holdings]:
            if follower.told.pop(con_id)[0]:
                contract = self._gateway.book.get(con_id)
                if contract is not None:
                    follower.session.send(self._position(follower, Holding(contract)))

    def _position(
        self, follower: Follower, holding: Holding
    ) -> balance_replies.Position | balance_replies.PositionMulti:
        contract, average = line_of(holding.contract, exchange=""), float(round(holding.average, 8))
        account = follower.account.name
        if follower.kind == "positions":
            return balance_replies.Position(
                account=account, contract=contract, position=holding.quantity, average_cost=average
            )
        return balance_replies.PositionMulti(
            req_id=follower.req_id,
            account=account,
            contract=contract,
            position=holding.quantity,
            average_cost=average,
        )

    def tell_pnl(self, follower: Follower) -> None:
        """The account's profit."""
        account = follower.account
        message = balance_replies.Pnl(
            req_id=follower.req_id,
            daily=float(round(account.daily(), 4)),
            unrealized=float(round(account.unrealized(), 4)),
            realized=float(round(account.realized(), 4)),
        )
        if self._news(follower, "pnl", message):
            follower.session.send(message)

    def tell_pnl_single(self, follower: Follower) -> None:
        """The profit of one holding."""
        holding = follower.account.holdings.get(follower.con_id)
        contract = self._gateway.book.get(follower.con_id)
        if holding is None:
            if contract is None:
                return
            holding = Holding(contract)
        price = follower.account.unit(holding)
        message = balance_replies.PnlSingle(
            req_id=follower.req_id,
            position=holding.quantity,
            daily=float(round(holding.daily(price), 4)),
            unrealized=float(round(holding.unrealized(price), 4)),
            realized=float(round(holding.realized, 4)),
            value=float(round(holding.quantity * price, 4)),
        )
        if self._news(follower, "pnl", message):
            follower.session.send(message)

    def _portfolio_value(self, account: Account, holding: Holding) -> balance_replies.PortfolioValue:
        contract: Contract = holding.contract
        price, unit = account.price(contract.con_id), account.unit(holding)
        return balance_replies.PortfolioValue(
            con_id=contract.con_id,
            symbol=contract.symbol,
            sec_type=contract.sec_type,
            expiry=contract.expiry,
            strike=contract.strike,
            right=contract.right or "0",
            multiplier=contract.multiplier,
            primary_exchange=contract.primary_exchange,
            currency=contract.currency,
            local_symbol=contract.local_symbol or contract.symbol,
            trading_class=contract.trading_class,
            position=holding.quantity,
            price=float(price),
            value=float(round(holding.quantity * unit, 4)),
            average_cost=float(round(holding.average, 8)),
            unrealized=float(round(holding.unrealized(unit), 4)),
            realized=float(round(holding.realized, 4)),
            account=account.name,
        )

    def _worded_time(self) -> str:
        return f"{datetime.fromtimestamp(self._gateway.clock.told(), EXCHANGE_ZONE):%H:%M}"


_TELLERS = {
    "updates": PortfolioFeed.tell_updates,
    "summary": PortfolioFeed.tell_summary,
    "multi": PortfolioFeed.tell_multi,
    "positions": PortfolioFeed.tell_positions,
    "positions_multi": PortfolioFeed.tell_positions,
    "pnl": PortfolioFeed.tell_pnl,
    "pnl_single": PortfolioFeed.tell_pnl_single,
}
