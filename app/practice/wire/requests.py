"""What clients send, except orders and accounts: one class a message, its fields in wire order."""

from __future__ import annotations

from typing import Annotated

from app.practice.wire.kinds import Flag, Int, Since, Text
from app.practice.wire.layout import Condition, Values
from app.practice.wire.records import ComboLeg, ContractQuery, DeltaNeutral
from app.practice.wire.text import request


def _is_combination(values: Values) -> bool:
    return bool(values["contract"].sec_type.upper() == "BAG")


def _has_delta_neutral(values: Values) -> bool:
    return bool(values["is_delta_neutral"])


IfCombination = Condition(_is_combination)


@request(1, version=11)
class MarketData:
    req_id: Int
    contract: ContractQuery
    legs: Annotated[tuple[ComboLeg, ...], IfCombination] = ()
    is_delta_neutral: Flag
    delta_neutral: Annotated[DeltaNeutral | None, Condition(_has_delta_neutral)] = None
    generic_ticks: Text
    snapshot: Flag
    regulatory_snapshot: Flag
    options: Text


@request(2, version=2)
class CancelMarketData:
    req_id: Int


@request(4, version=1)
class CancelOrder:
    order_id: Int
    manual_time: Annotated[Text, Since(169)] = ""


@request(5, version=1)
class OpenOrders:
    pass


@request(7, version=3)
class Executions:
    req_id: Int
    client_id: Int
    account: Text
    time: Text
    symbol: Text
    sec_type: Text
    exchange: Text
    side: Text


@request(8, version=1)
class NextId:
    count: Int


@request(9, version=8)
class ContractDetailsQuery:
    req_id: Int
    contract: ContractQuery
    include_expired: Flag
    sec_id_type: Text
    sec_id: Text
    issuer_id: Annotated[Text, Since(176)] = ""


@request(10, version=5)
class MarketDepth:
    req_id: Int
    contract: ContractQuery
    rows: Int
    is_smart: Flag
    options: Text


@request(11, version=1)
class CancelMarketDepth:
    req_id: Int
    is_smart: Flag


@request(14, version=1)
class LogLevel:
    level: Int


@request(15, version=1)
class AutoOpenOrders:
    bind: Flag


@request(16, version=1)
class AllOpenOrders:
    pass


@request(17, version=1)
class ManagedAccountsQuery:
    pass


@request(20)
class HistoricalData:
    req_id: Int
    contract: ContractQuery
    include_expired: Flag
    end: Text
    bar_size: Text
    duration: Text
    regular_hours: Flag
    what: Text
    date_format: Int
    legs: Annotated[tuple[ComboLeg, ...], IfCombination] = ()
    keep_up_to_date: Flag
    options: Text


@request(25, version=1)
class CancelHistoricalData:
    req_id: Int


@request(49, version=1)
class CurrentTimeQuery:
    pass


@request(50, version=3)
class RealtimeBars:
    req_id: Int
    contract: ContractQuery
    bar_size: Int
    what: Text
    regular_hours: Flag
    options: Text


@request(51, version=1)
class CancelRealtimeBars:
    req_id: Int


@request(58, version=1)
class GlobalCancel:
    pass


@request(59, version=1)
class MarketDataTypeChoice:
    data_type: Int


@request(71, version=2)
class StartApi:
    client_id: Int
    capabilities: Text


@request(78)
class OptionParameters:
    req_id: Int
    symbol: Text
    future_exchange: Text
    sec_type: Text
    con_id: Int


@request(80)
class FamilyCodesQuery:
    pass


@request(81)
class MatchingSymbols:
    req_id: Int
    pattern: Text


@request(82)
class DepthExchangesQuery:
    pass


@request(83)
class SmartComponentsQuery:
    req_id: Int
    exchange_map: Text


@request(87)
class HeadTimestampQuery:
    req_id: Int
    contract: ContractQuery
    include_expired: Flag
    regular_hours: Flag
    what: Text
    date_format: Int


@request(90)
class CancelHeadTimestamp:
    req_id: Int


@request(91)
class MarketRuleQuery:
    rule_id: Int


@request(96)
class HistoricalTicksQuery:
    req_id: Int
    contract: ContractQuery
    include_expired: Flag
    start: Text
    end: Text
    count: Int
    what: Text
    regular_hours: Flag
    ignore_size: Flag
    options: Text


@request(97)
class TickByTick:
    req_id: Int
    contract: ContractQuery
    kind: Text
    count: Int
    ignore_size: Flag


@request(98)
class CancelTickByTick:
    req_id: Int


@request(99)
class CompletedOrders:
    api_only: Flag


@request(104)
class UserInfoQuery:
    req_id: Int
