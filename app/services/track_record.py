"""The track record of an account: its equity curve, its trades, and what both say; nothing is made up."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from app.domain.holdings import PositionView
from app.domain.instruments import ConId
from app.domain.ledger import Fill, Split
from app.domain.money import ZERO
from app.domain.returns import CurvePoint, Snapshot, equity_curve, total_return, worst_drawdown
from app.domain.sharing import owned
from app.domain.signals import StrategyId
from app.domain.trade_statistics import Result, TradeStatistics, statistics
from app.domain.trades import Trade, trades
from app.runtime.clock import Clock
from app.services.facts import Facts
from app.services.portfolio import Portfolio, plan_of
from app.services.ports import Calendar
from app.services.snapshots import SnapshotJob, Snapshots

BY_HAND = ""
"""The owner of what no strategy holds."""


@dataclass(frozen=True, slots=True)
class OpenRisk:
    """What is lost from the last prices if every stop is filled at its price, in money and in R.

    `money` is of the positions that are wholly guarded; `bare` counts the others, whose risk nobody limits. `r` is
    None where a guarded position has no first stop to measure by.
    """

    money: Decimal | None
    r: Decimal | None
    bare: int


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the account in the base currency: its sum of absolute values and what it nets to."""

    name: str
    gross: Decimal
    net: Decimal


@dataclass(frozen=True, slots=True)
class Breakdown:
    """How positions divide, largest first; `unknown` counts those without a price or rate, left out."""

    by_instrument: tuple[Slice, ...]
    by_strategy: tuple[Slice, ...]
    by_currency: tuple[Slice, ...]
    unknown: int


