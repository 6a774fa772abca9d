"""The whole core without its window, over real sockets to a practice gateway, and what tests wait for in it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from app.compose import SAMPLE, Core, build
from app.domain.bars import Bars, BarsKey, Source, Timeframe, epoch
from app.domain.broker import Endpoint
from app.domain.events import StrategySaved
from app.domain.instruments import Instrument
from app.domain.orders import Intent, Limit, Order, OrderRef, OrderState, OrderType, Side
from app.domain.state import State
from app.domain.strategies import Mode, Strategy
from app.services.desk import Proposal, fresh_decision
from app.services.session import SessionState, SessionView
from tests.support.gateway import PracticeGateway

PATIENCE_S = 10.0
WIDE_LIMITS = {
    "orders_per_minute": 1000,
    "orders_per_day": 100_000,
    "duplicate_s": 0,
    "position_percent": "100",
    "exposure_percent": "100",
    "exposure_warn_percent": "100",
    "open_positions": 100,
    "daily_loss_percent": "100",
}


@asynccontextmanager
async def running_core(
    data_dir: Path,
    gateway: PracticeGateway | Endpoint,
    *,
    limits: dict[str, Any] | None = None,
    until_ready: bool = True,
    account: str = "",
) -> AsyncIterator[Core]:
    """Yield a core that is connected and ready, and close it afterwards."""
    prepare(data_dir, limits)
    endpoint = gateway.endpoint if isinstance(gateway, PracticeGateway) else gateway
    core = await build(data_dir, gateway=endpoint)
    core.account = account or core.account
    try:
        core.connect()
        if until_ready:
            await core.session.ready(PATIENCE_S)
        yield core
    finally:
        await core.close()


def prepare(data_dir: Path, limits: dict[str, Any] | None = None) -> None:
    """Make a data directory, with these limits in its settings."""
    data_dir.mkdir(parents=True, exist_ok=True)
    if limits is not None:
        (data_dir / "settings.json").write_text(json.dumps({"schema": 1, "limits": limits}))


@dataclass
class Trader:
    """A core and its gateway, with the short ways of a test to do and await things."""

    core: Core
    gateway: PracticeGateway

    @property
    def state(self) -> State:
        return self.core.facts.state

    @property
    def account(self) -> str:
        return self.core.session.view.account

    async def instrument(self, symbol: str = "AAPL") -> Instrument:
        """Return a watched instrument whose price is known."""
        found = await self.core.market.resolve(symbol)
        await self.core.market.watch(found)
        assert await self.core.market.first_tick(found.con_id)
        return found

    def last(self, instrument: Instrument) -> Decimal:
        quote = self.core.market.quote(instrument.con_id)
        assert quote is not None
        assert quote.last is not None
        return Decimal(str(quote.last))

    def near(self, instrument: Instrument, percent: float) -> Decimal:
        """Return the price so many percent away from the last one, on the tick."""
        return instrument.round_to_tick(self.last(instrument) * (1 + Decimal(str(percent)) / 100))

    def proposal(
        self, instrument: Instrument, type_: OrderType, quantity: int | None = 5, side: Side = Side.BUY, **more: Any
    ) -> Proposal:
        number = None if quantity is None else Decimal(quantity)
        return Proposal(fresh_decision(), instrument, side, type_, number, **more)

    def bracket(self, instrument: Instrument, quantity: int = 5, *, away: float = 0.5, **more: Any) -> Proposal:
        """Return a long bracket whose entry fills at once, or rests when `away` is below 0."""
        return self.proposal(
            instrument,
            Limit(self.near(instrument, away)),
            quantity,
            stop=self.near(instrument, -8),
            target=self.near(instrument, 8),
            **more,
        )

    async def place(self, proposal: Proposal) -> Intent:
        """Review and submit."""
        review = await self.core.desk.review(proposal)
        assert review.is_fit, review.why_not
        return await self.core.desk.submit(review)

    async def until(self, is_so: Callable[[State], Any], within_s: float = PATIENCE_S) -> None:
        """Return once the state is so; fail with the orders when it never becomes so."""
        if not await self.core.facts.until(lambda state: bool(is_so(state)), within_s):
            orders = [(o.ref[:6], o.role.value, o.state.value, o.reason) for o in self.state.orders.values()]
            raise AssertionError(f"never came true; orders: {orders}, session: {self.core.session.view}")

    async def until_state(self, ref: OrderRef, *states: OrderState, within_s: float = PATIENCE_S) -> Order:
        """Return an order once it is in one of the states."""
        await self.until(lambda state: ref in state.orders and state.orders[ref].state in states, within_s)
        return self.state.orders[ref]

    async def bought(self, instrument: Instrument, quantity: int = 5, **more: Any) -> Intent:
        """Buy with a bracket and return once it is filled, paid for, and its children work."""
        intent = await self.place(self.bracket(instrument, quantity, **more))
        await self.until(lambda state: stands(state, intent))
        return intent

    async def until_view(self, is_so: Callable[[SessionView], bool], within_s: float = PATIENCE_S) -> SessionView:
        """Return the session's view once it is so."""
        return await view_when(self.core, is_so, within_s)

    async def book_orders(self) -> dict[str, dict[str, Any]]:
        """Return the gateway's orders by their ref."""
        return {order["ref"]: order for order in (await self.gateway.book())["orders"]}

    async def strategy(self, mode: Mode = Mode.AUTO, **changes: Any) -> Strategy:
        """Save and return the sample strategy with these changes."""
        changed = replace(SAMPLE, mode=mode, **changes)
        await self.core.facts.enter(StrategySaved(at=self.core.clock.now(), strategy=changed))
        return changed

    def pass_a_bar(self) -> None:
        """Have the signals so far belong to the bar before, in memory: the next run is a run of a new bar."""
        aged = {
            id_: replace(signal, analysis=replace(signal.analysis, last_bar=signal.analysis.last_bar - 86400))
            for id_, signal in self.state.signals.items()
        }
        self.core.facts.state = replace(self.state, signals=aged)

    async def trending(self, instrument: Instrument, way: int) -> Bars:
        """Keep daily bars in the store that end at the last price after a long rise (+1) or fall (−1)."""
        bars = trend(self.core, float(self.last(instrument)), way)
        await self.core.store.bars.write(BarsKey(Source.PRACTICE, instrument.con_id, Timeframe.D1), bars)
        return bars


