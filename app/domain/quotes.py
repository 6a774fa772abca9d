"""Quotes: data that comes and goes, never journaled. Every number knows its class and its age."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.domain.instruments import ConId


class DataClass(StrEnum):
    """What kind of market data a number is."""

    LIVE = "live"
    DELAYED = "delayed"
    FROZEN = "frozen"
    DELAYED_FROZEN = "delayed_frozen"
    PRACTICE = "practice"


@dataclass(frozen=True, slots=True)
class Level:
    """What is wanted or offered at one price."""

    price: float
    size: float
    place: str = ""
    """The exchange or market maker that shows it, where that is told."""


@dataclass(frozen=True, slots=True)
class Book:
    """An instrument's order book, the best price first on each side; `arrived` is monotonic seconds of its last change.

    `why` is what keeps it from being there, empty while it comes. A book is live or practice data, never delayed.
    """

    con_id: ConId
    data_class: DataClass = DataClass.LIVE
    bids: tuple[Level, ...] = ()
    asks: tuple[Level, ...] = ()
    arrived: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """What the market says about one instrument; None is unknown. `arrived` is monotonic seconds of the last tick."""

    con_id: ConId
    data_class: DataClass
    bid: float | None = None
    ask: float | None = None
    last: float | None = None
    bid_size: float | None = None
    ask_size: float | None = None
    last_size: float | None = None
    volume: float | None = None
    open: float | None = None
    high: float | None = None
    low: float | None = None
    previous_close: float | None = None
    arrived: float = 0.0
    is_halted: bool = False

    @property
    def is_crossed(self) -> bool:
        """Say whether more is bid than asked: one of the two is not true, and neither may be the last price."""
        return self.bid is not None and self.ask is not None and self.bid > self.ask

    @property
    def change_percent(self) -> float | None:
        """The change from the previous session's close, in percent."""
        if self.last is None or not self.previous_close:
            return None
        return (self.last / self.previous_close - 1) * 100
