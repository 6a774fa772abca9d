"""The practice market: every instrument's tape under one clock, one seed and one anchor.

The anchor says which session the shipped history ends on and how later sessions trade. With it, the seed and the stored
events, the past is the same after every start; nothing else is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from math import inf
from operator import attrgetter

from app.practice.contracts import Contract, ContractBook
from app.practice.hours import Hours, MarketMode
from app.practice.market.anchor import Anchor, AnchorJson
from app.practice.market.bars import QUOTE_KINDS, TRADE_KINDS, Bars, cut_bars
from app.practice.market.derived import DerivedTape
from app.practice.market.events import EventKind, MarketEvent
from app.practice.market.making import TapeMaker
from app.practice.market.minutes import MINUTE
from app.practice.market.spans import bar_size, duration
from app.practice.market.tape import Quote, Tape
from app.practice.market.ticks import Tick

_MOVE_SIZE = 100
_BY_TIME = attrgetter("at", "con_id")


class Market:
    """Ticks, quotes and bars of every instrument, as if it had always been running.

    `now` is market time at the start; `anchor` and `events` are what an earlier start stored (its seed counts).
    `on_event` is told of everything that must be stored to have the same past again.
    """

    def __init__(
        self,
        book: ContractBook,
        hours: Hours,
        *,
        seed: int,
        mode: MarketMode,
        now: float,
        anchor: AnchorJson | None = None,
        events: Iterable[MarketEvent] = (),
        on_event: Callable[[MarketEvent], None] = lambda event: None,
    ) -> None:
        self._book = book
        self._tapes: dict[int, Tape] = {}
        self._watched: Counter[int] = Counter()
        self._now = now
        self.on_event = on_event
        self._anchor = (
            Anchor.dropped(hours, seed, mode, now) if anchor is None else Anchor.read(anchor).resumed(hours, mode, now)
        )
        self.seed = self._anchor.seed
        self.anchor = self._anchor.as_json()
        book.follow(lambda con_id, at: self.last_tick(con_id, at).price)
        self._maker = TapeMaker(self._anchor, hours, book.market_rule, self.tape)
        self._made_of: dict[int, list[DerivedTape]] = {}
        for event in events:
            self._add(event)

    def tape(self, con_id: int) -> Tape:
        """Return an instrument's tape; raises KeyError for an unknown id."""
        found = self._tapes.get(con_id)
        if found is None:
            found = self._tapes[con_id] = self._maker.make(self._contract(con_id), self._book.listing(con_id))
            if isinstance(found, DerivedTape):
                self._made_of.setdefault(found.source.contract.con_id, []).append(found)
        return found

    def is_open(self, con_id: int, now: float) -> bool:
        """Return whether the instrument's market is open (a halt does not close it)."""
        return self.tape(con_id).is_open(now)

    def hours_texts(self, con_id: int, now: float) -> tuple[str, str]:
        """Return (tradingHours, liquidHours) of an instrument as TWS words them."""
        tape = self.tape(con_id)
        return tape.hours.hours_texts(now, tape.mode_of(tape.hours.session_of(now)))

    def session_end(self, con_id: int, at: float) -> float:
        """Return when the session closes that a moment belongs to."""
        hours = self.tape(con_id).hours
        return hours.open_close(hours.session_of(at))[1]

    def watch(self, con_id: int) -> None:
        """Have advance() yield the instrument's ticks from now on; each call needs one unwatch()."""
        self.tape(con_id)
        self._watched[con_id] += 1

    def unwatch(self, con_id: int) -> None:
        """Undo one watch()."""
        self._watched[con_id] -= 1
        if self._watched[con_id] <= 0:
            del self._watched[con_id]

    def advance(self, now: float) -> Iterator[Tick]:
        """Yield the watched instruments' ticks after the last call's time up to `now`, in time order."""
        if not self._watched:
            self._now = max(self._now, now)
        while self._now < now:
            after, until = self._now, min(now, (self._now // MINUTE + 1) * MINUTE)
            self._now = until
            due: list[Tick] = []
            for con_id in self._watched:
                due += self._tapes[con_id].due(after, until)
            if len(self._watched) > 1:
                due.sort(key=_BY_TIME)
            yield from due

    def skip(self, now: float) -> None:
        """Go to `now` without yielding the trades in between."""
        self._now = max(self._now, now)

    def quote(self, con_id: int, now: float) -> Quote:
        """Return what the market shows of an instrument."""
        return self.tape(con_id).quote(now)

    def last_tick(self, con_id: int, now: float) -> Tick:
        """Return the newest trade of an instrument; cheaper than a quote."""
        return self.tape(con_id).last_tick(now)

    def bars(
        self,
        con_id: int,
        size: str,
        *,
        end: float,
        now: float,
        start: float | None = None,
        span: str = "",
        what: str = "TRADES",
    ) -> Bars:
        """Return bars from `start`, or of a duration such as "10 D", up to min(end, now).

        Raises ValueError for a bar size, duration or kind that is not offered.
        """
        if what not in TRADE_KINDS and what not in QUOTE_KINDS:
            raise ValueError(f"bars of {what!r} are not offered, only {', '.join(TRADE_KINDS + QUOTE_KINDS)}")
        since = duration(span) if start is None else start
        return cut_bars(self.tape(con_id), bar_size(size), what, since, end, now)

    def path(
        self, con_id: int, start: float, end: float, *, low: float | None = None, high: float | None = None
    ) -> Iterator[Tick]:
        """Yield every tick with start < at <= end, watched or not; for orders that worked while the gateway was off.

        With `low` or `high`: only the minutes in which a trade is <= low or >= high; others cost next to nothing.
        """
        tape = self.tape(con_id)
        is_bounded = low is not None or high is not None
        floor, ceiling = -inf if low is None else low, inf if high is None else high
        while start < end:
            touched = tape.first_touch(start, end, floor, ceiling) if is_bounded else start
            if touched is None:
                return
            start = min(end, (touched // MINUTE + 1) * MINUTE)
            yield from tape.due(touched, start)

    def head(self, con_id: int) -> float:
        """Return when the instrument's history begins, in epoch seconds."""
        tape = self.tape(con_id)
        return tape.window(tape.first_session)[0]

    def move(self, con_id: int, price: float, now: float) -> Tick:
        """Move the market to a price from `now` on and return the trade that prints there.

        Drain advance(now) before: it will not yield this trade. Raises ValueError for a price that is not above 0.
        """
        tape = self.tape(con_id)
        if not (0.0 < price < 1e9 and round(price * tape.units_per_price) >= 1):
            raise ValueError(f"a price must be above 0, not {price}")
        units = tape.grid.nearest(price)
        event = MarketEvent(con_id, now, EventKind.MOVE, units, _MOVE_SIZE, units / tape.unmoved_units(now))
        self._happen(event)
        return tape.last_tick(now)

    def record_trade(self, con_id: int, price: float, size: int, at: float) -> None:
        """Print a trade of the practice exchange, so that bars and volume hold it; advance() does not yield it."""
        units = round(price * self.tape(con_id).units_per_price)
        self._happen(MarketEvent(con_id, at, EventKind.PRINT, units, size))

    def set_halted(self, con_id: int, on: bool, now: float) -> None:
        """Halt an instrument's trading, or let it go on."""
        if self.tape(con_id).timeline.is_halted(now) != on:
            self._happen(MarketEvent(con_id, now, EventKind.HALT if on else EventKind.RESUME))

    def _happen(self, event: MarketEvent) -> None:
        self._add(event)
        self.on_event(event)

    def _add(self, event: MarketEvent) -> None:
        self.tape(event.con_id).add(event)
        self._forget_derived(event.con_id, event.at)

    def _forget_derived(self, con_id: int, since: float) -> None:
        for tape in self._made_of.get(con_id, ()):
            tape.forget(since)
            self._forget_derived(tape.contract.con_id, since)

    def _contract(self, con_id: int) -> Contract:
        contract = self._book.get(con_id)
        if contract is None:
            raise KeyError(f"no practice instrument has the id {con_id}")
        return contract
