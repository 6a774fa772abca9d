"""What the gates look at, gathered at one moment, with what is reserved for orders on their way."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from app.domain.broker import AccountClass, Margin
from app.domain.changes import Change, with_terms
from app.domain.errors import UserError
from app.domain.fold_orders import intended_orders
from app.domain.hours import is_open
from app.domain.instruments import ConId, Instrument
from app.domain.money import ZERO
from app.domain.orders import Intent, IntentId, Order, OrderRef, Role, Side, Terms, limit_price, stop_price
from app.domain.risk import RiskLimits, Situation
from app.domain.signals import Signal, StrategyId
from app.quant.sizing import Size, SizeTerms, size
from app.runtime.clock import Clock
from app.services.daily_restart import DailyRestart
from app.services.facts import Facts
from app.services.market import Market
from app.services.portfolio import Portfolio
from app.services.session import Session

if TYPE_CHECKING:
    from app.services.review import Proposal

DAY = timedelta(days=1)


class Situations:
    """Puts together what is true, what the market says and what is reserved."""

    def __init__(
        self,
        facts: Facts,
        session: Session,
        restart: DailyRestart,
        market: Market,
        portfolio: Portfolio,
        limits: RiskLimits,
        clock: Clock,
    ) -> None:
        self._facts = facts
        self._session = session
        self._restart = restart
        self._market = market
        self._portfolio = portfolio
        self._clock = clock
        self._reserved: dict[IntentId, tuple[Intent, Decimal, datetime]] = {}
        self._changing: dict[OrderRef, Terms] = {}
        self.limits = limits

    async def freshen(self, instrument: Instrument) -> None:
        """See to it that the instrument's hours speak of today, and its currency's rate is known."""
        await self._market.described(instrument)
        await self._portfolio.find_rate(instrument.currency, self._session.view.account)

    def reserve(self, intent: Intent, notional: Decimal | None) -> None:
        """Count an order that is about to be written against every limit from now on."""
        self._reserved[intent.id] = (intent, notional or ZERO, self._clock.now())

    def release(self, intent: IntentId) -> None:
        """Stop counting it here: it is written down by now, or never will be."""
        self._reserved.pop(intent, None)

    def reserve_change(self, change: Change) -> None:
        """Count orders by the larger of their terms and these; raise UserError when one is being changed already."""
        if any(part.ref in self._changing for part in change.parts):
            raise UserError("Another change of this order is on the way; wait for the broker's answer.")
        self._changing.update((part.ref, part.new) for part in change.parts)

    def release_change(self, change: Change) -> None:
        """Stop counting it here: it is written down by now, or never will be."""
        for part in change.parts:
            self._changing.pop(part.ref, None)

    def of(
        self, proposal: Proposal, intent: Intent, margin: Margin | None, *, changed: Order | None = None
    ) -> Situation:
        """Return everything the gates need to judge `intent`, or a change of an order; reads only, awaits nothing."""
        state, view, now = self._facts.state, self._session.view, self._clock.market()
        account, con_id = intent.account, intent.con_id
        instrument = state.instruments.get(con_id, proposal.instrument)
        return Situation(
            intent=intent,
            instrument=instrument,
            limits=self.limits,
            now=now,
            wall=self._clock.now(),
            is_session_ready=view.is_ready,
            session_text=view.state.value,
            is_reconciled=view.is_reconciled,
            account_class=view.account_class or AccountClass.LIVE,
            is_armed=view.is_armed,
            trading=state.trading.state,
            trading_reason=state.trading.reason,
            quote=self._market.quote(con_id),
            tick_age_s=self._market.tick_age_s(con_id),
            is_exchange_open=self.is_open(instrument),
            figures=self._portfolio.figures(account),
            held=self._held(account, con_id, None),
            lot=self._held(account, con_id, intent.strategy) if intent.strategy else ZERO,
            exposure=self._portfolio.exposure(account),
            open_positions=self._others(account, con_id),
            fx=self._portfolio.fx(instrument.currency, account),
            session_open_value=self._portfolio.session_open_value(account),
            reserved=self._reserved_value(account, but=changed),
            placed=self._placed(account),
            orders=tuple(o for o in self._orders(account, con_id) if changed is None or o.ref != changed.ref),
            strategy=proposal.strategy,
            signal=state.signals.get(proposal.signal.id) if proposal.signal else None,
            is_signal_used=self._is_used(proposal.signal) if proposal.signal else False,
            losses_in_a_row=self._portfolio.losses_in_a_row(intent.strategy, account) if intent.strategy else 0,
            is_bar_current=self._is_bar_current(proposal.signal),
            margin=margin,
            changed=changed,
            why_held=self._restart.why_held,
        )

    def size(self, proposal: Proposal) -> Size:
        """Return how many the risk and the caps allow; raise UserError when a number for that is missing."""
        entry = self._entry_price(proposal)
        if entry is None or proposal.stop is None:
            raise UserError("A size by risk needs a price and a stop; give both, or a quantity.")
        account, instrument = self._session.view.account, proposal.instrument
        figures, fx = self._portfolio.figures(account), self._portfolio.fx(instrument.currency, account)
        if figures is None or figures.net_liquidation is None or fx is None:
            raise UserError("A size by risk needs the account's worth in the instrument's currency, not known yet.")
        usual = proposal.strategy.risk_percent if proposal.strategy else self.limits.risk_percent
        percent = proposal.risk_percent if proposal.risk_percent is not None else usual
        entries = (o.remaining for o in self._entries(account) if o.con_id == instrument.con_id)
        held = abs(self._held(account, instrument.con_id, None)) + sum(entries, ZERO)
        return size(
            SizeTerms(
                equity=figures.net_liquidation,
                risk_percent=percent,
                limit=entry,
                stop=proposal.stop,
                unit=instrument.multiplier / instrument.price_magnifier * fx,
                lot=instrument.lot,
                position_percent=self.limits.position_percent,
                held_value=abs(instrument.value(entry, held)) * fx,
                buying_power=figures.buying_power,
                max_quantity=Decimal(self.limits.max_quantity),
            )
        )

    def last(self, con_id: ConId) -> Decimal | None:
        """Return the newest price, None when it is unknown."""
        quote = self._market.quote(con_id)
        return Decimal(str(quote.last)) if quote and quote.last else None

    def _entry_price(self, proposal: Proposal) -> Decimal | None:
        """Return what an entry is reckoned at: its own limit or trigger, else the side of the quote it would meet."""
        own = limit_price(proposal.type) or stop_price(proposal.type)
        if own is not None:
            return own
        quote = self._market.quote(proposal.instrument.con_id)
        near = (quote.ask if proposal.side is Side.BUY else quote.bid) if quote else None
        return Decimal(str(near)) if near else self.last(proposal.instrument.con_id)

    def held(self, instrument: Instrument, strategy: StrategyId | None = None) -> Decimal:
        """Return the signed quantity held by the account, or a strategy's share of it."""
        return self._held(self._session.view.account, instrument.con_id, strategy)

    def is_open(self, instrument: Instrument) -> bool | None:
        """Say whether the instrument's exchange trades now, None when its hours do not tell."""
        known = self._facts.state.instruments.get(instrument.con_id, instrument)
        return is_open(known.liquid_hours, known.time_zone, self._clock.market())

    def has_working_entry(self, con_id: ConId, strategy: StrategyId) -> bool:
        """Say whether an entry of the strategy is still on its way or working."""
        return any(
            order.strategy == strategy and order.role is Role.ENTRY and not order.state.is_final
            for order in self._orders(self._session.view.account, con_id)
        )

    def _held(self, account: str, con_id: ConId, strategy: StrategyId | None) -> Decimal:
        position = self._facts.state.position(account, con_id, strategy)
        return position.quantity if position else ZERO

    def _orders(self, account: str, con_id: ConId) -> tuple[Order, ...]:
        """Return the account's orders in an instrument, those reserved but not yet written included."""
        written = self._facts.state.orders
        coming = [
            order
            for intent, _, at in self._reserved.values()
            if intent.con_id == con_id and intent.account == account
            for order in intended_orders(intent, at)
            if order.ref not in written
        ]
        return (*(o for o in written.values() if o.con_id == con_id and o.account == account), *coming)

    def _entries(self, account: str) -> list[Order]:
        """Return the written entries of an account, other programs' included, that may still trade."""
        orders = self._facts.state.orders.values()
        return [o for o in orders if o.account == account and o.role is Role.ENTRY and not o.state.is_final]

    def _others(self, account: str, con_id: ConId) -> int:
        """Return how many other instruments are held or being entered."""
        held = {view.position.con_id for view in self._portfolio.positions(account)}
        entered = {order.con_id for order in self._entries(account)}
        coming = {intent.con_id for intent, _, _ in self._reserved.values() if intent.account == account}
        return len((held | entered | coming) - {con_id})

    def _reserved_value(self, account: str, but: Order | None) -> Decimal | None:
        """Return what entries that work or are on their way may add to exposure, None while one's worth is unknown."""
        written = self._facts.state.intents
        total = sum((notional for id_, (_, notional, _) in self._reserved.items() if id_ not in written), ZERO)
        for order in self._entries(account):
            if but is not None and order.ref == but.ref:
                continue
            worth = self._worth_at_most(order)
            if worth is None and not order.is_foreign:
                return None
            total += worth or ZERO  # what is not known of another program's order counts once it is filled
        return total

    def _worth_at_most(self, order: Order) -> Decimal | None:
        """Return the worth of the rest of an entry, by the terms it is being given where those are worth more."""
        asked = self._changing.get(order.ref) or order.change_asked
        worth = self._worth(order)
        if asked is None or worth is None:
            return worth
        return max(worth, self._worth(with_terms(order, asked)) or ZERO)

    def _worth(self, order: Order) -> Decimal | None:
        """Return what the rest of an entry would add to exposure in the base currency: nothing where it reduces."""
        held = self._held(order.account, order.con_id, None)
        if held * order.side.sign < 0 and order.remaining <= abs(held):
            return ZERO
        instrument = self._facts.state.instruments.get(order.con_id)
        price = order.limit or order.stop or self._portfolio.last_price(order.con_id)
        fx = self._portfolio.fx(instrument.currency, order.account) if instrument else None
        if instrument is None or price is None or fx is None:
            return None
        return abs(instrument.value(price, order.remaining)) * fx

    def _placed(self, account: str) -> tuple[datetime, ...]:
        since = self._clock.now() - DAY
        written = [
            order.created
            for order in self._facts.state.orders.values()
            if order.intent is not None and order.role in (Role.ENTRY, Role.CLOSE)
            if order.account == account and order.created > since
        ]
        intents = self._facts.state.intents
        return (*written, *(at for id_, (_, _, at) in self._reserved.items() if id_ not in intents))

    def _is_used(self, signal: Signal) -> bool:
        """Say whether an order came from this signal or from another of the same bar."""
        signals = self._facts.state.signals
        intents = (*self._facts.state.intents.values(), *(intent for intent, _, _ in self._reserved.values()))
        used = (signals.get(intent.signal) for intent in intents if intent.signal)
        return any(other is not None and other.key == signal.key for other in used)

    def _is_bar_current(self, signal: Signal | None) -> bool | None:
        if signal is None:
            return None
        return self._market.is_bar_current(signal.analysis.last_bar, signal.analysis.timeframe)
