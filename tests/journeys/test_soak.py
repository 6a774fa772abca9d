"""A long day at a hundred times its speed: lines cut, gateways killed, farms flapping, orders all the while.

An hour of market time runs with the longer tests; `TAPELINE_SOAK_HOURS=24 pytest -m slow tests/journeys/test_soak.py`
is the whole day: 300 lost connections, 30 killed gateways, 2,000 flaps and 5,000 orders, in a quarter of an hour.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from app.domain.errors import TapelineError
from app.domain.instruments import Instrument
from app.domain.orders import Limit, OrderState, Side
from app.runtime.logs import start_logging
from app.services import reconcile, session
from tests.support.core import WIDE_LIMITS, Trader, is_down, trading
from tests.support.gateway import PracticeGateway, running_gateway
from tests.support.ledger import ledger_equals_book, until_nothing_is_in_doubt
from tests.support.weight import records_mb, resident_mb

HOURS = float(os.environ.get("TAPELINE_SOAK_HOURS", "1"))
SPEED = float(os.environ.get("TAPELINE_SOAK_SPEED", "120"))
LASTS_S = HOURS * 3600 / SPEED
CUTS, KILLS, FLAPS, ORDERS = (max(1, round(HOURS * a_day / 24)) for a_day in (300, 30, 2000, 5000))
SYMBOLS = ("AAPL", "MSFT", "IBM", "GOOG", "FB")
MOST_WORKING = 40
GROWTH_MB = 20 + ORDERS / 150
"""What the process may grow by besides the records of its ledger: to be warm, and a little for each order."""


@dataclass
class Tally:
    """What was done so far."""

    cuts: int = 0
    kills: int = 0
    flaps: int = 0
    refused: int = 0


@dataclass(frozen=True)
class Weight:
    """What the process and the records in it weigh, in MB."""

    resident: float
    records: float

    def beyond_records(self, before: Weight) -> float:
        """Return what was added that is no record."""
        return (self.resident - before.resident) - (self.records - before.records)


def weigh(trader: Trader) -> Weight:
    gc.collect()
    return Weight(resident_mb(), records_mb(trader.state))


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[PracticeGateway]:
    yield from running_gateway(tmp_path / "gateway", "--speed", str(SPEED))


@pytest.fixture
def product_logs(tmp_path: Path) -> Iterator[None]:
    """Log as the product does: what captures for tests keeps every record, with the errors and frames it names."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    start_logging(tmp_path / "app", to_stderr=False)
    yield
    for handler in root.handlers[:]:
        root.removeHandler(handler)
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)


async def is_ready(trader: Trader) -> None:
    await trader.until_view(lambda view: view.is_ready, within_s=60)


async def cut(trader: Trader, tally: Tally, chance: Random) -> None:
    """Lose a connection, or now and then only that of the data, and wait until all is well."""
    await is_ready(trader)
    narrowed = {"client_id": 18} if chance.random() < 0.2 else {}
    await trader.gateway.fault("reset", **narrowed)
    await trader.until_view(is_down, within_s=60)
    await is_ready(trader)
    tally.cuts += 1


async def kill(trader: Trader, tally: Tally, chance: Random) -> None:
    """Kill the gateway and start it again a moment later."""
    trader.gateway.kill()
    await trader.until_view(is_down, within_s=60)
    await asyncio.to_thread(trader.gateway.restart)
    await trader.gateway.control({"do": "clock", "speed": SPEED})
    await is_ready(trader)
    tally.kills += 1


async def flap(trader: Trader, tally: Tally, chance: Random) -> None:
    which = chance.choice(("data", "history"))
    await trader.gateway.fault("farm", which=which, up=False)
    await trader.gateway.fault("farm", which=which, up=True)
    tally.flaps += 1


