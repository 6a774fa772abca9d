"""Reconciliation: our ledger against the broker's orders, executions and positions. The same code on every connect.

A query that fails ends the attempt; it is never taken for an empty answer.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from math import gcd

from app.domain import events as ev
from app.domain.broker import Holding
from app.domain.fold import Fact
from app.domain.instruments import ConId
from app.domain.ledger import ExecId, Fill, Position, Split
from app.domain.money import ZERO
from app.domain.orders import Order, OrderRef, OrderState, Side, Terms
from app.domain.sharing import taken
from app.runtime.clock import Clock
from app.services.facts import Facts
from app.services.matching import BrokerBook, Match, MatchRow, compare
from app.services.ports import OrderChannel
from app.services.watch import OrderWatch

log = logging.getLogger(__name__)
COST_TOLERANCE = Decimal("0.02")
"""How far the broker's cost of a holding may be from ours: it has commissions in it."""
SECOND_LOOK_S = 5.0
"""A missing order is looked for again this much later before it counts as never sent."""


class Reconciler:
    """Looks at the broker's book, books what we missed and says what still differs."""

    def __init__(self, facts: Facts, watch: OrderWatch, clock: Clock) -> None:
        self._facts = facts
        self._watch = watch
        self._clock = clock
        self._missing_since: dict[OrderRef, float] = {}
        self._unchanged_since: dict[OrderRef, float] = {}
        self._set_aside: set[tuple[str, str, str, str]] = set()
        self._book: BrokerBook | None = None

    async def match(self, channel: OrderChannel, account: str) -> Match:
        """Match once and return every line of it; raise Retryable when the broker did not answer everything."""
        began = self._clock.monotonic()
        before = frozenset(self._facts.state.orders)
        asked = {order.ref: order.change_asked for order in self._open(account) if order.change_asked}
        book = await self._look(channel)
        is_first_sight = self._is_first_sight(account)
        await self._enter_book(book, account)
        await self._settle_missing(book, account, before)
        await self._settle_unchanged(account, asked)
        if is_first_sight:
            await self._adopt_opening(book, account)
        await self._facts.settle()  # what was reported meanwhile belongs to the same moment
        self._book = book
        rows = tuple(compare(self._facts.state, book, account, lambda con_id, held: self._cause(account, con_id, held)))
        self._set_aside &= {row.identity for row in rows if not row.is_equal}
        seen = tuple(replace(row, is_ignored=row.identity in self._set_aside) for row in rows)
        took = (self._clock.monotonic() - began) * 1000
        match = Match(account, self._clock.now(), took, seen)
        words = tuple(str(difference) for difference in match.differences)
        await self._facts.enter(ev.Reconciled(at=match.at, account=account, differences=words, duration_ms=took))
        return match

    async def set_aside(self, row: MatchRow) -> None:
        """Let this very difference be until it moves or the connection is made anew; that it was is kept."""
        self._set_aside.add(row.identity)
        await self._facts.enter(ev.DifferenceSetAside(at=self._clock.now(), difference=str(row)))

    def forget_set_aside(self) -> None:
        """Show again what was set aside: on a new connection everything is looked at afresh."""
        self._set_aside.clear()

    async def adopt_row(self, row: MatchRow, account: str) -> None:
        """Take over what the broker held at the last look for a position that differs."""
        holding = self._book.held(account).get(row.con_id) if self._book else None
        held = self._position(account, row.con_id)
        if holding is None and held is not None:
            holding = Holding(account, row.con_id, row.symbol, ZERO, held.average)
        if holding is not None:
            await self.adopt(holding)

    def has_unresolved(self, account: str) -> bool:
        """Say whether the fate of an order, or of a change, is still not known."""
        orders = self._open(account)
        return any(order.state is OrderState.VERIFYING or order.change_asked is not None for order in orders)

    async def adopt(self, holding: Holding) -> None:
        """Take over what the broker holds, so that the ledger equals it from now on: a split as one, else an opening.

        A fraction of a share that a split leaves over is paid out by the broker; here it goes at its average.
        """
        held = self._position(holding.account, holding.con_id)
        if held is not None and (split := split_of(held, holding, self._clock.market())):
            await self._facts.enter(ev.SharesSplit(at=split.since, split=split))
        rest = holding.quantity - self._held(holding.account, holding.con_id)
        if rest:
            after = self._position(holding.account, holding.con_id)
            if after is None or not after.quantity:
                await self._facts.enter(self._opening(holding, rest))
            else:
                await self._facts.enter(*(self._balancing(lot, part) for lot, part in self._shared(after, rest)))

    def _is_first_sight(self, account: str) -> bool:
        """Say whether nothing of ours ever happened in an account: what it holds was there before us."""
        state = self._facts.state
        ours = any(order.account == account and not order.is_foreign for order in state.orders.values())
        return not ours and not any(fill.account == account for fill in state.fills.values())

    async def begin_anew(self, account: str) -> None:
        """Close every lot of an account at its average: the practice gateway was told to forget it all."""
        lots = [position for key, position in self._facts.state.positions.items() if key[0] == account]
        shares = [position for position in lots if position.strategy is not None]
        facts = [self._balancing(share, -share.quantity) for share in shares if share.quantity]
        for whole in lots:
            if whole.strategy is None:
                rest = whole.quantity - sum((s.quantity for s in shares if s.con_id == whole.con_id), ZERO)
                facts += [self._balancing(whole, -rest)] if rest else []
        if facts:
            await self._facts.enter(*facts)

    async def _look(self, channel: OrderChannel) -> BrokerBook:
        opened = await channel.open_orders()
        completed = await channel.completed_orders()
        executions = await channel.executions()
        return BrokerBook(opened, completed, executions, await channel.holdings())

    async def _enter_book(self, book: BrokerBook, account: str) -> None:
        facts: list[Fact] = []
        for fill, commission in book.executions:
            if fill.account == account:
                facts.append(self._watch.fill_fact(fill))
                facts += self._watch.commission_facts(commission) if commission else []
        for report in (*book.completed, *book.open):
            if report.account in (account, ""):
                facts += self._watch.order_facts(report)
        if facts:
            await self._facts.enter(*facts)

    async def _settle_missing(self, book: BrokerBook, account: str, before: frozenset[OrderRef]) -> None:
        """Decide about orders that we hold for open and the broker does not show; only a second look is believed."""
        now, working, facts = self._clock.monotonic(), book.working, list[Fact]()
        for order in self._open(account):
            is_there = {str(order.ref), f"perm:{order.perm_id}"} & working
            if is_there or order.ref not in before:
                self._missing_since.pop(order.ref, None)
                continue
            since = self._missing_since.setdefault(order.ref, now)
            if now - since >= SECOND_LOOK_S:
                facts.append(self._gone(order))
                del self._missing_since[order.ref]
            else:
                facts.append(self._verifying(order))
        if facts:
            await self._facts.enter(*facts)

    async def _settle_unchanged(self, account: str, asked: dict[OrderRef, Terms]) -> None:
        """Decide about changes that the broker does not show as made; only a second look is believed."""
        now, facts, waiting = self._clock.monotonic(), list[Fact](), dict[OrderRef, float]()
        reason = "The broker still has it as it was, the change never got there. Change it anew if you still want it."
        for order in self._open(account):
            is_shown = order.state is not OrderState.VERIFYING
            if order.change_asked is None or asked.get(order.ref) != order.change_asked or not is_shown:
                continue
            since = self._unchanged_since.get(order.ref, now)
            if now - since >= SECOND_LOOK_S:
                facts.append(ev.OrderChangeRefused(at=self._clock.now(), ref=order.ref, reason=reason))
            else:
                waiting[order.ref] = since
        self._unchanged_since = waiting
        if facts:
            await self._facts.enter(*facts)

    def _gone(self, order: Order) -> Fact:
        at = self._clock.now()
        if order.perm_id is None and not order.filled:
            reason = "Two checks did not find it at the broker: it was never sent. Decide anew if you still want it."
            return ev.OrderNeverSent(at=at, ref=order.ref, reason=reason)
        state = OrderState.EXPIRED if order.tif == "DAY" else OrderState.CANCELLED
        reason = "The broker no longer has it; it ended while nobody watched."
        return ev.OrderReported(at=at, ref=order.ref, state=state, reason=reason)

    def _verifying(self, order: Order) -> Fact:
        return ev.OrderVerifying(
            at=self._clock.now(), ref=order.ref, reason="The broker does not show it yet; checking again."
        )

    async def _adopt_opening(self, book: BrokerBook, account: str) -> None:
        """On the first sight of an account, what it already holds is where our ledger begins."""
        for holding in book.holdings:
            if holding.account == account:
                await self.adopt(holding)

    def _shared(self, whole: Position, change: Decimal) -> list[tuple[Position, Decimal]]:
        """Return how a change of the account's position falls on its lots: on what no strategy holds, then pro rata."""
        shares = {
            key[2]: one.quantity
            for key, one in self._facts.state.positions.items()
            if key[2] and key[:2] == (whole.account, whole.con_id)
        }
        parts = taken(change, whole.quantity, shares)
        sign = 1 if change > 0 else -1
        rest = change - sum(parts.values(), ZERO) * sign
        lots = [
            (self._facts.state.positions[whole.account, whole.con_id, owner], cut * sign)
            for owner, cut in parts.items()
        ]
        return [*([(whole, rest)] if rest else []), *lots]

    def _opening(self, holding: Holding, quantity: Decimal) -> Fact:
        instrument = self._facts.state.instruments.get(holding.con_id)
        multiplier = instrument.multiplier if instrument else Decimal(1)
        held = Position(holding.account, holding.con_id, holding.symbol, average=holding.average_cost / multiplier)
        return self._balancing(held, quantity)

    def _balancing(self, position: Position, quantity: Decimal) -> Fact:
        """Return an execution that nobody told us of: it changes the position's lot by `quantity` at its average."""
        at = self._clock.now()
        fill = Fill(
            exec_id=ExecId(f"adopted-{ev.new_id()}.01"),
            account=position.account,
            con_id=position.con_id,
            symbol=position.symbol,
            side=Side.BUY if quantity > 0 else Side.SELL,
            quantity=abs(quantity),
            price=position.average,
            at=at,
            commission=ZERO,
            strategy=position.strategy,
        )
        return ev.Filled(at=at, fill=fill)

    def _open(self, account: str) -> list[Order]:
        orders = self._facts.state.orders.values()
        return [order for order in orders if order.account == account and not order.state.is_final]

    def _cause(self, account: str, con_id: ConId, holding: Holding | None) -> tuple[str, Split | None]:
        """Return why a position differs in words, and the split where it is one."""
        held = self._position(account, con_id)
        split = split_of(held, holding, self._clock.market()) if held and holding else None
        if split is not None:
            return f"a split {split.in_words}: adopt it", split
        return "fills that the broker no longer lists, a split, or a transfer", None

    def _position(self, account: str, con_id: ConId) -> Position | None:
        return self._facts.state.position(account, con_id)

    def _held(self, account: str, con_id: ConId) -> Decimal:
        position = self._position(account, con_id)
        return position.quantity if position else ZERO


def split_of(held: Position, holding: Holding, since: datetime) -> Split | None:
    """Return the split that turns what we hold into what the broker holds, None where the cost says otherwise.

    The broker's cost of the whole stays what it was; the quantity becomes a simple ratio of ours, in whole shares.
    """
    if held.quantity * holding.quantity <= 0 or held.quantity == holding.quantity or not held.average:
        return None
    per_share = held.average * held.multiplier / held.price_magnifier
    for new, old in _RATIOS:
        whole = (held.quantity * new / old).to_integral_value(ROUND_DOWN)
        is_alike = abs(holding.average_cost * new / old - per_share) <= per_share * COST_TOLERANCE
        if whole == holding.quantity and is_alike:
            return Split(holding.account, holding.con_id, Decimal(new), Decimal(old), since)
    return None


_RATIOS = sorted(
    (
        (new, old)
        for new in range(1, 101)
        for old in range(1, 101)
        if new != old and gcd(new, old) == 1 and (min(new, old) <= 3 or new - old == 1)
    ),
    key=sum,
)
"""Splits are told in small numbers, the simplest first: 2 for 1, 3 for 2, 11 for 10; nobody splits 12 for 13."""
