"""The gates, one table each: value, limit and verdict on either side of every boundary, for hand and machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain import gates
from app.domain.broker import AccountClass, AccountFigures, Margin
from app.domain.events import TradingState
from app.domain.orders import (
    Intent,
    IntentId,
    Leg,
    Limit,
    Market,
    Order,
    OrderRef,
    OrderState,
    OrderType,
    Role,
    Side,
    Stop,
    TimeInForce,
)
from app.domain.quotes import DataClass, Quote
from app.domain.risk import GateVerdict, RiskLimits, Situation, refusals
from app.domain.signals import Direction, SignalState
from app.domain.strategies import Mode, Strategy
from tests.domain.examples import ACCOUNT, APPLE, NOON, STRATEGY, at, instrument, signal

PASS, WARN, REFUSE = GateVerdict.PASS, GateVerdict.WARN, GateVerdict.REFUSE
BUY, SELL = Side.BUY, Side.SELL
D = Decimal
AUTO = Strategy(STRATEGY, "Three of four", ("AAPL",), Mode.AUTO)
LEVELS_SIGNAL = signal("s", "r")  # limit 102, stop 97.5, target 109.5, no ATR


LIMIT = Limit(D("102.00"))


def intent(
    type_: OrderType = LIMIT,
    *,
    quantity: str = "10",
    side: Side = BUY,
    role: Role = Role.ENTRY,
    children: tuple[Leg, ...] = (),
) -> Intent:
    entry = Leg(OrderRef("i"), role, side, D(quantity), type_, TimeInForce.DAY)
    return Intent(IntentId("i"), "click", ACCOUNT, APPLE, "AAPL", (entry, *children))


def never_ending(intended: Intent) -> Intent:
    """Return an intent whose entry works until a moment that nobody names."""
    return replace(intended, legs=(replace(intended.entry, tif=TimeInForce.GTD), *intended.children))


def order(
    ref: str = "o",
    *,
    side: Side = BUY,
    role: Role = Role.ENTRY,
    quantity: str = "10",
    limit: str | None = "102.00",
    stop: str | None = None,
    state: OrderState = OrderState.ACCEPTED,
    seconds: float = -100,
    **more: Any,
) -> Order:
    return Order(
        OrderRef(ref),
        None,
        ACCOUNT,
        APPLE,
        "AAPL",
        role,
        side,
        D(quantity),
        "LMT",
        D(limit) if limit else None,
        D(stop) if stop else None,
        "DAY",
        state,
        at(seconds),
        at(seconds),
        **more,
    )


def situation(**changes: Any) -> Situation:
    """Return a situation in which everything is fine, with these changes."""
    fine: dict[str, Any] = {
        "intent": intent(),
        "instrument": instrument(),
        "limits": RiskLimits(),
        "now": NOON,
        "wall": NOON,
        "is_session_ready": True,
        "session_text": "ready",
        "is_reconciled": True,
        "account_class": AccountClass.PAPER,
        "is_armed": False,
        "trading": TradingState.ACTIVE,
        "trading_reason": "",
        "quote": Quote(APPLE, DataClass.LIVE, bid=101.49, ask=101.51, last=101.5),
        "tick_age_s": 1.0,
        "is_exchange_open": True,
        "figures": AccountFigures(
            ACCOUNT, "USD", net_liquidation=D(100_000), available_funds=D(50_000), buying_power=D(200_000)
        ),
        "held": D(0),
        "lot": D(0),
        "exposure": D(0),
        "open_positions": 0,
        "fx": D(1),
        "session_open_value": D(100_000),
        "margin": Margin(D(500), D(400), D(100_000), D(1)),
    }
    return Situation(**{**fine, **changes})


def machine(**changes: Any) -> Situation:
    """Return the same with a strategy's signal behind it."""
    return situation(**{"strategy": AUTO, "signal": LEVELS_SIGNAL, "is_bar_current": True, **changes})


def test_an_entry_waits_for_a_restart_of_the_gateway_and_an_exit_does_not() -> None:
    why = "The gateway restarts in 30 s; new orders wait until it is back."
    held = gates.session_ready(situation(why_held=why))
    assert (held.verdict, held.text) == (REFUSE, why)
    leaving = replace(intent(), legs=(replace(intent().entry, role=Role.CLOSE),))
    assert gates.session_ready(situation(why_held=why, intent=leaving)).verdict is PASS