async def make_trouble(trader: Trader, tally: Tally, chance: Random) -> None:
    """Strike at moments that are spread over the whole time, one after the other."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    strikes = [
        (chance.random(), act) for act, times in ((cut, CUTS), (kill, KILLS), (flap, FLAPS)) for _ in range(times)
    ]
    for moment, act in sorted(strikes, key=lambda strike: strike[0]):
        await asyncio.sleep(max(0.0, began + moment * LASTS_S - loop.time()))
        await act(trader, tally, chance)
    await asyncio.sleep(max(0.0, began + LASTS_S - loop.time()))


async def trade(trader: Trader, tally: Tally, chance: Random, is_over: asyncio.Event) -> Weight:
    """Place and cancel at an even pace until it is over and enough was placed; return what it weighed once warm."""
    warm: Weight | None = None
    instruments = [await trader.instrument(symbol) for symbol in SYMBOLS]
    pause_s = LASTS_S / ORDERS / 1.5
    while not is_over.is_set() or len(trader.state.orders) < ORDERS:
        try:
            await place(trader, chance.choice(instruments), chance)
            await cancel_some(trader, chance)
        except TapelineError:
            tally.refused += 1
            await trader.until_view(lambda view: view.is_ready, within_s=60)
        if warm is None and len(trader.state.orders) >= ORDERS // 4:
            warm = weigh(trader)
        await asyncio.sleep(pause_s)
    assert warm is not None
    return warm


async def place(trader: Trader, instrument: Instrument, chance: Random) -> None:
    """Trade back towards flat more often than away, sometimes with a price that rests."""
    held = trader.state.position(trader.account, instrument.con_id)
    quantity = held.quantity if held else Decimal(0)
    side = (Side.SELL if quantity > 0 else Side.BUY) if chance.random() < 0.7 else chance.choice((Side.BUY, Side.SELL))
    away = -3.0 if chance.random() < 0.3 else 1.0
    limit = Limit(trader.near(instrument, away * side.sign))
    proposal = trader.proposal(instrument, limit, chance.randint(1, 9), side)
    await trader.core.desk.submit(await trader.core.desk.review(proposal))


async def cancel_some(trader: Trader, chance: Random) -> None:
    working = [order for order in trader.state.orders.values() if order.state is OrderState.ACCEPTED]
    if len(working) > MOST_WORKING or (working and chance.random() < 0.3):
        await trader.core.desk.cancel(chance.choice(working).ref, "soak")


async def settle(trader: Trader) -> None:
    """Cancel what works, and wait until the broker and the ledger say the same."""
    await is_ready(trader)
    with contextlib.suppress(TapelineError):
        await trader.core.desk.cancel_all("the soak is over")
    await until_nothing_is_in_doubt(trader, 120)
    await trader.until(lambda state: not any(order.state.is_working for order in state.orders.values()), 60)
    await trader.core.session.matched(60)
    # a task of its own looks once more at the cancels, some seconds after the last answer
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == "see cancels through"))


@pytest.mark.slow
@pytest.mark.timeout(3 * LASTS_S + 300)
@pytest.mark.usefixtures("product_logs")
async def test_e6_a_day_of_trouble_leaves_ledger_and_book_equal_and_nothing_behind(
    tmp_path: Path, gateway: PracticeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "BACK_OFF_S", (0.1, 0.2))
    monkeypatch.setattr(reconcile, "SECOND_LOOK_S", 1.0)
    chance, tally, is_over = Random(20_261_122), Tally(), asyncio.Event()
    async with trading(tmp_path / "app", gateway, limits=WIDE_LIMITS) as trader:
        tasks_before, trading_on = (
            set(trader.core.tasks.names),
            asyncio.ensure_future(trade(trader, tally, chance, is_over)),
        )
        cold = weigh(trader)
        await make_trouble(trader, tally, chance)
        is_over.set()
        warm = await trading_on
        await settle(trader)
        end = weigh(trader)
        differences = trader.core.session.view.differences
        report = {
            "soak": f"{HOURS:g} h at {SPEED:g}x",
            "cuts": tally.cuts,
            "kills": tally.kills,
            "flaps": tally.flaps,
            "orders": len(trader.state.orders),
            "fills": len(trader.state.fills),
            "refused_while_away": tally.refused,
            "differences": len(differences),
            "growth_mb": round(end.resident - cold.resident, 1),
            "records_mb": round(end.records - cold.records, 1),
            "bytes_an_order": round((end.records - cold.records) * 1e6 / len(trader.state.orders)),
            "beyond_records_mb": round(end.beyond_records(cold), 1),
            "beyond_records_once_warm_mb": round(end.beyond_records(warm), 1),
            "tasks": [len(tasks_before), len(trader.core.tasks.names)],
        }
        sys.stdout.write(json.dumps(report) + "\n")
        await ledger_equals_book(trader, 60)
        assert differences == ()
        assert (tally.cuts, tally.kills, tally.flaps) == (CUTS, KILLS, FLAPS)
        assert len(trader.state.orders) >= ORDERS
        assert set(trader.core.tasks.names) <= tasks_before
        assert end.beyond_records(cold) < GROWTH_MB
