"""Small answers about the surroundings: family codes, exchanges, options that are not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.practice.server.dispatch import answers
from app.practice.universe import US_EXCHANGES
from app.practice.wire import requests, tick_replies
from app.practice.wire.codes import Complaint

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway
    from app.practice.server.session import Session

NO_DEPTH = Complaint(10092, "Deep market data is not supported for this combination of security type/exchange")
NO_DEPTH_LINE = Complaint(310, "Can't find the subscribed market depth with tickerId:{}")


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
    """Tell that no exchange offers depth."""
    session.send(tick_replies.DepthExchanges(exchanges=()))


@answers(requests.MarketDepth)
def market_depth(gateway: Gateway, session: Session, request: requests.MarketDepth) -> None:
    """Refuse market depth."""
    if gateway.resolve(session, request.req_id, request.contract) is not None:
        session.complain(request.req_id, NO_DEPTH)


@answers(requests.CancelMarketDepth)
def cancel_market_depth(gateway: Gateway, session: Session, request: requests.CancelMarketDepth) -> None:
    """Complain: there is no depth to cancel."""
    session.complain(request.req_id, NO_DEPTH_LINE.about(request.req_id))


@answers(requests.OptionParameters)
def option_parameters(gateway: Gateway, session: Session, request: requests.OptionParameters) -> None:
    """Tell that the underlying has no options."""
    session.send(tick_replies.OptionParametersEnd(req_id=request.req_id))
