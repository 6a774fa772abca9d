"""What the server sends, except orders and accounts: one class a message, its fields in wire order."""

from __future__ import annotations

from typing import Annotated

from app.practice.wire.kinds import (
    Flag,
    Float,
    Int,
    MaxFloat,
    Since,
    Size,
    Text,
    Until,
    WholeSize,
)
from app.practice.wire.records import ContractLine, HistoryBar, Increment, Sample, TagValue
from app.practice.wire.text import reply


@reply(1, version=6)
class TickPrice:
    req_id: Int
    tick_type: Int
    price: Float
    size: WholeSize
    attributes: Int


@reply(2, version=6)
class TickSize:
    req_id: Int
    tick_type: Int
    size: WholeSize


@reply(3)
class OrderStatus:
    order_id: Int
    status: Text
    filled: Size
    remaining: Size
    average_price: Float
    perm_id: Int
    parent_id: Int
    last_price: Float
    client_id: Int
    why_held: Text
    market_cap_price: Float


@reply(4, version=2)
class ErrorMessage:
    req_id: Int
    code: Int
    text: Text
    reject_json: Annotated[Text, Since(166)] = ""


@reply(9, version=1)
class NextValidId:
    order_id: Int


@reply(10, version=8, version_until=164)
class ContractDetails:
    req_id: Int
    symbol: Text
    sec_type: Text
    last_trade: Text = ""
    strike: Float = 0.0
    right: Text = ""
    exchange: Text
    currency: Text
    local_symbol: Text
    market_name: Text
    trading_class: Text
    con_id: Int
    min_tick: Float
    size_multiplier: Annotated[Text, Until(164)] = "1"
    multiplier: Text = ""
    order_types: Text
    valid_exchanges: Text
    price_magnifier: Int
    under_con_id: Int = 0
    long_name: Text
    primary_exchange: Text
    contract_month: Text = ""
    industry: Text
    category: Text
    subcategory: Text
    time_zone: Text
    trading_hours: Text
    liquid_hours: Text
    ev_rule: Text = ""
    ev_multiplier: Text = ""
    sec_ids: tuple[TagValue, ...] = ()
    agg_group: Int = 1
    under_symbol: Text = ""
    under_sec_type: Text = ""
    market_rule_ids: Text
    real_expiration: Text = ""
    stock_type: Text = ""
    size_min_tick: Annotated[Size, Since(163), Until(164)]
    min_size: Annotated[Size, Since(164)]
    size_increment: Annotated[Size, Since(164)]
    suggested_size_increment: Annotated[Size, Since(164)]


@reply(52, version=1)
class ContractDetailsEnd:
    req_id: Int


@reply(11)
class Execution:
    req_id: Int
    order_id: Int
    contract: ContractLine
    exec_id: Text
    time: Text
    account: Text
    exchange: Text
    side: Text
    shares: Size
    price: Float
    perm_id: Int
    client_id: Int
    liquidation: Int = 0
    cumulative: Size
    average_price: Float
    order_ref: Text
    ev_rule: Text = ""
    ev_multiplier: Text = ""
    model: Text = ""
    last_liquidity: Int = 2
    price_revision_pending: Annotated[Flag, Since(178)] = False


@reply(55, version=1)
class ExecutionsEnd:
    req_id: Int


@reply(59, version=1)
class Commission:
    exec_id: Text
    commission: Float
    currency: Text
    realized: MaxFloat
    bond_yield: MaxFloat = None
    redemption_date: Text = ""


@reply(15, version=1)
class ManagedAccounts:
    accounts: Text


@reply(17)
class History:
    req_id: Int
    start: Text
    end: Text
    bars: tuple[HistoryBar, ...]


@reply(90)
class HistoryUpdate:
    """One bar, its fields in another order than in `History`."""

    req_id: Int
    count: Int
    date: Text
    open: Float
    close: Float
    high: Float
    low: Float
    average: Float
    volume: Size


@reply(45, version=6)
class TickGeneric:
    req_id: Int
    tick_type: Int
    value: Float


@reply(46, version=6)
class TickString:
    req_id: Int
    tick_type: Int
    value: Text


@reply(49, version=1)
class CurrentTime:
    time: Int


@reply(50, version=3)
class RealtimeBar:
    req_id: Int
    time: Int
    open: Float
    high: Float
    low: Float
    close: Float
    volume: Size
    average: Float
    count: Int


@reply(53, version=1)
class OpenOrdersEnd:
    pass


@reply(57, version=1)
class SnapshotEnd:
    req_id: Int


@reply(58, version=1)
class MarketDataType:
    req_id: Int
    data_type: Int


@reply(79)
class SymbolSamples:
    req_id: Int
    samples: tuple[Sample, ...]


@reply(81)
class TickParameters:
    req_id: Int
    min_tick: Float
    exchange_map: Text
    snapshot_permissions: Int


@reply(88)
class HeadTimestamp:
    req_id: Int
    time: Text


@reply(93)
class MarketRule:
    rule_id: Int
    increments: tuple[Increment, ...]


@reply(102)
class CompletedOrdersEnd:
    pass


@reply(107)
class UserInfo:
    req_id: Int
    branding: Text = ""
