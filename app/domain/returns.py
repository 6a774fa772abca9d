"""What an account was worth from close to close, and what that says: returns, drawdown, the calendar of days.

Nothing is filled in: a session without a snapshot is a gap, and what cannot be computed is None.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

LEAST_FLOW = Decimal("0.01")
"""The share of the worth from which a change that nobody earned counts as money paid in or out."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An account when a session (its date) closed, in its base currency; None is unknown.

    `taken` is the market's time when it was read and `late_s` how long after the close; a late one has no `day_pnl`,
    because the broker counts a new day by then. `before` is the session before by the exchange's calendar,
    `traded` the cash that executions moved since the snapshot before (bought is negative).
    """

    account: str
    session: str
    taken: datetime
    late_s: float
    currency: str
    net_liquidation: Decimal
    cash: Decimal | None = None
    day_pnl: Decimal | None = None
    unrealized: Decimal | None = None
    realized: Decimal | None = None
    exposure: Decimal | None = None
    initial_margin: Decimal | None = None
    maintenance_margin: Decimal | None = None
    positions: int = 0
    before: str = ""
    traded: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One session of the equity curve: worth, the session's return, growth since the first, and fall from the peak.

    `growth` and `drawdown` are shares (0.05 is 5 %); `drawdown` is 0 at a peak and negative below it. `flow` is
    money paid in or out, None where nothing tells.
    """

    session: str
    worth: Decimal
    change: Decimal | None
    growth: Decimal
    drawdown: Decimal
    flow: Decimal | None


def equity_curve(snapshots: Sequence[Snapshot]) -> tuple[CurvePoint, ...]:
    """Return the time-weighted curve through snapshots of one account, oldest first.

    A session's return is the worth at its close, without what was paid in or out, over the worth at the close before.
    """
    points: list[CurvePoint] = []
    growth = peak = Decimal(1)
    before: Snapshot | None = None
    for snapshot in sorted(snapshots, key=lambda each: each.session):
        change, flow = _change(before, snapshot)
        growth *= 1 + (change or 0)
        peak = max(peak, growth)
        points.append(
            CurvePoint(snapshot.session, snapshot.net_liquidation, change, growth - 1, growth / peak - 1, flow)
        )
        before = snapshot
    return tuple(points)


def worst_drawdown(curve: Sequence[CurvePoint]) -> Decimal | None:
    """Return the deepest fall from a peak as a share (negative), None with fewer than two sessions."""
    return min(point.drawdown for point in curve) if len(curve) > 1 else None


def total_return(curve: Sequence[CurvePoint]) -> Decimal | None:
    """Return the time-weighted return over the whole curve as a share, None with fewer than two sessions."""
    return curve[-1].growth if len(curve) > 1 else None


def _change(before: Snapshot | None, now: Snapshot) -> tuple[Decimal | None, Decimal | None]:
    if before is None or before.net_liquidation <= 0:
        return None, None
    moved = now.net_liquidation - before.net_liquidation
    flow = _flow(before, now, moved)
    return (moved - (flow or 0)) / before.net_liquidation, flow


def _flow(before: Snapshot, now: Snapshot, moved: Decimal) -> Decimal | None:
    """Return what was paid in or out between two snapshots; the broker does not name it, so all witnesses must agree.

    They are cash that no execution moved, and worth that the broker's day does not explain. What is below one percent
    of the worth is dividends, interest, fees and rates of exchange: earned.
    """
    witnesses: list[Decimal] = []
    if before.cash is not None and now.cash is not None and now.traded is not None:
        witnesses.append(now.cash - before.cash - now.traded)
    if now.day_pnl is not None and now.before == before.session:
        witnesses.append(moved - now.day_pnl)
    if not witnesses:
        return None
    least = before.net_liquidation * LEAST_FLOW
    is_agreed = all(w >= least for w in witnesses) or all(w <= -least for w in witnesses)
    return min(witnesses, key=lambda witness: abs(witness)) if is_agreed else Decimal(0)