@asynccontextmanager
async def trading(data_dir: Path, gateway: PracticeGateway, **options: Any) -> AsyncIterator[Trader]:
    """Yield a trader on a ready core."""
    async with running_core(data_dir, gateway, **options) as core:
        yield Trader(core, gateway)


def stands(state: State, intent: Intent) -> bool:
    """Say whether the entry is filled with its commission known and the children work."""
    orders = [state.orders[leg.ref] for leg in intent.legs]
    fills = [fill for fill in state.fills.values() if fill.ref == intent.entry.ref]
    return (
        orders[0].state is OrderState.FILLED
        and all(order.state is OrderState.ACCEPTED for order in orders[1:])
        and bool(fills)
        and all(fill.commission is not None for fill in fills)
    )


async def view_when(core: Core, is_so: Callable[[SessionView], bool], within_s: float = PATIENCE_S) -> SessionView:
    """Return the session's view once it is so; fail with the last one when it never is."""
    if is_so(core.session.view):
        return core.session.view
    came: asyncio.Future[SessionView] = asyncio.get_running_loop().create_future()
    stop = core.bus.on(SessionView, lambda view: came.set_result(view) if is_so(view) and not came.done() else None)
    try:
        return await asyncio.wait_for(came, within_s)
    except TimeoutError:
        raise AssertionError(f"never came true: {core.session.view}") from None
    finally:
        stop()


def is_down(view: SessionView) -> bool:
    return view.state in (SessionState.OFFLINE, SessionState.CONNECTING)


def trend(core: Core, last: float, way: int, count: int = 520) -> Bars:
    """Return daily bars of the newest sessions that rise or fall steadily to `last`, with a small wave upon it."""
    market = core.clock.market()
    newest = core.runs._calendar.last_closed(market)
    sessions = core.runs._calendar.sessions(newest - timedelta(days=2 * count), newest)[-count:]
    steps = np.arange(count - 1, -1, -1)
    close = last * (1 - way * 0.0007 * steps + 0.002 * np.sin(steps / 3.0) * (steps > 0))
    open_ = np.concatenate([close[:1], close[:-1]])
    high, low = np.maximum(open_, close) * 1.004, np.minimum(open_, close) * 0.996
    time = np.array([epoch(session) for session in sessions], dtype=np.int64)
    return Bars(time, open_, high, low, close, np.full(count, 1e6), closed=count)
