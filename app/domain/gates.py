"""The gates, in their order: each looks at one thing and says its value, its limit and its verdict.

A gate answers None where it does not apply. To add one: write it and name it in `GATES`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from app.domain.broker import AccountClass
from app.domain.events import TradingState
from app.domain.money import ZERO
from app.domain.order_rules import ON_CLOSE, grid_prices, why_leg_unfit
from app.domain.orders import (
    TRIGGERED,
    Limit,
    LimitOnClose,
    Market,
    Order,
    Role,
    Side,
    StopLimit,
    TimeInForce,
    limit_price,
    stop_price,
)
from app.domain.quotes import DataClass
from app.domain.risk import GateResult, GateVerdict, Situation
from app.domain.signals import Direction, SignalState
from app.domain.strategies import Mode

Gate = Callable[[Situation], GateResult | None]
HUNDRED = Decimal(100)


def _say(
    name: str, title: str, ok: bool, value: object, limit: object, text: str, *, only_warn: bool = False
) -> GateResult:
    verdict = GateVerdict.PASS if ok else GateVerdict.WARN if only_warn else GateVerdict.REFUSE
    return GateResult(name, title, verdict, str(value), str(limit), "" if ok else text)


def session_ready(s: Situation) -> GateResult:
    """The way to the broker is up and our ledger has been matched with the broker's."""
    ok = s.is_session_ready and (s.is_reconciled or not s.is_machine)
    text = "The ledger differs from the broker's; look at the differences first."
    if not s.is_session_ready:
        text = f"Orders leave only when the session is ready; it is {s.session_text}. Wait for the connection."
    elif s.why_held and s.entry.role is Role.ENTRY:
        ok, text = False, s.why_held
    return _say("session", "Session ready and matched", ok, s.session_text, "ready", text)


def account_armed(s: Situation) -> GateResult:
    """A live account trades only after a typed consent."""
    ok = s.account_class is not AccountClass.LIVE or s.is_armed
    text = f"{s.intent.account} is a live account and is read-only until you arm it for this session."
    return _say("account", "Account class and arming", ok, s.account_class.value, "practice, paper or armed", text)


def trading_state(s: Situation) -> GateResult:
    """Trading is active; while it reduces only what reduces may leave, while it is halted only a person's exit."""
    is_allowed = {
        TradingState.ACTIVE: True,
        TradingState.REDUCING: s.is_reducing,
        TradingState.HALTED: s.is_reducing and s.is_exit and not s.is_machine,
    }
    ok = is_allowed[s.trading]
    text = f"Trading is {s.trading.value}: {s.trading_reason}"
    return _say("trading_state", "Trading state", ok, s.trading.value, "active", text)


def exchange_open(s: Situation) -> GateResult:
    """The exchange trades now and the instrument is not halted, or the order may wait for it."""
    is_now = s.entry.tif is TimeInForce.IOC or isinstance(s.entry.type, Market)
    waits = not is_now or s.entry.tif is TimeInForce.OPG
    is_halted = s.quote is not None and s.quote.is_halted
    ok = (s.is_exchange_open is True and not is_halted) or (waits and s.is_exchange_open is not None)
    value = {True: "open", False: "closed", None: "unknown"}[s.is_exchange_open]
    text = f"{s.instrument.symbol}'s exchange is {value}; use a limit order, which may wait."
    if is_halted:
        value, text = "halted", f"{s.instrument.symbol} is halted by its exchange; use a limit order, which may wait."
    return _say("exchange", "Exchange open or order may wait", ok, value, "open", text)


def data_fresh(s: Situation) -> GateResult:
    """The newest tick is young enough, and for a strategy the primary bar is the last closed session's."""
    age, most = s.tick_age_s, s.limits.tick_age_s
    is_delayed = s.quote is not None and s.quote.data_class not in (DataClass.LIVE, DataClass.PRACTICE)
    is_bar_known = s.is_bar_current is True or (s.is_bar_current is None and not s.is_machine)
    ok = age is not None and age <= most and not (is_delayed and s.is_machine) and is_bar_known
    text = f"The newest tick of {s.instrument.symbol} is {_seconds(age)} old and at most {most:g} s is allowed."
    if ok is False and age is not None and age <= most:
        text = "Delayed data is never fresh for a strategy." if is_delayed else "The last closed bar is not the newest."
    only_warn = not s.is_machine and not isinstance(s.entry.type, Market)
    return _say("fresh", "Data fresh", ok, _seconds(age), f"{most:g} s", text, only_warn=only_warn)


