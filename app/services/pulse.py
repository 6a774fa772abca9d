"""The pulse of the session: when the gateway last answered, and when the next attempt to reach it is made."""

from __future__ import annotations

from app.runtime.clock import Clock


class Pulse:
    """Counts in monotonic seconds; read by the screen, which asks as often as it likes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._answered: float | None = None
        self._next: float | None = None

    def answered(self) -> None:
        """Both connections have answered just now."""
        self._answered, self._next = self._clock.monotonic(), None

    def waits(self, pause_s: float) -> None:
        """The next attempt is made after a pause."""
        self._next = self._clock.monotonic() + pause_s

    def rests(self) -> None:
        """No attempt is going to be made, or one is being made now."""
        self._next = None

    @property
    def answer_age_s(self) -> float | None:
        """How long ago the gateway answered; None when it never has."""
        return None if self._answered is None else self._clock.monotonic() - self._answered

    @property
    def next_attempt_s(self) -> float | None:
        """In how many seconds the next attempt is made; None when none is waited for."""
        return None if self._next is None else max(0.0, self._next - self._clock.monotonic())
