"""The market as the product sees it: instruments, quotes and bars. Quotes are data, not facts."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

from app.domain.bars import Bars, BarsKey, Source, Timeframe, epoch, merge, monthly, weekly
from app.domain.broker import AccountClass, HistoryBudget, Priority
from app.domain.errors import Retryable, UserError
from app.domain.events import InstrumentLearned
from app.domain.hours import is_open
from app.domain.instruments import ConId, Instrument
from app.domain.quotes import Quote
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services.facts import Facts
from app.services.hours_check import HoursCheck
from app.services.order_books import OrderBooks
from app.services.ports import BarStore, Calendar, DataChannel, OpenCalendar
from app.services.session import Session, SessionState, SessionView
from app.services.sessions import Sessions

log = logging.getLogger(__name__)
PRACTICE_CON_IDS = 900_000_000
"""From here up contract ids are the practice gateway's: a listing of the same name elsewhere is another instrument."""
_BUILT_FROM_DAILY = {Timeframe.W1: 5, Timeframe.MO1: 23}


@dataclass(frozen=True, slots=True)
class BarsLoaded:
    """A series as a strategy or chart gets it: where it is kept and whether the gateway had to be asked."""

    key: BarsKey
    bars: Bars
    was_asked: bool


class Series:
    """A live series that somebody watches; `hear` gets the whole of it whenever it changes."""

    def __init__(self, instrument: Instrument, timeframe: Timeframe, count: int, hear: Callable[[Bars], None]) -> None:
        self.instrument = instrument
        self.timeframe = timeframe
        self.count = count
        self.hear = hear
        self.stop_feed: Callable[[], None] = lambda: None


