"""Records that several messages share: contracts as they are asked for and as they are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from app.practice.wire.kinds import Float, Int, OptionalFloat, Since, Size, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractQuery:
    """A contract as a client names it: any of these may be blank."""

    con_id: Int = 0
    symbol: Text = ""
    sec_type: Text = ""
    expiry: Text = ""
    strike: OptionalFloat = None
    right: Text = ""
    multiplier: Text = ""
    exchange: Text = ""
    primary_exchange: Text = ""
    currency: Text = ""
    local_symbol: Text = ""
    trading_class: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComboLeg:
    """One leg of a combination in a data request."""

    con_id: Int
    ratio: Int
    action: Text
    exchange: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaNeutral:
    """A delta-neutral companion contract."""

    con_id: Int
    delta: Float
    price: Float


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractLine:
    """A contract as it is told beside orders, executions and positions (no primary exchange)."""

    con_id: Int
    symbol: Text
    sec_type: Text
    expiry: Text = ""
    strike: Float = 0.0
    right: Text = ""
    multiplier: Text = ""
    exchange: Text = ""
    currency: Text = ""
    local_symbol: Text = ""
    trading_class: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagValue:
    """A name and a value."""

    tag: Text
    value: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One contract that matches a typed pattern."""

    con_id: Int
    symbol: Text
    sec_type: Text
    primary_exchange: Text
    currency: Text
    derivatives: tuple[Text, ...] = ()
    description: Annotated[Text, Since(176)] = ""
    issuer_id: Annotated[Text, Since(176)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryBar:
    """One bar of a history reply; the date is already in the form the client asked for."""

    date: Text
    open: Float
    high: Float
    low: Float
    close: Float
    volume: Size
    average: Float
    count: Int


@dataclass(frozen=True, slots=True, kw_only=True)
class Increment:
    """A price step that holds from `low_edge` on."""

    low_edge: Float
    increment: Float