def verdict(gate: gates.Gate, s: Situation) -> GateVerdict | None:
    result = gate(s)
    if result is not None:
        assert result.name
        assert result.title
        assert result.value
        assert result.limit
        assert bool(result.text) is (result.verdict is not PASS)
    return result.verdict if result else None


def test_what_is_fine_passes_every_gate_by_hand_and_by_machine() -> None:
    for s in (situation(), machine()):
        assert refusals(gates.review(s)) == ()
        assert {result.verdict for result in gates.review(s)} == {PASS}


@pytest.mark.parametrize("gate", gates.GATES, ids=lambda gate: gate.__name__)
def test_no_gate_passes_a_strategy_of_which_nothing_is_known(gate: gates.Gate) -> None:
    nothing = machine(
        is_session_ready=False,
        is_reconciled=False,
        account_class=AccountClass.LIVE,
        trading=TradingState.HALTED,
        quote=None,
        tick_age_s=None,
        is_exchange_open=None,
        figures=None,
        exposure=None,
        fx=None,
        session_open_value=None,
        margin=None,
        is_bar_current=None,
        is_signal_used=True,
        lot=D(1),
        open_positions=99,
        losses_in_a_row=99,
        placed=(NOON,) * 99,
        reserved=None,
        intent=never_ending(intent(Limit(D("102.001")), quantity="10000.5")),
        orders=(order(seconds=-1, limit="102.001"), order("x", side=SELL, limit="102.00")),
    )
    assert verdict(gate, nothing) in (REFUSE, None)
    assert verdict(gate, nothing) is REFUSE or gate in (gates.exit_reduces,)


@pytest.mark.parametrize(
    ("ready", "matched", "hand", "by_machine"),
    [(True, True, PASS, PASS), (True, False, PASS, REFUSE), (False, False, REFUSE, REFUSE)],
)
def test_session(ready: bool, matched: bool, hand: GateVerdict, by_machine: GateVerdict) -> None:
    changes = {"is_session_ready": ready, "is_reconciled": matched, "session_text": "ready" if ready else "syncing"}
    assert verdict(gates.session_ready, situation(**changes)) is hand
    assert verdict(gates.session_ready, machine(**changes)) is by_machine


@pytest.mark.parametrize(
    ("class_", "armed", "expected"),
    [
        (AccountClass.PRACTICE, False, PASS),
        (AccountClass.PAPER, False, PASS),
        (AccountClass.LIVE, False, REFUSE),
        (AccountClass.LIVE, True, PASS),
    ],
)
def test_account_class(class_: AccountClass, armed: bool, expected: GateVerdict) -> None:
    for s in (situation, machine):
        assert verdict(gates.account_armed, s(account_class=class_, is_armed=armed)) is expected


CLOSE = intent(Market(), side=SELL, role=Role.CLOSE)
PROTECT = intent(Stop(D("97.5")), side=SELL, role=Role.STOP)
SELL_ENTRY = intent(Market(), side=SELL)


@pytest.mark.parametrize(
    ("state", "wanted", "is_machine", "expected"),
    [
        (TradingState.ACTIVE, intent(), True, PASS),
        (TradingState.REDUCING, intent(), False, REFUSE),
        (TradingState.REDUCING, intent(), True, REFUSE),
        (TradingState.REDUCING, CLOSE, True, PASS),
        (TradingState.REDUCING, SELL_ENTRY, False, PASS),
        (TradingState.HALTED, intent(), False, REFUSE),
        (TradingState.HALTED, SELL_ENTRY, False, REFUSE),
        (TradingState.HALTED, CLOSE, True, REFUSE),
        (TradingState.HALTED, CLOSE, False, PASS),
        (TradingState.HALTED, PROTECT, False, PASS),
    ],
)
def test_trading_state(state: TradingState, wanted: Intent, is_machine: bool, expected: GateVerdict) -> None:
    make = machine if is_machine else situation
    assert verdict(gates.trading_state, make(trading=state, intent=wanted, held=D(10), lot=D(10))) is expected


def test_closing_a_strategys_lot_by_hand_is_a_persons_act() -> None:
    s = situation(trading=TradingState.HALTED, strategy=AUTO, intent=CLOSE, held=D(10), lot=D(10), is_reconciled=False)
    assert refusals(gates.review(s)) == ()


