"""The inbox: signals are rejected with a reason, put aside, woken, and expire by the market's time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.domain import events as ev
from app.domain.errors import UserError
from app.domain.signals import Signal, SignalId, SignalState
from app.domain.strategies import Mode
from tests.support.core import Trader


async def waiting(trader: Trader) -> Signal:
    """Return a signal that waits for an answer."""
    await trader.trending(await trader.instrument(), +1)
    strategy = await trader.strategy(Mode.ASK)
    trader.pass_a_bar()
    result = await trader.core.runs.run(strategy.id, "AAPL")
    assert result.signal is not None
    return trader.state.signals[result.signal]


def now_is(trader: Trader, moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trader.core.clock, "market", lambda: moment)


@pytest.mark.parametrize("sessions", [1, 3])
async def test_a_signal_expires_at_the_close_of_the_session_after_its_bar_or_a_later_one(
    wide_trader: Trader, monkeypatch: pytest.MonkeyPatch, sessions: int
) -> None:
    aapl = await wide_trader.instrument()
    await wide_trader.trending(aapl, +1)
    strategy = await wide_trader.strategy(Mode.ASK, expiry_sessions=sessions)
    result = await wide_trader.core.runs.run(strategy.id, "AAPL")
    assert result.signal is not None
    signal = wide_trader.state.signals[result.signal]
    calendar = wide_trader.core.runs._calendar
    last = calendar.last_closed(wide_trader.core.clock.market())
    for _ in range(sessions):
        last = calendar.next_session(last)
    assert signal.expires == calendar.close_of(last)

    monkeypatch.setattr(wide_trader.core.clock, "market", lambda: signal.expires - timedelta(seconds=1))
    await wide_trader.core.inbox.pass_time()
    await wide_trader.core.facts.settle()
    assert wide_trader.state.signals[signal.id].state is SignalState.ACTIVE
    monkeypatch.setattr(wide_trader.core.clock, "market", lambda: signal.expires)
    await wide_trader.core.inbox.pass_time()
    await wide_trader.core.facts.settle()
    assert wide_trader.state.signals[signal.id].state is SignalState.EXPIRED
    review = await wide_trader.core.runs.approve(signal.id)
    assert "expired" in review.why_not


async def test_a_rejection_says_by_whom_and_why_and_ends_the_signal(wide_trader: Trader) -> None:
    signal, inbox = await waiting(wide_trader), wide_trader.core.inbox
    with pytest.raises(UserError, match="A rejection needs a reason"):
        await inbox.reject(signal.id, "  ")
    await inbox.reject(signal.id, " earnings tomorrow ")
    found = wide_trader.state.signals[signal.id]
    assert (found.state, found.state_by, found.state_why) == (SignalState.REJECTED, "hand", "earnings tomorrow")
    review = await wide_trader.core.runs.approve(signal.id)
    assert "rejected" in review.why_not
    for answer in (inbox.reject(signal.id, "again"), inbox.snooze(signal.id, signal.expires), inbox.wake(signal.id)):
        with pytest.raises(UserError, match=r"rejected already \(earnings tomorrow\); only an active one"):
            await answer
    with pytest.raises(UserError, match="There is no signal nothing"):
        await inbox.reject(SignalId("nothing"), "no")


async def test_a_signal_that_was_put_aside_comes_back_and_expires_as_any_other(
    wide_trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    signal, inbox = await waiting(wide_trader), wide_trader.core.inbox
    until = wide_trader.core.clock.market() + (signal.expires - wide_trader.core.clock.market()) / 2
    await inbox.snooze(signal.id, until)
    asleep = wide_trader.state.signals[signal.id]
    assert asleep.is_snoozed(until - timedelta(seconds=1))
    assert await inbox.pass_time() == "0 of 1 active signals expired, 0 woke up."
    now_is(wide_trader, until, monkeypatch)
    assert await inbox.pass_time() == "0 of 1 active signals expired, 1 woke up."
    assert wide_trader.state.signals[signal.id].snoozed_until is None
    for bad in (until, signal.expires, until - timedelta(days=1)):
        with pytest.raises(UserError, match="A signal can be put aside until it expires"):
            await inbox.snooze(signal.id, bad)
    await inbox.snooze(signal.id, signal.expires - timedelta(seconds=1))
    await inbox.wake(signal.id)
    assert wide_trader.state.signals[signal.id].snoozed_until is None
    await inbox.snooze(signal.id, signal.expires - timedelta(seconds=1))
    now_is(wide_trader, signal.expires, monkeypatch)
    assert await inbox.pass_time() == "1 of 1 active signals expired, 0 woke up."
    assert wide_trader.state.signals[signal.id].state is SignalState.EXPIRED


async def test_a_signal_whose_strategy_was_deleted_says_so_everywhere(wide_trader: Trader) -> None:
    signal = await waiting(wide_trader)
    deleted = ev.StrategyDeleted(at=wide_trader.core.clock.now(), strategy=signal.strategy, by="hand")
    await wide_trader.core.facts.enter(deleted)
    found = wide_trader.state.signals[signal.id]
    assert (found.state, found.state_why) == (SignalState.REJECTED, "its strategy was deleted")
    assert wide_trader.core.runs.why_not(found) == "Its strategy or instrument is not known any more."
    with pytest.raises(UserError, match="The strategy Three of four of this signal was deleted"):
        await wide_trader.core.runs.approve(signal.id)
    with pytest.raises(UserError, match="There is no strategy three-of-four"):
        await wide_trader.core.runs.run(signal.strategy, "AAPL")
    assert await wide_trader.core.outcomes.find()
    loaded = await wide_trader.core.store.journal.load()
    assert loaded.strategies == {}
    assert loaded.signals[signal.id] == found
