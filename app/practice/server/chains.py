"""Answers about options: which there are, what they are worth, and the computations beside their quotes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.practice.contracts import Contract
from app.practice.market import OptionState, Quote
from app.practice.option_chain import EXCHANGES, class_of, expiries, strikes
from app.practice.server.dispatch import answers
from app.practice.wire import option_messages as messages
from app.practice.wire import requests, tick_replies
from app.practice.wire.codes import INVALID

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway
    from app.practice.server.session import Session

HIGHEST = 1e9


@answers(requests.OptionParameters)
def option_parameters(gateway: Gateway, session: Session, request: requests.OptionParameters) -> None:
    """Tell expiries and strikes of an underlying's options, the same for each exchange; futures have none."""
    underlying = gateway.book.get(request.con_id)
    if underlying is None or (request.symbol and request.symbol.upper() != underlying.symbol):
        session.complain(request.req_id, INVALID.about("b5", f"Invalid underlying {request.symbol} {request.con_id}"))
        return
    made = None if request.future_exchange else class_of(underlying.con_id)
    if made is not None:
        now = gateway.clock.now()
        days = tuple(f"{day:%Y%m%d}" for day in expiries(now))
        near = tuple(strikes(made, gateway.market.last_tick(underlying.con_id, now).price))
        for exchange in EXCHANGES:
            session.send(
                messages.OptionParameters(
                    req_id=request.req_id,
                    exchange=exchange,
                    under_con_id=underlying.con_id,
                    trading_class=made.symbol,
                    multiplier="100",
                    expiries=days,
                    strikes=near,
                )
            )
    session.send(tick_replies.OptionParametersEnd(req_id=request.req_id))


@answers(messages.CalculateVolatility)
def calculate_volatility(gateway: Gateway, session: Session, request: messages.CalculateVolatility) -> None:
    """Tell the volatility that a price implies, with the greeks there; without one, only what was asked."""
    contract = _option(gateway, session, request.req_id, request, ("option price", request.price))
    if contract is None:
        return
    price, spot = request.price or 0.0, request.under_price or 0.0
    state = gateway.market.option_state(contract.con_id, gateway.clock.now())
    session.send(computation(request.req_id, messages.CUSTOM_OPTION, state, price, state.implied(price, spot), spot))


@answers(messages.CalculatePrice)
def calculate_price(gateway: Gateway, session: Session, request: messages.CalculatePrice) -> None:
    """Tell the price that a volatility gives, with its greeks."""
    contract = _option(gateway, session, request.req_id, request, ("volatility", request.volatility))
    if contract is None:
        return
    volatility, spot = request.volatility or 0.0, request.under_price or 0.0
    state = gateway.market.option_state(contract.con_id, gateway.clock.now())
    price = state.greeks(volatility, spot).price
    session.send(computation(request.req_id, messages.CUSTOM_OPTION, state, price, volatility, spot))


@answers(messages.CancelCalculateVolatility)
def cancel_volatility(gateway: Gateway, session: Session, request: messages.CancelCalculateVolatility) -> None:
    """Do nothing: the answer has left already."""


@answers(messages.CancelCalculatePrice)
def cancel_price(gateway: Gateway, session: Session, request: messages.CancelCalculatePrice) -> None:
    """Do nothing: the answer has left already."""


def _option(
    gateway: Gateway,
    session: Session,
    req_id: int,
    request: messages.CalculateVolatility | messages.CalculatePrice,
    asked: tuple[str, float | None],
) -> Contract | None:
    """Return the option that is meant, or complain about it or about a number that is none."""
    contract = gateway.resolve(session, req_id, request.contract)
    if contract is None:
        return None
    if contract.sec_type != "OPT":
        session.complain(req_id, INVALID.about("b5", f"{contract.symbol} is no option"))
        return None
    for name, value in (asked, ("underlying price", request.under_price)):
        if value is None or not 0.0 < value < HIGHEST:
            session.complain(req_id, INVALID.about("b5", f"Invalid {name} {value}"))
            return None
    return contract


def computations(
    gateway: Gateway, req_id: int, contract: Contract, quote: Quote
) -> Iterator[messages.OptionComputation]:
    """Yield the computations that go with an option's quote: of bid, ask and last price, and the model's."""
    state = gateway.market.option_state(contract.con_id, gateway.clock.now())
    prices = ((messages.BID_OPTION, quote.bid), (messages.ASK_OPTION, quote.ask), (messages.LAST_OPTION, quote.last))
    for tick_type, price in prices:
        yield computation(req_id, tick_type, state, price, state.implied(price), state.spot)
    model = state.greeks().price
    yield computation(req_id, messages.MODEL_OPTION, state, model, state.volatility, state.spot)


def computation(
    req_id: int, tick_type: int, state: OptionState, price: float, volatility: float | None, spot: float
) -> messages.OptionComputation:
    """Return one computation; what no volatility explains has a price and no greeks."""
    if volatility is None or not math.isfinite(volatility):
        return messages.OptionComputation(
            req_id=req_id, tick_type=tick_type, price=price, dividend=0.0, under_price=spot
        )
    greeks = state.greeks(volatility, spot)
    return messages.OptionComputation(
        req_id=req_id,
        tick_type=tick_type,
        implied_volatility=volatility,
        delta=greeks.delta,
        price=price,
        dividend=0.0,
        gamma=greeks.gamma,
        vega=greeks.vega,
        theta=greeks.theta,
        under_price=spot,
    )
