"""What can be traded: identity, tick rules and sizes of one listing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from app.domain.money import Rounding, on_tick

ConId = NewType("ConId", int)
"""IBKR's contract id: the identity of an instrument everywhere in Tapeline."""


class InstrumentKind(StrEnum):
    """What sort of thing an instrument is."""

    STOCK = "stock"
    ETF = "etf"
    INDEX = "index"
    FUTURE = "future"
    OPTION = "option"
    FX = "fx"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class TickBand:
    """From `low_edge` upwards prices move in steps of `increment`."""

    low_edge: Decimal
    increment: Decimal


@dataclass(frozen=True, slots=True)
class Instrument:
    """One listing as the broker describes it; `con_id` is its identity, the rest describes it."""

    con_id: ConId
    symbol: str
    kind: InstrumentKind
    exchange: str
    primary_exchange: str
    currency: str
    name: str = ""
    local_symbol: str = ""
    trading_class: str = ""
    multiplier: Decimal = Decimal(1)
    price_magnifier: int = 1
    bands: tuple[TickBand, ...] = (TickBand(Decimal(0), Decimal("0.01")),)
    lot: Decimal = Decimal(1)
    time_zone: str = "US/Eastern"
    trading_hours: str = ""
    liquid_hours: str = ""

    def tick_at(self, price: Decimal) -> Decimal:
        """Return the price step that applies at `price`."""
        steps = [band.increment for band in self.bands if abs(price) >= band.low_edge]
        return steps[-1] if steps else self.bands[0].increment

    def round_to_tick(self, price: Decimal, rounding: Rounding = Rounding.NEAREST) -> Decimal:
        """Return `price` on this instrument's tick grid."""
        return on_tick(price, self.tick_at(price), rounding)

    def is_on_tick(self, price: Decimal) -> bool:
        """Say whether `price` could be sent as it is."""
        return price % self.tick_at(price) == 0

    def value(self, price: Decimal, quantity: Decimal) -> Decimal:
        """Return what `quantity` at `price` is worth, in the instrument's currency."""
        return price * quantity * self.multiplier / self.price_magnifier

    @property
    def decimals(self) -> int:
        """How many decimals its prices are shown with."""
        exponent = self.bands[0].increment.normalize().as_tuple().exponent
        return max(0, -exponent) if isinstance(exponent, int) else 2
