"""The brake: what stops trading at once, whether or not it can be written down, and remembers it as soon as it can."""

from __future__ import annotations

import asyncio
import logging

from app.domain import events as ev
from app.domain.errors import Fault
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services.facts import Facts

log = logging.getLogger(__name__)
REMEMBER_EVERY_S = 2.0


class Brake:
    """Pulled by a person or by a failed write, released by a person; over a restart the stored state holds."""

    def __init__(self, facts: Facts, bus: Bus, clock: Clock, tasks: Tasks) -> None:
        self._facts = facts
        self._bus = bus
        self._clock = clock
        self._tasks = tasks
        self.is_on = False
        facts.on_fault = self._fault
        tasks.on_vital_failure = self._work_ended

    def pull(self, reason: str) -> None:
        """Stop trading from this moment on."""
        self.is_on = True
        self._tasks.spawn(self._remember(reason), name="remember the halt")

    async def release(self, reason: str) -> None:
        """Let orders leave again once that is written down; raise Fault when it cannot be."""
        await self._facts.enter(self._switched(ev.TradingState.ACTIVE, reason))
        self.is_on = False

    def reduce_only(self, reason: str) -> None:
        """Let only orders that reduce leave."""
        if self._facts.state.trading.state is ev.TradingState.ACTIVE and not self.is_on:
            self._facts.post(self._switched(ev.TradingState.REDUCING, reason))

    def end_reducing(self, reason: str) -> None:
        """Let all orders leave again where only reducing ones could; what was halted stays halted."""
        if self._facts.state.trading.state is ev.TradingState.REDUCING and not self.is_on:
            self._facts.post(self._switched(ev.TradingState.ACTIVE, reason))

    async def _remember(self, reason: str) -> None:
        halted = self._switched(ev.TradingState.HALTED, reason)
        while self.is_on:
            try:
                await self._facts.enter(halted)
            except Fault:
                await asyncio.sleep(REMEMBER_EVERY_S)
            else:
                return

    def _fault(self, fault: Fault) -> None:
        """What cannot be written is not sent: nothing new leaves, and what protects stays at the broker."""
        log.error("%s", fault)
        if not self.is_on:
            self.pull(str(fault))
            self._bus.publish(fault)

    def _work_ended(self, name: str) -> None:
        """What the order desk lives by is no longer done: trading stops until somebody has looked."""
        self._fault(Fault(f"Tapeline's own work “{name}” ended by an error; trading stops, restart and see the log."))

    def _switched(self, state: ev.TradingState, reason: str) -> ev.TradingStateChanged:
        log.warning("trading is %s: %s", state.value, reason)
        return ev.TradingStateChanged(at=self._clock.now(), state=state, reason=reason)
