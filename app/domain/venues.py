"""Whose calendar an instrument keeps: market identifiers for the exchanges as the broker names them."""

from __future__ import annotations

from app.domain.instruments import Instrument, InstrumentKind

NEW_YORK = "XNYS"
ALWAYS_ON_WEEKDAYS = "24/5"
_SHARES = {
    **dict.fromkeys(("NYSE", "NASDAQ", "ARCA", "AMEX", "BATS", "IEX", "PINK"), NEW_YORK),
    **dict.fromkeys(("LSE", "LSEETF"), "XLON"),
    **dict.fromkeys(("IBIS", "IBIS2", "FWB", "SWB", "GETTEX"), "XETR"),
    "SBF": "XPAR", "AEB": "XAMS", "ENEXT.BE": "XBRU", "BVL": "XLIS", "BVME": "XMIL", "BM": "XMAD", "EBS": "XSWX",
    "VSE": "XWBO", "SFB": "XSTO", "CPH": "XCSE", "HEX": "XHEL", "OSE": "XOSL", "WSE": "XWAR",
    "TSE": "XTSE", "VENTURE": "XTSE", "MEXI": "XMEX",
    "TSEJ": "XTKS", "SEHK": "XHKG", "SGX": "XSES", "ASX": "XASX", "KSE": "XKRX", "NSE": "XBOM", "BSE": "XBOM",
}  # fmt: skip
_FUTURES = {
    **dict.fromkeys(("CME", "GLOBEX", "CBOT", "ECBOT", "NYMEX", "COMEX"), "CMES"),
    **dict.fromkeys(("EUREX", "DTB"), "XEUR"),
    "CFE": "XCBF", "NYBOT": "IEPA", "IPE": "IEPA",
}  # fmt: skip


def calendar_of(instrument: Instrument) -> str | None:
    """Return the market identifier of the calendar an instrument keeps, None where it is not known."""
    match instrument.kind:
        case InstrumentKind.STOCK | InstrumentKind.ETF:
            return _SHARES.get(instrument.primary_exchange or instrument.exchange)
        case InstrumentKind.FUTURE:
            return _FUTURES.get(instrument.exchange) or _FUTURES.get(instrument.primary_exchange)
        case InstrumentKind.FX:
            return ALWAYS_ON_WEEKDAYS
        case _:
            return None
