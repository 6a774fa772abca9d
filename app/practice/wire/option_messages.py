"""Options and the order book on the wire: what clients send and what the server answers, fields in wire order."""

from __future__ import annotations

from app.practice.wire.kinds import Flag, Float, Int, OptionalFloat, Size, Text
from app.practice.wire.records import ContractQuery
from app.practice.wire.text import reply, request

# Tick types of option computations; CUSTOM answers a calculation that a client asked for.
BID_OPTION, ASK_OPTION, LAST_OPTION, MODEL_OPTION, CUSTOM_OPTION = 10, 11, 12, 13, 53
# What stands for a value that could not be computed.
NO_VALUE, NO_GREEK = -1.0, -2.0
INSERT, UPDATE, DELETE = 0, 1, 2
ASK_SIDE, BID_SIDE = 0, 1


@request(54, version=3)
class CalculateVolatility:
    req_id: Int
    contract: ContractQuery
    price: OptionalFloat
    under_price: OptionalFloat


@request(55, version=3)
class CalculatePrice:
    req_id: Int
    contract: ContractQuery
    volatility: OptionalFloat
    under_price: OptionalFloat


@request(56, version=1)
class CancelCalculateVolatility:
    req_id: Int


@request(57, version=1)
class CancelCalculatePrice:
    req_id: Int


@reply(21)
class OptionComputation:
    req_id: Int
    tick_type: Int
    # 0: computed from returns, 1: from prices.
    attributes: Int = 1
    implied_volatility: Float = NO_VALUE
    delta: Float = NO_GREEK
    price: Float = NO_VALUE
    dividend: Float = NO_VALUE
    gamma: Float = NO_GREEK
    vega: Float = NO_GREEK
    theta: Float = NO_GREEK
    under_price: Float = NO_VALUE


@reply(75)
class OptionParameters:
    req_id: Int
    exchange: Text
    under_con_id: Int
    trading_class: Text
    multiplier: Text
    expiries: tuple[Text, ...]
    strikes: tuple[Float, ...]


@reply(12, version=1)
class DepthLine:
    req_id: Int
    position: Int
    operation: Int
    side: Int
    price: Float
    size: Size


@reply(13, version=1)
class SmartDepthLine:
    req_id: Int
    position: Int
    market_maker: Text
    operation: Int
    side: Int
    price: Float
    size: Size
    is_smart: Flag = True
