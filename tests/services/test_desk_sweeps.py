"""Rows B9, B14, B15, B16, B22 and B24 of the fault list, each with all that may come: codes, sizes, orders of arrival.

A few of each are tried in the default run, all of them with the longer tests; the gateway's own book judges.
"""

from __future__ import annotations

import asyncio
from decimal import Decimal
from itertools import permutations
from random import Random

import pytest

from app.domain import events as ev
from app.domain.instruments import Instrument
from app.domain.orders import Intent, Limit, Market, OrderState, Side
from app.domain.quotes import Quote
from app.services import guard, reconcile, session
from tests.adapters.ib.test_orders_of_arrival import NAMES, STORIES
from tests.adapters.ib.test_trouble import CONNECTION_CODES, LINE_CODES
from tests.support.core import Trader, stands
from tests.support.oracle import Oracle

S = OrderState
ARRIVALS = tuple(permutations(NAMES))
CODES_THERE_MAY_BE = (*range(100, 601), *range(1100, 2201), *range(10000, 10401))


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "SECOND_LOOK_S", 0.4)
    monkeypatch.setattr(session, "HEARTBEAT_S", 0.1)
    monkeypatch.setattr(guard, "SETTLES_S", 0.3)


def some_or_all(some: object, everything: object) -> pytest.MarkDecorator:
    """Try some in the default run, everything with the longer tests."""
    return pytest.mark.parametrize(
        "tried", [pytest.param(some, id="some"), pytest.param(everything, id="all", marks=pytest.mark.slow)]
    )


@some_or_all((150, 1500, 2175, 10250), CODES_THERE_MAY_BE)
@pytest.mark.timeout(400)
async def test_b9_no_number_that_could_be_a_code_ends_a_live_order(
    clean: Trader, oracle: Oracle, tried: tuple[int, ...]
) -> None:
    aapl, seen = await clean.instrument(), set[OrderState]()
    live = await clean.place(clean.proposal(aapl, Limit(clean.near(aapl, -3)), 1))
    order = await clean.until_state(live.entry.ref, S.ACCEPTED)
    clean.core.bus.on(ev.OrderReported, lambda fact: seen.add(clean.state.orders[fact.ref].state))
    for code in sorted({*tried} - CONNECTION_CODES - LINE_CODES):
        await clean.gateway.fault("error", code=code, order=order.order_id, text="Auftrag fraglich")
    await oracle.told(f"{max(tried)}", within_s=60)
    await oracle.holds()
    assert seen <= {S.ACCEPTED}
    assert clean.state.orders[order.ref].state is S.ACCEPTED


def splits(count: int) -> list[list[int]]:
    """Return ways to fill a part of 100 in several pieces, the same ones every time."""
    chance, found = Random(100), list[list[int]]()
    for _ in range(count):
        part = chance.randint(2, 99)
        cuts = sorted(chance.sample(range(1, part), min(chance.randint(1, 5), part - 1)))
        found.append([upper - lower for lower, upper in zip([0, *cuts], [*cuts, part], strict=True)])
    return found


@some_or_all([[37], [99]], [*([part] for part in range(1, 100)), *splits(30)])
@pytest.mark.timeout(600)
async def test_b14_of_a_hundred_what_filled_stays_and_is_covered(
    clean: Trader, oracle: Oracle, tried: list[list[int]]
) -> None:
    msft = await clean.instrument("MSFT")
    at = float(clean.last(msft))
    for sizes in tried:
        await clean.gateway.fault("partial", sizes=sizes)
        intent = await clean.place(clean.bracket(msft, 100))
        await covered_after_cancel(clean, intent, Decimal(sum(sizes)))
        await clean.gateway.move("MSFT", at * 1.12)
        await clean.until_state(intent.children[1].ref, S.FILLED)
        await clean.until_state(intent.children[0].ref, S.CANCELLED)
        await clean.gateway.move("MSFT", at)
        await price_is_near(clean, msft, at)
    await oracle.holds()
    assert not [text for text in oracle.heard if "without its stop" in text]


async def covered_after_cancel(trader: Trader, intent: Intent, filled: Decimal) -> None:
    """Cancel an entry that has filled in part, and return once stop and target are of that size."""
    await trader.until(lambda state: state.orders[intent.entry.ref].filled == filled)
    await trader.core.desk.cancel(intent.entry.ref, "test")
    order = await trader.until_state(intent.entry.ref, S.CANCELLED)
    assert order.filled == filled
    for leg in intent.children:
        await trader.until(lambda state, ref=leg.ref: state.orders[ref].quantity == filled)  # type: ignore[misc]
        assert trader.state.orders[leg.ref].state.is_working


async def price_is_near(trader: Trader, instrument: Instrument, price: float) -> None:
    """Return once the quote has followed the market to a price."""
    moved = asyncio.Event()
    stop = trader.core.bus.on(Quote, lambda quote: moved.set())
    async with asyncio.timeout(10):
        while abs(float(trader.last(instrument)) / price - 1) > 0.01:
            moved.clear()
            await moved.wait()
    stop()


@some_or_all(ARRIVALS[::24], ARRIVALS)
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.timeout(400)
async def test_b15_b16_a_fill_is_booked_once_in_any_order_of_arrival(
    clean: Trader, oracle: Oracle, tried: list[tuple[str, ...]], times: int
) -> None:
    msft, codes = await clean.instrument("MSFT"), [story.code for story in STORIES.values()]
    for number, order in enumerate(tried):
        code = codes[number % len(codes)]
        await clean.gateway.fault("permute", order=list(order), times=times, code=code)
        intent = await clean.place(clean.proposal(msft, Market(), 1, Side.SELL if number % 2 else Side.BUY))
        await clean.until(lambda state, intent=intent: stands(state, intent))  # type: ignore[misc]
    await oracle.holds()
    assert len(clean.state.fills) == len(tried)
    assert all(order.state is S.FILLED for order in clean.state.orders.values())


@pytest.mark.parametrize("refused", ["STP", "LMT"])
async def test_b22_whichever_child_is_refused_the_position_keeps_the_other_or_is_told(
    clean: Trader, oracle: Oracle, refused: str
) -> None:
    aapl = await clean.instrument()
    await clean.gateway.fault("reject_after_accept", type=refused)
    intent = await clean.place(clean.proposal(aapl, Market(), 5, stop=clean.near(aapl, -8), target=clean.near(aapl, 8)))
    stop, target = intent.children
    gone, left = (stop, target) if refused == "STP" else (target, stop)
    await clean.until_state(gone.ref, S.REJECTED, S.CANCELLED)
    await clean.until_state(intent.entry.ref, S.FILLED, S.CANCELLED)
    if clean.state.orders[intent.entry.ref].filled:
        await (
            oracle.told("AAPL is held without its stop")
            if refused == "STP"
            else clean.until_state(left.ref, S.ACCEPTED)
        )
    await oracle.holds("IB 201")
    assert len(clean.state.intents) == 1, "nothing is sent by itself"
