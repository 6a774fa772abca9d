"""The portfolio: what the account is worth and holds, as far as it is known."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.domain.broker import AccountFigures
from app.domain.events import SessionDayOpened
from app.domain.instruments import ConId, Instrument
from app.domain.ledger import Position
from app.domain.money import ZERO
from app.domain.signals import StrategyId
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.services.facts import Facts
from app.services.market import Market
from app.services.ports import Calendar


@dataclass(frozen=True, slots=True)
class PositionView:
    """A position with what the market says of it; None is unknown."""

    position: Position
    instrument: Instrument | None
    last: Decimal | None
    value: Decimal | None
    unrealized: Decimal | None
    weight_percent: Decimal | None
    stop: Decimal | None


class Portfolio:
    """Figures as the broker pushes them, positions as the ledger has them."""

    def __init__(self, facts: Facts, market: Market, calendar: Calendar, bus: Bus, clock: Clock) -> None:
        self._facts = facts
        self._market = market
        self._calendar = calendar
        self._bus = bus
        self._clock = clock
        self._figures: dict[str, AccountFigures] = {}
        self._noted: dict[str, str] = {}
        bus.on(AccountFigures, self._figures_came)

    def figures(self, account: str) -> AccountFigures | None:
        """Return what the broker last said of an account, None before it did."""
        return self._figures.get(account)

    def positions(self, account: str) -> tuple[PositionView, ...]:
        """Return the open positions of an account."""
        return tuple(self._view(position) for position in self._whole(account) if position.quantity != 0)

    def last_price(self, con_id: ConId) -> Decimal | None:
        """Return the newest price known, None when there is none."""
        quote = self._market.quote(con_id)
        return Decimal(str(quote.last)) if quote and quote.last else None

    def fx(self, currency: str, account: str) -> Decimal | None:
        """Return the rate into the account's base currency: 1 for the same currency, None when it is not known."""
        figures = self._figures.get(account)
        return Decimal(1) if figures is not None and figures.currency == currency else None

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

    def losses_in_a_row(self, strategy: StrategyId) -> int:
        """Return how many of a strategy's newest closed trades in a row lost money."""
        closes = sorted(self._closed_trades(strategy), reverse=True)
        losses = 0
        for _, result in closes:
            if result >= 0:
                break
            losses += 1
        return losses

    def _closed_trades(self, strategy: StrategyId) -> Iterable[tuple[datetime, Decimal]]:
        """Yield when each round trip of a strategy ended and what it made, commissions included."""
        open_: dict[ConId, tuple[Decimal, Decimal]] = {}
        for fill in sorted(self._facts.state.fills.values(), key=lambda fill: (fill.at, fill.exec_id)):
            if fill.strategy != strategy:
                continue
            held, cash = open_.get(fill.con_id, (ZERO, ZERO))
            cash -= fill.signed * fill.price * fill.multiplier / fill.price_magnifier + (fill.commission or ZERO)
            held += fill.signed
            if held == 0:
                yield fill.at, cash
                cash = ZERO
            open_[fill.con_id] = (held, cash)

    def _whole(self, account: str) -> list[Position]:
        positions = self._facts.state.positions.items()
        return [position for key, position in positions if key[0] == account and key[2] is None]

    def _view(self, position: Position) -> PositionView:
        instrument = self._facts.state.instruments.get(position.con_id)
        last = self.last_price(position.con_id)
        value = self._value(position, instrument, last)
        figures = self._figures.get(position.account)
        equity = figures.net_liquidation if figures else None
        return PositionView(
            position=position,
            instrument=instrument,
            last=last,
            value=value,
            unrealized=position.unrealized(last) if last is not None else None,
            weight_percent=value / equity * 100 if value is not None and equity else None,
            stop=self._stop_of(position),
        )

    def _value(self, position: Position, instrument: Instrument | None, last: Decimal | None) -> Decimal | None:
        fx = self.fx(instrument.currency, position.account) if instrument else None
        if instrument is None or last is None or fx is None:
            return None
        return instrument.value(last, position.quantity) * fx

    def _stop_of(self, position: Position) -> Decimal | None:
        stops = [
            order.stop
            for order in self._facts.state.orders.values()
            if order.con_id == position.con_id and order.account == position.account
            if order.stop is not None and order.state.is_working and order.side.sign * position.quantity < 0
        ]
        return max(stops) if position.quantity > 0 and stops else min(stops, default=None)

    def _figures_came(self, figures: AccountFigures) -> None:
        self._figures[figures.account] = figures
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