@pytest.mark.parametrize(
    ("held", "quantity", "rivals", "expected"),
    [
        ("10", "10", (), True),
        ("10", "11", (), False),
        ("0", "1", (), False),
        ("-10", "5", (), False),
        ("10", "10", (order(side=SELL, role=Role.CLOSE, quantity="1"),), False),
        ("10", "9", (order(side=SELL, role=Role.CLOSE, quantity="1"),), True),
        ("10", "10", (order(side=SELL, role=Role.CLOSE, quantity="1", state=OrderState.FILLED),), True),
        ("10", "10", (order(side=SELL, role=Role.STOP, quantity="10"),), True),
        ("10", "10", (order(side=SELL, quantity="10", is_foreign=True),), True),
        ("10", "10", (order(side=BUY, quantity="10"),), True),
    ],
)
def test_what_reduces(held: str, quantity: str, rivals: tuple[Order, ...], expected: bool) -> None:
    s = situation(intent=intent(Market(), side=SELL, quantity=quantity), held=D(held), orders=rivals)
    assert s.is_reducing is expected


@pytest.mark.parametrize(
    ("is_open", "type_", "expected"),
    [
        (True, Market(), PASS),
        (False, Market(), REFUSE),
        (False, Limit(D(102)), PASS),
        (False, Stop(D(105)), PASS),
        (None, Limit(D(102)), REFUSE),
        (None, Market(), REFUSE),
    ],
)
def test_exchange(is_open: bool | None, type_: OrderType, expected: GateVerdict) -> None:
    assert verdict(gates.exchange_open, situation(is_exchange_open=is_open, intent=intent(type_))) is expected


@pytest.mark.parametrize(("type_", "expected"), [(Market(), REFUSE), (Limit(D(102)), PASS), (Stop(D(105)), PASS)])
def test_a_halted_instrument_takes_orders_that_wait_and_no_others(type_: OrderType, expected: GateVerdict) -> None:
    halted = Quote(APPLE, DataClass.LIVE, last=101.5, is_halted=True)
    for s in (situation(quote=halted, intent=intent(type_)), machine(quote=halted, intent=intent(type_))):
        result = gates.exchange_open(s)
        assert (result.verdict, result.value) == (expected, "halted")
        assert ("is halted by its exchange" in result.text) is (expected is REFUSE)


@pytest.mark.parametrize(
    ("age", "data", "type_", "current", "hand", "by_machine"),
    [
        (5.0, DataClass.LIVE, Limit(D(102)), True, PASS, PASS),
        (5.1, DataClass.LIVE, Limit(D(102)), True, WARN, REFUSE),
        (5.1, DataClass.LIVE, Market(), True, REFUSE, REFUSE),
        (None, DataClass.LIVE, Limit(D(102)), True, WARN, REFUSE),
        (1.0, DataClass.PRACTICE, Limit(D(102)), True, PASS, PASS),
        (1.0, DataClass.DELAYED, Limit(D(102)), True, PASS, REFUSE),
        (1.0, DataClass.FROZEN, Limit(D(102)), True, PASS, REFUSE),
        (1.0, DataClass.LIVE, Limit(D(102)), False, WARN, REFUSE),
    ],
)
def test_c2_stale_prices_warn_a_hand_and_refuse_machines_and_market_orders(
    age: float | None,
    data: DataClass,
    type_: OrderType,
    current: bool,
    hand: GateVerdict,
    by_machine: GateVerdict,
) -> None:
    quote = Quote(APPLE, data, last=101.5)
    changes = {"tick_age_s": age, "quote": quote, "intent": intent(type_), "is_bar_current": current}
    assert verdict(gates.data_fresh, situation(**changes)) is hand
    assert verdict(gates.data_fresh, machine(**changes)) is by_machine


def test_a_strategy_whose_newest_bar_is_not_known_does_not_trade() -> None:
    assert verdict(gates.data_fresh, machine(is_bar_current=None)) is REFUSE
    assert verdict(gates.data_fresh, situation(is_bar_current=None)) is PASS