def signal_unused(s: Situation) -> GateResult | None:
    """The signal is active, was not acted on, and its plan still holds."""
    if s.signal is None:
        return None
    state = "used" if s.is_signal_used else s.signal.state.value
    ok = s.signal.state is SignalState.ACTIVE and not s.is_signal_used and s.now < s.signal.expires
    if s.now >= s.signal.expires:
        state = "expired"
    return _say("signal", "Signal active and unused", ok, state, "active", f"The signal is {state}; run again.")


def one_entry(s: Situation) -> GateResult | None:
    """A strategy has at most one position or working entry in an instrument, unless it may add to it."""
    if s.strategy is None or s.is_exit or s.strategy.may_scale_in:
        return None
    entries = [o for o in s.orders if o.strategy == s.strategy.id and o.role is Role.ENTRY and not o.state.is_final]
    value = f"{s.lot} held, {len(entries)} working"
    text = f"{s.strategy.name} already has {value} in {s.instrument.symbol}; it does not add to that."
    return _say("one_entry", "One entry at a time", not s.lot and not entries, value, "none", text)


def exit_reduces(s: Situation) -> GateResult | None:
    """What is meant to close or protect never opens the other side."""
    if not s.is_exit:
        return None
    quantity, held = s.entry.quantity, s.held
    text = f"{quantity} would be closed, but only {held} {s.instrument.symbol} are held; look at the position first."
    return _say("exit", "Exit only reduces", s.is_reducing, quantity, abs(held), text)


def plan_valid(s: Situation) -> GateResult | None:
    """The last price still lies between stop and target and not too far beyond the limit."""
    levels = s.signal.analysis.levels if s.signal else None
    if s.signal is None or levels is None or s.is_reducing:
        return None
    last, atr = float(s.last) if s.last else None, s.signal.analysis.indicators.atr or 0.0
    sign = 1 if s.signal.analysis.direction is Direction.BUY else -1
    furthest = levels.limit + sign * float(s.limits.plan_atr) * atr
    ok = (
        last is not None
        and sign * levels.stop < sign * last < sign * levels.target_1
        and sign * last <= sign * furthest
    )
    limit = f"{levels.stop:g} … {levels.target_1:g}, up to {furthest:g}"
    return _say("plan", "Plan still valid", ok, last if last else "unknown", limit, "The market has left the plan.")


def on_tick(s: Situation) -> GateResult:
    """Every price sent lies on the instrument's tick grid and every price is above 0."""
    asked = [named for leg in s.intent.legs for named in grid_prices(leg.type)]
    prices = [price for _, price in asked]
    wrong = [
        price for name, price in asked if price <= (-1 if name == "offset" else 0) or not s.instrument.is_on_tick(price)
    ]
    tick = s.instrument.tick_at(prices[0] if prices else Decimal(1))
    text = f"{wrong[0] if wrong else ''} is not a price of {s.instrument.symbol}; its tick is {tick}."
    return _say("tick", "Prices on tick", not wrong, ", ".join(map(str, prices)) or "market", tick, text)


def combination(s: Situation) -> GateResult:
    """Type, time in force, hours and instrument go together for every order of the intent."""
    why = next(filter(None, (why_leg_unfit(leg, s.instrument.kind, s.now) for leg in s.intent.legs)), "")
    value = f"{s.entry.type.name} {s.entry.tif}"
    return _say("combination", "Type and time in force", not why, value, "legal", why)


def lot(s: Situation) -> GateResult:
    """The quantity is a positive multiple of the lot, the same for every leg."""
    quantity = s.whole
    same = all(leg.quantity == quantity for leg in s.intent.legs[1:])
    ok = s.entry.quantity > 0 and quantity % s.instrument.lot == 0 and same
    text = f"A quantity of {s.instrument.symbol} must be a positive multiple of {s.instrument.lot}, not {quantity}."
    return _say("lot", "Quantity in lots", ok, quantity, s.instrument.lot, text)


def collar(s: Situation) -> GateResult | None:
    """The limit of an entry or close is not beyond the last price by more than the collar, on the marketable side."""
    type_ = s.entry.type
    if not isinstance(type_, Limit | LimitOnClose | StopLimit) or s.entry.role in (Role.STOP, Role.TARGET):
        return None
    percent = s.limits.collar_percent
    start, name = (type_.trigger, "trigger") if isinstance(type_, StopLimit) else (s.last, "last price")
    if not start:
        text = "The last price is unknown, so the collar cannot be checked."
        return _say("collar", "Price collar", False, "unknown", f"{percent} %", text)
    beyond = (type_.price / start - 1) * HUNDRED * s.entry.side.sign
    ok = beyond <= percent
    text = f"The limit {type_.price} is {beyond:.2f} % beyond the {name} {start}; {percent} % is allowed."
    return _say("collar", "Price collar", ok, f"{beyond:.2f} %", f"{percent} %", text)


