"""Answers about accounts: updates, summaries, positions, profit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.practice.accounts.account import Account
from app.practice.server.dispatch import answers
from app.practice.server.portfolio import Follower
from app.practice.wire import balance_replies, balance_requests
from app.practice.wire.codes import ACCOUNT_UPDATES_MOVED, ACCOUNT_UPDATES_TAKEN, INVALID

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway
    from app.practice.server.session import Session

NO_REQ = -1


def _account(gateway: Gateway, session: Session, req_id: int, name: str) -> Account | None:
    """Return the account of that name (blank or All: the only one), or complain and return None."""
    accounts = gateway.trading.accounts
    if name in {"", "All"}:
        if len(accounts) == 1 or name:
            return next(iter(accounts.values()))
        session.complain(req_id, INVALID.about("b5", "The account code is required for this operation."))
        return None
    if name not in accounts:
        session.complain(req_id, INVALID.about("b5", f"Invalid account code '{name}'."))
    return accounts.get(name)


@answers(balance_requests.AccountUpdates)
def account_updates(gateway: Gateway, session: Session, request: balance_requests.AccountUpdates) -> None:
    """Start or stop account updates; one account at a time."""
    if not request.subscribe:
        gateway.portfolio.unfollow(session, "updates", NO_REQ)
        return
    account = _account(gateway, session, NO_REQ, request.account)
    if account is None:
        return
    portfolio = gateway.portfolio
    if portfolio.is_followed_elsewhere(session, account):
        session.complain(NO_REQ, ACCOUNT_UPDATES_TAKEN)
        return
    if portfolio.follows_other(session, account):
        portfolio.unfollow(session, "updates", NO_REQ)
        session.complain(NO_REQ, ACCOUNT_UPDATES_MOVED)
    portfolio.follow(Follower(session, NO_REQ, "updates", account))
    session.send(balance_replies.AccountDownloadEnd(account=account.name))


@answers(balance_requests.AccountSummary)
def account_summary(gateway: Gateway, session: Session, request: balance_requests.AccountSummary) -> None:
    """Tell a summary and follow it; at most two at once."""
    refusal = gateway.limits.summary_refusal(gateway.portfolio.count("summary", session))
    if refusal is not None:
        session.complain(request.req_id, refusal)
        return
    tags = tuple(tag.strip() for tag in request.tags.split(",") if tag.strip())
    for account in gateway.trading.accounts.values():
        gateway.portfolio.follow(Follower(session, request.req_id, "summary", account, tags=tags))
    session.send(balance_replies.AccountSummaryEnd(req_id=request.req_id))


@answers(balance_requests.CancelAccountSummary)
def cancel_account_summary(gateway: Gateway, session: Session, request: balance_requests.CancelAccountSummary) -> None:
    """Stop a summary."""
    gateway.portfolio.unfollow(session, "summary", request.req_id)


@answers(balance_requests.AccountUpdatesMulti)
def account_updates_multi(gateway: Gateway, session: Session, request: balance_requests.AccountUpdatesMulti) -> None:
    """Tell account values with a request id and follow them."""
    account = _account(gateway, session, request.req_id, request.account)
    if account is not None:
        gateway.portfolio.follow(Follower(session, request.req_id, "multi", account))
        session.send(balance_replies.AccountUpdatesMultiEnd(req_id=request.req_id))


@answers(balance_requests.CancelAccountUpdatesMulti)
def cancel_updates_multi(
    gateway: Gateway, session: Session, request: balance_requests.CancelAccountUpdatesMulti
) -> None:
    """Stop account values."""
    gateway.portfolio.unfollow(session, "multi", request.req_id)


@answers(balance_requests.Positions)
def positions(gateway: Gateway, session: Session, _: balance_requests.Positions) -> None:
    """Tell positions and follow them."""
    for account in gateway.trading.accounts.values():
        gateway.portfolio.follow(Follower(session, NO_REQ, "positions", account))
    session.send(balance_replies.PositionsEnd())


@answers(balance_requests.CancelPositions)
def cancel_positions(gateway: Gateway, session: Session, _: balance_requests.CancelPositions) -> None:
    """Stop positions."""
    gateway.portfolio.unfollow(session, "positions", NO_REQ)


@answers(balance_requests.PositionsMulti)
def positions_multi(gateway: Gateway, session: Session, request: balance_requests.PositionsMulti) -> None:
    """Tell the positions of one account and follow them."""
    account = _account(gateway, session, request.req_id, request.account)
    if account is not None:
        gateway.portfolio.follow(Follower(session, request.req_id, "positions_multi", account))
        session.send(balance_replies.PositionsMultiEnd(req_id=request.req_id))


@answers(balance_requests.CancelPositionsMulti)
def cancel_positions_multi(gateway: Gateway, session: Session, request: balance_requests.CancelPositionsMulti) -> None:
    """Stop the positions of one account."""
    gateway.portfolio.unfollow(session, "positions_multi", request.req_id)


@answers(balance_requests.ProfitAndLoss)
def profit_and_loss(gateway: Gateway, session: Session, request: balance_requests.ProfitAndLoss) -> None:
    """Tell an account's profit now and every second."""
    account = _account(gateway, session, request.req_id, request.account)
    if account is not None:
        gateway.portfolio.follow(Follower(session, request.req_id, "pnl", account))


@answers(balance_requests.CancelProfitAndLoss)
def cancel_profit_and_loss(gateway: Gateway, session: Session, request: balance_requests.CancelProfitAndLoss) -> None:
    """Stop an account's profit."""
    gateway.portfolio.unfollow(session, "pnl", request.req_id)


@answers(balance_requests.ProfitAndLossSingle)
def profit_single(gateway: Gateway, session: Session, request: balance_requests.ProfitAndLossSingle) -> None:
    """Tell the profit of one holding now and every second."""
    account = _account(gateway, session, request.req_id, request.account)
    if account is None:
        return
    if gateway.book.get(request.con_id) is None:
        session.complain(request.req_id, INVALID.about("b5", f"Invalid contract id {request.con_id}"))
        return
    gateway.portfolio.follow(Follower(session, request.req_id, "pnl_single", account, con_id=request.con_id))


@answers(balance_requests.CancelProfitAndLossSingle)
def cancel_profit_single(
    gateway: Gateway, session: Session, request: balance_requests.CancelProfitAndLossSingle
) -> None:
    """Stop the profit of one holding."""
    gateway.portfolio.unfollow(session, "pnl_single", request.req_id)