class Market:
    """Searches, watches and loads. Subscriptions are ours: they come back after every reconnect."""

    def __init__(
        self,
        channel: DataChannel,
        store: BarStore,
        calendar: Calendar,
        open_calendar: OpenCalendar,
        session: Session,
        facts: Facts,
        bus: Bus,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._channel = channel
        self._store = store
        self._calendar = calendar
        self._session = session
        self._facts = facts
        self._bus = bus
        self._clock = clock
        self._tasks = tasks
        self._quotes: dict[ConId, Quote] = {}
        self._watchers: Counter[ConId] = Counter()
        self._series: list[Series] = []
        self._asked: dict[BarsKey, int] = {}
        self._described: dict[ConId, date] = {}
        self.books = OrderBooks(channel, bus, tasks)
        self._sessions = Sessions(calendar, open_calendar, bus, tasks)
        self.hours = HoursCheck(self._sessions, bus)
        """Where the gateway's hours are others than the calendar's."""
        self._is_up = False
        bus.on(SessionView, self._session_moved)

    # instruments

    async def search(self, pattern: str) -> tuple[Instrument, ...]:
        """Return listings whose symbol or name matches `pattern`, best first."""
        return await self._channel.search(pattern) if pattern.strip() else ()

    async def resolve(self, symbol: str, con_id: ConId | None = None) -> Instrument:
        """Return the one listing meant, described in full; raise UserError when there is none or several."""
        known = self._known(symbol, con_id)
        if known is not None:
            return known
        found = await self._channel.describe(symbol, con_id)
        if len(found) > 1:
            names = ", ".join(f"{one.symbol} on {one.primary_exchange} in {one.currency}" for one in found)
            raise UserError(f"{symbol} may mean {names}; search for it and pick one.")
        await self._facts.enter(InstrumentLearned(at=self._clock.now(), instrument=found[0]))
        return found[0]

    async def described(self, instrument: Instrument) -> Instrument:
        """Return an instrument with hours that speak of today; the broker states them for a few days only.

        It is asked once a day at most; while it does not answer, what is known stays.
        """
        known = self._facts.state.instruments.get(instrument.con_id, instrument)
        now = self._clock.market()
        is_told = is_open(known.liquid_hours, known.time_zone, now) is not None
        if is_told or not self._is_up or self._described.get(known.con_id) == now.date():
            return known
        try:
            fresh = (await self._channel.describe(known.symbol, known.con_id))[0]
        except (Retryable, UserError) as error:
            log.warning("%s is described as before: %s", known.symbol, error)
            return known
        self._described[known.con_id] = now.date()
        await self._facts.enter(InstrumentLearned(at=self._clock.now(), instrument=fresh))
        return fresh

    def is_ours(self, instrument: Instrument) -> bool:
        """Say whether an instrument is the connected gateway's: the practice market has listings of its own."""
        return (instrument.con_id >= PRACTICE_CON_IDS) is (self.source is Source.PRACTICE)

    def _known(self, symbol: str, con_id: ConId | None) -> Instrument | None:
        instruments = self._facts.state.instruments
        if con_id is not None:
            return instruments.get(con_id)
        wanted = symbol.strip().upper()
        named = [one for one in instruments.values() if one.symbol == wanted and self.is_ours(one)]
        return named[0] if len(named) == 1 else None

    # quotes

    def quote(self, con_id: ConId) -> Quote | None:
        """Return the newest quote, None when there is none."""
        return self._quotes.get(con_id)

    def tick_age_s(self, con_id: ConId) -> float | None:
        """Return how old the newest tick is, in seconds; None when there was none."""
        quote = self._quotes.get(con_id)
        return None if quote is None or not quote.arrived else self._clock.monotonic() - quote.arrived

    def hear(self, quote: Quote) -> None:
        """Take a quote from the data channel."""
        self._quotes[quote.con_id] = quote
        self._bus.publish(quote)

    async def first_tick(self, con_id: ConId, timeout_s: float = 5.0, *, is_traded: bool = True) -> bool:
        """Return once a price of an instrument is known; False when none came in time.

        What is not `is_traded` in prints, such as a currency pair, has a price once it has a bid and an ask.
        """
        came = asyncio.Event()

        def is_priced(quote: Quote | None) -> bool:
            if quote is None:
                return False
            return quote.last is not None or (not is_traded and None not in (quote.bid, quote.ask))

        def heard(quote: Quote) -> None:
            if quote.con_id == con_id and is_priced(quote):
                came.set()

        stop = self._bus.on(Quote, heard)
        try:
            if not is_priced(self._quotes.get(con_id)):
                async with asyncio.timeout(timeout_s):
                    await came.wait()
        except TimeoutError:
            return False
        finally:
            stop()
        return True

    async def watch(self, instrument: Instrument) -> None:
        """Have quotes of an instrument from now on; each watch is ended by one `unwatch`."""
        self._watchers[instrument.con_id] += 1
        if self._watchers[instrument.con_id] == 1 and self._is_up:
            try:
                await self._channel.watch(instrument)
            except (Retryable, UserError):
                self._forget_watch(instrument.con_id)
                raise

    async def unwatch(self, con_id: ConId) -> None:
        """End one watch."""
        if self._forget_watch(con_id) and self._is_up:
            await self._channel.unwatch(con_id)

    def _forget_watch(self, con_id: ConId) -> bool:
        """Count one watch less and say whether it was the last."""
        self._watchers[con_id] -= 1
        if self._watchers[con_id] > 0:
            return False
        del self._watchers[con_id]
        self._quotes.pop(con_id, None)
        return True

    # bars

    async def load(
        self, instrument: Instrument, timeframe: Timeframe, count: int, priority: Priority = Priority.STRATEGY
    ) -> BarsLoaded:
        """Return at least the newest `count` bars where there are so many; the gateway is asked for what is missing."""
        if timeframe in _BUILT_FROM_DAILY:
            daily = await self.load(instrument, Timeframe.D1, count * _BUILT_FROM_DAILY[timeframe], priority)
            return BarsLoaded(self._key(instrument, timeframe), self._built(daily.bars, timeframe), daily.was_asked)
        key = self._key(instrument, timeframe)
        stored = await self._store.read(key, count)
        if self._is_current(stored, timeframe) and max(len(stored), self._asked.get(key, 0)) >= count:
            return BarsLoaded(key, stored, was_asked=False)
        fetched = await self._channel.bars(instrument, timeframe, count, priority=priority)
        self._asked[key] = max(count, self._asked.get(key, 0))
        await self._store.write(key, fetched)
        return BarsLoaded(key, merge(stored, fetched).last(max(count, len(fetched))), was_asked=True)

    async def forget_bars(self, instrument: Instrument) -> None:
        """Drop every bar that is kept of an instrument, and fetch anew what is followed: they were all restated."""
        await self._store.forget(self.source, instrument.con_id)
        self._asked = {key: count for key, count in self._asked.items() if key.con_id != instrument.con_id}
        for series in [series for series in self._series if series.instrument.con_id == instrument.con_id]:
            if self._is_up:
                await self._feed(series)

    async def stored(self, instrument: Instrument, timeframe: Timeframe, count: int) -> Bars:
        """Return the newest `count` closed bars as far as the store has them; no gateway is asked."""
        if timeframe not in _BUILT_FROM_DAILY:
            return await self._store.read(self._key(instrument, timeframe), count)
        daily = await self._store.read(self._key(instrument, Timeframe.D1), count * _BUILT_FROM_DAILY[timeframe])
        return self._built(daily, timeframe).closed_only

    async def follow(
        self, instrument: Instrument, timeframe: Timeframe, count: int, hear: Callable[[Bars], None]
    ) -> Callable[[], None]:
        """Report a series now and whenever it changes, over reconnects; call the result to stop.

        What is refused now is not followed later either.
        """
        series = Series(instrument, timeframe, count, hear)
        self._series.append(series)
        try:
            if self._is_up:
                await self._feed(series)
        except BaseException:
            self._drop(series)
            raise
        return lambda: self._drop(series)

    def is_bar_current(self, last_bar: int, timeframe: Timeframe) -> bool:
        """Say whether a closed bar that began at `last_bar` is the newest there can be."""
        if timeframe is not Timeframe.D1:
            return self._clock.market().timestamp() - last_bar < 2 * timeframe.seconds
        newest = self._calendar.last_closed(self._clock.market())
        return last_bar >= epoch(newest)

    @property
    def lines(self) -> int:
        """How many instruments are watched: each takes one of the gateway's market data lines."""
        return len(self._watchers)

    async def retake(self) -> None:
        """Ask for live quotes of everything watched again; raise Retryable when there is no connection."""
        await self._channel.retake()

    @property
    def budget(self) -> HistoryBudget:
        """What of the gateway's pacing for history is used."""
        return self._channel.budget

    def sessions_of(self, instrument: Instrument, first: date, last: date) -> tuple[date, ...] | None:
        """Return the sessions an instrument trades in from one date to another; None where its calendar is not known.

        `SessionsKnown` tells of a calendar that was opened for the asking.
        """
        return self._sessions.of(instrument, first, last)

    @property
    def is_up(self) -> bool:
        """Say whether the gateway can be asked."""
        return self._is_up

    @property
    def source(self) -> Source:
        """Whose numbers these are."""
        practice = self._session.view.account_class is AccountClass.PRACTICE
        return Source.PRACTICE if practice else Source.GATEWAY

    def _key(self, instrument: Instrument, timeframe: Timeframe) -> BarsKey:
        return BarsKey(self.source, instrument.con_id, timeframe)

    def _is_current(self, stored: Bars, timeframe: Timeframe) -> bool:
        return bool(len(stored)) and self.is_bar_current(int(stored.time[-1]), timeframe)

    def _built(self, daily: Bars, timeframe: Timeframe) -> Bars:
        if not len(daily):
            return daily
        first, last = daily.date_at(0), daily.date_at(len(daily) - 1)
        if timeframe is Timeframe.W1:
            return weekly(daily, self._calendar.last_sessions_of_weeks(first, last))
        return monthly(daily, self._calendar.last_sessions_of_months(first, last))

    async def _feed(self, series: Series) -> None:
        series.stop_feed()
        base = Timeframe.D1 if series.timeframe in _BUILT_FROM_DAILY else series.timeframe
        count = series.count * _BUILT_FROM_DAILY.get(series.timeframe, 1)
        key = self._key(series.instrument, base)
        stored = await self._store.read(key, count)
        written = {"closed": 0}

        def changed(bars: Bars) -> None:
            if bars.closed != written["closed"]:
                written["closed"] = bars.closed
                self._tasks.spawn(self._store.write(key, bars.closed_only), name="keep bars")
            whole = merge(stored, bars)
            series.hear(self._built(whole, series.timeframe) if base is not series.timeframe else whole)

        series.stop_feed = await self._channel.follow_bars(series.instrument, base, count, changed)

    def _drop(self, series: Series) -> None:
        series.stop_feed()
        if series in self._series:
            self._series.remove(series)

    def _session_moved(self, view: SessionView) -> None:
        is_up = view.state in (SessionState.READY, SessionState.DEGRADED)
        if is_up and not self._is_up:
            self._is_up = True
            self._tasks.spawn(self._restore(), name="restore subscriptions")
        if view.state is SessionState.OFFLINE:
            self._is_up = False

    async def _restore(self) -> None:
        for con_id in list(self._watchers):
            instrument = self._facts.state.instruments.get(con_id)
            if instrument is not None:
                await self._tried(self._channel.watch(instrument))
        for series in list(self._series):
            await self._tried(self._feed(series))

    async def _tried(self, work: Awaitable[None]) -> None:
        try:
            await work
        except (Retryable, UserError) as error:
            log.warning("a subscription did not come back: %s", error)
