"""The practice market: every instrument's tape under one clock, one seed and one anchor.

The anchor says which session the shipped history ends on and how later sessions trade. With it, the seed and the stored
events, the past is the same after every start; nothing else is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from math import inf
from operator import attrgetter

from app.practice.contracts import ContractBook
from app.practice.expiry import expiry_moment
from app.practice.hours import Hours, MarketMode
from app.practice.market.actions import ActionKind, CorporateAction
from app.practice.market.anchor import Anchor, AnchorJson
from app.practice.market.derived import DerivedTape
from app.practice.market.events import EventKind, MarketEvent
from app.practice.market.facts import MarketFacts
from app.practice.market.minutes import MINUTE
from app.practice.market.ticks import Tick
from app.practice.replay import Replay

_MOVE_SIZE = 100
_BY_TIME = attrgetter("at", "con_id")
_HIGHEST_RATIO = 1000.0


class Market(MarketFacts):
    """Ticks, quotes and bars of every instrument, as if it had always been running.

    `now` is market time at the start; `anchor` and `events` are what an earlier start stored (its seed counts).
    `on_event` is told of everything that must be stored to have the same past again. `replays` are instruments, by id,
    whose prices come from files.
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
        replays: Mapping[int, Replay] | None = None,
    ) -> None:
        dropped = (
            Anchor.dropped(hours, seed, mode, now) if anchor is None else Anchor.read(anchor).resumed(hours, mode, now)
        )
        super().__init__(book, hours, dropped, replays or {})
        self._watched: Counter[int] = Counter()
        self._now = now
        self.on_event = on_event
        self.seed = dropped.seed
        self.anchor = dropped.as_json()
        for event in events:
            self._add(event)

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

    # -- corporate actions, and the end of contracts that end

    def split(self, con_id: int, ratio: float, now: float) -> CorporateAction:
        """Announce that one share becomes `ratio` shares before the next session; a part of 1 is a reverse split.

        Raises ValueError for a ratio that is none.
        """
        if not 1.0 / _HIGHEST_RATIO <= ratio <= _HIGHEST_RATIO or ratio == 1.0:
            raise ValueError(f"a split's ratio must be between 0.001 and 1000 and not 1, not {ratio}")
        tape = self.tape(con_id)
        session = tape.hours.session_of(now)
        if tape.window(session)[0] <= now:
            session = tape.hours.next_session(session)
        event = MarketEvent(con_id, tape.window(session)[0], EventKind.SPLIT, ratio=ratio)
        self._happen(event)
        return self.actions(event.at - 1.0, event.at)[-1]

    def actions(self, after: float, until: float) -> list[CorporateAction]:
        """Return the splits and dividends with after < at <= until of all instruments that were ever looked at."""
        found = [
            (action, tape) for tape in self._tapes.values() for action in tape.timeline.actions.between(after, until)
        ]
        return [
            replace(action, amount=tape.dividend(action)) if action.kind is ActionKind.DIVIDEND else action
            for action, tape in sorted(found, key=lambda item: item[0])
        ]

    def next_action(self, after: float) -> float:
        """Return when the first later split or dividend is, infinite when there is none."""
        coming = (tape.timeline.actions.next_after(after) for tape in self._tapes.values())
        return min((action.at for action in coming if action is not None), default=inf)

    def expiry_of(self, con_id: int) -> float | None:
        """Return when a contract stops trading, None when it never does."""
        ends_at = expiry_moment(self._contract(con_id))
        return None if ends_at == inf else ends_at

    def settlement(self, con_id: int) -> float:
        """Return what a contract is worth that has ended: an option's intrinsic value, a future's underlying price."""
        tape = self.tape(con_id)
        if not isinstance(tape, DerivedTape):
            raise ValueError(f"{tape.contract.symbol} does not end")
        spot, contract = tape.source.last_tick(tape.ends_at - 0.001).price, tape.contract
        if contract.sec_type != "OPT":
            return spot
        return max(0.0, spot - contract.strike if contract.right == "C" else contract.strike - spot)

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