@pytest.mark.parametrize(
    ("state", "used", "seconds", "expected"),
    [
        (SignalState.ACTIVE, False, 86399.9, PASS),
        (SignalState.ACTIVE, False, 86400, REFUSE),
        (SignalState.ACTIVE, True, 0, REFUSE),
        (SignalState.ACTED, False, 0, REFUSE),
        (SignalState.SUPERSEDED, False, 0, REFUSE),
        (SignalState.EXPIRED, False, 0, REFUSE),
        (SignalState.REJECTED, False, 0, REFUSE),
    ],
)
def test_signal(state: SignalState, used: bool, seconds: float, expected: GateVerdict) -> None:
    s = machine(signal=replace(LEVELS_SIGNAL, state=state), is_signal_used=used, now=at(seconds))
    assert verdict(gates.signal_unused, s) is expected


def test_signal_gates_do_not_ask_a_hand_order() -> None:
    assert gates.signal_unused(situation()) is None
    assert gates.plan_valid(situation()) is None
    assert gates.one_entry(situation()) is None
    assert gates.losing_streak(situation()) is None


@pytest.mark.parametrize(
    ("lot", "orders", "scale_in", "expected"),
    [
        ("0", (), False, PASS),
        ("1", (), False, REFUSE),
        ("1", (), True, None),
        ("0", (order(strategy=STRATEGY),), False, REFUSE),
        ("0", (order(strategy=STRATEGY, state=OrderState.INTENDED),), False, REFUSE),
        ("0", (order(strategy=STRATEGY, state=OrderState.CANCELLED),), False, PASS),
        ("0", (order(),), False, PASS),
    ],
)
def test_one_entry_at_a_time(lot: str, orders: tuple[Order, ...], scale_in: bool, expected: GateVerdict | None) -> None:
    s = machine(strategy=replace(AUTO, may_scale_in=scale_in), lot=D(lot), orders=orders)
    assert verdict(gates.one_entry, s) is expected


@pytest.mark.parametrize(
    ("held", "quantity", "expected"), [("10", "10", PASS), ("10", "11", REFUSE), ("0", "1", REFUSE)]
)
def test_an_exit_only_reduces(held: str, quantity: str, expected: GateVerdict) -> None:
    wanted = intent(Market(), side=SELL, role=Role.CLOSE, quantity=quantity)
    assert verdict(gates.exit_reduces, situation(intent=wanted, held=D(held))) is expected


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (97.5, REFUSE),
        (97.51, PASS),
        (102.0, PASS),
        (103.0, PASS),
        (103.01, REFUSE),
        (109.5, REFUSE),
        (None, REFUSE),
    ],
)
def test_plan_of_a_long(last: float | None, expected: GateVerdict) -> None:
    analysis = LEVELS_SIGNAL.analysis
    with_atr = replace(analysis, indicators=replace(analysis.indicators, atr=2.0))
    s = machine(signal=replace(LEVELS_SIGNAL, analysis=with_atr), quote=Quote(APPLE, DataClass.LIVE, last=last))
    assert verdict(gates.plan_valid, s) is expected


@pytest.mark.parametrize(
    ("last", "expected"), [(102.5, REFUSE), (102.49, PASS), (98.0, PASS), (97.0, PASS), (96.99, REFUSE), (90, REFUSE)]
)
def test_plan_of_a_short_is_the_mirror(last: float, expected: GateVerdict) -> None:
    analysis = LEVELS_SIGNAL.analysis
    assert analysis.levels is not None
    short = replace(
        analysis,
        direction=Direction.SELL,
        levels=replace(analysis.levels, limit=98.0, stop=102.5, target_1=90.5),
        indicators=replace(analysis.indicators, atr=2.0),
    )
    s = machine(
        signal=replace(LEVELS_SIGNAL, analysis=short),
        intent=intent(Limit(D(98)), side=SELL),
        quote=Quote(APPLE, DataClass.LIVE, last=last),
    )
    assert verdict(gates.plan_valid, s) is expected


def test_an_exit_needs_no_plan() -> None:
    assert gates.plan_valid(machine(intent=CLOSE, held=D(10))) is None


