"""Absence: a gateway that stays away is told after five minutes, an hour and then daily; a clock that is off, too."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from app.domain.broker import AccountClass
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services.session_view import SessionState, SessionView

log = logging.getLogger(__name__)
LOOK_EVERY_S = 10.0
MOST_SKEW_S = 2.0
FIVE_MINUTES_S, HOUR_S, DAY_S = 300.0, 3600.0, 86400.0


@dataclass(frozen=True, slots=True)
class LongAbsence:
    """The gateway has been away for a time that a person should hear of; published on the bus."""

    lasted_s: float
    why: str

    def __str__(self) -> str:
        return (
            f"There has been no gateway for {_in_words(self.lasted_s)}; scheduled runs are skipped meanwhile."
            f" {self.why} If it waits for a login or a second factor, log in there; Tapeline connects by itself."
        )


@dataclass(frozen=True, slots=True)
class ClockIsOff:
    """This machine's clock differs from the broker's; published on the bus once until it is right again."""

    skew_s: float

    def __str__(self) -> str:
        way = "behind" if self.skew_s > 0 else "ahead of"
        return (
            f"This machine's clock is {abs(self.skew_s):.0f} s {way} the broker's; set it by a time server."
            " Beyond 30 s no strategy runs by itself."
        )


class Absence:
    """Counts how long the gateway has been away since it was wanted, and watches the clock while it is there."""

    def __init__(self, bus: Bus, clock: Clock, tasks: Tasks) -> None:
        self._bus = bus
        self._clock = clock
        self._tasks = tasks
        self._since: float | None = None
        self._next_s = FIVE_MINUTES_S
        self._why = ""
        self._has_real_clock = False
        self._is_clock_off = False
        bus.on(SessionView, self._session_moved)

    def start(self) -> None:
        """Keep looking until the tasks are closed."""
        self._tasks.spawn(self._keep_looking(), name="absence", is_vital=True)

    def look(self) -> None:
        """Tell how long the gateway has been away, when that is due, or that a clock is wrong."""
        if self._since is None:
            self._look_at_clock()
            return
        lasted = self._clock.monotonic() - self._since
        if lasted >= self._next_s:
            self._next_s = HOUR_S if self._next_s < HOUR_S else (lasted // DAY_S + 1) * DAY_S
            told = LongAbsence(lasted, self._why)
            log.warning("%s", told)
            self._bus.publish(told)

    def _look_at_clock(self) -> None:
        skew = self._clock.skew_s()
        was_off, self._is_clock_off = self._is_clock_off, self._has_real_clock and abs(skew) > MOST_SKEW_S
        if self._is_clock_off and not was_off:
            told = ClockIsOff(skew)
            log.warning("%s", told)
            self._bus.publish(told)

    async def _keep_looking(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    def _session_moved(self, view: SessionView) -> None:
        self._has_real_clock = view.is_ready and view.account_class is not AccountClass.PRACTICE
        if view.state in (SessionState.READY, SessionState.DEGRADED) or not view.is_wanted:
            self._since, self._next_s = None, FIVE_MINUTES_S
        elif self._since is None:
            self._since = self._clock.monotonic()
        if view.state is SessionState.OFFLINE:
            self._why = view.why


def _in_words(seconds: float) -> str:
    if seconds >= DAY_S:
        days = int(seconds // DAY_S)
        return f"{days} days" if days > 1 else "a day"
    return f"{seconds / HOUR_S:.0f} h" if seconds >= HOUR_S else f"{seconds / 60:.0f} min"
