"""Virtual market time: the machine's clock, sped up, paused or moved ahead.

The only file of the practice gateway that reads the machine's clock. Time never runs backwards, whatever the machine's
clock does.
"""

from __future__ import annotations

import time
from collections.abc import Callable

MAX_SPEED = 1000.0


class Clock:
    """Market time in UTC epoch seconds; it follows the machine's clock until it is told otherwise.

    `wall` is read rather than a monotonic clock so that a machine that slept finds the market where the day is.
    """

    def __init__(
        self, *, start: float | None = None, speed: float = 1.0, wall: Callable[[], float] = time.time
    ) -> None:
        self._wall = wall
        self._wall_base = wall()
        self._base = self._wall_base if start is None else start
        self._latest = self._base
        self._paused = False
        self._offset = 0.0
        self._speed = _checked_speed(speed)

    @property
    def speed(self) -> float:
        """Market seconds per real second while not paused."""
        return self._speed

    @property
    def paused(self) -> bool:
        """Whether market time stands still."""
        return self._paused

    def now(self) -> float:
        """Return market time in UTC epoch seconds; never less than an earlier answer."""
        wall = self._wall()
        ran = 0.0 if self._paused else (wall - self._wall_base) * self._speed
        if self._base + ran < self._latest:  # the machine's clock was set back: go on from the latest answer
            self._base, self._wall_base, ran = self._latest, wall, 0.0
        self._latest = self._base + ran
        return self._latest

    def told(self) -> float:
        """Return the time that clients are told: market time plus the offset of a wrong clock."""
        return self.now() + self._offset

    def set_speed(self, speed: float) -> None:
        """Run at `speed` market seconds per real second; raises ValueError outside (0, 1000]."""
        checked = _checked_speed(speed)
        self._rebase()
        self._speed = checked

    def pause(self, on: bool) -> None:
        """Stop market time, or let it run again from where it stopped."""
        self._rebase()
        self._paused = on

    def advance(self, seconds: float) -> None:
        """Jump ahead by market seconds; raises ValueError for a negative jump."""
        if not 0.0 <= seconds < 1e10:
            raise ValueError(f"the clock can only be moved ahead by a number of seconds, not by {seconds}")
        self._rebase()
        self._base += seconds

    def shift(self, offset: float) -> None:
        """Make told() differ from now() by `offset` seconds; the market itself is not touched."""
        self._offset = offset

    def real_seconds(self, market_seconds: float) -> float:
        """Return how many real seconds `market_seconds` take at the present speed; infinite while paused."""
        return float("inf") if self._paused else market_seconds / self._speed

    def _rebase(self) -> None:
        self._base = self.now()
        self._wall_base = self._wall()


def _checked_speed(speed: float) -> float:
    if not 0.0 < speed <= MAX_SPEED:
        raise ValueError(f"the speed must be above 0 and at most {MAX_SPEED:.0f}, not {speed}")
    return float(speed)
