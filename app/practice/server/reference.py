"""Answers about what can be traded: contract details, matching symbols, market rules; and about time, ids, accounts."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from app.practice.contracts import Contract, ContractQuery
from app.practice.option_chain import class_of
from app.practice.server.dispatch import answers
from app.practice.wire import records, replies, requests
from app.practice.wire.codes import INVALID, NO_DEFINITION

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway
    from app.practice.server.session import Session


@answers(requests.CurrentTimeQuery)
def current_time(gateway: Gateway, session: Session, _: requests.CurrentTimeQuery) -> None:
    """Tell the time of the market."""
    session.send(replies.CurrentTime(time=int(gateway.clock.told())))


@answers(requests.ManagedAccountsQuery)
def managed_accounts(gateway: Gateway, session: Session, _: requests.ManagedAccountsQuery) -> None:
    """Tell the accounts."""
    session.send(replies.ManagedAccounts(accounts=gateway.accounts_text()))


@answers(requests.NextId)
def next_id(gateway: Gateway, session: Session, _: requests.NextId) -> None:
    """Tell the next order id of this client."""
    session.send(replies.NextValidId(order_id=gateway.next_order_id(session)))


@answers(requests.UserInfoQuery)
def user_info(gateway: Gateway, session: Session, request: requests.UserInfoQuery) -> None:
    """Tell that there is no white branding."""
    session.send(replies.UserInfo(req_id=request.req_id))


@answers(requests.LogLevel)
def log_level(gateway: Gateway, session: Session, request: requests.LogLevel) -> None:
    """Take note of the log level; a gateway answers nothing."""


@answers(requests.ContractDetailsQuery)
def contract_details(gateway: Gateway, session: Session, request: requests.ContractDetailsQuery) -> None:
    """Tell every contract that fits the description, then the end; or that there is none."""
    isin = request.sec_id if request.sec_id_type.upper() == "ISIN" else ""
    query = to_query(request.contract, isin=isin, include_expired=request.include_expired)
    found = gateway.book.find(query)
    if not found:
        session.complain(request.req_id, NO_DEFINITION)
        return
    for contract in found:
        session.send(details(gateway, request.req_id, contract, request.contract.exchange))
    session.send(replies.ContractDetailsEnd(req_id=request.req_id))


@answers(requests.MatchingSymbols)
def matching_symbols(gateway: Gateway, session: Session, request: requests.MatchingSymbols) -> None:
    """Tell the contracts whose symbol or name fits."""
    found = gateway.book.matching(request.pattern)
    session.send(replies.SymbolSamples(req_id=request.req_id, samples=tuple(map(_sample, found))))


@answers(requests.MarketRuleQuery)
def market_rule(gateway: Gateway, session: Session, request: requests.MarketRuleQuery) -> None:
    """Tell the price increments of a rule."""
    rule = gateway.book.market_rule(request.rule_id)
    if rule is None:
        session.complain(-1, INVALID.about("b5", f"Invalid market rule id {request.rule_id}"))
        return
    steps = tuple(records.Increment(low_edge=step.low_edge, increment=step.increment) for step in rule)
    session.send(replies.MarketRule(rule_id=request.rule_id, increments=steps))


def to_query(asked: records.ContractQuery, *, isin: str = "", include_expired: bool = False) -> ContractQuery:
    """Return the description in the words of the contract book."""
    return ContractQuery(
        con_id=asked.con_id,
        symbol=asked.symbol,
        sec_type=asked.sec_type,
        exchange=asked.exchange,
        primary_exchange=asked.primary_exchange,
        currency=asked.currency,
        local_symbol=asked.local_symbol,
        trading_class=asked.trading_class,
        expiry=asked.expiry,
        strike=asked.strike or 0.0,
        right=asked.right if asked.right not in {"0", "?"} else "",
        multiplier=asked.multiplier,
        isin=isin,
        include_expired=include_expired,
    )


def details(gateway: Gateway, req_id: int, contract: Contract, exchange: str) -> replies.ContractDetails:
    """Return one contract in full."""
    trading, liquid = gateway.market.hours_texts(contract.con_id, gateway.clock.now())
    liquid = gateway.faults.stated_hours.get(contract.con_id, liquid)
    return replies.ContractDetails(
        req_id=req_id,
        symbol=contract.symbol,
        sec_type=contract.sec_type,
        last_trade=contract.expiry,
        strike=contract.strike,
        right=contract.right,
        exchange=exchange or contract.exchange,
        currency=contract.currency,
        local_symbol=contract.local_symbol or contract.symbol,
        market_name=contract.market_name,
        trading_class=contract.trading_class,
        con_id=contract.con_id,
        min_tick=float(contract.min_tick),
        multiplier=contract.multiplier,
        order_types=contract.order_types,
        valid_exchanges=",".join(contract.valid_exchanges),
        price_magnifier=contract.price_magnifier,
        under_con_id=contract.under_con_id,
        long_name=contract.name,
        primary_exchange=contract.primary_exchange,
        contract_month=contract.contract_month or contract.expiry[:6],
        industry=contract.industry,
        category=contract.category,
        subcategory=contract.subcategory,
        time_zone=contract.time_zone,
        trading_hours=trading,
        liquid_hours=liquid,
        sec_ids=(records.TagValue(tag="ISIN", value=contract.isin),) if contract.isin else (),
        agg_group=contract.agg_group,
        under_symbol=contract.under_symbol,
        under_sec_type=contract.under_sec_type,
        market_rule_ids=",".join([str(contract.market_rule_id)] * len(contract.valid_exchanges)),
        real_expiration=contract.expiry,
        stock_type=contract.stock_type,
        size_min_tick=Decimal(1),
        min_size=contract.min_size,
        size_increment=contract.size_increment,
        suggested_size_increment=contract.suggested_size_increment,
    )


def _sample(contract: Contract) -> records.Sample:
    return records.Sample(
        con_id=contract.con_id,
        symbol=contract.symbol,
        sec_type=contract.sec_type,
        primary_exchange=contract.primary_exchange,
        currency=contract.currency,
        derivatives=("OPT",) if class_of(contract.con_id) else (),
        description=contract.name,
    )
