"""What the server sends of single ticks, and the small reference answers around them."""

from __future__ import annotations

from dataclasses import dataclass

from app.practice.wire.kinds import Flag, Float, Int, Size, Text
from app.practice.wire.text import reply

LAST, ALL_LAST, BID_ASK, MID_POINT = 1, 2, 3, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PastMid:
    """One historical mid price."""

    time: Int
    unused: Int = 0
    price: Float
    size: Size


@dataclass(frozen=True, slots=True, kw_only=True)
class PastQuote:
    """One historical pair of quotes."""

    time: Int
    mask: Int = 0
    bid: Float
    ask: Float
    bid_size: Size
    ask_size: Size


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTrade:
    """One historical trade."""

    time: Int
    mask: Int = 0
    price: Float
    size: Size
    exchange: Text
    conditions: Text = ""


@reply(96)
class HistoricalMids:
    req_id: Int
    ticks: tuple[PastMid, ...]
    is_done: Flag


@reply(97)
class HistoricalQuotes:
    req_id: Int
    ticks: tuple[PastQuote, ...]
    is_done: Flag


@reply(98)
class HistoricalTrades:
    req_id: Int
    ticks: tuple[PastTrade, ...]
    is_done: Flag


@reply(99)
class TradeTick:
    req_id: Int
    kind: Int
    time: Int
    price: Float
    size: Size
    mask: Int = 0
    exchange: Text
    conditions: Text = ""


@reply(99)
class QuoteTick:
    req_id: Int
    kind: Int = BID_ASK
    time: Int
    bid: Float
    ask: Float
    bid_size: Size
    ask_size: Size
    mask: Int = 0


@reply(99)
class MidTick:
    req_id: Int
    kind: Int = MID_POINT
    time: Int
    price: Float


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One trading session of a schedule."""

    start: Text
    end: Text
    day: Text


@reply(106)
class Schedule:
    req_id: Int
    start: Text
    end: Text
    time_zone: Text
    sessions: tuple[Session, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyCode:
    """An account and its family."""

    account: Text
    code: Text = ""


@reply(78)
class FamilyCodes:
    codes: tuple[FamilyCode, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One exchange of a smart quote."""

    bit: Int
    exchange: Text
    letter: Text


@reply(82)
class SmartComponents:
    req_id: Int
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthExchange:
    """One exchange that offers depth."""

    exchange: Text
    sec_type: Text
    listing: Text = ""
    service: Text = "Deep2"
    agg_group: Text = "1"


@reply(80)
class DepthExchanges:
    exchanges: tuple[DepthExchange, ...]


@reply(76, version=None)
class OptionParametersEnd:
    req_id: Int
