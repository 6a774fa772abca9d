"""An instrument with prices of its own: shipped history or a generated one, then sessions drawn from the seed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from app.practice.contracts import Contract, Listing
from app.practice.hours import Hours, MarketMode
from app.practice.market.actions import ActionKind, Actions, CorporateAction
from app.practice.market.daily import Bar, DailySeries
from app.practice.market.draws import key_of, uniforms
from app.practice.market.grid import Grid
from app.practice.market.minutes import Minutes, session_minutes
from app.practice.market.tape import Tape
from app.practice.market.ticks import TickColumns, minute_ticks

# Sessions between two dividends: a quarter of a year.
DIVIDEND_EVERY = 63
_STREAM = 21


class NativeTape(Tape):
    """A tape that is drawn from the daily bars down; `seed` and the contract's id say which."""

    def __init__(
        self,
        contract: Contract,
        listing: Listing,
        hours: Hours,
        grid: Grid,
        *,
        seed: int,
        last_history_session: date,
        mode_of: Callable[[date], MarketMode],
    ) -> None:
        self._listing = listing
        self._key = key_of(seed, contract.con_id)
        self._daily = DailySeries(
            listing,
            hours,
            key=self._key,
            units_per_price=grid.units_per_price,
            last_history_session=last_history_session,
        )
        self._last_history_session = last_history_session
        super().__init__(contract, hours, grid, mode_of=mode_of)
        if listing.dividend or listing.split_every:
            self.timeline.actions = Actions(self._scheduled)

    @property
    def first_session(self) -> date:
        """The first session with a bar."""
        return self._daily.first

    @property
    def volatility(self) -> float:
        """A usual day's relative standard deviation."""
        return self._daily.volatility

    def _undisturbed(self, day: date) -> tuple[Minutes, Callable[[int], TickColumns]]:
        key, mode, share = key_of(self._key, day.toordinal()), self.mode_of(day), self.grid.spread_of_price
        bar, window = self._daily.bar(day), self.hours.window(day, mode)
        base = session_minutes(bar, window, mode, key, pause=self.pause(day), spread_of_price=share)
        return base, lambda index: minute_ticks(base, index, key, share)

    def _whole_bar(self, day: date) -> Bar | None:
        start, end = self.window(day)
        if self.timeline.between(start, end) or self.timeline.is_halted(start):
            return self.session(day).bar()
        base, level = self._daily.bar(day), self.timeline.level_at(start)
        return base if level == 1.0 and self.grid.is_plain else self.grid.scaled_bar(base, level)

    def _scheduled(self, number: int) -> CorporateAction:
        """Return the calendar's action of that number: every so many sessions, each name on days of its own."""
        every = self._listing.split_every or DIVIDEND_EVERY
        phase = 2 + int(uniforms(key_of(_STREAM, self.contract.con_id), 1)[0] * (every - 4))
        session = self.hours.offset_session(self._last_history_session, phase + number * every)
        at, con_id = self.window(session)[0], self.contract.con_id
        if self._listing.split_every:
            ratio = self._listing.split_ratio
            return CorporateAction(at, con_id, session, ActionKind.SPLIT, ratio=ratio, factor=1.0 / ratio)
        return CorporateAction(at, con_id, session, ActionKind.DIVIDEND, factor=1.0 - self._listing.dividend)
