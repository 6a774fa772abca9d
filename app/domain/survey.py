"""An analysis with all that a person wants to see beside it: where the chart turned, crosses, bands, volume, a size."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.domain.signals import Analysis
from app.domain.structure import BollingerStanding, Cross, VolumeStanding, Zones


@dataclass(frozen=True, slots=True)
class SizeExample:
    """How many an account would trade on the levels, and what set the number; money in the account's currency."""

    equity: Decimal
    risk_percent: Decimal
    quantity: Decimal
    bound_by: str
    risk_money: Decimal
    value: Decimal


@dataclass(frozen=True, slots=True)
class Survey:
    """What the rules and the chart's shape say of one instrument's closed bars; None is what could not be computed.

    `golden` is the last cross of SMA 50 and SMA 200; `example` needs levels and an account's worth.
    """

    analysis: Analysis
    zones: Zones
    golden: Cross | None
    bollinger: BollingerStanding | None
    volume: VolumeStanding | None
    example: SizeExample | None = None
