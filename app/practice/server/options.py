"""How a practice gateway is run."""

from __future__ import annotations

from dataclasses import dataclass

from app.practice.accounts.commissions import Schedule
from app.practice.hours import MarketMode
from app.practice.replay import Replay
from app.practice.server.limits import DEFAULT_LIMITS, Limit
from app.practice.wire.text import NEWEST


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line decided."""

    accounts: tuple[str, ...] = ("DUT000001",)
    seed: int = 1
    market: MarketMode = "always"
    server_version: int = NEWEST
    limits: frozenset[Limit] = DEFAULT_LIMITS
    commission: Schedule = Schedule.FIXED
    is_read_only: bool = False
    replay: Replay | None = None
