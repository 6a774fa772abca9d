"""Bars that follow the market: five-second bars and historical queries that are kept up to date."""

from __future__ import annotations

import time
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from app.practice.contracts import Contract
from app.practice.market import Tick
from app.practice.server.dispatch import answers
from app.practice.server.history import bar_rows, bars_of
from app.practice.wire import records, replies, requests
from app.practice.wire.codes import DUPLICATE_TICKER, INVALID, NO_TICKER

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway
    from app.practice.server.session import Session

FIVE = 5
# Real seconds between two updates of one query that is kept up to date.
UPDATE_EVERY = 0.25
# After a jump of the clock only so many five-second bars are made up for.
MOST_MISSED = 12


@dataclass(slots=True, eq=False)
class Followed:
    """A historical query that is kept up to date."""

    session: Session
    request: requests.HistoricalData
    contract: Contract
    last_start: float
    last_told: records.HistoryBar | None = None
    has_news: bool = False
    updated: float = 0.0


@dataclass(slots=True, eq=False)
class FiveSeconds:
    """A subscription to five-second bars; `next_start` is where the next bar begins."""

    session: Session
    request: requests.RealtimeBars
    contract: Contract
    next_start: int
    last_close: float


class BarFeed:
    """All bar subscriptions."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._followed: dict[tuple[Session, int], Followed] = {}
        self._five: dict[tuple[Session, int], FiveSeconds] = {}

    def follow(self, session: Session, request: requests.HistoricalData, contract: Contract, last_start: float) -> None:
        """Keep a historical query up to date."""
        self.unfollow(session, request.req_id)
        self._followed[session, request.req_id] = Followed(session, request, contract, last_start)
        self._gateway.market.watch(contract.con_id)

    def unfollow(self, session: Session, req_id: int) -> bool:
        """Stop following; return whether the query ran."""
        query = self._followed.pop((session, req_id), None)
        if query is not None:
            self._gateway.market.unwatch(query.contract.con_id)
        return query is not None

    def followed_by(self, session: Session) -> list[int]:
        """Return the request ids of a session's queries that are kept up to date."""
        return [req_id for owner, req_id in self._followed if owner is session]

    def count(self, session: Session) -> int:
        """Return how many queries of a session are kept up to date."""
        return sum(owner is session for owner, _ in self._followed)

    def subscribe(self, session: Session, request: requests.RealtimeBars, contract: Contract) -> bool:
        """Start five-second bars; return whether the request id was free."""
        if (session, request.req_id) in self._five:
            return False
        now = self._gateway.clock.now()
        begins = (int(now) // FIVE + 1) * FIVE
        last = self._gateway.market.quote(contract.con_id, now).last
        self._five[session, request.req_id] = FiveSeconds(session, request, contract, begins, last)
        return True

    def unsubscribe(self, session: Session, req_id: int) -> bool:
        """Stop five-second bars; return whether there were any."""
        return self._five.pop((session, req_id), None) is not None

    def drop(self, session: Session) -> None:
        """End every subscription of a session."""
        for owner, req_id in [key for key in self._followed if key[0] is session]:
            self.unfollow(owner, req_id)
        for key in [key for key in self._five if key[0] is session]:
            del self._five[key]

    def on_tick(self, tick: Tick) -> None:
        """Note which followed queries have news."""
        for query in self._followed.values():
            if query.contract.con_id == tick.con_id:
                query.has_news = True

    def refresh(self) -> None:
        """Look at every followed query again, after a jump of the clock."""
        for query in self._followed.values():
            query.has_news = True

    def beat(self) -> None:
        """Tell the bars that are due."""
        real = time.monotonic()
        for query in self._followed.values():
            if query.has_news and real - query.updated >= UPDATE_EVERY:
                query.updated, query.has_news = real, False
                self._update(query)
        now = self._gateway.clock.now()
        for line in self._five.values():
            if line.next_start + FIVE <= now:
                self._tell_five(line, now)

    def _update(self, query: Followed) -> None:
        """Tell every bar since the last one told, that one included: it may have closed meanwhile."""
        now, asked = self._gateway.clock.now(), query.request
        bars = bars_of(
            self._gateway, query.contract, asked, asked.what.upper(), start=query.last_start, end=now, now=now
        )
        rows = bar_rows(bars, asked.bar_size, asked.date_format, query.session.version, query.contract.time_zone)
        for row in rows:
            if row != query.last_told:
                query.session.send(_update_of(asked.req_id, row))
        if rows:
            query.last_told, query.last_start = rows[-1], float(bars.start[-1])

    def _tell_five(self, line: FiveSeconds, now: float) -> None:
        ends = int(now) // FIVE * FIVE
        begins = max(line.next_start, ends - MOST_MISSED * FIVE)
        bars = self._gateway.market.bars(
            line.contract.con_id, "5 secs", start=begins, end=ends, now=now, what=line.request.what.upper()
        )
        traded = dict(zip(bars.start.tolist(), range(len(bars)), strict=True))
        for start in range(begins, ends, FIVE):
            at = traded.get(start)
            prices = (
                [line.last_close] * 4
                if at is None
                else [float(column[at]) for column in (bars.open, bars.high, bars.low, bars.close)]
            )
            line.last_close = prices[3]
            line.session.send(
                replies.RealtimeBar(
                    req_id=line.request.req_id,
                    time=start,
                    open=prices[0],
                    high=prices[1],
                    low=prices[2],
                    close=prices[3],
                    volume=Decimal(0 if at is None else int(bars.volume[at])),
                    average=prices[3] if at is None else round(float(bars.wap[at]), 6),
                    count=0 if at is None else int(bars.count[at]),
                )
            )
        line.next_start = ends


def _update_of(req_id: int, row: records.HistoryBar) -> replies.HistoryUpdate:
    return replies.HistoryUpdate(
        req_id=req_id,
        count=row.count,
        date=row.date,
        open=row.open,
        close=row.close,
        high=row.high,
        low=row.low,
        average=row.average,
        volume=row.volume,
    )


@answers(requests.RealtimeBars)
def realtime_bars(gateway: Gateway, session: Session, request: requests.RealtimeBars) -> None:
    """Start five-second bars."""
    contract = gateway.resolve(session, request.req_id, request.contract)
    if contract is None or not gateway.faults.allows_data(session, request.req_id):
        return
    if request.what.upper() not in {"TRADES", "MIDPOINT", "BID", "ASK"}:
        session.complain(request.req_id, INVALID.about("b5", f"Real time bars of {request.what} are not available"))
    elif not gateway.bars.subscribe(session, request, contract):
        session.complain(request.req_id, DUPLICATE_TICKER)


@answers(requests.CancelRealtimeBars)
def cancel_realtime_bars(gateway: Gateway, session: Session, request: requests.CancelRealtimeBars) -> None:
    """Stop five-second bars."""
    if not gateway.bars.unsubscribe(session, request.req_id):
        session.complain(request.req_id, NO_TICKER.about(request.req_id))
