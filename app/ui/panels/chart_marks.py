"""Orders, fills, the position and signals of one instrument as marks on its chart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from app.domain.bars import Bars, Timeframe, epoch
from app.domain.instruments import Instrument
from app.domain.ledger import Fill
from app.domain.orders import Order, OrderState, Role, Side
from app.domain.signals import Direction, Signal, SignalState
from app.domain.state import State
from app.ui.charts.values import Mark, MarkKind, MarkState
from app.ui.widgets.format import quantity

MOST_SIGNALS = 50
MOST_FILLS = 300
CLOSE = time(16)
"""When a session ends on the exchange's clock: what happens later belongs to the next dated bar."""
SHAPES = {
    OrderState.INTENDED: MarkState.INTENDED,
    OrderState.SENT: MarkState.SENT,
    OrderState.VERIFYING: MarkState.VERIFYING,
}


def marks_of(state: State, account: str, instrument: Instrument, timeframe: Timeframe, bars: Bars) -> list[Mark]:
    """Return everything that is marked on a chart of these bars, lines first."""
    return [
        *_orders(state, account, instrument),
        *_position(state, account, instrument),
        *_fills(state, account, instrument, timeframe, bars),
        *_signals(state, instrument),
    ]


def moment_on(at: datetime, timeframe: Timeframe, bars: Bars, zone: str) -> float:
    """Return the epoch second at which something belongs on a chart: for dated bars that of its session's bar."""
    if not timeframe.is_dated or not len(bars):
        return at.timestamp()
    session = float(epoch(_session(at, zone)))
    if timeframe is Timeframe.D1:
        place = int(np.searchsorted(bars.time, session))
    else:
        place = int(np.searchsorted(bars.time, session, side="right")) - 1
    return float(bars.time[min(max(place, 0), len(bars) - 1)])


def _session(at: datetime, zone: str) -> datetime:
    """Return the weekday whose session a moment belongs to; holidays are left to the bars there are."""
    try:
        there = at.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        there = at.astimezone(UTC)
    day = there + timedelta(days=1) if there.time() >= CLOSE else there
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= 5 else day


def _orders(state: State, account: str, instrument: Instrument) -> Iterator[Mark]:
    for order in state.orders.values():
        if order.con_id != instrument.con_id or order.account != account or order.state.is_final:
            continue
        price = order.stop if order.stop is not None else order.limit
        if price is not None:
            yield Mark(
                key=order.ref,
                kind=MarkKind.ORDER,
                price=float(price),
                label=_order_words(order),
                side=order.side,
                state=MarkState.SENT if order.change_asked else SHAPES.get(order.state, MarkState.WORKING),
            )


def _order_words(order: Order) -> str:
    role = {Role.STOP: "Stop", Role.TARGET: "Target"}.get(order.role, order.side.capitalize())
    kind = "" if order.role in (Role.STOP, Role.TARGET) else f" {order.type_name}"
    doubt = " · verifying" if order.state is OrderState.VERIFYING else ""
    asked = " · change asked" if order.change_asked else ""
    return f"{role} {quantity(order.remaining)}{kind}{doubt or asked}"


def _position(state: State, account: str, instrument: Instrument) -> Iterator[Mark]:
    held = state.position(account, instrument.con_id)
    if held is None or not held.quantity or not held.fills:
        return
    way = "Long" if held.quantity > 0 else "Short"
    yield Mark(
        key=held.fills[-1],
        kind=MarkKind.POSITION,
        price=float(held.average),
        label=f"{way} {quantity(abs(held.quantity))}",
        side=None,
        state=MarkState.WORKING,
        colour="text.muted",
    )


def _fills(state: State, account: str, instrument: Instrument, timeframe: Timeframe, bars: Bars) -> Iterator[Mark]:
    fills = [f for f in state.fills.values() if f.con_id == instrument.con_id and f.account == account]
    for fill in sorted(fills, key=lambda fill: fill.at)[-MOST_FILLS:]:
        yield Mark(
            key=fill.exec_id,
            kind=MarkKind.FILL,
            price=float(fill.price),
            label=_fill_words(fill),
            side=fill.side,
            state=MarkState.DONE,
            at=moment_on(fill.at, timeframe, bars, instrument.time_zone),
        )


def _fill_words(fill: Fill) -> str:
    verb = "Bought" if fill.side is Side.BUY else "Sold"
    return f"{verb} {quantity(fill.quantity)}"


def _signals(state: State, instrument: Instrument) -> Iterator[Mark]:
    found = [one for one in state.signals.values() if one.con_id == instrument.con_id]
    for signal in sorted(found, key=lambda one: one.raised)[-MOST_SIGNALS:]:
        analysis = signal.analysis
        if analysis.direction is Direction.HOLD:
            continue
        yield Mark(
            key=signal.id,
            kind=MarkKind.SIGNAL,
            price=analysis.close,
            label=f"Signal {analysis.direction}",
            side=Side(analysis.direction.value),
            state=_acted(signal),
            at=float(analysis.last_bar),
        )


def _acted(signal: Signal) -> MarkState:
    """Return filled for a signal that was acted on, faint for one that still may be, hollow for any other."""
    if signal.state is SignalState.ACTED:
        return MarkState.DONE
    waits = signal.state is SignalState.ACTIVE and signal.analysis.actionable
    return MarkState.INTENDED if waits else MarkState.REFUSED
