"""Trades on the chart, read from the facts: from entry to exit, with the result in money and in R of the plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.domain.bars import Timeframe, epoch
from app.domain.claims import Checked, Claim, Finding, LevelClaim, Truth
from app.domain.claims import Side as Holds
from app.domain.instruments import ConId, Instrument, InstrumentKind
from app.domain.ledger import ExecId, Fill
from app.domain.orders import Intent, IntentId, Leg, Limit, Order, OrderRef, OrderState, Role, Side, Stop, TimeInForce
from app.domain.state import State
from app.ui.panels.chart_lineage import claims_of, trades_of
from tests.ui.panels.test_chart_marks import AAPL, ENTRY, WEEK

MORNING = datetime(2026, 11, 18, 16, 0, tzinfo=UTC)
BOUGHT = Fill(
    ExecId("x.01"), "DUT1", AAPL.con_id, "AAPL", Side.BUY, Decimal(100), Decimal(100), MORNING, OrderRef("a"),
    commission=Decimal(1),
)  # fmt: skip
SOLD = replace(
    BOUGHT, exec_id=ExecId("y.01"), side=Side.SELL, price=Decimal(108), at=datetime(2026, 11, 20, 16, 0, tzinfo=UTC),
    ref=OrderRef("a.stop"),
)  # fmt: skip
PLAN = Intent(
    IntentId("a"), "hand:a", "DUT1", AAPL.con_id, "AAPL",
    (
        Leg(OrderRef("a"), Role.ENTRY, Side.BUY, Decimal(100), Limit(Decimal(100)), TimeInForce.DAY),
        Leg(OrderRef("a.stop"), Role.STOP, Side.SELL, Decimal(100), Stop(Decimal(96)), TimeInForce.GTC),
    ),
)  # fmt: skip


def state_of(*fills: Fill) -> State:
    entry: Order = replace(ENTRY, state=OrderState.FILLED)
    return State(fills={fill.key: fill for fill in fills}, orders={entry.ref: entry}, intents={PLAN.id: PLAN})


def test_a_trade_has_its_result_after_costs_and_its_r_of_the_plan() -> None:
    (trade,) = trades_of(state_of(BOUGHT, SOLD), "DUT1", AAPL, Timeframe.D1, WEEK)
    assert (trade.entry_at, trade.exit_at) == (epoch(date(2026, 11, 18)), epoch(date(2026, 11, 20)))
    assert (trade.entry_price, trade.exit_price, trade.result) == (100.0, 108.0, 798.0)
    assert trade.r == pytest.approx(2.0)


def test_what_is_held_is_an_open_trade_and_other_accounts_and_instruments_have_their_own() -> None:
    other = Instrument(ConId(2), "MSFT", InstrumentKind.STOCK, "SMART", "NASDAQ", "USD")
    state = state_of(BOUGHT)
    (trade,) = trades_of(state, "DUT1", AAPL, Timeframe.D1, WEEK)
    assert (trade.exit_at, trade.exit_price, trade.result, trade.r) == (None, None, None, None)
    assert trades_of(state, "DUT2", AAPL, Timeframe.D1, WEEK) == []
    assert trades_of(state, "DUT1", other, Timeframe.D1, WEEK) == []


def test_what_the_ledger_booked_by_itself_is_no_trade() -> None:
    booked = replace(SOLD, exec_id=ExecId("adopted-1"), ref=None)
    assert trades_of(state_of(BOUGHT, booked), "DUT1", AAPL, Timeframe.D1, WEEK) == []


def test_without_a_plan_there_is_no_r() -> None:
    state = replace(state_of(BOUGHT, SOLD), intents={})
    assert trades_of(state, "DUT1", AAPL, Timeframe.D1, WEEK)[0].r is None


def test_the_claims_of_the_newest_reading_of_this_chart_are_shown() -> None:
    def read(name: str, day: int, timeframe: Timeframe = Timeframe.D1, con_id: ConId = AAPL.con_id) -> Checked:
        claim = Claim(LevelClaim(Holds.SUPPORT, 100.0), text=name)
        finding = Finding(claim, Truth.TRUE, 2, "Found.")
        return Checked(name, con_id, timeframe, datetime(2026, 11, day, tzinfo=UTC), (finding,))

    readings = [read("old", 18), read("new", 20), read("week", 21, Timeframe.W1), read("other", 22, con_id=ConId(2))]
    state = State(checked={one.reading: one for one in readings})
    assert [one.claim.text for one in claims_of(state, AAPL, Timeframe.D1)] == ["new"]
    assert [one.claim.text for one in claims_of(state, AAPL, Timeframe.W1)] == ["week"]
    assert claims_of(state, AAPL, Timeframe.H1) == ()
