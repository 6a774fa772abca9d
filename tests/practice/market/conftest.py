"""A market with fixed time, and a way to see all of its ticks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import pytest

from app.practice.hours import MarketMode, hours_of
from app.practice.market import Anchor, Market, MarketEvent
from app.practice.universe import practice_universe

AAPL, MSFT, IBM, GOOG, FB, SPY = range(900_000_001, 900_000_007)
# A Tuesday morning of an ordinary week in New York.
START = datetime(2026, 6, 9, 14, 45, 12, 500_000, tzinfo=UTC).timestamp()

MarketMaker = Callable[..., Market]


@pytest.fixture
def make_market() -> MarketMaker:
    def make(
        mode: MarketMode = "always",
        seed: int = 7,
        now: float = START,
        anchor: Anchor | None = None,
        events: Iterable[MarketEvent] = (),
    ) -> Market:
        return Market(
            practice_universe(), hours_of("XNYS"), seed=seed, mode=mode, now=now, anchor=anchor, events=events
        )

    return make