def quantity(s: Situation) -> GateResult | None:
    """One order is not larger than the largest quantity allowed; what only reduces is as large as what is held."""
    if s.is_reducing:
        return None
    most = s.limits.max_quantity
    text = f"{s.whole} is more than the {most} that one order may have."
    return _say("quantity", "Largest quantity", s.whole <= most, s.whole, most, text)


def notional(s: Situation) -> GateResult | None:
    """One order is not worth more than allowed; a value that is unknown does not pass, but for what only reduces."""
    if s.is_reducing:
        return None
    most = s.limits.max_notional
    text = "The order's value is unknown, because a price or a currency rate is."
    if s.notional is not None:
        text = f"The order is worth {s.notional:,.2f}, more than the {most:,} that one order may be."
    ok = s.notional is not None and s.notional <= most
    return _say("notional", "Largest value", ok, _money(s.notional), f"{most:,}", text)


def position(s: Situation) -> GateResult | None:
    """What is held afterwards is not worth more than its share of equity."""
    if not s.adds:
        return None
    percent, share = s.limits.position_percent, _share(s, _position_value(s))
    text = f"The position would be {_percent(share)} of equity; {percent} % is allowed."
    return _say("position", "Largest position", _within(share, percent), _percent(share), f"{percent} %", text)


def exposure(s: Situation) -> GateResult | None:
    """All positions together stay within their share of equity."""
    if not s.adds:
        return None
    percent, warn = s.limits.exposure_percent, s.limits.exposure_warn_percent
    parts = (s.exposure, s.reserved, s.notional)
    known = [part for part in parts if part is not None]
    share = _share(s, sum(known, ZERO)) if len(known) == len(parts) else None
    text = f"Exposure would be {_percent(share)} of equity; {percent} % is allowed, {warn} % warns."
    ok = _within(share, warn)
    limit = f"{percent} %"
    return _say("exposure", "Exposure", ok, _percent(share), limit, text, only_warn=_within(share, percent))


def open_positions(s: Situation) -> GateResult | None:
    """There are not too many positions; adding to one is not another one."""
    if not s.adds or s.held != 0:
        return None
    most = s.limits.open_positions
    text = f"{s.open_positions} positions are open and {most} are allowed."
    return _say("open_positions", "Open positions", s.open_positions < most, s.open_positions, most, text)


def daily_loss(s: Situation) -> GateResult | None:
    """The account has not lost more since the last session's close than a day may cost."""
    if not s.adds:
        return None
    percent, lost = s.limits.daily_loss_percent, daily_loss_percent(s)
    text = "What the account is worth is not known yet."
    if lost is not None:
        text = f"The account has lost {lost:.2f} % since the last close; {percent} % stops new positions for the day."
    ok = lost is not None and lost < percent
    return _say("daily_loss", "Daily loss", ok, _percent(lost), f"{percent} %", text)


def losing_streak(s: Situation) -> GateResult | None:
    """A strategy that lost several times in a row pauses."""
    if s.strategy is None or not s.adds:
        return None
    most = s.limits.losses_in_a_row
    text = (
        f"{s.strategy.name} lost {s.losses_in_a_row} times in a row and is paused; look at its trades, then resume it."
    )
    return _say("losses", "Consecutive losses", s.losses_in_a_row < most, s.losses_in_a_row, most, text)


def rate(s: Situation) -> GateResult | None:
    """Not too many orders leave in a minute or a day; a change is none, and a person's way out is never counted."""
    if s.changed is not None or (s.is_exit and not s.is_machine):
        return None
    minute = sum(at > s.wall - timedelta(minutes=1) for at in s.placed)
    day = len(s.placed)
    ok = minute < s.limits.orders_per_minute and day < s.limits.orders_per_day
    limit = f"{s.limits.orders_per_minute} / {s.limits.orders_per_day}"
    text = f"{minute} orders in the last minute and {day} in the last day; {limit} are allowed."
    return _say("rate", "Orders a minute and a day", ok, f"{minute} / {day}", limit, text)


