"""The lineage on a chart, read from the facts: the position with its live result, trades, plans, and why or why not."""

from __future__ import annotations

from datetime import datetime

from app.domain.bars import Bars, Timeframe
from app.domain.claims import Finding
from app.domain.hours import open_minutes
from app.domain.instruments import Instrument
from app.domain.ledger import restated
from app.domain.orders import Role
from app.domain.round_trips import RoundTrip, round_trips
from app.domain.signals import Check, CheckName, Direction
from app.domain.state import State
from app.domain.trades import BOOKED
from app.services.portfolio import plan_of
from app.services.studies import checks
from app.ui.charts.lineage.values import Holding, Reasons, RiskBand, Trade, Why, WhyRow
from app.ui.charts.shades import Hours
from app.ui.panels.chart_marks import moment_on
from app.ui.widgets.format import number, price

MOST_TRADES = 200
NAMES = {
    CheckName.SUPERTREND: "SuperTrend 10 3", CheckName.CLOSE_VS_SMA: "Close against SMA 20",
    CheckName.MACD: "MACD 12 26 9", CheckName.RSI: "RSI 14",
}  # fmt: skip


def holding_of(state: State, account: str, instrument: Instrument) -> Holding | None:
    """Return the account's position as a line with its live result, None when there is none."""
    held = state.position(account, instrument.con_id)
    if held is None or not held.quantity or not held.fills:
        return None
    worth = float(instrument.multiplier) / instrument.price_magnifier
    average = float(held.average)
    stop = _stop_of(state, account, instrument)
    risk = abs(average - stop) if stop is not None else None
    return Holding(held.fills[-1], float(held.quantity), average, worth, instrument.currency, risk or None)


def bands_of(state: State, account: str, instrument: Instrument, timeframe: Timeframe, bars: Bars) -> list[RiskBand]:
    """Return the plan behind the position as a band from its average to its working stop and targets."""
    held = state.position(account, instrument.con_id)
    stop = _stop_of(state, account, instrument)
    if held is None or not held.quantity or stop is None:
        return []
    fills = [fill.at for fill in state.fills.values() if fill.con_id == instrument.con_id and fill.account == account]
    if not fills:
        return []
    since = moment_on(max(fills), timeframe, bars, instrument.time_zone)
    targets = tuple(
        float(order.limit)
        for order in state.orders.values()
        if order.con_id == instrument.con_id and order.account == account and order.role is Role.TARGET
        and not order.state.is_final and order.limit is not None
    )  # fmt: skip
    return [RiskBand("position", since, float(held.average), stop, targets)]


def trades_of(state: State, account: str, instrument: Instrument, timeframe: Timeframe, bars: Bars) -> list[Trade]:
    """Return the ways from entries to exits of the account in this instrument, the newest only."""
    splits = state.splits.get((account, instrument.con_id), ())
    own = (one for one in state.fills.values() if one.con_id == instrument.con_id and one.account == account)
    fills = [restated(one, splits) for one in own]

    def on_chart(at: datetime) -> float:
        return moment_on(at, timeframe, bars, instrument.time_zone)

    return [
        Trade(
            key=trip.key,
            side=trip.side,
            entry_at=on_chart(trip.entered),
            entry_price=float(trip.entry),
            exit_at=on_chart(trip.exited) if trip.exited is not None else None,
            exit_price=float(trip.exit) if trip.exit is not None else None,
            result=float(trip.result) if trip.result is not None else None,
            currency=instrument.currency,
            r=None if splits else _r_of(state, trip),
        )
        for trip in round_trips(fills)[-MOST_TRADES:]
        if not trip.key.startswith(BOOKED)
    ]


def claims_of(state: State, instrument: Instrument, timeframe: Timeframe) -> tuple[Finding, ...]:
    """Return what became of the claims of the newest reading of this chart, nothing before there was one."""
    of_chart = [one for one in state.checked.values() if (one.con_id, one.timeframe) == (instrument.con_id, timeframe)]
    return max(of_chart, key=lambda one: one.at).findings if of_chart else ()


def _r_of(state: State, trip: RoundTrip) -> float | None:
    """Return what a way brought in R of its plan, by price; None without a plan or an exit."""
    plan = plan_of(state, trip.entry_ref) if trip.entry_ref else None
    if plan is None or plan.stop is None or plan.stop == trip.entry or trip.exit is None:
        return None
    return float((trip.exit - trip.entry) * trip.side.sign / abs(trip.entry - plan.stop))


def reasons_of(bars: Bars, timeframe: Timeframe, decimals: int) -> Reasons:
    """Return what answers, for any bar, why it was a signal or why not."""

    def why(index: int) -> Why | None:
        if not 0 <= index < len(bars):
            return None
        found = checks(bars, timeframe, index)
        agree = f"{found.bullish} bullish, {found.bearish} bearish of 4"
        words = f"{agree} – HOLD" if found.direction is Direction.HOLD else f"{agree} – {found.direction.value}"
        notes = ("The bar is still forming: these are its values if it closed now.",) if index >= bars.closed else ()
        return Why(int(bars.time[index]), words, tuple(_row(check, decimals) for check in found.checks), notes)

    return why


def hours_of(instrument: Instrument) -> Hours | None:
    """Return the regular session from the broker's hours of a usual day, a pause within; None where they say nothing.

    What runs over midnight (futures, currencies) has no hours outside of it to be told apart.
    """
    spans = open_minutes(instrument.liquid_hours)
    if not spans or (spans[0][0] == 0 and spans[-1][1] == 24 * 60):
        return None
    return Hours(instrument.time_zone, spans[0][0], spans[-1][1])


def _stop_of(state: State, account: str, instrument: Instrument) -> float | None:
    stops = (
        order.stop
        for order in state.orders.values()
        if order.con_id == instrument.con_id and order.account == account and order.role is Role.STOP
        and not order.state.is_final and order.stop is not None
    )  # fmt: skip
    return next((float(stop) for stop in stops), None)


def _row(check: Check, decimals: int) -> WhyRow:
    places = 2 if check.name is CheckName.RSI else max(decimals, 2)
    texts = (price(check.value, places), price(check.threshold, places), number(check.distance, places, signed=True))
    return WhyRow(NAMES[check.name], check.verdict.value, *texts)
