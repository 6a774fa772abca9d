"""Trades: from flat to flat again, per owner and instrument, with what was risked and what came of it.

`round_trips` tells what each single exit brought; a trade is the whole story between two moments of holding nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from app.domain.instruments import ConId
from app.domain.ledger import ExecId, Fill, Split, happened, restated
from app.domain.money import ZERO
from app.domain.orders import OrderRef, Side
from app.domain.signals import StrategyId

BOOKED = "adopted-"
"""How executions begin that nobody traded: the ledger was brought to what the broker holds."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an entry meant to do: its limit where it had one, its stop and its first target; None was not set."""

    limit: Decimal | None
    stop: Decimal | None
    target: Decimal | None


PlanOf = Callable[[OrderRef], Plan | None]
"""Of an order's ref what its intent planned, None for another program's order."""


@dataclass(frozen=True, slots=True)
class Trade:
    """A closed trade; `gross` and `commission` in the instrument's currency, `commission` None while a part is unknown.

    `risk` is the money between the average entry and the first stop, `planned_r` what the target promised for it.
    """

    account: str
    con_id: ConId
    symbol: str
    strategy: StrategyId | None
    side: Side
    quantity: Decimal
    entry: Decimal
    exit: Decimal
    opened: datetime
    closed: datetime
    gross: Decimal
    commission: Decimal | None
    risk: Decimal | None
    planned_r: Decimal | None
    executions: tuple[ExecId, ...]

    @property
    def net(self) -> Decimal | None:
        """What it brought after costs, None while a cost is not known."""
        return None if self.commission is None else self.gross - self.commission

    @property
    def r(self) -> Decimal | None:
        """What it brought in units of what was risked."""
        return self.net / self.risk if self.net is not None and self.risk else None

    @property
    def held(self) -> timedelta:
        """How long something was held."""
        return self.closed - self.opened


@dataclass(slots=True)
class _Open:
    """A trade that is still being read: quantities and values of both ends, and its costs so far."""

    first: Fill
    held: Decimal = ZERO
    bought: Decimal = ZERO
    paid: Decimal = ZERO
    sold: Decimal = ZERO
    received: Decimal = ZERO
    commission: Decimal | None = ZERO
    executions: list[ExecId] = field(default_factory=list)
    refs: list[OrderRef] = field(default_factory=list)

    def take(self, fill: Fill) -> None:
        """Count an execution, or the part of one that belongs to this trade."""
        self.held += fill.signed
        if fill.signed > 0:
            self.bought, self.paid = self.bought + fill.quantity, self.paid + fill.quantity * fill.price
        else:
            self.sold, self.received = self.sold + fill.quantity, self.received + fill.quantity * fill.price
        known = self.commission is not None and fill.cost is not None
        self.commission = (self.commission or ZERO) + (fill.cost or ZERO) if known else None
        self.executions.append(fill.exec_id)
        if fill.ref is not None:
            self.refs.append(fill.ref)


def trades(fills: Iterable[Fill], splits: Sequence[Split], plan_of: PlanOf) -> tuple[Trade, ...]:
    """Return the closed trades of one owner in one instrument, oldest first; an execution through zero ends one.

    What the ledger booked by itself opens a trade like any other, but ends one without a result.
    """
    done: list[Trade] = []
    open_: _Open | None = None
    for fill in sorted((one for one in fills if one.quantity), key=happened):
        rest: Fill | None = restated(fill, splits)
        while rest is not None:
            open_ = open_ or _Open(rest)
            part, rest = _divided(open_, rest)
            open_.take(part)
            if open_.held == 0:
                if not fill.exec_id.startswith(BOOKED):
                    done.append(_closed(open_, part, plan_of))
                open_ = None
    return tuple(done)


def _divided(open_: _Open, fill: Fill) -> tuple[Fill, Fill | None]:
    """Return what of an execution belongs to the open trade, and the rest, if any, which opens the next one."""
    if open_.held * fill.signed >= 0 or fill.quantity <= abs(open_.held):
        return fill, None
    closing = abs(open_.held)
    cost = None if fill.commission is None else fill.commission * closing / fill.quantity
    left = None if fill.commission is None or cost is None else fill.commission - cost
    return (
        replace(fill, quantity=closing, commission=cost),
        replace(fill, quantity=fill.quantity - closing, commission=left),
    )


def _closed(open_: _Open, last: Fill, plan_of: PlanOf) -> Trade:
    first, side = open_.first, open_.first.side
    bought, sold = open_.paid / open_.bought, open_.received / open_.sold
    entry, exit_ = (bought, sold) if side is Side.BUY else (sold, bought)
    plan = next((found for ref in open_.refs if (found := plan_of(ref)) and found.stop is not None), None)
    worth = first.worth
    risk = _risk(entry, side, plan)
    return Trade(
        account=first.account,
        con_id=first.con_id,
        symbol=first.symbol,
        strategy=first.strategy,
        side=side,
        quantity=open_.bought,
        entry=entry,
        exit=exit_,
        opened=first.at,
        closed=last.at,
        gross=(open_.received - open_.paid) * worth,
        commission=open_.commission,
        risk=None if risk is None else risk * open_.bought * worth,
        planned_r=_planned_r(plan, entry, side),
        executions=tuple(open_.executions),
    )


def _risk(entry: Decimal, side: Side, plan: Plan | None) -> Decimal | None:
    """Return what a unit risked, None without a stop or with one on the wrong side of the entry."""
    if plan is None or plan.stop is None:
        return None
    risk = (entry - plan.stop) * side.sign
    return risk if risk > 0 else None


def _planned_r(plan: Plan | None, entry: Decimal, side: Side) -> Decimal | None:
    if plan is None or plan.target is None:
        return None
    meant = plan.limit if plan.limit is not None else entry
    risk = _risk(meant, side, plan)
    return (plan.target - meant) * side.sign / risk if risk else None