def duplicate(s: Situation) -> GateResult:
    """The same order was not placed moments ago."""
    since = s.wall - timedelta(seconds=s.limits.duplicate_s)
    twins = [order for order in s.orders if order.created > since and _is_twin(order, s)]
    text = f"The same order was placed {s.limits.duplicate_s:g} s ago or less; wait, or change it if you mean both."
    return _say("duplicate", "No duplicate", not twins, len(twins), f"0 in {s.limits.duplicate_s:g} s", text)


def self_cross(s: Situation) -> GateResult:
    """The order would not trade against one of our own."""
    against = [order for order in s.orders if not order.state.is_final and _crosses(order, s)]
    text = f"It would trade against your own order {against[0].ref if against else ''}; cancel that first."
    return _say("self_cross", "Not against own orders", not against, len(against), 0, text)


def margin(s: Situation) -> GateResult | None:
    """The broker's preview leaves equity above margin; unknown warns a hand and refuses a strategy in `auto`."""
    if not s.adds:
        return None
    if s.margin is None or s.margin.initial_change is None:
        is_auto = s.strategy is not None and s.strategy.mode is Mode.AUTO
        text = "The broker did not say what margin this needs."
        return _say("margin", "Margin by what-if", False, "unknown", "available funds", text, only_warn=not is_auto)
    free = s.figures.available_funds if s.figures else None
    ok = free is not None and s.margin.initial_change <= free
    text = f"It needs {s.margin.initial_change:,.2f} of margin and {_money(free)} is available."
    return _say("margin", "Margin by what-if", ok, _money(s.margin.initial_change), _money(free), text)


GATES: tuple[Gate, ...] = (
    session_ready,
    account_armed,
    trading_state,
    exchange_open,
    data_fresh,
    signal_unused,
    one_entry,
    exit_reduces,
    plan_valid,
    combination,
    on_tick,
    lot,
    collar,
    quantity,
    notional,
    position,
    exposure,
    open_positions,
    daily_loss,
    losing_streak,
    rate,
    duplicate,
    self_cross,
    margin,
)


NEVER_OVERRIDDEN = frozenset(
    {"session", "account", "trading_state", "signal", "exit", "combination", "tick", "lot", "self_cross"}
)
"""Gates that are no matter of judgement: past them an order is wrong, unknown to us, or forbidden."""


def review(situation: Situation) -> tuple[GateResult, ...]:
    """Return what every gate that applies says."""
    return tuple(result for gate in GATES if (result := gate(situation)) is not None)


def daily_loss_percent(s: Situation) -> Decimal | None:
    """Return by how many percent the account is below the last session's close (negative: above), None if unknown."""
    worth = s.figures.net_liquidation if s.figures else None
    if worth is None or not s.session_open_value:
        return None
    return (1 - worth / s.session_open_value) * HUNDRED


def _position_value(s: Situation) -> Decimal | None:
    if s.price is None or s.fx is None:
        return None
    after = s.held + (s.entry.quantity + s.pending) * s.entry.side.sign
    return abs(s.instrument.value(s.price, after)) * s.fx


def _share(s: Situation, value: Decimal | None) -> Decimal | None:
    equity = s.figures.net_liquidation if s.figures else None
    return value / equity * HUNDRED if value is not None and equity else None


def _within(share: Decimal | None, percent: Decimal) -> bool:
    return share is not None and share <= percent


def _is_twin(order: Order, s: Situation) -> bool:
    if s.is_exit and order.state.is_final:  # a stop that is put back equals the one that was withdrawn
        return False
    mine = (limit_price(s.entry.type), stop_price(s.entry.type))
    return order.side is s.entry.side and order.role is s.entry.role and (order.limit, order.stop) == mine


def _crosses(order: Order, s: Situation) -> bool:
    if order.side is s.entry.side or order.limit is None:
        return False
    if s.is_exit and order.filled and order.strategy == s.intent.strategy:  # withdrawn before the lot is closed
        return False
    if isinstance(s.entry.type, TRIGGERED + ON_CLOSE):
        return False
    price = s.price
    if price is None:
        return True
    return price >= order.limit if s.entry.side is Side.BUY else price <= order.limit


def _seconds(age: float | None) -> str:
    return "unknown" if age is None else f"{age:.1f} s"


def _percent(value: Decimal | None) -> str:
    return "unknown" if value is None else f"{value:.2f} %"


def _money(value: Decimal | None) -> str:
    return "unknown" if value is None else f"{value:,.2f}"
