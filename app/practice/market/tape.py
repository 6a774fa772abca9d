"""One instrument over time: its sessions, its trades and its quote at any moment."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from math import inf, prod

import numpy as np

from app.practice.contracts import Contract
from app.practice.hours import Hours, MarketMode
from app.practice.market.actions import ActionKind, Actions, CorporateAction
from app.practice.market.daily import Bar
from app.practice.market.events import EventKind, MarketEvent, Timeline
from app.practice.market.grid import Grid
from app.practice.market.minutes import MINUTE, Minutes
from app.practice.market.overlay import SessionTape
from app.practice.market.quote import NO_BLOCK, Quote, TickBlock
from app.practice.market.ticks import Tick, TickColumns, priced

_SESSIONS_KEPT = 2
_BLOCKS_KEPT = 3


class Tape(ABC):
    """An instrument's past, present and (generated, never shown) future; after `ends_at` nothing trades any more."""

    def __init__(
        self,
        contract: Contract,
        hours: Hours,
        grid: Grid,
        *,
        mode_of: Callable[[date], MarketMode],
        ends_at: float = inf,
        actions: Actions | None = None,
    ) -> None:
        self.contract = contract
        self.hours = hours
        self.grid = grid
        self.units_per_price = grid.units_per_price
        self.timeline = Timeline(actions)
        self.ends_at = ends_at
        self.mode_of = mode_of
        self._sessions: OrderedDict[date, SessionTape] = OrderedDict()
        self._blocks: OrderedDict[int, TickBlock] = OrderedDict()
        self._bars: dict[date, Bar | None] = {}

    @property
    @abstractmethod
    def first_session(self) -> date:
        """The first session with a bar."""

    @property
    @abstractmethod
    def volatility(self) -> float:
        """A usual day's relative standard deviation."""

    @abstractmethod
    def _undisturbed(self, day: date) -> tuple[Minutes, Callable[[int], TickColumns]]:
        """Return a session's minutes, and what gives the trades of one of them, as nothing had happened to it."""

    def window(self, session: date) -> tuple[float, float]:
        """Return when the session's trading begins and ends."""
        return self.hours.window(session, self.mode_of(session))

    def is_open(self, at: float) -> bool:
        """Return whether the instrument's market is open, halted or not."""
        session = self.hours.session_of(at)
        if not self.window(session)[0] <= at < self.ends_at:
            return False
        pause = self.pause(session)
        return not (pause and pause[0] <= at < pause[1])

    def pause(self, session: date) -> tuple[float, float] | None:
        """Return when the session rests, which the always open market never does."""
        return self.hours.lunch(session) if self.mode_of(session) == "hours" else None

    def session(self, day: date) -> SessionTape:
        """Return a session as it happened (or will)."""
        found = self._sessions.get(day)
        if found is None:
            found = self._sessions[day] = SessionTape(*self._undisturbed(day), self.timeline, self.grid)
            if len(self._sessions) > _SESSIONS_KEPT:
                self._sessions.popitem(last=False)
        else:
            self._sessions.move_to_end(day)
        return found

    def bar(self, day: date) -> Bar | None:
        """Return the whole daily bar of a session, None when nothing traded; raises KeyError before the first one."""
        if day not in self._bars:
            self._bars[day] = self._whole_bar(day)
        return self._bars[day]

    def bar_so_far(self, day: date, at: float) -> Bar | None:
        """Return the daily bar of a session up to a moment in it, None before its first trade."""
        opens, high, low, volume = self._day_so_far(day, at)
        if not opens:
            return None
        return opens, high, low, round(self.last_tick(at).price * self.units_per_price), volume

    def add(self, event: MarketEvent) -> None:
        """Let something happen to the instrument; what was before it stays."""
        if event.kind == EventKind.SPLIT:
            self._announce_split(event)
            return
        self.timeline.add(event)
        today = self.hours.session_of(event.at)
        running = self._sessions.get(today) if self.window(today)[0] < event.at else None
        self.forget(event.at)
        if running is not None:
            running.apply(event)
            self._sessions[today] = running

    def _announce_split(self, event: MarketEvent) -> None:
        session, ratio = self.hours.session_of(event.at), event.ratio
        self.timeline.actions.add(
            CorporateAction(event.at, event.con_id, session, ActionKind.SPLIT, ratio=ratio, factor=1.0 / ratio)
        )
        self.forget(event.at)

    def dividend(self, action: CorporateAction) -> float:
        """Return what a share pays: the action's part of the close before it, in the quoted unit, to four places."""
        close = self.close_before(action.session, action.at - 1.0) / self.units_per_price
        return round((1.0 - action.factor) * close, 4)

    def forget(self, since: float) -> None:
        """Make everything from the session of that moment on anew when it is asked for."""
        today = self.hours.session_of(since)
        self._sessions = OrderedDict((day, tape) for day, tape in self._sessions.items() if day < today)
        self._bars = {day: bar for day, bar in self._bars.items() if day < today}
        self._blocks.clear()

    def block(self, minute: int) -> TickBlock:
        """Return the trades of the minute that begins at that epoch second; empty while the market is closed."""
        found = self._blocks.get(minute)
        if found is None:
            found = self._blocks[minute] = self._made_block(minute)
            if len(self._blocks) > _BLOCKS_KEPT:
                self._blocks.popitem(last=False)
        return found

    def columns(self, minute: int) -> TickColumns | None:
        """Return the trades of one minute as columns, or None while the market is closed."""
        day = self.hours.session_of(minute)
        if minute < self.window(day)[0] or minute >= self.ends_at:
            return None
        tape = self.session(day)
        return tape.ticks((minute - tape.minutes.start) // MINUTE)

    def due(self, after: float, until: float) -> list[Tick]:
        """Return the market's own ticks with after < at <= until; both lie in one minute."""
        block = self.block(int(after) // MINUTE * MINUTE)
        times = block.made_times
        return block.made[bisect_right(times, after) : bisect_right(times, until)]

    def last_tick(self, at: float) -> Tick:
        """Return the newest trade not later than `at`."""
        at = self.alive_at(at)
        block = self.block(int(at) // MINUTE * MINUTE)
        index = bisect_right(block.times, at)
        return block.ticks[index - 1] if index else self._tick_before(at)

    def alive_at(self, at: float) -> float:
        """Return the moment, or the last one in which the instrument traded."""
        return min(at, self.ends_at - 0.001)

    def unmoved_units(self, at: float) -> float:
        """Return the price that the market would have at a moment had nobody moved it, in price units."""
        tick = self.last_tick(at)
        return round(tick.price * self.units_per_price) / self.timeline.moved_after(at)

    def first_touch(self, start: float, end: float, low: float, high: float) -> float | None:
        """Return when (at the earliest at `start`) the first minute begins that trades <= low or >= high, or None."""
        floor, ceiling = low * self.units_per_price, high * self.units_per_price
        day = self.hours.session_of(start)
        while self.window(day)[0] < min(end, self.ends_at):
            bar = self.bar(day)
            if bar is not None and (bar[2] <= floor or bar[1] >= ceiling):
                m = self.session(day).minutes
                began = m.start + MINUTE * np.arange(len(m))
                touched = ((m.low <= floor) | (m.high >= ceiling)) & (m.ticks > 0)
                found = np.flatnonzero(touched & (began + MINUTE > start) & (began < end))
                if len(found):
                    return max(start, float(began[found[0]]))
            day = self.hours.next_session(day)
        return None

    def quote(self, at: float) -> Quote:
        """Return the market's face at a moment; after a close it shows that session until the next one begins."""
        at = self.alive_at(at)
        day = self.hours.session_of(at)
        if at < self.window(day)[0]:
            day = self.hours.previous_session(day)
        tick = self.last_tick(at)
        opens, high, low, volume = self._day_so_far(day, at)
        per = self.units_per_price
        return Quote(
            bid=tick.bid, ask=tick.ask, bid_size=tick.bid_size, ask_size=tick.ask_size,
            last=tick.price, last_size=tick.size, last_at=tick.at, volume=volume,
            open=opens / per if opens else None, high=high / per if opens else None,
            low=low / per if opens else None, close=self.close_before(day, at) / per,
            halted=self.timeline.is_halted(at),
        )  # fmt: skip

    def _day_so_far(self, day: date, at: float) -> tuple[int, int, int, int]:
        minutes = self.session(day).minutes
        whole = min(int(at - minutes.start) // MINUTE, len(minutes))
        traded = np.flatnonzero(minutes.ticks[:whole])
        parts: list[tuple[int, int, int, int]] = []
        if len(traded):
            parts.append(
                (
                    int(minutes.open[traded[0]]),
                    int(minutes.high[traded].max()),
                    int(minutes.low[traded].min()),
                    int(minutes.volume[:whole].sum()),
                )
            )
        if whole < len(minutes):
            columns = self.session(day).ticks(whole)
            count = int(np.searchsorted(columns.at, at, side="right"))
            if count:
                price = columns.price[:count]
                parts.append((int(price[0]), int(price.max()), int(price.min()), int(columns.size[:count].sum())))
        if not parts:
            return 0, 0, 0, 0
        return parts[0][0], max(p[1] for p in parts), min(p[2] for p in parts), sum(p[3] for p in parts)

    def close_before(self, day: date, now: float) -> float:
        """Return the last close before a session in price units, adjusted for the splits since."""
        while day > self.first_session:
            day = self.hours.previous_session(day)
            bar = self.bar(day)
            if bar is not None:
                return bar[3] * self.adjustment(day, now)
        bar = self.bar(self.first_session)
        return bar[0] if bar else 0

    def adjustment(self, day: date, now: float, *, with_dividends: bool = False) -> float:
        """Return what prices of a session are multiplied with when they are told at `now`."""
        actions = self.timeline.actions.adjustments(now, with_dividends=with_dividends)
        return prod(action.factor for action in actions if action.session > day)

    def _whole_bar(self, day: date) -> Bar | None:
        return self.session(day).bar()

    def _made_block(self, minute: int) -> TickBlock:
        columns = self.columns(minute)
        if columns is None or not len(columns.at):
            return NO_BLOCK
        ticks = priced(self.contract.con_id, columns, self.grid)
        times = columns.at.tolist()
        if columns.added is None:
            return TickBlock(ticks, times, ticks, times)
        made = [tick for tick, added in zip(ticks, columns.added.tolist(), strict=True) if not added]
        return TickBlock(ticks, times, made, [tick.at for tick in made])

    def _tick_before(self, at: float) -> Tick:
        """Look back over quiet minutes, closed hours and halted sessions; a move while closed counts as a trade."""
        day = self.hours.session_of(at)
        while day >= self.first_session:
            minutes = self.session(day).minutes
            traded = np.flatnonzero(minutes.ticks[: max(0, int(at - minutes.start) // MINUTE)])
            if len(traded):
                tick = self.block(minutes.start + MINUTE * int(traded[-1])).ticks[-1]
                return self._moved_since(tick, at)
            day = self.hours.previous_session(day)
        raise ValueError(f"{self.contract.symbol} has no trade before its first session {self.first_session}")

    def _moved_since(self, tick: Tick, at: float) -> Tick:
        tick = self._split_since(tick, at)
        event = self.timeline.latest_trade(at)
        if event is None or event.at <= tick.at:
            return tick
        price = event.units / self.units_per_price
        step = int(np.max(self.grid.step(np.array([event.units])))) / self.units_per_price
        return Tick(tick.con_id, event.at, price, event.size, price - step, price + step, tick.bid_size, tick.ask_size)

    def _split_since(self, tick: Tick, at: float) -> Tick:
        """Return a tick as it looks after the splits and dividends since, before anything has traded again."""
        actions = self.timeline.actions.between(tick.at, at)
        if not actions:
            return tick
        factor, per = prod(action.factor for action in actions), self.units_per_price
        units = [max(1, round(price * per * factor)) for price in (tick.price, tick.bid, tick.ask)]
        price, bid, ask = (self.grid.snapped(np.array(units, dtype=np.int64)) / per).tolist()
        return tick._replace(price=price, bid=bid, ask=ask)
