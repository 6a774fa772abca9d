"""The signal inbox: what a person answers to signals besides approving them, and what time does to them."""

from __future__ import annotations

from datetime import datetime

from app.domain import events as ev
from app.domain.errors import UserError
from app.domain.signals import Signal, SignalId, SignalState
from app.runtime.clock import Clock
from app.services.facts import Facts

EXPIRED = "the session after its bar has closed"


class Inbox:
    """Rejects, snoozes and expires signals. Approving is `Runs.approve`: it ends in an order."""

    def __init__(self, facts: Facts, clock: Clock) -> None:
        self._facts = facts
        self._clock = clock

    async def reject(self, signal: SignalId, why: str, *, by: str = "hand") -> None:
        """Reject an active signal for a reason that stays with it; raise UserError without one, or when it ended."""
        found = self._active(signal)
        if not why.strip():
            raise UserError("A rejection needs a reason; say in a few words why.")
        rejected = SignalState.REJECTED
        await self._facts.enter(
            ev.SignalMoved(at=self._clock.now(), run=found.run, signal=signal, state=rejected, by=by, why=why.strip())
        )

    async def snooze(self, signal: SignalId, until: datetime, *, by: str = "hand") -> None:
        """Put an active signal aside until a moment of the market's time; raise UserError for one after its end."""
        found, now = self._active(signal), self._clock.market()
        if not now < until < found.expires:
            raise UserError(
                f"A signal can be put aside until it expires at {found.expires:%Y-%m-%d %H:%M} UTC, "
                f"not until {until:%Y-%m-%d %H:%M}; choose a time before."
            )
        await self._facts.enter(
            ev.SignalSnoozed(at=self._clock.now(), run=found.run, signal=signal, until=until, by=by)
        )

    async def wake(self, signal: SignalId, *, by: str = "hand") -> None:
        """Have a signal that was put aside back now."""
        found = self._active(signal)
        await self._facts.enter(ev.SignalSnoozed(at=self._clock.now(), run=found.run, signal=signal, until=None, by=by))

    async def pass_time(self) -> str:
        """Expire what ran out and wake what slept long enough; return a sentence about it."""
        now = self._clock.market()
        active = [one for one in self._facts.state.signals.values() if one.state is SignalState.ACTIVE]
        over = [one for one in active if one.expires <= now]
        awake = [one for one in active if one not in over and one.snoozed_until and one.snoozed_until <= now]
        at = self._clock.now()
        events: list[ev.SignalMoved | ev.SignalSnoozed] = [
            ev.SignalMoved(at=at, run=one.run, signal=one.id, state=SignalState.EXPIRED, by="time", why=EXPIRED)
            for one in over
        ]
        events += [ev.SignalSnoozed(at=at, run=one.run, signal=one.id, until=None, by="time") for one in awake]
        if events:
            await self._facts.enter(*events)
        return f"{len(over)} of {len(active)} active signals expired, {len(awake)} woke up."

    def _active(self, signal: SignalId) -> Signal:
        found = self._facts.state.signals.get(signal)
        if found is None:
            raise UserError(f"There is no signal {signal}.")
        if found.state is not SignalState.ACTIVE:
            why = f" ({found.state_why})" if found.state_why else ""
            raise UserError(f"The signal is {found.state.value} already{why}; only an active one can be answered.")
        return found
