"""Fault rows of the order path: refusals of the broker in plain words, closed markets, rounding, fractions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.ib.code_table import ROWS
from app.domain.instruments import ConId, Instrument, InstrumentKind, TickBand
from app.domain.judging import judge
from app.domain.money import Rounding
from app.domain.orders import Limit, Market, OrderState, Side
from app.domain.risk import GateVerdict
from app.ui.panels.ticket_proposed import bracket_prices
from tests.domain.test_gates import intent, situation
from tests.support.core import Trader, trading
from tests.support.gateway import PracticeGateway, running_gateway
from tests.support.ledger import ledger_equals_book, until_nothing_is_in_doubt
from tests.support.oracle import Oracle

D = Decimal
S = OrderState
RULE = (TickBand(D(0), D("0.01")), TickBand(D(100), D("0.05")), TickBand(D(1000), D("0.5")))
BANDED = Instrument(ConId(1), "X", InstrumentKind.STOCK, "SMART", "LSE", "GBP", price_magnifier=100, bands=RULE)


@pytest.fixture
async def closed_gateway(tmp_path: Path) -> AsyncIterator[PracticeGateway]:
    """A gateway that keeps the exchange's hours, whatever the day on a Sunday at noon UTC."""
    for gateway in running_gateway(tmp_path / "closed", "--market", "hours"):
        now = datetime.fromtimestamp((await gateway.control({"do": "clock", "advance_s": 0}))["now"], UTC)
        sunday = (now + timedelta(days=7 - now.isoweekday() % 7)).replace(hour=12)
        await gateway.control({"do": "clock", "advance_s": (sunday - now).total_seconds()})
        yield gateway


@pytest.mark.parametrize("code", [201, 383, 463, 110])
async def test_b27_what_the_broker_refuses_is_rejected_in_plain_words(clean: Trader, code: int) -> None:
    aapl = await clean.instrument()
    await clean.gateway.fault("reject_after_accept", code=code, count=1)
    placed = await clean.place(clean.proposal(aapl, Limit(clean.near(aapl, -3)), 2))
    order = await clean.until_state(placed.entry.ref, S.REJECTED, S.INACTIVE)
    assert ROWS[code][1].split(";")[0].split("{")[0][:20] in order.reason
    assert f"IB {code}" in order.reason
    assert sum(o.intent == placed.id for o in clean.state.orders.values()) == 1
    await until_nothing_is_in_doubt(clean)
    await ledger_equals_book(clean)


@given(
    price=st.decimals(min_value="0.02", max_value="4000", places=4),
    rounding=st.sampled_from([Rounding.UP, Rounding.DOWN]),
)
def test_b27_c6_a_price_is_rounded_against_us_onto_the_market_rule(price: Decimal, rounding: Rounding) -> None:
    rounded = BANDED.round_to_tick(price, rounding)
    assert (rounded >= price) if rounding is Rounding.UP else (rounded <= price)
    assert abs(rounded - price) < BANDED.tick_at(price)
    if BANDED.tick_at(rounded) == BANDED.tick_at(price):
        assert BANDED.is_on_tick(rounded)


@given(entry=st.decimals(min_value="20", max_value="90", places=2), atr=st.floats(0.1, 4))
def test_c6_a_proposed_bracket_lies_on_the_tick_and_against_us(entry: Decimal, atr: float) -> None:
    for side in Side:
        prices = bracket_prices(BANDED, side, entry, atr)
        assert prices is not None
        stop, target = prices
        assert BANDED.is_on_tick(stop)
        assert (entry - stop) * side.sign > 0
        assert (target - entry) * side.sign > 0


@given(part=st.decimals(min_value="0.0001", max_value="999.9999", places=4).filter(lambda n: n % 1 != 0))
def test_c7_a_fraction_where_none_trades_is_refused_and_never_cut(part: Decimal) -> None:
    asked = situation(intent=intent(Limit(D("102.00")), quantity=str(part)))
    lot = next(result for result in judge(asked) if result.name == "lot")
    assert lot.verdict is GateVerdict.REFUSE
    assert str(part) in lot.text
    fractional = replace(asked, instrument=replace(asked.instrument, kind=InstrumentKind.FX, lot=D("0.0001")))
    assert next(r for r in judge(fractional) if r.name == "lot").verdict is GateVerdict.PASS


async def test_c7_the_brokers_own_refusal_of_a_fraction_is_told(wide_trader: Trader) -> None:
    aapl = await wide_trader.instrument()
    finer = replace(aapl, lot=D("0.5"))
    channel = wide_trader.core.desk._channel
    meant = replace(intent(Market(), quantity="1.5"), account=wide_trader.account, con_id=aapl.con_id, symbol="AAPL")
    with pytest.raises(Exception, match="10243"):
        await channel.preview(meant.entry, finer, wide_trader.account)


async def test_b25_on_a_closed_exchange_an_order_waits_and_a_market_order_is_held_back(
    closed_gateway: PracticeGateway, tmp_path: Path
) -> None:
    async with trading(tmp_path / "app", closed_gateway) as trader:
        aapl = await trader.instrument()
        market = await trader.core.desk.review(trader.proposal(aapl, Market(), 1))
        assert "use a limit order, which may wait" in market.why_not
        resting = trader.proposal(aapl, Limit(trader.near(aapl, -1)), 1)
        placed = await trader.place(resting)
        order = await trader.until_state(placed.entry.ref, S.ACCEPTED)
        await trader.until(lambda state: state.orders[order.ref].warning)
        assert "it is alive. (IB 399" in trader.state.orders[order.ref].warning
        await ledger_equals_book(trader)


async def test_b25_an_order_in_a_halted_instrument_lives_and_fills_when_it_trades_again(
    clean: Trader, oracle: Oracle
) -> None:
    ibm = await clean.instrument("IBM")
    await clean.gateway.fault("halt", symbol="IBM", on=True)
    placed = await clean.place(clean.proposal(ibm, Limit(clean.near(ibm, 1)), 2))
    order = await clean.until_state(placed.entry.ref, S.ACCEPTED)
    assert order.filled == 0
    await clean.gateway.fault("halt", symbol="IBM", on=False)
    await clean.until_state(placed.entry.ref, S.FILLED)
    await oracle.holds()
