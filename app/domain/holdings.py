"""A position with what the market and its orders say of it: value, day, risk. Pure; None is unknown, never 0."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.instruments import Instrument
from app.domain.ledger import Fill, Position
from app.domain.money import ZERO
from app.domain.orders import Order
from app.domain.signals import StrategyId


@dataclass(frozen=True, slots=True)
class FxRate:
    """What one unit of `currency` is worth in the base currency, who says so, and when (monotonic seconds)."""

    currency: str
    rate: Decimal
    source: str
    told: float | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a position belongs to a strategy, None to the hand."""

    strategy: StrategyId | None
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class StopCover:
    """What the working stops of a position guard: the nearest price, how much of it, and the money down to them.

    `money` is what the guarded part loses, in the instrument's currency, if every stop is filled at its price.
    """

    nearest: Decimal | None
    guarded: Decimal
    bare: Decimal
    money: Decimal | None


@dataclass(frozen=True, slots=True)
class PositionView:
    """A position with what the market says of it; money in the account's base currency, None is unknown.

    `risked` is what its first stop put at risk, `risk` what the working stops leave at risk now where they guard all.
    """

    position: Position
    instrument: Instrument | None
    last: Decimal | None
    fx: FxRate | None
    value: Decimal | None
    unrealized: Decimal | None
    realized: Decimal | None
    day: Decimal | None
    weight_percent: Decimal | None
    risked: Decimal | None
    cover: StopCover
    risk: Decimal | None
    shares: tuple[Share, ...]

    @property
    def r(self) -> Decimal | None:
        """What it has made so far in units of what its first stop risked."""
        return self.unrealized / self.risked if self.unrealized is not None and self.risked else None

    @property
    def stop(self) -> Decimal | None:
        """The nearest working stop."""
        return self.cover.nearest

    @property
    def stop_distance_percent(self) -> Decimal | None:
        """How far the nearest stop is from the last price, in percent of it."""
        if self.cover.nearest is None or not self.last:
            return None
        return abs(self.last - self.cover.nearest) / self.last * 100

    @property
    def is_guarded(self) -> bool:
        """Say whether working stops cover all of it."""
        return self.cover.bare == 0


def stop_cover(position: Position, orders: Iterable[Order], last: Decimal | None) -> StopCover:
    """Return what working stops on the other side guard of a position, the nearest first."""
    side = 1 if position.quantity > 0 else -1
    stops = sorted(
        (
            (order.stop, order.remaining)
            for order in orders
            if order.con_id == position.con_id and order.account == position.account
            if order.stop is not None and order.state.is_working and order.side.sign * side < 0
        ),
        key=lambda stop: -stop[0] * side,
    )
    left, money = abs(position.quantity), ZERO
    for price, quantity in stops:
        taken = min(left, quantity)
        left -= taken
        money += max(ZERO, ((last or ZERO) - price) * side) * taken
    worth = position.multiplier / position.price_magnifier
    return StopCover(
        nearest=stops[0][0] if stops else None,
        guarded=abs(position.quantity) - left,
        bare=left,
        money=money * worth if last is not None else None,
    )


def day_result(
    position: Position, fills: Sequence[Fill], last: Decimal | None, previous_close: Decimal | None
) -> Decimal | None:
    """Return what a position made since the close before, costs taken off, in the instrument's currency.

    `fills` are its executions since then. What was held over night counts from the previous close, so that must be
    known where something was.
    """
    over_night = position.quantity - sum((fill.signed for fill in fills), ZERO)
    if last is None or (over_night and previous_close is None):
        return None
    worth = position.multiplier / position.price_magnifier
    moved = over_night * (last - (previous_close or last)) + sum((f.signed * (last - f.price) for f in fills), ZERO)
    return moved * worth - sum((fill.cost or ZERO for fill in fills), ZERO)
