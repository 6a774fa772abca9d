"""The job that keeps what an account was worth at each session's close, once; what was missed is told, not invented."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.broker import AccountFigures
from app.domain.events import SnapshotTaken
from app.domain.returns import Snapshot
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services.facts import Facts
from app.services.portfolio import Portfolio
from app.services.ports import Calendar
from app.services.session import Session

LOOK_EVERY_S = 5.0
SETTLES_S = 60.0
"""How long after the close the figures may need, where none came since."""
ON_TIME_S = 900.0
"""Up to here after the close the broker's day is still the session's."""


@dataclass(frozen=True, slots=True)
class SnapshotJob:
    """How the job stands: what it took last, when it is due next, and the sessions it has nothing of."""

    last: Snapshot | None
    next_close: datetime
    missed: tuple[date, ...]


class Snapshots:
    """Takes each session's figures between its close and the day of the next session."""

    def __init__(
        self,
        facts: Facts,
        portfolio: Portfolio,
        calendar: Calendar,
        session: Session,
        bus: Bus,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._facts = facts
        self._portfolio = portfolio
        self._calendar = calendar
        self._session = session
        self._clock = clock
        self._tasks = tasks
        self._posted: set[tuple[str, str]] = set()
        bus.on(AccountFigures, lambda figures: self._look(figures.account, has_news=True))

    def start(self) -> None:
        """Look from time to time, for accounts of which nothing new is told."""
        self._tasks.spawn(self._look_again(), name="snapshots")

    def of(self, account: str) -> tuple[Snapshot, ...]:
        """Return an account's snapshots, oldest first."""
        mine = (snapshot for key, snapshot in self._facts.state.snapshots.items() if key[0] == account)
        return tuple(sorted(mine, key=lambda snapshot: snapshot.session))

    def job(self, account: str) -> SnapshotJob:
        """Return how the job stands for an account."""
        taken, now = self.of(account), self._clock.market()
        session = self._calendar.session_of(now)
        return SnapshotJob(taken[-1] if taken else None, self._calendar.close_of(session), self._missed(taken, now))

    def _missed(self, taken: tuple[Snapshot, ...], now: datetime) -> tuple[date, ...]:
        if not taken:
            return ()
        have = {snapshot.session for snapshot in taken}
        sessions = self._calendar.sessions(date.fromisoformat(taken[0].session), self._calendar.last_closed(now))
        return tuple(session for session in sessions if session.isoformat() not in have and not self._is_open(session))

    def _is_open(self, session: date) -> bool:
        """Say whether a closed session may still be taken: the day of the next one has not begun."""
        today = self._clock.market().astimezone(ZoneInfo(self._calendar.zone)).date()
        return today < self._calendar.next_session(session)

    def _look(self, account: str, *, has_news: bool) -> None:
        now = self._clock.market()
        session = self._calendar.last_closed(now)
        late_s = (now - self._calendar.close_of(session)).total_seconds()
        key = (account, session.isoformat())
        figures, view = self._portfolio.figures(account), self._session.view
        is_told = has_news and figures is not None and figures.day_pnl is not None
        is_due = self._is_open(session) and (is_told or late_s >= SETTLES_S)
        if not is_due or key in self._posted or key in self._facts.state.snapshots:
            return
        if view.account != account or not view.is_ready or figures is None:
            return
        snapshot = self._snapshot(figures, session, now, late_s)
        if snapshot is not None:
            self._posted.add(key)
            self._facts.post(SnapshotTaken(at=self._clock.now(), snapshot=snapshot))

    def _snapshot(self, figures: AccountFigures, session: date, now: datetime, late_s: float) -> Snapshot | None:
        if figures.net_liquidation is None:
            return None
        before = self._calendar.last_closed(self._calendar.close_of(session) - timedelta(seconds=1))
        is_on_time = late_s <= ON_TIME_S
        return Snapshot(
            account=figures.account,
            session=session.isoformat(),
            taken=now,
            late_s=late_s,
            currency=figures.currency,
            net_liquidation=figures.net_liquidation,
            cash=figures.cash,
            day_pnl=figures.day_pnl if is_on_time else None,
            unrealized=figures.unrealized_pnl,
            realized=figures.realized_pnl if is_on_time else None,
            exposure=self._portfolio.exposure(figures.account),
            initial_margin=figures.initial_margin,
            maintenance_margin=figures.maintenance_margin,
            positions=len(self._portfolio.positions(figures.account)),
            before=before.isoformat(),
        )

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if account := self._session.view.account:
                self._look(account, has_news=False)
