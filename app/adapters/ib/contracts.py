"""Contracts: IB's description of an instrument and ours, in both directions."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from ib_async.contract import Contract, ContractDescription, ContractDetails

from app.adapters.ib.values import exact_or_none
from app.domain.instruments import ConId, Instrument, InstrumentKind, TickBand

_KINDS = {
    "STK": InstrumentKind.STOCK,
    "IND": InstrumentKind.INDEX,
    "FUT": InstrumentKind.FUTURE,
    "CONTFUT": InstrumentKind.FUTURE,
    "OPT": InstrumentKind.OPTION,
    "FOP": InstrumentKind.OPTION,
    "CASH": InstrumentKind.FX,
}
_TYPES = {
    InstrumentKind.STOCK: "STK",
    InstrumentKind.ETF: "STK",
    InstrumentKind.INDEX: "IND",
    InstrumentKind.FUTURE: "FUT",
    InstrumentKind.OPTION: "OPT",
    InstrumentKind.FX: "CASH",
    InstrumentKind.OTHER: "",
}


def contract_of(instrument: Instrument) -> Contract:
    """Return the contract to ask for or to trade; the conId names it, the rest confirms it."""
    return Contract(
        conId=instrument.con_id,
        symbol=instrument.symbol,
        secType=_TYPES[instrument.kind],
        exchange=instrument.exchange or "SMART",
        currency=instrument.currency,
    )


def listing_query(symbol: str, con_id: ConId | None) -> Contract:
    """Return the contract that asks for every listing of a symbol, or for one by its id."""
    if con_id is not None:
        return Contract(conId=con_id)
    return Contract(symbol=symbol.strip().upper(), secType="STK", exchange="SMART")


def rule_id_of(details: ContractDetails) -> int | None:
    """Return the market rule that holds on the contract's exchange; the two lists run side by side."""
    rules = dict(zip(details.validExchanges.split(","), details.marketRuleIds.split(","), strict=False))
    exchange = details.contract.exchange if details.contract else ""
    rule = rules.get(exchange, next(iter(rules.values()), ""))
    return int(rule) if rule.isdigit() else None


def bands_of(increments: Sequence[Any], details: ContractDetails) -> tuple[TickBand, ...]:
    """Return price steps from a market rule, or the single least step where there is no rule."""
    bands = [
        TickBand(edge, step)
        for item in increments
        if (edge := exact_or_none(item.lowEdge)) is not None and (step := exact_or_none(item.increment))
    ]
    if bands:
        return tuple(sorted(bands, key=lambda band: band.low_edge))
    return (TickBand(Decimal(0), exact_or_none(details.minTick) or Decimal("0.01")),)


def instrument_of(details: ContractDetails, increments: Sequence[Any]) -> Instrument:
    """Return our description of a listing; `increments` is its market rule, empty when unknown."""
    contract = details.contract or Contract()
    kind = _KINDS.get(contract.secType, InstrumentKind.OTHER)
    if kind is InstrumentKind.STOCK and details.stockType == "ETF":
        kind = InstrumentKind.ETF
    return Instrument(
        con_id=ConId(contract.conId),
        symbol=contract.symbol,
        kind=kind,
        exchange=contract.exchange or "SMART",
        primary_exchange=contract.primaryExchange,
        currency=contract.currency,
        name=details.longName,
        local_symbol=contract.localSymbol,
        trading_class=contract.tradingClass,
        multiplier=exact_or_none(contract.multiplier) or Decimal(1),
        price_magnifier=details.priceMagnifier or 1,
        bands=bands_of(increments, details),
        lot=_lot(kind, details),
        time_zone=details.timeZoneId or "US/Eastern",
        trading_hours=details.tradingHours,
        liquid_hours=details.liquidHours,
    )


def _lot(kind: InstrumentKind, details: ContractDetails) -> Decimal:
    step = exact_or_none(details.sizeIncrement) or Decimal(1)
    # IB: details name fractions of a share, yet most accounts may not send them through the API.
    return max(step, Decimal(1)) if kind in (InstrumentKind.STOCK, InstrumentKind.ETF) else step


def instrument_found(description: ContractDescription) -> Instrument | None:
    """Return a search result as far as a search describes it, None for what has no id."""
    contract = description.contract
    if contract is None or not contract.conId:
        return None
    return Instrument(
        con_id=ConId(contract.conId),
        symbol=contract.symbol,
        kind=_KINDS.get(contract.secType, InstrumentKind.OTHER),
        exchange="SMART",
        primary_exchange=contract.primaryExchange,
        currency=contract.currency,
        name=contract.description,
    )