@pytest.mark.parametrize(
    ("entry", "child", "expected"),
    [
        (Limit(D("102.00")), Stop(D("97.50")), PASS),
        (Limit(D("102.001")), Stop(D("97.50")), REFUSE),
        (Limit(D("102.00")), Stop(D("97.505")), REFUSE),
        (Market(), Stop(D("97.50")), PASS),
        (Limit(D(0)), Stop(D("97.50")), REFUSE),
        (Limit(D(-1)), Stop(D("97.50")), REFUSE),
        (Limit(D("102.00")), Stop(D(0)), REFUSE),
    ],
)
def test_tick(entry: OrderType, child: OrderType, expected: GateVerdict) -> None:
    leg = Leg(OrderRef("i.stop"), Role.STOP, SELL, D(10), child, TimeInForce.GTC)
    assert verdict(gates.on_tick, situation(intent=intent(entry, children=(leg,)))) is expected


@pytest.mark.parametrize(
    ("quantity", "child", "expected"),
    [("10", "10", PASS), ("1", "1", PASS), ("0", "0", REFUSE), ("-1", "-1", REFUSE), ("1.5", "1.5", REFUSE),
     ("10", "9", REFUSE)],
)  # fmt: skip
def test_lot(quantity: str, child: str, expected: GateVerdict) -> None:
    leg = Leg(OrderRef("i.stop"), Role.STOP, SELL, D(child), Stop(D(97)), TimeInForce.GTC)
    assert verdict(gates.lot, situation(intent=intent(quantity=quantity, children=(leg,)))) is expected


@pytest.mark.parametrize(
    ("side", "limit", "expected"),
    [
        (BUY, "105.00", PASS),
        (BUY, "105.01", REFUSE),
        (BUY, "1.00", PASS),
        (SELL, "95.00", PASS),
        (SELL, "94.99", REFUSE),
        (SELL, "900.00", PASS),
    ],
)
def test_collar_holds_on_the_marketable_side_alone(side: Side, limit: str, expected: GateVerdict) -> None:
    s = situation(intent=intent(Limit(D(limit)), side=side), quote=Quote(APPLE, DataClass.LIVE, last=100.0))
    assert verdict(gates.collar, s) is expected


def test_c1_collar_needs_a_last_price_and_asks_limits_only() -> None:
    assert verdict(gates.collar, situation(quote=None)) is REFUSE
    assert verdict(gates.collar, situation(quote=Quote(APPLE, DataClass.LIVE, last=0.0))) is REFUSE
    assert gates.collar(situation(intent=intent(Market()))) is None
    assert gates.collar(situation(intent=intent(Stop(D(200))))) is None
    assert gates.collar(situation(quote=None, intent=intent(LIMIT, side=SELL, role=Role.TARGET), held=D(10))) is None
    assert verdict(gates.collar, situation(quote=None, intent=intent(LIMIT, side=SELL, role=Role.CLOSE))) is REFUSE


@pytest.mark.parametrize(("quantity", "expected"), [("10000", PASS), ("10001", REFUSE)])
def test_quantity(quantity: str, expected: GateVerdict) -> None:
    assert verdict(gates.quantity, situation(intent=intent(quantity=quantity))) is expected


@pytest.mark.parametrize(
    ("quantity", "price", "fx", "multiplier", "expected"),
    [
        ("10000", "100.00", "1", "1", PASS),
        ("10000", "100.01", "1", "1", REFUSE),
        ("10000", "100.00", "1.01", "1", REFUSE),
        ("101", "100.00", "1", "100", REFUSE),
        ("1", "100.00", None, "1", REFUSE),
    ],
)
def test_notional(quantity: str, price: str, fx: str | None, multiplier: str, expected: GateVerdict) -> None:
    s = situation(
        intent=intent(Limit(D(price)), quantity=quantity),
        fx=D(fx) if fx else None,
        instrument=instrument(multiplier=multiplier),
    )
    assert verdict(gates.notional, s) is expected


def test_a_market_order_is_reckoned_at_the_side_it_meets() -> None:
    assert situation(intent=intent(Market())).price == D("101.51")
    assert situation(intent=intent(Market(), side=SELL)).price == D("101.49")
    assert situation(intent=intent(Market()), quote=Quote(APPLE, DataClass.LIVE, last=9.5)).price == D("9.5")
    assert verdict(gates.notional, situation(intent=intent(Market()), quote=None)) is REFUSE