class TrackRecord:
    """Answers from snapshots and executions; recomputed only when these changed."""

    def __init__(
        self, facts: Facts, portfolio: Portfolio, snapshots: Snapshots, calendar: Calendar, clock: Clock
    ) -> None:
        self._facts = facts
        self._portfolio = portfolio
        self._snapshots = snapshots
        self._calendar = calendar
        self._clock = clock
        self._read: dict[str, tuple[object, object, tuple[Trade, ...]]] = {}
        self._parts: dict[tuple[str, ConId], tuple[list[Fill], tuple[Split, ...], tuple[Trade, ...]]] = {}

    def job(self, account: str) -> SnapshotJob:
        """Return how the job that takes snapshots stands."""
        return self._snapshots.job(account)

    def curve(self, account: str) -> tuple[CurvePoint, ...]:
        """Return the equity curve through the snapshots, the running session as it stands now at its end."""
        taken = self._snapshots.of(account)
        now = self._running(account, taken)
        return equity_curve([*taken, now] if now and now.session not in {each.session for each in taken} else taken)

    def total_return(self, account: str) -> Decimal | None:
        """Return the time-weighted return since the first snapshot as a share."""
        return total_return(self.curve(account))

    def worst_drawdown(self, account: str) -> Decimal | None:
        """Return the deepest fall from a peak as a share (negative or 0)."""
        return worst_drawdown(self.curve(account))

    def trades(self, account: str) -> tuple[Trade, ...]:
        """Return the closed trades of an account, each strategy's and the hand's by themselves, oldest first."""
        state = self._facts.state
        seen = self._read.get(account)
        if seen is None or seen[0] is not state.fills or seen[1] is not state.splits:
            seen = (state.fills, state.splits, self._trades(account))
            self._read[account] = seen
        return seen[2]

    def results(self, account: str, owner: StrategyId | str | None = None) -> tuple[Result, ...]:
        """Return the closed trades in the base currency, of one owner (a strategy, or BY_HAND) or of all."""
        return tuple(
            Result(trade, self._in_base(trade, trade.net))
            for trade in self.trades(account)
            if owner is None or (trade.strategy or BY_HAND) == owner
        )

    def statistics(self, account: str, owner: StrategyId | str | None = None) -> TradeStatistics:
        """Return the figures over the closed trades of one owner or of all."""
        return statistics(self.results(account, owner))

    def days(self, account: str) -> dict[str, Decimal | None]:
        """Return what each session earned, money paid in or out left aside; None is unknown."""
        points = self.curve(account)
        return {
            now.session: now.change * before.worth if now.change is not None else None
            for before, now in pairwise(points)
        }

    def open_risk(self, account: str) -> OpenRisk:
        """Return what the working stops leave at risk."""
        views = self._portfolio.positions(account)
        guarded = [view for view in views if view.is_guarded]
        risks = [view.risk for view in guarded]
        money = None if any(risk is None for risk in risks) else sum((r for r in risks if r is not None), ZERO)
        units = [_risk_in_r(view) for view in guarded]
        r = None if any(unit is None for unit in units) else sum((u for u in units if u is not None), ZERO)
        is_told = bool(guarded) or not views
        return OpenRisk(money if is_told else None, r if is_told else None, len(views) - len(guarded))

    def breakdown(self, account: str) -> Breakdown:
        """Return how the positions divide by instrument, owner and currency."""
        by_instrument: dict[str, list[Decimal]] = {}
        by_strategy: dict[str, list[Decimal]] = {}
        by_currency: dict[str, list[Decimal]] = {}
        unknown = 0
        for view in self._portfolio.positions(account):
            if view.value is None or view.instrument is None:
                unknown += 1
                continue
            by_instrument.setdefault(view.position.symbol, []).append(view.value)
            by_currency.setdefault(view.instrument.currency, []).append(view.value)
            for share in view.shares:
                worth = view.value * share.quantity / view.position.quantity
                by_strategy.setdefault(self._name(share.strategy), []).append(worth)
        return Breakdown(_slices(by_instrument), _slices(by_strategy), _slices(by_currency), unknown)

    def _name(self, strategy: StrategyId | None) -> str:
        return self._facts.state.strategy_name(strategy, "By hand")

    def _trades(self, account: str) -> tuple[Trade, ...]:
        """Return all closed trades; of an instrument without a new execution they are known already."""
        state = self._facts.state
        by_instrument: dict[ConId, list[Fill]] = {}
        for fill in state.fills.values():
            if fill.account == account:
                by_instrument.setdefault(fill.con_id, []).append(fill)
        found: list[Trade] = []
        for con_id, fills in by_instrument.items():
            key, splits = (account, con_id), state.splits.get((account, con_id), ())
            known = self._parts.get(key)
            if known is None or known[1] != splits or not _are_same(known[0], fills):
                lots = owned(fills, splits).values()
                closed = [one for lot in lots for one in trades(lot, (), lambda ref: plan_of(state, ref))]
                known = (fills, splits, tuple(closed))
                self._parts[key] = known
            found += known[2]
        return tuple(sorted(found, key=lambda trade: trade.closed))

    def _in_base(self, trade: Trade, amount: Decimal | None) -> Decimal | None:
        instrument = self._facts.state.instruments.get(trade.con_id)
        fx = self._portfolio.fx(instrument.currency, trade.account) if instrument else None
        return None if amount is None or fx is None else amount * fx

    def _running(self, account: str, taken: tuple[Snapshot, ...]) -> Snapshot | None:
        """Return the running session as if it closed now."""
        figures, now = self._portfolio.figures(account), self._clock.market()
        if figures is None or figures.net_liquidation is None:
            return None
        return Snapshot(
            account=account,
            session=self._calendar.session_of(now).isoformat(),
            taken=now,
            late_s=0.0,
            currency=figures.currency,
            net_liquidation=figures.net_liquidation,
            cash=figures.cash,
            day_pnl=figures.day_pnl,
            traded=self._snapshots.traded_since(account, taken[-1].taken) if taken else None,
            before=self._calendar.last_closed(now).isoformat(),
        )


def _are_same(some: list[Fill], others: list[Fill]) -> bool:
    return len(some) == len(others) and all(one is other for one, other in zip(some, others, strict=True))


def _risk_in_r(view: PositionView) -> Decimal | None:
    return view.risk / view.risked if view.risk is not None and view.risked else None


def _slices(parts: dict[str, list[Decimal]]) -> tuple[Slice, ...]:
    slices = (Slice(name, sum((abs(v) for v in values), ZERO), sum(values, ZERO)) for name, values in parts.items())
    return tuple(sorted(slices, key=lambda slice_: -slice_.gross))
