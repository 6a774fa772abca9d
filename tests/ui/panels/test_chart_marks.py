"""What was traded, where it belongs on the chart; and indicators as the chart draws them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest

from app.domain.bars import Bars, Timeframe, epoch, merge
from app.domain.instruments import ConId, Instrument, InstrumentKind
from app.domain.ledger import ExecId, Fill, Position
from app.domain.orders import IntentId, Order, OrderRef, OrderState, Role, Side
from app.domain.signals import SignalState
from app.domain.state import State
from app.services.studies import Studies
from app.ui.charts.studies.choice import Choice
from app.ui.charts.studies.drawn import study_of
from app.ui.charts.values import LineStyle, MarkKind, MarkState, Study
from app.ui.panels.chart_growth import Growth
from app.ui.panels.chart_marks import marks_of, moment_on
from app.ui.panels.chart_series import with_last
from tests.domain.examples import signal

AAPL = Instrument(ConId(900_000_001), "AAPL", InstrumentKind.STOCK, "SMART", "NASDAQ", "USD")
NEW_YORK = "America/New_York"


def bars_on(*days: date, closed: int | None = None) -> Bars:
    count = len(days)
    close = np.linspace(100.0, 110.0, count)
    time = np.array([epoch(day) for day in days], dtype=np.int64)
    return Bars(
        time, close - 1, close + 2, close - 2, close, np.full(count, 1e6), closed=count if closed is None else closed
    )


def drawn(name: str, bars: Bars) -> Study:
    return study_of(Choice(name, name), Studies().compute(name, bars), ())


WEEK = bars_on(date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 23), closed=3)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 11, 19, 15, 0, tzinfo=UTC), date(2026, 11, 19)),  # 10:00 in New York
        (datetime(2026, 11, 19, 20, 59, tzinfo=UTC), date(2026, 11, 19)),
        (datetime(2026, 11, 19, 21, 0, tzinfo=UTC), date(2026, 11, 20)),  # after the close: the next session's
        (datetime(2026, 11, 22, 19, 0, tzinfo=UTC), date(2026, 11, 23)),  # a Sunday on a market that never rests
        (datetime(2026, 11, 20, 22, 0, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 11, 30, 15, 0, tzinfo=UTC), date(2026, 11, 23)),  # newer than the bars: the newest
        (datetime(2026, 11, 2, 15, 0, tzinfo=UTC), date(2026, 11, 18)),
    ],
)
def test_a_fill_belongs_to_the_bar_of_its_session(at: datetime, day: date) -> None:
    assert moment_on(at, Timeframe.D1, WEEK, NEW_YORK) == epoch(day)


def test_a_fill_on_a_holiday_belongs_to_the_session_after_it() -> None:
    bars = bars_on(date(2026, 11, 25), date(2026, 11, 27))
    thanksgiving = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
    assert moment_on(thanksgiving, Timeframe.D1, bars, NEW_YORK) == epoch(date(2026, 11, 27))


def test_a_sunday_belongs_to_the_week_that_follows_and_minutes_keep_their_moment() -> None:
    weeks = bars_on(date(2026, 11, 16), date(2026, 11, 23))
    sunday = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
    assert moment_on(sunday, Timeframe.W1, weeks, NEW_YORK) == epoch(date(2026, 11, 23))
    assert moment_on(sunday, Timeframe.M5, weeks, NEW_YORK) == sunday.timestamp()


NOON = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)
ENTRY = Order(
    ref=OrderRef("a"), intent=IntentId("a"), account="DUT1", con_id=AAPL.con_id, symbol="AAPL", role=Role.ENTRY,
    side=Side.BUY, quantity=Decimal(53), type_name="LMT", limit=Decimal("187.2"), stop=None, tif="DAY",
    state=OrderState.INTENDED, created=NOON, updated=NOON,
)  # fmt: skip
STOP = replace(
    ENTRY, ref=OrderRef("a.stop"), role=Role.STOP, side=Side.SELL, type_name="STP", limit=None, stop=Decimal(180)
)


@pytest.mark.parametrize(
    ("state", "shape"),
    [
        (OrderState.INTENDED, MarkState.INTENDED),
        (OrderState.SENT, MarkState.SENT),
        (OrderState.ACCEPTED, MarkState.WORKING),
        (OrderState.PARTIALLY_FILLED, MarkState.WORKING),
        (OrderState.VERIFYING, MarkState.VERIFYING),
    ],
)
def test_a_working_order_is_a_line_whose_shape_says_how_far_it_is(state: OrderState, shape: MarkState) -> None:
    orders = {order.ref: replace(order, state=state) for order in (ENTRY, STOP)}
    entry, stop = marks_of(State(orders=orders), "DUT1", AAPL, Timeframe.D1, WEEK)
    assert (entry.kind, entry.state, entry.price, entry.at) == (MarkKind.ORDER, shape, 187.2, None)
    assert (stop.price, stop.label.split(" ·")[0]) == (180.0, "Stop 53")


def test_what_ended_what_is_elsewhere_and_what_is_another_accounts_is_not_drawn() -> None:
    others = [
        replace(ENTRY, state=OrderState.FILLED),
        replace(ENTRY, ref=OrderRef("b"), account="DUT2"),
        replace(ENTRY, ref=OrderRef("c"), con_id=ConId(2)),
        replace(ENTRY, ref=OrderRef("d"), type_name="MKT", limit=None),
    ]
    state = State(orders={order.ref: order for order in others})
    assert marks_of(state, "DUT1", AAPL, Timeframe.D1, WEEK) == []


def test_a_fill_is_an_arrow_and_the_position_a_line_that_leads_to_it() -> None:
    fill = Fill(ExecId("x.01"), "DUT1", AAPL.con_id, "AAPL", Side.BUY, Decimal(53), Decimal("187.1"), NOON)
    position = Position("DUT1", AAPL.con_id, "AAPL", Decimal(53), Decimal("187.1"), fills=(fill.exec_id,))
    state = State(fills={fill.key: fill}, positions={("DUT1", AAPL.con_id, None): position})
    line, arrow = marks_of(state, "DUT1", AAPL, Timeframe.D1, WEEK)
    assert (line.kind, line.label, line.price, line.key) == (MarkKind.POSITION, "Long 53", 187.1, "x.01")
    assert (arrow.kind, arrow.at, arrow.side) == (MarkKind.FILL, epoch(date(2026, 11, 19)), Side.BUY)


def test_indicators_cover_the_forming_bar_as_the_last_price_moves_it() -> None:
    days = [date.fromordinal(date(2026, 1, 1).toordinal() + offset) for offset in range(60)]
    bars = bars_on(*days, closed=59)
    moved = with_last(bars, 150.0)
    assert (moved.close[-1], moved.high[-1], moved.closed) == (150.0, 150.0, 59)
    assert bars.close[-1] == 110.0  # the chart's own columns stay as they are
    sma = drawn("sma", moved)
    assert sma.lines[0].values[-1] == pytest.approx((bars.close[-20:-1].sum() + 150.0) / 20)
    assert with_last(bars_on(*days), 150.0).close[-1] == 110.0  # a closed bar is history


def test_a_trend_is_coloured_by_its_direction_and_an_oscillator_gets_its_own_pane() -> None:
    days = [date.fromordinal(date(2026, 1, 1).toordinal() + offset) for offset in range(60)]
    trend, rsi = drawn("supertrend", bars_on(*days)), drawn("rsi", bars_on(*days))
    assert [line.style for line in trend.lines] == [LineStyle.TREND]
    assert trend.lines[0].direction is not None
    assert (trend.pane, rsi.pane, rsi.bounds) == ("price", "rsi", (0.0, 100.0))


def test_too_few_bars_are_said_in_the_legend_instead_of_drawn() -> None:
    assert "needs 20" in drawn("sma", WEEK).problem


@pytest.mark.parametrize(
    ("state", "actionable", "shape"),
    [
        (SignalState.ACTED, True, MarkState.DONE),
        (SignalState.ACTIVE, True, MarkState.INTENDED),
        (SignalState.ACTIVE, False, MarkState.REFUSED),
        (SignalState.REJECTED, True, MarkState.REFUSED),
        (SignalState.EXPIRED, True, MarkState.REFUSED),
    ],
)
def test_a_signal_is_filled_once_acted_on_faint_while_it_waits_and_hollow_otherwise(
    state: SignalState, actionable: bool, shape: MarkState
) -> None:
    raised = signal("s", "run-1", con_id=AAPL.con_id)
    raised = replace(raised, state=state, analysis=replace(raised.analysis, actionable=actionable))
    (mark,) = marks_of(State(signals={raised.id: raised}), "DUT1", AAPL, Timeframe.D1, WEEK)
    assert (mark.kind, mark.key, mark.state) == (MarkKind.SIGNAL, "s", shape)


def test_older_bars_go_before_the_newest_ones_which_win_where_they_overlap() -> None:
    days = [date.fromordinal(date(2026, 1, 1).toordinal() + offset) for offset in range(40)]
    whole = bars_on(*days, closed=39)
    older, newest = whole.part(0, 25), whole.part(20, 40)
    older.close[22] = -1.0  # revised since
    growth = Growth()
    growth.put(newest)
    growth.put_before(older)
    found = growth.whole()
    assert (len(found), found.closed) == (40, 39)
    assert found.time.tolist() == whole.time.tolist()
    assert found.close.tolist() == merge(older, newest).close.tolist()
