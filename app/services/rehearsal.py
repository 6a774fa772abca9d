"""The rehearsal: the main job once, end to end, against a practice gateway of its own: the self-test."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.domain.errors import UserError
from app.domain.orders import Intent, OrderState, Role
from app.domain.signals import StrategyId
from app.domain.state import State
from app.domain.strategies import Mode, RunStatus
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.services.facts import Facts
from app.services.market import Market
from app.services.ports import LineageStore
from app.services.run_result import RunResult
from app.services.runs import Runs
from app.services.session import Session, SessionState, SessionView
from app.services.story import Story, tell

FILL_S = 1.5
STEP_S = 2 * 3600.0
STEP_FILL_S = 0.4
STEPS = 12
DAY_S = 86400.0
PATIENCE_S = 45.0
READY_TRIES = 2

Control = Callable[..., Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """The story of the run that traded, and the session it happened in."""

    story: Story
    session: SessionView
    last: Decimal | None


class Rehearsal:
    """Runs a strategy in `auto` over its symbols, in practice time if need be, until an entry is filled."""

    def __init__(
        self,
        facts: Facts,
        session: Session,
        market: Market,
        runs: Runs,
        lineage: LineageStore,
        control: Control,
        bus: Bus,
        clock: Clock,
    ) -> None:
        self._facts = facts
        self._session = session
        self._market = market
        self._runs = runs
        self._lineage = lineage
        self._control = control
        self._bus = bus
        self._clock = clock

    async def play(self, strategy_id: StrategyId) -> Rehearsed:
        """Return what happened; raise UserError with what hindered it, a gateway that went away included."""
        view = await self._session.ready(tries=READY_TRIES)
        lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def session_moved(view: SessionView) -> None:
            if view.state is SessionState.OFFLINE and not lost.done():
                lost.set_result(view.why)

        stop = self._bus.on(SessionView, session_moved)
        try:
            story = await self._unless(lost, self._trade(strategy_id))
        finally:
            stop()
        return Rehearsed(story, view, await self._last(story))

    async def _last(self, story: Story) -> Decimal | None:
        """Return the newest price of what was bought."""
        instrument = self._facts.state.instruments[story.position.con_id] if story.position else None
        if instrument is None:
            return None
        await self._market.watch(instrument)
        await self._market.first_tick(instrument.con_id)
        quote = self._market.quote(instrument.con_id)
        await self._market.unwatch(instrument.con_id)
        return Decimal(str(quote.last)) if quote and quote.last else None

    async def _unless(self, lost: asyncio.Future[str], work: Awaitable[Story]) -> Story:
        """Return what `work` does, or raise as soon as the gateway is lost."""
        playing = asyncio.gather(work)
        await asyncio.wait((playing, lost), return_when=asyncio.FIRST_COMPLETED)
        if not playing.done():
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
            why = lost.result().rstrip(".")
            raise UserError(f"The gateway was lost before the entry was filled: {why}. Start again.")
        return playing.result()[0]

    async def _trade(self, strategy_id: StrategyId) -> Story:
        strategy = self._facts.state.strategies[strategy_id]
        reasons: list[str] = []
        days, until = 0, self._clock.monotonic() + PATIENCE_S
        while self._clock.monotonic() < until:  # a market may stay away from every plan for days
            for symbol in strategy.symbols:
                result = await self._runs.run(strategy.id, symbol, mode=Mode.AUTO.value)
                if result.status is RunStatus.ORDERED and await self._filled(result):
                    return await tell(self._facts, self._lineage, result)
                reasons.append(f"{symbol}: {result.reason}")
            await self._control(do="clock", advance_s=DAY_S)
            await self._session.ready()
            days += 1
        raise UserError(f"Nothing traded in {days} days of practice. {' '.join(reasons[-len(strategy.symbols) :])}")

    async def _filled(self, result: RunResult) -> bool:
        """Wait for the bracket to stand, stepping the practice market through its session when it takes its time."""
        intent = result.intent
        assert intent is not None

        def stands(state: State) -> bool:
            return _stands(state, intent)

        if await self._facts.until(stands, FILL_S):
            return True
        for _ in range(STEPS):
            if self._facts.state.orders[intent.entry.ref].state.is_final:
                break
            await self._control(do="clock", advance_s=STEP_S)
            if await self._facts.until(stands, STEP_FILL_S):
                return True
        return False


def _stands(state: State, intent: Intent) -> bool:
    """Say whether the entry is filled with its commission known and both children work."""
    orders = {leg.role: state.orders[leg.ref] for leg in intent.legs}
    fills = state.fills_of(intent.entry.ref)
    return (
        orders[Role.ENTRY].state is OrderState.FILLED
        and all(order.state is OrderState.ACCEPTED for role, order in orders.items() if role is not Role.ENTRY)
        and bool(fills)
        and all(fill.commission is not None for fill in fills)
    )