@pytest.mark.parametrize(
    ("held", "pending", "quantity", "expected"),
    [
        ("0", "0", "200", PASS),
        ("0", "0", "201", REFUSE),
        ("150", "0", "50", PASS),
        ("150", "0", "51", REFUSE),
        ("0", "150", "50", PASS),
        ("0", "150", "51", REFUSE),
        ("-100", "0", "300", PASS),
        ("-100", "0", "301", REFUSE),
    ],
)
def test_position_counts_what_is_held_and_what_works(
    held: str, pending: str, quantity: str, expected: GateVerdict
) -> None:
    works = (order(quantity=pending, limit="100.00"),) if pending != "0" else ()
    s = situation(intent=intent(Limit(D(100)), quantity=quantity), held=D(held), orders=works)
    assert verdict(gates.position, s) is expected


@pytest.mark.parametrize(
    ("exposure", "reserved", "expected"),
    [
        ("74000", "0", PASS),
        ("74001", "0", WARN),
        ("89000", "0", WARN),
        ("89001", "0", REFUSE),
        ("50000", "39000", WARN),
        ("50000", "39001", REFUSE),
        (None, "0", REFUSE),
        ("0", None, REFUSE),
    ],
)
def test_exposure(exposure: str | None, reserved: str | None, expected: GateVerdict) -> None:
    s = situation(
        intent=intent(Limit(D(100)), quantity="10"),
        exposure=D(exposure) if exposure is not None else None,
        reserved=D(reserved) if reserved is not None else None,
    )
    assert verdict(gates.exposure, s) is expected


@pytest.mark.parametrize(("others", "held", "expected"), [(9, "0", PASS), (10, "0", REFUSE), (10, "5", None)])
def test_open_positions(others: int, held: str, expected: GateVerdict | None) -> None:
    assert verdict(gates.open_positions, situation(open_positions=others, held=D(held))) is expected


@pytest.mark.parametrize(
    ("worth", "since", "expected"),
    [("97000.01", "100000", PASS), ("97000", "100000", REFUSE), ("110000", "100000", PASS),
     (None, "100000", REFUSE), ("100000", None, REFUSE)],
)  # fmt: skip
def test_daily_loss(worth: str | None, since: str | None, expected: GateVerdict) -> None:
    figures = AccountFigures(ACCOUNT, "USD", net_liquidation=D(worth) if worth else None)
    s = situation(figures=figures, session_open_value=D(since) if since else None)
    assert verdict(gates.daily_loss, s) is expected


@pytest.mark.parametrize("role", [Role.CLOSE, Role.STOP, Role.ENTRY])
def test_what_only_reduces_skips_the_size_exposure_and_position_gates(role: Role) -> None:
    """However much it is, and whatever is not known: nobody is kept in a position by a limit on taking one."""
    whole = intent(Market(), side=SELL, role=role, quantity="15000")
    s = situation(intent=whole, held=D(15000), figures=None, exposure=None, open_positions=99, margin=None, fx=None)
    names = {result.name for result in gates.review(s)}
    assert names.isdisjoint({"quantity", "notional", "position", "exposure", "open_positions", "daily_loss"})
    assert names.isdisjoint({"margin", "losses", "plan"})
    assert refusals(gates.review(s)) == ()
    beyond = replace(s, held=D(14999))
    assert {"quantity", "notional"} <= {result.name for result in refusals(gates.review(beyond))}


@pytest.mark.parametrize(("losses", "expected"), [(2, PASS), (3, REFUSE)])
def test_losing_streak(losses: int, expected: GateVerdict) -> None:
    assert verdict(gates.losing_streak, machine(losses_in_a_row=losses)) is expected


@pytest.mark.parametrize(
    ("ages_s", "expected"),
    [
        ([1] * 9, PASS),
        ([1] * 10, REFUSE),
        ([60] * 10, PASS),
        ([59.9] * 10, REFUSE),
        ([100] * 99, PASS),
        ([100] * 100, REFUSE),
    ],
)
def test_rate(ages_s: list[float], expected: GateVerdict) -> None:
    placed = tuple(NOON - timedelta(seconds=age) for age in ages_s)
    assert verdict(gates.rate, situation(placed=placed)) is expected


