"""A tape that was read from a file: its own trades at its own times, or bars filled with trades that make them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import numpy as np

from app.practice.contracts import Contract
from app.practice.hours import Hours, MarketMode
from app.practice.market.daily import Bar
from app.practice.market.draws import FloatArray, key_of, uniforms
from app.practice.market.grid import Grid
from app.practice.market.minutes import LEAST_TICKS, MINUTE, Minutes, session_minutes
from app.practice.market.path import IntArray
from app.practice.market.tape import Tape
from app.practice.market.ticks import NO_TRADES, Tick, TickColumns, minute_ticks
from app.practice.replay import DAY, Replay, ReplayError

USUAL_VOLATILITY = 0.015
_LEAST_MINUTES = 4
_STREAM = 41
_PRICES = ("open", "high", "low", "close")


class ReplayTape(Tape):
    """Nothing trades before the file's first row or after its last one.

    Bars of four minutes and more become minutes, shorter ones trades in their first minute; a bar of fewer than four
    shares is given four.
    """

    def __init__(self, contract: Contract, hours: Hours, grid: Grid, replay: Replay) -> None:
        self._replay = replay
        self._units = {name: _units(getattr(replay, name), grid) for name in _PRICES}
        self._volume = np.rint(replay.volume).astype(np.int64)
        self._starts = _starts(replay, hours)
        mode = mode_of_replay(self._starts, hours)
        super().__init__(contract, hours, grid, mode_of=lambda session: mode)
        self._first = hours.session_of(float(self._starts[0]))
        self._key = key_of(_STREAM, contract.con_id)

    @property
    def first_session(self) -> date:
        """The first session with a row."""
        return self._first

    @property
    def volatility(self) -> float:
        """The relative standard deviation of a day's closes, or a usual one where there are too few."""
        days = np.floor(self._starts / DAY)
        closes = self._replay.close[np.append(np.flatnonzero(np.diff(days)), len(days) - 1)]
        return float(np.std(np.diff(np.log(closes)))) if len(closes) > 20 else USUAL_VOLATILITY

    def _undisturbed(self, day: date) -> tuple[Minutes, Callable[[int], TickColumns]]:
        start, end = self.window(day)
        first, last = np.searchsorted(self._starts, [start, end]).tolist()
        count = int(end - start) // MINUTE
        if self._replay.seconds < MINUTE:
            return self._from_trades(int(start), count, first, last)
        blank = {name: np.zeros(count, dtype=np.int64) for name in (*_PRICES, "volume", "ticks")}
        keys = np.zeros(count, dtype=np.int64)
        for row in range(first, last):
            begin = self._starts[row]
            length = end - begin if self._replay.is_daily else min(self._replay.seconds, end - begin)
            minutes = self._minutes(row, float(begin), float(begin + length))
            at = int(begin - start) // MINUTE
            room = slice(at, at + len(minutes))
            for name in blank:
                blank[name][room] = getattr(minutes, name)
            keys[room] = row + 1
        base = Minutes(start=int(start), **blank)
        return base, lambda index: minute_ticks(base, index, key_of(self._key, int(keys[index])))

    def _minutes(self, row: int, begin: float, end: float) -> Minutes:
        """Return the minutes of one bar; where it is short or hardly traded, one minute holds it all."""
        bar = self._bar(row)
        if end - begin >= _LEAST_MINUTES * MINUTE and bar[4] >= LEAST_TICKS * (end - begin) / MINUTE:
            return session_minutes(bar, (begin, end), "hours", key_of(self._key, row))
        opens, high, low, closes, volume = (np.array([value], dtype=np.int64) for value in bar)
        return Minutes(int(begin), opens, high, low, closes, volume, np.minimum(volume, 120))

    def _bar(self, row: int) -> Bar:
        opens, high, low, closes = (int(self._units[name][row]) for name in _PRICES)
        return opens, high, low, closes, max(LEAST_TICKS, int(self._volume[row]))

    def _whole_bar(self, day: date) -> Bar | None:
        start, end = self.window(day)
        first, last = np.searchsorted(self._starts, [start, end]).tolist()
        is_disturbed = bool(self.timeline.between(start, end)) or self.timeline.is_halted(start)
        if not self._replay.is_daily or is_disturbed or last - first != 1:
            return self.session(day).bar()
        return self.grid.scaled_bar(self._bar(first), self.timeline.level_at(start))

    def _from_trades(
        self, start: int, count: int, first: int, last: int
    ) -> tuple[Minutes, Callable[[int], TickColumns]]:
        columns = self._trades(first, last)
        index = ((columns.at - start) // MINUTE).astype(np.int64)
        blank = {name: np.zeros(count, dtype=np.int64) for name in (*_PRICES, "volume", "ticks")}
        edges = np.searchsorted(index, np.arange(count + 1))
        traded = np.flatnonzero(np.diff(edges))
        begins, ends = edges[traded], edges[traded + 1] - 1
        if len(traded):
            blank["open"][traded], blank["close"][traded] = columns.price[begins], columns.price[ends]
            blank["high"][traded] = np.maximum.reduceat(columns.price, begins)
            blank["low"][traded] = np.minimum.reduceat(columns.price, begins)
            blank["volume"][traded] = np.add.reduceat(columns.size, begins)
            blank["ticks"][traded] = ends - begins + 1
        return Minutes(start=start, **blank), lambda n: _cut(columns, int(edges[n]), int(edges[n + 1]))

    def _trades(self, first: int, last: int) -> TickColumns:
        """Return rows as trades; a bar of seconds becomes four: open, the nearer extreme, the other one, close."""
        rows = slice(first, last)
        u = uniforms(key_of(self._key, first), 8 * (last - first))
        if not self._replay.seconds:
            bid, ask = self._replay.bid, self._replay.ask
            quotes = [] if bid is None or ask is None else [_units(side[rows], self.grid) for side in (bid, ask)]
            given, count = np.stack(quotes) if quotes else None, last - first
            return TickColumns(
                _off_the_minute(self._starts[rows]), self._units["open"][rows], np.maximum(self._volume[rows], 1),
                u[: 2 * count].reshape(2, count), given=given,
            )  # fmt: skip
        opens, high, low, closes = (self._units[name][rows] for name in _PRICES)
        is_rising = closes >= opens
        four = [opens, np.where(is_rising, low, high), np.where(is_rising, high, low), closes]
        volume = np.maximum(self._volume[rows], LEAST_TICKS)
        sizes = [volume - 3 * (volume // 4), *[volume // 4] * 3]
        pauses = [self._starts[rows] + self._replay.seconds * (n + 0.5) / 4.0 for n in range(4)]
        flat = [np.stack(part, axis=1).ravel() for part in (pauses, four, sizes)]
        return TickColumns(flat[0], flat[1], flat[2], u.reshape(2, -1))

    def _tick_before(self, at: float) -> Tick:
        if at < self._starts[0]:
            units = int(self._units["open"][0])
            price, step = units / self.units_per_price, self.grid.steps[0] / self.units_per_price
            return Tick(self.contract.con_id, float(self._starts[0]), price, 1, price, price + step, 100, 100)
        return super()._tick_before(at)


def _units(prices: FloatArray, grid: Grid) -> IntArray:
    return grid.snapped(np.maximum(np.rint(prices * grid.units_per_price).astype(np.int64), 1))


def _off_the_minute(at: FloatArray) -> FloatArray:
    """Move trades of the very beginning of a minute a millisecond into it: steps of time end with that moment."""
    moved: FloatArray = np.maximum.accumulate(np.where(at % MINUTE == 0.0, at + 0.001, at))
    return moved


def _cut(columns: TickColumns, first: int, last: int) -> TickColumns:
    if first == last:
        return NO_TRADES
    given = None if columns.given is None else columns.given[:, first:last]
    part = slice(first, last)
    return TickColumns(columns.at[part], columns.price[part], columns.size[part], columns.quote[:, part], given=given)


def _starts(replay: Replay, hours: Hours) -> FloatArray:
    """Return when each row begins to trade: a day's bar with its session, a longer one at a whole minute."""
    if replay.is_daily:
        return np.array([_opening(at, hours) for at in replay.at.tolist()])
    return replay.at if replay.seconds < MINUTE else np.floor(replay.at / MINUTE) * MINUTE


def start_of(replay: Replay, hours: Hours) -> float:
    """Return the moment of the tape's first trade, for a day's bar the opening of its session."""
    return float(_starts(replay, hours)[0])


def _opening(at: float, hours: Hours) -> float:
    day = datetime.fromtimestamp(at, UTC).date()
    if not hours.is_session(day):
        raise ReplayError(f"The tape has a bar on {day}, on which {hours.name} does not trade.")
    return hours.open_close(day)[0]


def mode_of_replay(starts: FloatArray, hours: Hours) -> MarketMode:
    """Return whether the tape keeps to the exchange's regular hours."""
    sessions = hours.sessions_between(hours.session_of(float(starts[0])), hours.session_of(float(starts[-1])))
    opens, closes = np.array([hours.open_close(session) for session in sessions]).T
    is_early = starts < opens[np.searchsorted(closes, starts, side="right")]
    return "always" if is_early.any() else "hours"
