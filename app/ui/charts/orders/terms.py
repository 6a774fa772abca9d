"""What an order line may become and what that would mean: money, R, ticks, percent and ATR. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.domain.orders import Side
from app.ui.widgets.format import UNKNOWN, money, number, percent
from app.ui.widgets.format import price as price_text


@dataclass(frozen=True, slots=True)
class Terms:
    """What a chart must know of an order to let it be dragged.

    Money is counted from `reference` (the entry for a stop or target, the last price for an entry) for `quantity`
    units on the side `holds` (the side of the position that the order protects or opens); a point is worth `worth`
    per unit. `risk` is the price distance of 1 R, `atr` that of 1 ATR.
    """

    key: str
    side: Side
    quantity: float
    price: float
    tick: float
    decimals: int
    reference: float | None = None
    holds: Side = Side.BUY
    worth: float = 1.0
    currency: str = ""
    risk: float | None = None
    atr: float | None = None
    can_cancel: bool = True
    can_edit: bool = True


def on_tick(price: float, tick: float) -> float:
    """Return the nearest price that could be sent, one tick at least."""
    steps = max(1, round(price / tick)) if tick > 0 else 0
    return round(steps * tick, 12) if tick > 0 else price


def drag_words(terms: Terms, price: float) -> str:
    """Say what an order would mean at a price: its price, money, R, ticks, percent, ATR."""
    parts = [price_text(price, terms.decimals)]
    reference = terms.reference
    if reference is not None and math.isfinite(reference):
        gain = (price - reference) * (1 if terms.holds is Side.BUY else -1)
        parts.append(money(gain * terms.quantity * terms.worth, terms.currency, signed=True))
        parts.append(f"{number(gain / terms.risk, 2, signed=True) if terms.risk else UNKNOWN} R")
        ticks = round((price - reference) / terms.tick) if terms.tick > 0 else None
        parts.append(f"{number(ticks, signed=True)} ticks")
        parts.append(percent((price - reference) / reference) if reference else UNKNOWN)
        parts.append(f"{number(abs(gain) / terms.atr, 2) if terms.atr else UNKNOWN} ATR")
    return "  ·  ".join(parts)