@pytest.mark.parametrize(
    ("twin", "expected"),
    [
        (order(seconds=-9.9), REFUSE),
        (order(seconds=-10), PASS),
        (order(seconds=-1, state=OrderState.CANCELLED), REFUSE),
        (order(seconds=-1, limit="102.01"), PASS),
        (order(seconds=-1, side=SELL), PASS),
        (order(seconds=-1, quantity="99"), REFUSE),
    ],
)
def test_duplicate(twin: Order, expected: GateVerdict) -> None:
    assert verdict(gates.duplicate, situation(orders=(twin,))) is expected


def test_an_exit_repeats_what_is_over_and_meets_its_own_lots_entry() -> None:
    protect = situation(
        intent=PROTECT, held=D(10), orders=(order(side=SELL, role=Role.STOP, limit=None, stop="97.5", seconds=-1,
                                                  state=OrderState.CANCELLED),)
    )  # fmt: skip
    assert verdict(gates.duplicate, protect) is PASS
    working = replace(protect.orders[0], state=OrderState.ACCEPTED)
    assert verdict(gates.duplicate, replace(protect, orders=(working,))) is REFUSE
    rest_of_entry = order(side=BUY, limit="102.00", filled=D(3), quantity="10")
    assert verdict(gates.self_cross, situation(intent=CLOSE, held=D(3), orders=(rest_of_entry,))) is PASS
    of_another = replace(rest_of_entry, strategy=STRATEGY)
    assert verdict(gates.self_cross, situation(intent=CLOSE, held=D(3), orders=(of_another,))) is REFUSE


@pytest.mark.parametrize(
    ("type_", "side", "other", "expected"),
    [
        (Limit(D(102)), BUY, order(side=SELL, limit="102.00"), REFUSE),
        (Limit(D(102)), BUY, order(side=SELL, limit="102.01"), PASS),
        (Limit(D(102)), SELL, order(side=BUY, limit="102.00"), REFUSE),
        (Limit(D(102)), SELL, order(side=BUY, limit="101.99"), PASS),
        (Limit(D(102)), BUY, order(side=SELL, limit="101.00", state=OrderState.SENT), REFUSE),
        (Limit(D(102)), BUY, order(side=SELL, limit="101.00", state=OrderState.CANCELLED), PASS),
        (Limit(D(102)), BUY, order(side=BUY, limit="101.00"), PASS),
        (Market(), BUY, order(side=SELL, limit="101.51"), REFUSE),
        (Market(), BUY, order(side=SELL, limit="109.50", role=Role.TARGET), PASS),
        (Limit(D(102)), BUY, order(side=SELL, limit=None, stop="97.5", role=Role.STOP), PASS),
    ],
)
def test_self_cross(type_: OrderType, side: Side, other: Order, expected: GateVerdict) -> None:
    assert verdict(gates.self_cross, situation(intent=intent(type_, side=side), orders=(other,))) is expected


@pytest.mark.parametrize(
    ("needs", "free", "expected"),
    [("50000", "50000", PASS), ("50000.01", "50000", REFUSE), ("1", None, REFUSE), ("-5", "0", PASS)],
)
def test_margin(needs: str, free: str | None, expected: GateVerdict) -> None:
    figures = AccountFigures(ACCOUNT, "USD", D(100_000), available_funds=D(free) if free is not None else None)
    assert verdict(gates.margin, situation(margin=Margin(D(needs), None, None, None), figures=figures)) is expected


@pytest.mark.parametrize(
    ("mode", "expected"), [(None, WARN), (Mode.OBSERVE, WARN), (Mode.ASK, WARN), (Mode.AUTO, REFUSE)]
)
def test_unknown_margin_warns_a_hand_and_refuses_auto(mode: Mode | None, expected: GateVerdict) -> None:
    strategy = replace(AUTO, mode=mode) if mode else None
    for margin in (None, Margin(None, None, None, None)):
        s = situation(margin=margin, strategy=strategy, signal=LEVELS_SIGNAL if strategy else None)
        assert verdict(gates.margin, s) is expected


def test_the_gates_are_asked_in_the_order_of_the_rules() -> None:
    names = [result.name for result in gates.review(machine())]
    order_of_rules = ["session", "account", "trading_state", "exchange", "fresh", "signal", "one_entry", "plan",
                      "combination", "tick", "lot", "collar", "quantity", "notional", "position", "exposure",
                      "open_positions", "daily_loss", "losses", "rate", "duplicate", "self_cross",
                      "margin"]  # fmt: skip
    assert names == order_of_rules
