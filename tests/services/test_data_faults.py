"""Fault rows of the data: what is no price, symbols that fall silent, listings that are asked for, floods of ticks."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import fields, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.ib.quotes import Tape
from app.domain.errors import UserError
from app.domain.events import Filled, OrderReported
from app.domain.judging import judge
from app.domain.orders import Limit, Market, OrderState, Stop
from app.domain.quotes import Quote
from app.domain.risk import GateVerdict, refusals
from app.ui.widgets import format as shown
from tests.domain.examples import instrument
from tests.domain.test_gates import intent, machine, situation
from tests.support.core import Trader
from tests.support.ledger import ledger_equals_book

D = Decimal
NUMBERS = [field.name for field in fields(Quote) if field.name not in ("con_id", "data_class", "arrived", "is_halted")]
NO_PRICES = (math.nan, -1.0, 0.0, math.inf, -math.inf, 1.7976931348623157e308, -42.5, 5e-324)
"""What a gateway sends for "nothing" (NaN, −1, 0, the largest double), and what a spread or a fault may bring."""
ANY = st.one_of(st.sampled_from(NO_PRICES), st.floats(width=64), st.floats(1, 200))


def quote_of(prices: list[float], sizes: list[float]) -> Quote:
    """Return what our tape makes of a packet of ticks: bid, ask, last, high, low, close, open, and their sizes."""
    tape = Tape()
    tape.start(instrument(), 1)
    for kind, price, size in zip((1, 2, 4, 6, 7, 9, 14), prices, sizes, strict=True):
        tape.price(1, kind, price, size)
    for kind, size in zip((0, 3, 5, 8), sizes, strict=False):
        tape.size(1, kind, size)
    (quote,) = tape.news(1.0)
    return quote


@given(prices=st.lists(ANY, min_size=7, max_size=7), sizes=st.lists(ANY, min_size=7, max_size=7))
def test_c1_no_float_of_the_feed_raises_or_lets_an_order_go_that_a_price_would_not(
    prices: list[float], sizes: list[float]
) -> None:
    quote = quote_of(prices, sizes)
    known = [getattr(quote, name) for name in NUMBERS]
    assert all(number is None or (math.isfinite(number) and number >= 0) for number in known)
    for type_ in (Market(), Limit(D("102.00")), Stop(D("105"))):
        for asked in (situation(quote=quote, intent=intent(type_)), machine(quote=quote, intent=intent(type_))):
            refused = refusals(judge(asked))
            if quote.last is None and (isinstance(type_, Limit) or (isinstance(type_, Market) and quote.ask is None)):
                assert refused, "an order may go where nothing is known of the price"
    for number in (*known, quote.change_percent):
        assert "nan" not in (shown.price(number) + shown.number(number, 2)).lower()


async def told(trader: Trader, is_so: Callable[[Quote], bool]) -> Quote:
    """Return the first quote from now on of which something is so."""
    came: asyncio.Future[Quote] = asyncio.get_running_loop().create_future()
    stop = trader.core.bus.on(Quote, lambda quote: is_so(quote) and not came.done() and came.set_result(quote))
    try:
        return await asyncio.wait_for(came, 20)
    finally:
        stop()


async def test_c2_a_symbol_that_falls_silent_is_stale_alone_and_takes_no_market_order(
    wide_trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    core, clock = wide_trader.core, wide_trader.core.clock
    silent, speaking = await wide_trader.instrument("AAPL"), await wide_trader.instrument("MSFT")
    halted = asyncio.ensure_future(told(wide_trader, lambda quote: quote.is_halted))
    await wide_trader.gateway.fault("halt", symbol="AAPL")
    await halted
    try:
        now = clock.monotonic
        monkeypatch.setattr(clock, "monotonic", lambda: now() + 6.0)
        await told(wide_trader, lambda quote: quote.con_id == speaking.con_id)
        ages = core.market.tick_age_s(silent.con_id), core.market.tick_age_s(speaking.con_id)
        assert ages[0] is not None
        assert ages[0] > 5 > (ages[1] or 0)
        for one, expected in ((silent, GateVerdict.REFUSE), (speaking, GateVerdict.PASS)):
            review = await core.desk.review(wide_trader.proposal(one, Market(), 1))
            assert next(result for result in review.gates if result.name == "fresh").verdict is expected, one.symbol
    finally:
        await wide_trader.gateway.fault("halt", symbol="AAPL", on=False)


async def test_c4_a_symbol_of_several_listings_names_them_and_each_has_one_id(wide_trader: Trader) -> None:
    market = wide_trader.core.market
    with pytest.raises(
        UserError, match=r"ALDE may mean ALDE on .* in USD, .*ALDE on .* in EUR.*; search for it and pick one"
    ):
        await market.resolve("ALDE")
    found = {one.con_id: one for one in await market.search("ALDE")}
    assert len({one.currency for one in found.values()}) > 1
    for con_id, one in found.items():
        assert (await market.resolve("ALDE", con_id)).currency == one.currency


async def test_c12_a_flood_of_ticks_is_conflated_and_no_order_ever_is(wide_trader: Trader) -> None:
    core, aapl = wide_trader.core, await wide_trader.instrument()
    quote = core.market.quote(aapl.con_id)
    assert quote is not None
    facts = Counter[str]()
    stops = [core.bus.on(kind, lambda fact: facts.update([type(fact).__name__])) for kind in (OrderReported, Filled)]
    is_over = asyncio.Event()

    async def flood() -> int:
        told = 0
        while not is_over.is_set():
            for _ in range(100):
                core.market.hear(replace(quote, volume=float(told), arrived=core.clock.monotonic()))
                told += 1
            await asyncio.sleep(0.01)  # at most 10,000 ticks a second: five times what is asked for
        return told

    flooding = asyncio.ensure_future(flood())
    try:
        placed = [await wide_trader.place(wide_trader.proposal(aapl, Market(), 1)) for _ in range(10)]
        for one in placed:
            await wide_trader.until_state(one.entry.ref, OrderState.FILLED, within_s=30)
    finally:
        is_over.set()
        told = await flooding
        for stop in stops:
            stop()
    assert told > 2_000
    assert facts["Filled"] == 10
    journaled = [fact for fact in await core.store.journal.facts() if isinstance(fact, Filled)]
    assert {fact.fill.ref for fact in journaled} >= {one.entry.ref for one in placed}
    await ledger_equals_book(wide_trader)
