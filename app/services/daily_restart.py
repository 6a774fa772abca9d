"""The gateway's restart of each day: new orders wait from a minute before it until it is back and matched.

What leaves in the very second of a restart is lost on the way. An exit is not held back: it may be the last chance.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.services.session_view import SessionState, SessionView

BEFORE = timedelta(seconds=60)
AFTER = timedelta(minutes=5)
"""How late a gateway may restart; one that has not done so by then does not today."""
DAY = timedelta(days=1)


class DailyRestart:
    """Knows from the profile when the gateway restarts, and from the session whether it has done so."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._clock = clock
        self._at: time | None = None
        self._was_ready = False
        self._lost: datetime | None = None
        bus.on(SessionView, self._session_moved)

    def expect(self, at: str) -> None:
        """Expect a restart each day at a local time, "23:45"; "" for none."""
        self._at = time.fromisoformat(at) if at else None

    @property
    def why_held(self) -> str:
        """Why new orders wait now, a sentence; empty when they need not."""
        if self._at is None:
            return ""
        now = self._clock.now()
        due = self._nearest(self._at, now)
        has_restarted = self._lost is not None and self._lost >= due - BEFORE
        if has_restarted or not due - BEFORE <= now <= due + AFTER:
            return ""
        if now < due:
            return f"The gateway restarts in {(due - now).total_seconds():.0f} s; new orders wait until it is back."
        return f"The gateway restarts at {self._at:%H:%M}; new orders wait until it is back, at most 5 min."

    def _nearest(self, at: time, now: datetime) -> datetime:
        """Return the restart that is nearest to now."""
        here = now.astimezone(self._clock.local_zone())
        today = here.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
        return min((today - DAY, today, today + DAY), key=lambda due: abs(due - now))

    def _session_moved(self, view: SessionView) -> None:
        is_away = view.state in (SessionState.OFFLINE, SessionState.CONNECTING)
        if is_away and self._was_ready:
            self._lost = self._clock.now()
        self._was_ready = not is_away and (self._was_ready or view.is_ready)
