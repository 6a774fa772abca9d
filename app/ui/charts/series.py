"""The bars behind one chart: the caller's own columns, checked, with pyramids beside them and the forming bar apart.

Columns are never copied while they are sound. A bar that cannot be true (not finite, high below low, a close outside)
is not drawn and is counted; times out of order are sorted; of duplicates the later revision wins.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.domain.bars import COLUMNS, Bars, FloatArray, TimeArray, empty_bars, from_columns
from app.domain.errors import UserError
from app.ui.charts.pyramid import Pyramid, last_of_each
from app.ui.charts.values import LARGEST, Hovered

COMPARED = 20_000
"""Up to this many bars a new version is compared whole, beyond it only its newest part."""
EARLIEST, LATEST = -62_100_000_000, 253_300_000_000


@dataclass(slots=True)
class Live:
    """The forming bar as ticks have moved it."""

    open: float
    high: float
    low: float
    close: float
    volume: float

    def move(self, price: float) -> None:
        """Take in one trade."""
        self.high, self.low, self.close = max(self.high, price), min(self.low, price), price


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """What is visible: group k of `size` bars, drawn at the centre `at` in bar positions."""

    first: int
    size: int
    at: FloatArray
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray

    def __len__(self) -> int:
        return len(self.at)


class Series:
    """Bars of one instrument and timeframe, ready to be looked at from any distance."""

    def __init__(self, bars: Bars) -> None:
        self.bars = empty_bars()
        self.live: Live | None = None
        self.notes: tuple[str, ...] = ()
        self._adopt_all(bars)

    def __len__(self) -> int:
        return len(self.bars)

    @property
    def closed(self) -> int:
        """How many bars are closed."""
        return self.bars.closed

    def update(self, bars: Bars) -> int:
        """Take a newer version of the same series and return by how many bars the old ones moved (older history)."""
        old = self.bars
        if not self.notes and _continues(old, bars) and not _checked(bars.part(old.closed - 1, len(bars)))[1]:
            self._take(bars)
            return 0
        self._adopt_all(bars)
        return _moved(old, self.bars)

    def move_live(self, price: float) -> bool:
        """Let a trade move the forming bar; False when there is none or the price is no price."""
        if self.live is None or not abs(price) <= LARGEST:
            return False
        self.live.move(float(price))
        return True

    def position_of(self, moment: float) -> int:
        """Return the index of the last bar that starts at or before `moment`, −1 before the first."""
        return int(np.searchsorted(self.bars.time, moment, side="right")) - 1

    def time_at(self, position: float, step: int) -> float:
        """Return the moment of a bar position; beyond the bars time runs on in steps of `step` seconds."""
        last = len(self) - 1
        inside = min(max(position, 0.0), float(last))
        moment = float(np.interp(inside, *_around(self.bars.time, inside)))
        return moment + (position - inside) * step

    def place_at(self, moment: float, step: int) -> float:
        """Return the bar position of a moment, the inverse of `time_at`."""
        times = self.bars.time
        if moment <= times[0]:
            return (moment - float(times[0])) / step
        if moment >= times[-1]:
            return len(self) - 1 + (moment - float(times[-1])) / step
        before = self.position_of(moment)
        gap = float(times[before + 1] - times[before])
        return before + (moment - float(times[before])) / gap

    @property
    def peak(self) -> float:
        """The price farthest from zero among the closed bars, NaN without one."""
        return self._peak

    def at(self, index: int) -> Hovered:
        """Return one bar as it stands now."""
        bars = self.bars
        if self.live is not None and index == len(self) - 1:
            live = self.live
            return Hovered(index, int(bars.time[index]), live.open, live.high, live.low, live.close, live.volume, True)
        o, h, low, c, v = (float(getattr(bars, name)[index]) for name in COLUMNS[1:])
        return Hovered(index, int(bars.time[index]), o, h, low, c, v, index >= self.closed)

    def groups(self, left: float, right: float, size: int) -> Groups:
        """Return the groups of closed bars that touch the positions `left` to `right`."""
        bars, closed = self.bars, self.closed
        first = max(0, int(np.floor(left)) // size)
        stop = min(-(-closed // size), int(np.ceil(right)) // size + 1)
        stop = max(first, stop)
        if size == 1:
            columns = [getattr(bars, name)[first:stop] for name in COLUMNS[1:]]
        else:
            columns = self._grouped(first, stop, size)
        starts = np.arange(first, stop, dtype=np.float64) * size
        at = starts + (np.minimum(starts + size, max(closed, 1)) - 1 - starts) / 2 if size > 1 else starts
        return Groups(first, size, at, *columns)

    def live_group(self, size: int) -> Groups | None:
        """Return the group that the forming bar belongs to, with it; None without one."""
        if self.live is None:
            return None
        k, live = self.closed // size, self.live
        if size == 1:
            values = (float(k), live.open, live.high, live.low, live.close, live.volume)
            return Groups(k, 1, *(np.array([value]) for value in values))
        bars = self.bars.part(k * size, self.closed)
        merged = [
            np.array([bars.open[0] if len(bars) else live.open]),
            np.array([np.fmax(live.high, np.fmax.reduce(bars.high)) if len(bars) else live.high]),
            np.array([np.fmin(live.low, np.fmin.reduce(bars.low)) if len(bars) else live.low]),
            np.array([live.close]),
            np.array([np.fmax(live.volume, np.fmax.reduce(bars.volume)) if len(bars) else live.volume]),
        ]
        return Groups(k, size, np.array([k * size + len(bars) / 2]), *merged)

    def _grouped(self, first: int, stop: int, size: int) -> list[FloatArray]:
        part = self.bars.closed_only
        highs = self._highs.groups(part.high, first, stop, size)
        lows = self._lows.groups(part.low, first, stop, size)
        volumes = self._volumes.groups(part.volume, first, stop, size)
        opens = part.open[first * size : stop * size : size]
        return [opens, highs, lows, last_of_each(part.close, first, stop, size), volumes]

    def _adopt_all(self, bars: Bars) -> None:
        sound, self.notes = _checked(bars)
        self._highs, self._lows, self._volumes = Pyramid(np.fmax), Pyramid(np.fmin), Pyramid(np.fmax)
        self._take(sound)

    def _take(self, bars: Bars) -> None:
        self.bars = bars
        part = bars.closed_only
        self._highs.extend(part.high)
        self._lows.extend(part.low)
        self._volumes.extend(part.volume)
        self._peak = float(np.fmax(self._highs.overall(part.high), -self._lows.overall(part.low)))
        self.live = _forming(bars)


def _around(times: TimeArray, position: float) -> tuple[list[float], list[float]]:
    """Return the two bars about a position and their times."""
    before = int(position)
    after = min(before + 1, len(times) - 1)
    return [float(before), float(before + 1)], [float(times[before]), float(times[after])]


def _forming(bars: Bars) -> Live | None:
    if bars.closed >= len(bars):
        return None
    values = [float(getattr(bars, name)[-1]) for name in COLUMNS[1:]]
    return Live(*values) if np.isfinite(values[:4]).all() else None


def _continues(old: Bars, new: Bars) -> bool:
    """Say whether `new` begins with the closed bars of `old`, compared whole while that is cheap."""
    kept = old.closed
    if not kept or new.closed < kept or not _same_lengths(new) or new.time[0] != old.time[0]:
        return False
    start = 0 if kept <= COMPARED else kept - 512
    return all(
        np.array_equal(getattr(old, name)[start:kept], getattr(new, name)[start:kept], equal_nan=name != "time")
        for name in COLUMNS
    )


def _moved(old: Bars, new: Bars) -> int:
    """Return how many bars were put before the old first one."""
    if not len(old) or not len(new):
        return 0
    where = int(np.searchsorted(new.time, old.time[0]))
    return where if where < len(new) and new.time[where] == old.time[0] else 0


def _same_lengths(bars: Bars) -> bool:
    return len({len(getattr(bars, name)) for name in COLUMNS}) == 1


def _checked(bars: Bars) -> tuple[Bars, tuple[str, ...]]:
    """Return the bars as they can be drawn, and in words what was done to them.

    Raises UserError when the columns differ in length or a time lies outside of the calendar.
    """
    if not _same_lengths(bars):
        lengths = ", ".join(f"{name} {len(getattr(bars, name))}" for name in COLUMNS)
        raise UserError(f"A chart needs columns of one length, but these bars have {lengths}; load them again.")
    if len(bars) and (bars.time.min() < EARLIEST or bars.time.max() > LATEST):
        raise UserError("A chart needs bars between the years 1 and 9998, but these have other times; load them again.")
    notes: list[str] = []
    bars = _in_order(bars, notes)
    bad = _impossible(bars)
    if bad.any():
        count = int(bad.sum())
        notes.append(f"{count:,} {'bar is' if count == 1 else 'bars are'} not drawn: no number, or high below low")
        bars = _without(bars, bad, COLUMNS[1:])
    endless = np.isinf(bars.volume)
    return _without(bars, endless, ("volume",)) if endless.any() else bars, tuple(notes)


def _without(bars: Bars, bad: NDArray[np.bool_], names: Iterable[str]) -> Bars:
    """Return the bars with nothing in the named columns where they are bad."""
    columns = {name: getattr(bars, name) for name in COLUMNS}
    columns |= {name: np.where(bad, np.nan, columns[name]) for name in names}
    return from_columns(columns, bars.closed)


def _in_order(bars: Bars, notes: list[str]) -> Bars:
    steps = np.diff(bars.time)
    if not len(steps) or steps.min() > 0:
        return bars
    order = np.argsort(bars.time, kind="stable")
    times: TimeArray = bars.time[order]
    last_of_each = np.r_[times[1:] != times[:-1], True]
    dropped = len(order) - int(last_of_each.sum())
    if (steps < 0).any():
        notes.append("bars came out of order and were sorted")
    if dropped:
        notes.append(f"{dropped:,} duplicate {'bar was' if dropped == 1 else 'bars were'} dropped, the later one kept")
    keep = order[last_of_each]
    columns = {name: getattr(bars, name)[keep] for name in COLUMNS}
    was_forming = bars.closed < len(bars) and keep[-1] == len(bars) - 1
    return replace(from_columns(columns, 0), closed=len(keep) - int(was_forming))


def _impossible(bars: Bars) -> NDArray[np.bool_]:
    body_high, body_low = np.fmax(bars.open, bars.close), np.fmin(bars.open, bars.close)
    fits = (bars.high >= body_high) & (bars.low <= body_low) & (bars.high >= bars.low)
    finite = np.isfinite(bars.open) & np.isfinite(bars.close)
    return ~(fits & finite & (bars.high <= LARGEST) & (bars.low >= -LARGEST))
