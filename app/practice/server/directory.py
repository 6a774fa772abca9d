"""Small answers about the surroundings: family codes and exchanges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.practice.server.dispatch import answers
from app.practice.universe import US_EXCHANGES
from app.practice.wire import requests, tick_replies

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway
    from app.practice.server.session import Session

# Who shows an order book, and of what.
DEPTH_PLACES = (
    ("NYSE", "STK"), ("NASDAQ", "STK"), ("ARCA", "STK"), ("BATS", "STK"), ("IEX", "STK"), ("IBIS", "STK"),
    ("SBF", "STK"), ("LSE", "STK"), ("TSEJ", "STK"), ("CME", "FUT"), ("CBOT", "FUT"), ("CBOE", "OPT"),
    ("IDEALPRO", "CASH"),
)  # fmt: skip


@answers(requests.FamilyCodesQuery)
def family_codes(gateway: Gateway, session: Session, _: requests.FamilyCodesQuery) -> None:
    """Tell that the accounts belong to no family."""
    codes = tuple(tick_replies.FamilyCode(account=name) for name in gateway.options.accounts)
    session.send(tick_replies.FamilyCodes(codes=codes))


@answers(requests.SmartComponentsQuery)
def smart_components(gateway: Gateway, session: Session, request: requests.SmartComponentsQuery) -> None:
    """Tell which bit of a smart quote is which exchange."""
    places = [exchange for exchange in US_EXCHANGES if exchange != "SMART"]
    parts = tuple(
        tick_replies.Component(bit=bit, exchange=exchange, letter=exchange[0]) for bit, exchange in enumerate(places)
    )
    session.send(tick_replies.SmartComponents(req_id=request.req_id, components=parts))


@answers(requests.DepthExchangesQuery)
def depth_exchanges(gateway: Gateway, session: Session, _: requests.DepthExchangesQuery) -> None:
    """Tell who shows an order book."""
    places = tuple(tick_replies.DepthExchange(exchange=place, sec_type=kind) for place, kind in DEPTH_PLACES)
    session.send(tick_replies.DepthExchanges(exchanges=places))
