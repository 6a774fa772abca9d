"""Snapshots at the session's close and the track record made of them, over the practice gateway's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.broker import AccountFigures
from app.domain.events import SnapshotTaken
from app.domain.orders import Market, OrderState, Side
from app.domain.returns import Snapshot
from app.services import jobs, session, snapshots
from tests.support.core import Trader, trading
from tests.support.gateway import PracticeGateway


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr(jobs, "LOOK_EVERY_S", 0.05)


async def day_is_told(trader: Trader) -> None:
    """Return once the broker has told the account's day."""
    await heard(trader, lambda figures: figures.day_pnl is not None)


async def heard(trader: Trader, is_so: Callable[[AccountFigures], bool]) -> None:
    """Return once figures of the account are so."""
    told: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def hear(figures: AccountFigures) -> None:
        if is_so(figures) and not told.done():
            told.set_result(None)

    stop = trader.core.bus.on(AccountFigures, hear)
    if known := trader.core.portfolio.figures(trader.account):
        hear(known)
    await asyncio.wait_for(told, 10)
    stop()


async def until_market(trader: Trader, moment: datetime) -> None:
    """Let the market's time come to a moment."""
    seconds = (moment - trader.core.clock.market()).total_seconds()
    await trader.gateway.control({"do": "clock", "advance_s": seconds})


async def test_each_close_is_kept_once_on_time_with_its_day(tmp_path: Path, practice_gateway: PracticeGateway) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        core, account = trader.core, trader.account
        calendar = core.runs._calendar
        await day_is_told(trader)
        coming = calendar.session_of(core.clock.market())
        for session_ in (coming, calendar.next_session(coming)):
            await until_market(trader, calendar.close_of(session_) + timedelta(seconds=62))
            key = (account, session_.isoformat())
            await trader.until(lambda state, key=key: key in state.snapshots)
            taken = trader.state.snapshots[key]
            figures = core.portfolio.figures(account)
            assert figures is not None
            assert taken.net_liquidation == figures.net_liquidation
            assert taken.late_s < snapshots.ON_TIME_S
            assert taken.day_pnl is not None
            assert taken.before == calendar.last_closed(calendar.close_of(session_) - timedelta(seconds=1)).isoformat()
        count = len(trader.state.snapshots)
        assert (await core.snapshots.take()).endswith("is kept.")
        assert len(trader.state.snapshots) == count
        assert core.track.job(account).missed == ()
        assert core.track.job(account).next_close > core.clock.market()
    async with trading(tmp_path / "app", practice_gateway) as trader:
        assert len(trader.state.snapshots) == count
        assert [point.session for point in trader.core.track.curve(account)][-3:-1] == [
            coming.isoformat(),
            calendar.next_session(coming).isoformat(),
        ]


async def test_a_missed_close_is_told_and_not_made_up(tmp_path: Path, practice_gateway: PracticeGateway) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        core, account = trader.core, trader.account
        calendar = core.runs._calendar
        first = calendar.session_of(core.clock.market())
        missed = calendar.next_session(first)
        third = calendar.next_session(missed)
        await until_market(trader, calendar.close_of(first) + timedelta(seconds=62))
        await trader.until(lambda state: (account, first.isoformat()) in state.snapshots)
        await until_market(trader, calendar.close_of(third) + timedelta(hours=2))
        await trader.until(lambda state: (account, third.isoformat()) in state.snapshots)
        late = trader.state.snapshots[account, third.isoformat()]
        assert late.late_s > snapshots.ON_TIME_S
        assert (late.day_pnl, late.realized) == (None, None)
        assert core.track.job(account).missed == (missed,)
        points = {point.session: point for point in core.track.curve(account)}
        assert missed.isoformat() not in points
        assert points[third.isoformat()].flow == 0


async def test_trades_days_and_returns_come_from_what_happened(wide_trader: Trader) -> None:
    core, account = wide_trader.core, wide_trader.account
    assert core.track.statistics(account).expectancy is None
    aapl = await wide_trader.instrument()
    await wide_trader.bought(aapl, 6)
    risk = core.track.open_risk(account)
    (view,) = core.portfolio.positions(account)
    assert view.is_guarded
    assert view.last is not None
    assert view.stop is not None
    assert risk.money == (view.last - view.stop) * 6
    assert risk.r == pytest.approx(1, abs=0.2)
    assert [slice_.name for slice_ in core.track.breakdown(account).by_strategy] == ["By hand"]
    other = await wide_trader.instrument("MSFT")
    for side in (Side.BUY, Side.SELL):
        intent = await wide_trader.place(wide_trader.proposal(other, Market(), 3, side))
        await wide_trader.until_state(intent.entry.ref, OrderState.FILLED)
    await wide_trader.until(lambda state: all(fill.commission is not None for fill in state.fills.values()))
    (trade,) = core.track.trades(account)
    position = wide_trader.state.positions[account, other.con_id, None]
    assert trade.net == position.realized
    assert core.track.statistics(account).count == 1
    day = core.clock.now()
    for number, (worth, earned) in enumerate([("1000", None), ("1600", "100"), ("1440", "-160")]):
        taken = Snapshot(
            "DU9", date(2026, 1, 5 + number).isoformat(), day, 0.0, "USD", Decimal(worth),
            day_pnl=None if earned is None else Decimal(earned), before=date(2026, 1, 4 + number).isoformat(),
        )  # fmt: skip
        await core.facts.enter(SnapshotTaken(at=day, snapshot=taken))
    assert core.track.total_return("DU9") == Decimal("1.1") * Decimal("0.9") - 1
    assert core.track.worst_drawdown("DU9") == Decimal("-0.1")
    assert core.track.days("DU9") == {"2026-01-06": 100, "2026-01-07": -160}


async def test_a_holding_in_another_currency_is_told_in_the_base_by_the_broker_s_rate(wide_trader: Trader) -> None:
    core, account = wide_trader.core, wide_trader.account
    (euro, *_) = [one for one in await core.market.search("BERG") if one.currency == "EUR"]
    listing = await wide_trader.core.market.resolve(euro.symbol, euro.con_id)
    await core.market.watch(listing)
    await core.market.first_tick(listing.con_id)
    assert core.portfolio.fx("EUR", account) is None
    intent = await wide_trader.place(wide_trader.proposal(listing, Market(), 4))
    quoted = core.portfolio.fx_rate("EUR", account)
    assert quoted is not None
    await wide_trader.until_state(intent.entry.ref, OrderState.FILLED)
    await heard(wide_trader, lambda told: any(each.currency == "EUR" and each.rate for each in told.currencies))
    rate = core.portfolio.fx_rate("EUR", account)
    assert rate is not None
    assert rate.source == "the broker's account values"
    assert [one.currency for one in core.portfolio.rates(account)] == ["EUR"]
    assert rate.told is not None
    view = next(one for one in core.portfolio.positions(account) if one.position.con_id == listing.con_id)
    assert view.last is not None
    assert view.value == view.last * 4 * rate.rate
    assert [slice_.name for slice_ in core.track.breakdown(account).by_currency] == ["EUR"]
