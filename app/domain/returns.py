"""What an account was worth from close to close, and what that says: returns, drawdown, the calendar of days.

Nothing is filled in: a session without a snapshot is a gap, and what cannot be computed is None.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An account when a session (its date) closed, in its base currency; None is unknown.

    `taken` is the market's time when it was read and `late_s` how long after the close; a late one has no `day_pnl`,
    because the broker counts a new day by then. `before` is the session before by the exchange's calendar.
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


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One session of the equity curve: worth, the session's return, growth since the first, and fall from the peak.

    `growth` and `drawdown` are shares (0.05 is 5 %); `drawdown` is 0 at a peak and negative below it. `flow` is what
    the worth changed by without being earned: money paid in or out, None where it cannot be told.
    """

    session: str
    worth: Decimal
    change: Decimal | None
    growth: Decimal
    drawdown: Decimal
    flow: Decimal | None


def equity_curve(snapshots: Sequence[Snapshot]) -> tuple[CurvePoint, ...]:
    """Return the time-weighted curve through snapshots of one account, oldest first.

    A session's return is what the broker says was earned, over the worth at the close before: money paid in or out
    does not count. Where the earning is not known the worths themselves are compared.
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
    if now.day_pnl is None or now.before != before.session:
        return moved / before.net_liquidation, None
    return now.day_pnl / before.net_liquidation, moved - now.day_pnl
