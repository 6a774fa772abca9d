"""What an instrument shows: its quote at a moment, and the trades of a minute."""

from __future__ import annotations

from dataclasses import dataclass

from app.practice.market.ticks import Tick


@dataclass(frozen=True, slots=True)
class Quote:
    """What the market shows of an instrument at one moment; `close` is the previous session's close.

    Open, high and low are None before the first trade of the session.
    """

    bid: float
    ask: float
    bid_size: int
    ask_size: int
    last: float
    last_size: int
    last_at: float
    volume: int
    open: float | None
    high: float | None
    low: float | None
    close: float
    halted: bool


@dataclass(frozen=True, slots=True)
class TickBlock:
    """The trades of one minute as ticks, and those among them that the market itself made."""

    ticks: list[Tick]
    times: list[float]
    made: list[Tick]
    made_times: list[float]


NO_BLOCK = TickBlock([], [], [], [])
