"""What the server sends about accounts: values, holdings, profit."""

from __future__ import annotations

from app.practice.wire.kinds import Float, Int, MaxFloat, Size, Text
from app.practice.wire.records import ContractLine
from app.practice.wire.text import reply


@reply(6, version=2)
class AccountValue:
    key: Text
    value: Text
    currency: Text
    account: Text


@reply(7, version=8)
class PortfolioValue:
    con_id: Int
    symbol: Text
    sec_type: Text
    expiry: Text = ""
    strike: Float = 0.0
    right: Text = "0"
    multiplier: Text = ""
    primary_exchange: Text
    currency: Text
    local_symbol: Text
    trading_class: Text
    position: Size
    price: Float
    value: Float
    average_cost: Float
    unrealized: Float
    realized: Float
    account: Text


@reply(8, version=1)
class AccountTime:
    time: Text


@reply(54, version=1)
class AccountDownloadEnd:
    account: Text


@reply(61, version=3)
class Position:
    account: Text
    contract: ContractLine
    position: Size
    average_cost: Float


@reply(62, version=1)
class PositionsEnd:
    pass


@reply(63, version=1)
class AccountSummaryLine:
    req_id: Int
    account: Text
    tag: Text
    value: Text
    currency: Text


@reply(64, version=1)
class AccountSummaryEnd:
    req_id: Int


@reply(71, version=1)
class PositionMulti:
    req_id: Int
    account: Text
    contract: ContractLine
    position: Size
    average_cost: Float
    model: Text = ""


@reply(72, version=1)
class PositionsMultiEnd:
    req_id: Int


@reply(73, version=1)
class AccountUpdateMulti:
    req_id: Int
    account: Text
    model: Text
    key: Text
    value: Text
    currency: Text


@reply(74, version=1)
class AccountUpdatesMultiEnd:
    req_id: Int


@reply(94)
class Pnl:
    req_id: Int
    daily: Float
    unrealized: MaxFloat
    realized: MaxFloat


@reply(95)
class PnlSingle:
    req_id: Int
    position: Size
    daily: Float
    unrealized: MaxFloat
    realized: MaxFloat
    value: Float
