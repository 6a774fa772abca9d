"""The portfolio: what the account is worth and holds, as far as it is known."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.domain.broker import AccountFigures
from app.domain.events import SessionDayOpened
from app.domain.holdings import FxRate, Share, day_result, stop_cover
from app.domain.holdings import PositionView as PositionView
from app.domain.instruments import ConId
from app.domain.ledger import Fill, Position
from app.domain.money import ZERO
from app.domain.orders import Order, OrderRef, Role, limit_price, stop_price
from app.domain.sharing import owned
from app.domain.signals import StrategyId
from app.domain.state import State
from app.domain.trade_statistics import losses_in_a_row
from app.domain.trades import Plan, trades
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.services.facts import Facts
from app.services.market import Market
from app.services.ports import Calendar
from app.services.rates import Rates


class Portfolio:
    """Figures as the broker pushes them, positions as the ledger has them."""

    def __init__(self, facts: Facts, market: Market, calendar: Calendar, bus: Bus, clock: Clock) -> None:
        self._facts = facts
        self._market = market
        self._calendar = calendar
        self._bus = bus
        self._clock = clock
        self._figures: dict[str, AccountFigures] = {}
        self._rates = Rates(market, clock)
        self._noted: dict[str, str] = {}
        self._stops: tuple[object, list[Order]] = (None, [])
        self._day: tuple[object, str, datetime | None, dict[ConId, list[Fill]]] = (None, "", None, {})
        bus.on(AccountFigures, self._figures_came)

    def figures(self, account: str) -> AccountFigures | None:
        """Return what the broker last said of an account, None before it did."""
        return self._figures.get(account)

    def positions(self, account: str) -> tuple[PositionView, ...]:
        """Return the open positions of an account."""
        held = [position for position in self._whole(account) if position.quantity != 0]
        if not held:
            return ()
        today, stops = self._today(account), self._working_stops()
        return tuple(self._view(position, today.get(position.con_id, []), stops) for position in held)

    def last_price(self, con_id: ConId) -> Decimal | None:
        """Return the newest price known, None when there is none."""
        quote = self._market.quote(con_id)
        return Decimal(str(quote.last)) if quote and quote.last else None

    def fx(self, currency: str, account: str) -> Decimal | None:
        """Return the rate into the account's base currency: 1 for the same currency, None when it is not known."""
        rate = self.fx_rate(currency, account)
        return rate.rate if rate else None

    def fx_rate(self, currency: str, account: str) -> FxRate | None:
        """Return the rate into the account's base currency with its source, None when it is not known."""
        return self._rates.rate(currency, account)

    def rates(self, account: str) -> tuple[FxRate, ...]:
        """Return the rates of all other currencies that the broker names for an account."""
        return self._rates.all(account)

    async def find_rate(self, currency: str, account: str) -> None:
        """Have a rate looked for where none is known."""
        await self._rates.find(currency, account)

    def exposure(self, account: str) -> Decimal | None:
        """Return what all positions are worth together, in the base currency; None while one is unknown."""
        figures = self._figures.get(account)
        if figures is not None and figures.gross_position_value is not None:
            return figures.gross_position_value
        values = [view.value for view in self.positions(account)]
        return None if any(value is None for value in values) else sum((abs(v) for v in values if v), ZERO)

    def session_open_value(self, account: str) -> Decimal | None:
        """Return the account's worth at the last session close, the measure of the daily loss."""
        day = self._facts.state.days.get(account)
        return day.net_liquidation if day else None

    def losses_in_a_row(self, strategy: StrategyId, account: str) -> int:
        """Return how many of a strategy's newest closed trades in a row lost money since a person last resumed it."""
        state = self._facts.state
        traded = {key[1] for key in state.positions if key[0] == account and key[2] == strategy}
        fills: dict[ConId, list[Fill]] = {con_id: [] for con_id in traded}
        for fill in state.fills.values():
            if fill.account == account and fill.con_id in traded:
                fills[fill.con_id].append(fill)
        mine = (owned(each, state.splits.get((account, con_id), ())) for con_id, each in fills.items())
        closed = (trade for lots in mine for trade in trades(lots.get(strategy, ()), (), _unplanned))
        known = state.strategies.get(strategy)
        since = known.resumed if known else None
        return losses_in_a_row(trade for trade in closed if since is None or trade.closed > since)

    def _whole(self, account: str) -> list[Position]:
        positions = self._facts.state.positions.items()
        return [position for key, position in positions if key[0] == account and key[2] is None]

    def _view(self, position: Position, today: list[Fill], stops: list[Order]) -> PositionView:
        state, account = self._facts.state, position.account
        instrument, last = state.instruments.get(position.con_id), self.last_price(position.con_id)
        fx = self.fx_rate(instrument.currency, account) if instrument else None
        quote = self._market.quote(position.con_id)
        close = Decimal(str(quote.previous_close)) if quote and quote.previous_close else None
        cover = stop_cover(position, stops, last)
        unrealized = position.unrealized(last) if last is not None else None
        value = instrument.value(last, position.quantity) if instrument and last is not None else None
        figures = self._figures.get(account)
        equity = figures.net_liquidation if figures else None
        worth = _in_base(value, fx)
        return PositionView(
            position=position,
            instrument=instrument,
            last=last,
            fx=fx,
            value=worth,
            unrealized=_in_base(unrealized, fx),
            realized=_in_base(position.realized, fx),
            day=_in_base(day_result(position, today, last, close), fx),
            weight_percent=worth / equity * 100 if worth is not None and equity else None,
            risked=_in_base(self._risked(position), fx),
            cover=cover,
            risk=None if cover.bare else _in_base(cover.money, fx),
            shares=self._shares(position),
        )

    def _risked(self, position: Position) -> Decimal | None:
        """Return what the first stop that came with it put at risk, in the instrument's currency."""
        state = self._facts.state
        for exec_id in position.fills:
            fill = state.fill_of(position.account, exec_id)
            plan = plan_of(state, fill.ref) if fill and fill.ref else None
            if plan is not None and plan.stop is not None:
                worth = position.quantity * position.multiplier / position.price_magnifier
                risked = (position.average - plan.stop) * worth
                return risked if risked > 0 else None
        return None

    def _shares(self, position: Position) -> tuple[Share, ...]:
        """Return whose it is: each strategy's share, and what is left by hand."""
        shares = [
            Share(key[2], share.quantity)
            for key, share in self._facts.state.positions.items()
            if key[:2] == (position.account, position.con_id) and key[2] is not None and share.quantity
        ]
        rest = position.quantity - sum((share.quantity for share in shares), ZERO)
        return (*shares, *((Share(None, rest),) if rest else ()))

    def _working_stops(self) -> list[Order]:
        """Return the orders that may guard something; looked for again only when an order changed."""
        orders = self._facts.state.orders
        if self._stops[0] is not orders:
            found = [order for order in orders.values() if order.stop is not None and order.state.is_working]
            self._stops = (orders, found)
        return self._stops[1]

    def _today(self, account: str) -> dict[ConId, list[Fill]]:
        """Return an account's executions since the close before this day's session, by instrument."""
        fills, opened = self._facts.state.fills, self._day_began()
        if self._day[0] is not fills or self._day[1:3] != (account, opened):
            found: dict[ConId, list[Fill]] = {}
            for fill in fills.values():
                if fill.at > opened and fill.account == account:
                    found.setdefault(fill.con_id, []).append(fill)
            self._day = (fills, account, opened, found)
        return self._day[3]

    def _day_began(self) -> datetime:
        """Return the close before the session of this day, or of the last day that had one."""
        today = self._clock.market().astimezone(ZoneInfo(self._calendar.zone)).date()
        session = self._calendar.sessions(today - timedelta(days=14), today)[-1]
        before = self._calendar.last_closed(self._calendar.close_of(session) - timedelta(seconds=1))
        return self._calendar.close_of(before)

    def _figures_came(self, figures: AccountFigures) -> None:
        self._figures[figures.account] = figures
        self._rates.take(figures)
        if figures.net_liquidation is not None:
            self._note_session(figures.account, figures.net_liquidation)

    async def begin_anew(self, account: str, timeout_s: float = 5.0) -> None:
        """Measure the day's loss from what an account that was just emptied is worth."""
        emptied: asyncio.Future[AccountFigures] = asyncio.get_running_loop().create_future()

        def heard(figures: AccountFigures) -> None:
            if figures.account == account and not figures.gross_position_value and not emptied.done():
                emptied.set_result(figures)

        stop = self._bus.on(AccountFigures, heard)
        try:
            if known := self._figures.get(account):
                heard(known)
            async with asyncio.timeout(timeout_s):
                worth = (await emptied).net_liquidation
        except TimeoutError:
            return
        finally:
            stop()
        if worth is not None:
            session = self._calendar.last_closed(self._clock.market()).isoformat()
            await self._facts.enter(
                SessionDayOpened(at=self._clock.now(), account=account, session=session, net_liquidation=worth)
            )

    def _note_session(self, account: str, worth: Decimal) -> None:
        """Keep the first worth seen after each session's close: the day's loss is measured from it."""
        session = self._calendar.last_closed(self._clock.market()).isoformat()
        day = self._facts.state.days.get(account)
        if self._noted.get(account) != session and (day is None or day.session < session):
            self._noted[account] = session
            event = SessionDayOpened(at=self._clock.now(), account=account, session=session, net_liquidation=worth)
            self._facts.post(event)


def plan_of(state: State, ref: OrderRef) -> Plan | None:
    """Return what the intent of an order planned, None for another program's order."""
    order = state.orders.get(ref)
    intent = state.intents.get(order.intent) if order and order.intent else None
    if intent is None or intent.entry.role is not Role.ENTRY:
        return None
    stops = [stop_price(leg.type) for leg in intent.children if leg.role is Role.STOP]
    targets = [limit_price(leg.type) for leg in intent.children if leg.role is Role.TARGET]
    return Plan(limit_price(intent.entry.type), next(iter(stops), None), next(iter(targets), None))


def _unplanned(_: OrderRef) -> None:
    return None


def _in_base(amount: Decimal | None, fx: FxRate | None) -> Decimal | None:
    return None if amount is None or fx is None else amount * fx.rate
