"""What an order is judged by: limits, the situation at one moment, and a gate's answer. The gates are in `gates`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from app.domain.broker import AccountClass, AccountFigures, Margin
from app.domain.events import TradingState
from app.domain.instruments import Instrument
from app.domain.money import ZERO
from app.domain.orders import Intent, Leg, Order, Role, Side, limit_price, stop_price
from app.domain.quotes import Quote
from app.domain.signals import Signal
from app.domain.strategies import Strategy


class GateVerdict(StrEnum):
    """What a gate says; `warn` lets a hand pass, `refuse` nobody, `overridden` is a refusal a person answered for."""

    PASS = "pass"
    WARN = "warn"
    REFUSE = "refuse"
    OVERRIDDEN = "overridden"


@dataclass(frozen=True, slots=True)
class GateResult:
    """One gate's answer: the value it saw, the limit it holds it to, and the verdict in words."""

    name: str
    title: str
    verdict: GateVerdict
    value: str
    limit: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class RiskLimits:
    """The numbers the gates hold orders to; percentages are of equity unless said otherwise."""

    risk_percent: Decimal = Decimal("0.5")
    position_percent: Decimal = Decimal(20)
    exposure_percent: Decimal = Decimal(90)
    exposure_warn_percent: Decimal = Decimal(75)
    open_positions: int = 10
    collar_percent: Decimal = Decimal(5)
    plan_atr: Decimal = Decimal("0.5")
    daily_loss_percent: Decimal = Decimal(3)
    losses_in_a_row: int = 3
    orders_per_minute: int = 10
    orders_per_day: int = 100
    max_quantity: int = 10_000
    max_notional: Decimal = Decimal(1_000_000)
    duplicate_s: float = 10.0
    tick_age_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything the gates look at, gathered at one moment; None is unknown and never passes for fine.

    `now` is the market's time, `wall` the machine's, `tick_age_s` is by the monotonic clock. `held` is the
    account's signed position, `lot` the strategy's own share of it. `placed` are the times of earlier intents
    within a day; `orders` are the account's orders in this instrument, those on their way included; `reserved` is
    what entries that work or are on their way would add to exposure; `open_positions` counts the other instruments
    that are held or being entered. For a change, `changed` is the order as it stands, the intent has what would remain
    of it, and `orders` leaves it out; `follows_entry` is a child that trades only what its entry, still working, fills.
    `why_held` is why new orders wait just now, for the gateway's daily restart.
    """

    intent: Intent
    instrument: Instrument
    limits: RiskLimits
    now: datetime
    wall: datetime
    is_session_ready: bool
    session_text: str
    is_reconciled: bool
    account_class: AccountClass
    is_armed: bool
    trading: TradingState
    trading_reason: str
    quote: Quote | None
    tick_age_s: float | None
    is_exchange_open: bool | None
    figures: AccountFigures | None
    held: Decimal
    lot: Decimal
    exposure: Decimal | None
    open_positions: int
    fx: Decimal | None
    session_open_value: Decimal | None
    reserved: Decimal | None = ZERO
    placed: tuple[datetime, ...] = ()
    orders: tuple[Order, ...] = ()
    strategy: Strategy | None = None
    signal: Signal | None = None
    is_signal_used: bool = False
    losses_in_a_row: int = 0
    is_bar_current: bool | None = None
    margin: Margin | None = None
    changed: Order | None = None
    follows_entry: bool = False
    why_held: str = ""

    @property
    def entry(self) -> Leg:
        """The order that the gates judge."""
        return self.intent.entry

    @property
    def is_machine(self) -> bool:
        """Say whether a strategy's signal is behind this; closing a strategy's lot by hand is a person's act."""
        return self.strategy is not None and self.signal is not None

    @property
    def is_exit(self) -> bool:
        """Say whether this is meant to close or to protect what is held, and nothing else."""
        return self.entry.role is not Role.ENTRY

    @property
    def pending(self) -> Decimal:
        """How much our other entries and closes on the same side may still trade."""
        rivals = (order for order in self.orders if order.side is self.entry.side and not order.state.is_final)
        return sum((o.remaining for o in rivals if o.role in (Role.ENTRY, Role.CLOSE) and not o.is_foreign), ZERO)

    @property
    def is_reducing(self) -> bool:
        """Say whether this, with what works on the same side, only brings the account's position nearer to flat."""
        if self.follows_entry:
            return True
        is_against = self.held * self.entry.side.sign < 0
        return is_against and self.entry.quantity + self.pending <= abs(self.held)

    @property
    def adds(self) -> bool:
        """Say whether this may add to what is held, beyond what the order that it changes may already."""
        return not self.is_reducing and not self._asks_no_more

    @property
    def _asks_no_more(self) -> bool:
        before, price = self.changed, self.price
        if before is None or price is None or self.entry.quantity > before.remaining:
            return False
        old = before.limit if before.limit is not None else before.stop
        return old is None or price <= old

    @property
    def whole(self) -> Decimal:
        """The quantity of the whole order, what a changed one has filled already included."""
        return self.entry.quantity + (self.changed.filled if self.changed else ZERO)

    @property
    def last(self) -> Decimal | None:
        """The newest price, None when unknown."""
        price = self.quote.last if self.quote else None
        return Decimal(str(price)) if price else None

    @property
    def price(self) -> Decimal | None:
        """The price the order is reckoned at: its own, else the side of the quote it would meet."""
        own = self.entry.type
        price = limit_price(own) if limit_price(own) is not None else stop_price(own)
        if price is not None:
            return price
        side = None
        if self.quote:
            side = self.quote.ask if self.entry.side is Side.BUY else self.quote.bid
        return Decimal(str(side)) if side else self.last

    @property
    def notional(self) -> Decimal | None:
        """What the order is worth in the base currency, None when a price or rate is unknown."""
        if self.price is None or self.fx is None:
            return None
        return abs(self.instrument.value(self.price, self.entry.quantity)) * self.fx


def in_words(results: tuple[GateResult, ...], verdict: GateVerdict) -> tuple[str, ...]:
    """Return the sentences of the gates with this verdict."""
    return tuple(result.text for result in results if result.verdict is verdict)


def refusals(results: tuple[GateResult, ...]) -> tuple[GateResult, ...]:
    """Return the gates that let nobody through."""
    return tuple(result for result in results if result.verdict is GateVerdict.REFUSE)
