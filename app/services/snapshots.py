"""The job that keeps what an account was worth at each session's close, once; what was missed is told, not invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.domain.broker import AccountFigures
from app.domain.errors import Retryable
from app.domain.events import SnapshotTaken
from app.domain.instruments import InstrumentKind
from app.domain.money import ZERO
from app.domain.returns import Snapshot
from app.runtime.clock import Clock
from app.services.facts import Facts
from app.services.portfolio import Portfolio
from app.services.ports import Calendar
from app.services.session import Session

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

    def __init__(self, facts: Facts, portfolio: Portfolio, calendar: Calendar, session: Session, clock: Clock) -> None:
        self._facts = facts
        self._portfolio = portfolio
        self._calendar = calendar
        self._session = session
        self._clock = clock

    async def take(self) -> str:
        """Keep the newest close of the account if it is not kept yet, and say what came of it in a sentence.

        Raise Retryable while the account's figures are not known.
        """
        account, now = self._session.view.account, self._clock.market()
        session = self._calendar.last_closed(now)
        if (account, session.isoformat()) in self._facts.state.snapshots:
            return f"The close of {session} is kept."
        if not self._is_open(session):
            return f"The close of {session} was missed: its figures are no longer told."
        figures = self._portfolio.figures(account) if self._session.view.is_ready else None
        if figures is None or figures.net_liquidation is None:
            raise Retryable("The account's figures are not known yet.")
        late_s = (now - self._calendar.close_of(session)).total_seconds()
        snapshot = self._snapshot(figures, figures.net_liquidation, session, now, late_s)
        await self._facts.enter(SnapshotTaken(at=self._clock.now(), snapshot=snapshot))
        return f"The close of {session} was kept, {round(late_s)} s after it."

    def of(self, account: str) -> tuple[Snapshot, ...]:
        """Return an account's snapshots, oldest first."""
        mine = (snapshot for key, snapshot in self._facts.state.snapshots.items() if key[0] == account)
        return tuple(sorted(mine, key=lambda snapshot: snapshot.session))

    def traded_since(self, account: str, moment: datetime) -> Decimal | None:
        """Return the cash in the base currency that executions after a moment moved; None while a rate is unknown.

        Futures and currency pairs exchange no cash for their worth; their commissions count.
        """
        total, state = ZERO, self._facts.state
        for fill in state.fills.values():
            if fill.account != account or fill.at <= moment:
                continue
            instrument = state.instruments.get(fill.con_id)
            fx = self._portfolio.fx(instrument.currency, account) if instrument else None
            if instrument is None or fx is None:
                return None
            is_paid = instrument.kind not in (InstrumentKind.FUTURE, InstrumentKind.FX)
            cash = -fill.signed * fill.price * fill.worth if is_paid else ZERO
            total += (cash - (fill.cost or ZERO)) * fx
        return total

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

    def _snapshot(
        self, figures: AccountFigures, worth: Decimal, session: date, now: datetime, late_s: float
    ) -> Snapshot:
        taken = self.of(figures.account)
        before = self._calendar.last_closed(self._calendar.close_of(session) - timedelta(seconds=1))
        is_on_time = late_s <= ON_TIME_S
        return Snapshot(
            account=figures.account,
            session=session.isoformat(),
            taken=now,
            late_s=late_s,
            currency=figures.currency,
            net_liquidation=worth,
            cash=figures.cash,
            day_pnl=figures.day_pnl if is_on_time else None,
            unrealized=figures.unrealized_pnl,
            realized=figures.realized_pnl if is_on_time else None,
            exposure=self._portfolio.exposure(figures.account),
            initial_margin=figures.initial_margin,
            maintenance_margin=figures.maintenance_margin,
            positions=len(self._portfolio.positions(figures.account)),
            before=before.isoformat(),
            traded=self.traded_since(figures.account, taken[-1].taken) if taken else None,
        )
