"""Faults of the market: halts, ends of days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.practice.contracts import ContractQuery
from app.practice.faults.catalogue import FaultError, Parameters, fault, number

if TYPE_CHECKING:
    from app.practice.contracts import Contract
    from app.practice.faults.faults import Faults


def instrument(faults: Faults, parameters: Parameters) -> Contract:
    """Return the instrument a fault is about; raises FaultError for an unknown symbol."""
    found = faults.gateway.book.find(ContractQuery(symbol=str(parameters.get("symbol", ""))))
    if not found:
        raise FaultError(f"expected a practice symbol, found {parameters.get('symbol')!r}")
    return found[0]


@fault(
    "halt",
    "an instrument is halted: no ticks, no fills",
    required=("symbol",),
    symbol="which",
    on="true (default) or false",
)
def halt(faults: Faults, parameters: Parameters) -> None:
    """Halt an instrument, or let it go on."""
    gateway, contract = faults.gateway, instrument(faults, parameters)
    gateway.step()
    gateway.market.set_halted(contract.con_id, bool(parameters.get("on", True)), gateway.clock.now())
    gateway.quotes.tell_halted(contract.con_id, bool(parameters.get("on", True)))


@fault(
    "split",
    "an instrument is split before the next session: holdings, prices and bars change, its orders are cancelled",
    required=("symbol", "ratio"),
    symbol="which",
    ratio="how many shares one becomes; below 1 for a reverse split",
)
def split(faults: Faults, parameters: Parameters) -> None:
    """Announce a split; it happens when the next session begins (see day_end)."""
    gateway, contract = faults.gateway, instrument(faults, parameters)
    gateway.step()
    try:
        gateway.market.split(contract.con_id, number(parameters, "ratio"), gateway.clock.now())
    except ValueError as problem:
        raise FaultError(str(problem)) from None


@fault(
    "hours",
    "an instrument is described with these hours instead of the exchange's",
    required=("symbol", "liquid"),
    symbol="which",
    liquid="regular hours as TWS words them, such as 20261127:0930-20261127:1300;20261128:CLOSED",
)
def hours(faults: Faults, parameters: Parameters) -> None:
    """State other regular hours than the calendar's from the next description on."""
    faults.stated_hours[instrument(faults, parameters).con_id] = str(parameters["liquid"])


@fault("day_end", "the clock jumps to the end of the session; DAY orders expire")
def day_end(faults: Faults, parameters: Parameters) -> None:
    """Jump to the session's close."""
    gateway = faults.gateway
    now = gateway.clock.now()
    closes = gateway.hours.open_close(gateway.hours.session_of(now))[1]
    gateway.clock.advance(closes - now)
    gateway.step()
