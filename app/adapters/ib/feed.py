"""History on one data connection: asked for in turn, followed, and asked for again when the line was lost."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from app.adapters.ib.contracts import contract_of
from app.adapters.ib.ears import PacingRefused
from app.adapters.ib.history import Row, Sessions, bar_size, bars_of, closed_count, duration, end_text
from app.adapters.ib.link import Link, lost
from app.adapters.ib.pacing import Pacing
from app.adapters.ib.series import Series
from app.domain.bars import Bars, Timeframe, from_columns
from app.domain.broker import Priority
from app.domain.errors import Retryable, TapelineError
from app.domain.instruments import Instrument

log = logging.getLogger(__name__)

HISTORY_S = 30.0
ATTEMPTS = 2
LIVE_LOST = frozenset({162, 10182, 10225})
"""Codes after which a followed series gets no more updates."""


class HistoryFeed:
    """The bars of one connection; `sessions` is the exchange calendar that says when a bar closes."""

    def __init__(self, link: Link, pacing: Pacing, sessions: Sessions | None) -> None:
        self._link = link
        self._pacing = pacing
        self._sessions = sessions
        self._followed: dict[int, Series] = {}
        self._waiting: list[Series] = []
        """Followed series that could not be asked for when it was tried last."""

    async def bars(
        self,
        instrument: Instrument,
        timeframe: Timeframe,
        count: int,
        end: datetime | None,
        priority: Priority,
    ) -> Bars:
        """Return at least the newest `count` bars before `end`, where there are so many."""
        bars = await self._paced(instrument, timeframe, duration(timeframe, count), end, priority)
        if len(bars) < count and len(bars):
            # Holidays, a young session or a late start: look once further back.
            bars = await self._paced(instrument, timeframe, duration(timeframe, 2 * count), end, priority)
        return bars

    async def follow(
        self, instrument: Instrument, timeframe: Timeframe, count: int, hear: Callable[[Bars], None]
    ) -> Callable[[], None]:
        """Report a series now and whenever it changes; the result stops it."""
        series = Series(instrument, timeframe, count, self._sessions, hear)
        await self._start(series)
        return lambda: self._stop(series)

    def heard(self, request_id: int, row: Row) -> None:
        """Take an update."""
        if series := self._followed.get(request_id):
            series.update(row)

    def flush(self) -> None:
        """Tell the listeners of series that changed."""
        for series in tuple(self._followed.values()):
            series.flush()

    def settle(self, now: datetime) -> None:
        """Close the bars whose time is over by the gateway's clock."""
        for series in tuple(self._followed.values()):
            series.settle(now.timestamp())
        self.flush()

    def lost(self, request_id: int, code: int) -> Series | None:
        """Return the followed series that a message brings to a standstill, None when it says nothing of the kind."""
        return self._followed.get(request_id) if code in LIVE_LOST else None

    async def renew(self) -> bool:
        """Ask for every followed series again; say whether all of them came."""
        again, self._waiting = (*self._followed.values(), *self._waiting), []
        for series in again:
            self._unsubscribe(series)
            if not series.is_stopped:
                try:
                    await self._start(series)
                except TapelineError as error:
                    self._waiting.append(series)
                    log.warning(
                        "the %s bars of %s did not come back: %s", series.timeframe, series.instrument.symbol, error
                    )
        return not self._waiting

    # inside

    async def _start(self, series: Series) -> None:
        id_ = self._link.next_id()
        self._followed[id_] = series
        series.request_id = id_
        wanted = duration(series.timeframe, series.count)
        try:
            series.replace(
                await self._paced(series.instrument, series.timeframe, wanted, None, Priority.CHART, follow=id_)
            )
        except BaseException:
            self._unsubscribe(series)
            raise
        series.flush()

    def _stop(self, series: Series) -> None:
        series.is_stopped = True
        self._unsubscribe(series)

    def _unsubscribe(self, series: Series) -> None:
        if self._followed.pop(series.request_id, None) is not None:
            self._cancel(series.request_id)

    def _cancel(self, request_id: int) -> None:
        if self._link.is_open:
            self._link.socket.cancelHistoricalData(request_id)

    async def _paced(
        self,
        instrument: Instrument,
        timeframe: Timeframe,
        wanted: str,
        end: datetime | None,
        priority: Priority,
        *,
        follow: int = 0,
    ) -> Bars:
        what = (instrument.con_id, timeframe, wanted, end, bool(follow))
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._pacing.turn(what, priority=priority):
                    return await self._ask(instrument, timeframe, wanted, end, follow)
            except PacingRefused:
                self._pacing.complained()
                if attempt == ATTEMPTS:
                    raise
        raise lost()

    async def _ask(
        self, instrument: Instrument, timeframe: Timeframe, wanted: str, end: datetime | None, follow: int
    ) -> Bars:
        now = await self._link.heartbeat()
        id_ = follow or self._link.next_id()
        contract, text = contract_of(instrument), end_text(end)

        def send(id_: int) -> None:
            self._link.socket.reqHistoricalData(
                id_, contract, text, wanted, bar_size(timeframe), "TRADES", True, 2, bool(follow), []
            )

        what = f"the {timeframe} bars of {instrument.symbol}"
        try:
            bars = bars_of(await self._link.ask(send, what=what, within=HISTORY_S, key=id_))
        except Retryable:
            if not follow:
                self._cancel(id_)
            raise
        closed = closed_count(bars, timeframe, self._sessions, now)
        return from_columns(
            {name: getattr(bars, name) for name in ("time", "open", "high", "low", "close", "volume")}, closed
        )
