"""The only place that reads the machine's clock: wall, monotonic and market time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, tzinfo


class Clock:
    """Wall time in UTC, monotonic seconds, and the market's time as the gateway tells it.

    Schedules, bar closes and daily limits use `market`; ages of data use `monotonic`.
    """

    def __init__(self) -> None:
        self._market_at: datetime | None = None
        self._read_at = 0.0
        self._speed = 1.0

    def now(self) -> datetime:
        """Return the wall time, UTC."""
        return datetime.now(UTC)

    def local_zone(self) -> tzinfo:
        """Return this machine's own time zone."""
        zone = datetime.now(UTC).astimezone().tzinfo
        return zone if zone is not None else UTC

    def monotonic(self) -> float:
        """Return seconds that only ever grow."""
        return time.monotonic()

    def market(self) -> datetime:
        """Return the gateway's time carried forward at its speed; the wall time until it was read."""
        if self._market_at is None:
            return self.now()
        return self._market_at + timedelta(seconds=(self.monotonic() - self._read_at) * self._speed)

    def set_market(self, at: datetime, *, speed: float = 1.0) -> None:
        """Take the gateway's time, just read, as the market's."""
        self._market_at, self._read_at, self._speed = at, self.monotonic(), speed

    def skew_s(self) -> float:
        """Return by how many seconds the market's time is ahead of the wall."""
        return (self.market() - self.now()).total_seconds()
