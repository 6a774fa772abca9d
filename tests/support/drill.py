"""The app without its window in a process of its own, which tests kill, freeze and start again.

`python -m tests.support.drill DATA_DIR HOST:PORT TASK`: `trade` places small brackets as fast as it can until the
process ends, `settle` only matches the ledger with the broker, says SETTLED and leaves, `slot` runs one slot of a
strategy and says how it ended, `story` is killed at a named point, `wait` tells what the session comes to and each fill
until the process ends, `sleep` has a strategy run every minute. A fourth word is how many seconds without a beat count
as having slept.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from random import Random

from app.compose import Core, build
from app.domain.broker import Endpoint
from app.domain.errors import TapelineError, UserError
from app.domain.events import Filled, RunFinished
from app.domain.instruments import Instrument
from app.domain.money import Rounding
from app.domain.orders import Limit, OrderState, Side
from app.domain.state import State
from app.domain.strategies import Mode
from app.runtime.instance import Instance
from app.runtime.logs import start_logging
from app.services import session
from app.services.desk import Proposal, fresh_decision
from app.services.missed import SlotsMissed
from app.services.session import SessionView
from tests.support.core import Trader
from tests.support.fault_points import Blow, Strike, story, struck
from tests.support.gateway import PracticeGateway

SETTLE_S = 60.0
IN_DOUBT = (OrderState.INTENDED, OrderState.SENT, OrderState.VERIFYING, OrderState.PENDING_CANCEL)
STRUCK_AT = "TAPELINE_STRUCK_AT"
SLOT = "2026-11-23T20:45:00+00:00"
SYMBOLS = ("AAPL", "MSFT", "IBM", "GOOG", "FB")


def tell(word: str) -> None:
    """Tell the harness where this life has come to."""
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


async def trade(core: Core) -> None:
    """Place brackets and cancel some of what works, for ever."""
    chance = Random()
    instruments = [await core.market.resolve(symbol) for symbol in SYMBOLS]
    for instrument in instruments:
        await core.market.watch(instrument)
        await core.market.first_tick(instrument.con_id)
    tell("READY")
    while True:
        try:
            await place(core, chance.choice(instruments), chance)
            await cancel_one(core, chance)
        except TapelineError as error:
            sys.stderr.write(f"{error}\n")
            await asyncio.sleep(0.01)


async def place(core: Core, instrument: Instrument, chance: Random) -> None:
    """Buy or sell a few, against what is held so that the limits stay far, sometimes away from the market to rest."""
    quote = core.market.quote(instrument.con_id)
    assert quote is not None
    assert quote.last is not None
    position = core.facts.state.position(core.session.view.account, instrument.con_id)
    held = position.quantity if position is not None else Decimal(0)
    side = chance.choice((Side.BUY, Side.SELL)) if not held else Side.SELL if held > 0 else Side.BUY
    last = Decimal(str(quote.last))
    away = Decimal("-0.03") if chance.random() < 0.3 else Decimal("0.01")

    def at(factor: Decimal) -> Decimal:
        return instrument.round_to_tick(last * (1 + side.sign * factor), Rounding.NEAREST)

    proposal = Proposal(
        decision=fresh_decision(),
        instrument=instrument,
        side=side,
        type=Limit(at(away)),
        quantity=Decimal(chance.randint(1, 5)),
        stop=at(Decimal("-0.05")),
        target=at(Decimal("0.05")),
    )
    await core.desk.submit(await core.desk.review(proposal))


async def cancel_one(core: Core, chance: Random) -> None:
    """Ask for a cancel of some working order, now and then."""
    working = [order for order in core.facts.state.orders.values() if order.state.is_working and not order.is_foreign]
    if len(working) > 12 or (working and chance.random() < 0.4):
        await core.desk.cancel(chance.choice(working).ref, "drill")


async def settle(core: Core) -> None:
    """Wait until nothing is in doubt any more."""

    def is_clear(state: State) -> bool:
        return not any(order.state in IN_DOUBT for order in state.orders.values())

    core.session.match_again()
    assert await core.facts.until(is_clear, SETTLE_S), "an order is still in doubt"
    await matched(core)
    await core.facts.settle()
    tell("SETTLED")


async def matched(core: Core) -> None:
    """Wait until the ledger equals the broker's book."""
    came = asyncio.Event()
    stop = core.bus.on(SessionView, lambda view: came.set() if view.is_reconciled else None)
    if not core.session.view.is_reconciled:
        await asyncio.wait_for(came.wait(), SETTLE_S)
    stop()


async def slot(core: Core) -> None:
    """Run one slot of the sample strategy and tell how it ended."""
    tell(await one_slot(Trader(core, PracticeGateway(core.data_dir))))


async def one_slot(trader: Trader) -> str:
    """Run a slot on a rising series; return how it ended, or why it was refused."""
    await trader.trending(await trader.instrument(), +1)
    strategy = await trader.strategy(Mode.AUTO)
    try:
        result = await trader.core.runs.run(strategy.id, "AAPL", slot=SLOT)
    except UserError as refused:
        return str(refused)
    await trader.until(lambda state: all(order.perm_id for order in state.orders.values()))
    return result.status.value


async def wait(core: Core) -> None:
    """Tell what the session comes to and each fill, for ever."""
    core.bus.on(SessionView, lambda view: tell(view.state.value))
    core.bus.on(Filled, lambda fact: tell(f"filled {fact.fill.exec_id}"))
    tell("READY")
    await asyncio.Event().wait()


async def sleep(core: Core) -> None:
    """Have a strategy run every minute; tell of the session, of runs, and whether an order could leave, for ever."""
    core.bus.on(SessionView, lambda view: tell(f"session {view.state.value} {view.why}"))
    core.bus.on(RunFinished, lambda fact: tell(f"run {core.facts.state.runs[fact.run].slot} {fact.status.value}"))
    core.bus.on(SlotsMissed, lambda missed: tell(f"missed {missed.why}"))
    trader = Trader(core, PracticeGateway(core.data_dir))
    await trader.strategy(Mode.OBSERVE, symbols=("AAPL",), cron="* * * * *", is_scheduled=True)
    core.schedule._look()
    tell("READY")
    while True:
        await asyncio.sleep(0.01)
        if hindrance := core.desk._what_hinders(is_exit_by_hand=False):
            tell(f"gate {hindrance}")


async def struck_story(core: Core) -> None:
    """Play the story of the fault points, and be killed where the environment says."""
    trader = Trader(core, PracticeGateway(core.data_dir))
    strike = Strike(os.environ[STRUCK_AT], Blow.CRASH, trader.gateway)
    await trader.instrument()
    with struck(strike):
        strike.is_armed = True
        await story(trader)
    tell("ALIVE")


TASKS: dict[str, Callable[[Core], Awaitable[None]]] = {
    "trade": trade,
    "settle": settle,
    "slot": slot,
    "story": struck_story,
    "wait": wait,
    "sleep": sleep,
}


async def live(data_dir: Path, gateway: str, task: str, slept_s: float = 0.0) -> None:
    """Live one life."""
    session.SLEPT_S = slept_s or session.SLEPT_S
    host, _, port = gateway.rpartition(":")
    instance = Instance(data_dir)
    assert instance.acquire()
    start_logging(data_dir)
    core = await build(data_dir, gateway=Endpoint(host, int(port)))
    core.connect()
    try:
        await core.session.ready()
        await TASKS[task](core)
    finally:
        await core.close()
        await instance.close()


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1]), sys.argv[2], sys.argv[3], *map(float, sys.argv[4:])))
