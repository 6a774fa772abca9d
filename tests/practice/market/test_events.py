"""Levels and halts at any moment."""

from __future__ import annotations

import pytest

from app.practice.market.events import EventKind, MarketEvent, Timeline


def timeline(*events: MarketEvent) -> Timeline:
    made = Timeline()
    for event in events:
        made.add(event)
    return made


def test_a_move_counts_for_later_trades_only() -> None:
    line = timeline(MarketEvent(1, 10.0, EventKind.MOVE, 500, 100, 1.5))
    assert [line.level_at(at) for at in (9.0, 10.0, 10.1)] == [1.0, 1.0, 1.5]
    assert [line.level_after(at) for at in (9.0, 10.0, 10.1)] == [1.0, 1.5, 1.5]


def test_the_last_of_two_moves_at_one_moment_counts() -> None:
    line = timeline(
        MarketEvent(1, 10.0, EventKind.MOVE, 500, 100, 1.5), MarketEvent(1, 10.0, EventKind.MOVE, 600, 100, 1.8)
    )
    assert line.level_after(10.0) == line.level_at(11.0) == 1.8


def test_a_halt_lasts_until_its_resume() -> None:
    line = timeline(MarketEvent(1, 10.0, EventKind.HALT), MarketEvent(1, 20.0, EventKind.RESUME))
    assert [line.is_halted(at) for at in (9.9, 10.0, 19.9, 20.0)] == [False, True, True, False]


def test_trades_may_be_recorded_late_but_the_level_of_the_past_stays() -> None:
    line = timeline(MarketEvent(1, 10.0, EventKind.MOVE, 500, 100, 1.5), MarketEvent(1, 5.0, EventKind.PRINT, 400, 1))
    assert [event.at for event in line.between(0.0, 11.0)] == [5.0, 10.0]
    with pytest.raises(ValueError, match="too late"):
        line.add(MarketEvent(1, 9.0, EventKind.MOVE, 300, 100, 0.9))


def test_the_latest_trade_is_a_move_or_a_print() -> None:
    line = timeline(MarketEvent(1, 5.0, EventKind.PRINT, 400, 1), MarketEvent(1, 10.0, EventKind.HALT))
    assert line.latest_trade(4.9) is None
    found = line.latest_trade(11.0)
    assert found is not None
    assert found.units == 400
