"""Orders and values in IB's words and in ours, without a socket."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ib_async.contract import Contract
from ib_async.objects import CommissionReport, Execution
from ib_async.order import Order as IbOrder
from ib_async.order import OrderState as IbOrderState
from ib_async.util import UNSET_DOUBLE, UNSET_INTEGER

from app.adapters.ib.translate import (
    commission_of,
    completed_state,
    fill_of,
    ib_order,
    ib_orders,
    margin_of,
    order_state,
    our_ref,
    report_of,
)
from app.adapters.ib.values import exact_or_none, plain, quote_price
from app.domain.instruments import ConId, Instrument, InstrumentKind
from app.domain.orders import Limit, Market, OrderState, OrderType, Role, Side, Stop, TimeInForce
from tests.adapters.ib.conftest import bracket, intent_of, leg, single

S = OrderState
IBM = Instrument(ConId(8314), "IBM", InstrumentKind.STOCK, "SMART", "NYSE", "USD")


@pytest.mark.parametrize(
    "nothing",
    ["", "?", None, UNSET_DOUBLE, str(UNSET_DOUBLE), UNSET_INTEGER, Decimal("1.7e38"), math.nan, math.inf, "x"],
)
def test_every_way_of_saying_nothing_becomes_none(nothing: object) -> None:
    assert exact_or_none(nothing) is None  # type: ignore[arg-type]


@given(
    st.decimals(min_value=Decimal("-1e9"), max_value=Decimal("1e9"), places=6, allow_nan=False, allow_infinity=False)
)
def test_a_number_keeps_its_value_on_the_wire(number: Decimal) -> None:
    assert plain(number) == number
    assert "E" not in str(plain(number))
    if number != UNSET_INTEGER:
        assert exact_or_none(str(number)) == number


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_c1_what_is_no_price_is_no_quote(price: float) -> None:
    known = quote_price(price)
    assert known is None or (math.isfinite(known) and known > 0)


@pytest.mark.parametrize(
    ("type_", "name", "limit", "aux"),
    [
        (Market(), "MKT", UNSET_DOUBLE, UNSET_DOUBLE),
        (Limit(Decimal("187.20")), "LMT", Decimal("187.2"), UNSET_DOUBLE),
        (Stop(Decimal("180.05")), "STP", UNSET_DOUBLE, Decimal("180.05")),
    ],
)
def test_each_order_type_names_its_own_prices(type_: OrderType, name: str, limit: object, aux: object) -> None:
    order = ib_order(leg("ref", Side.BUY, type_), "DU1")
    assert (order.orderType, order.lmtPrice, order.auxPrice) == (name, limit, aux)
    assert (order.account, order.orderRef, order.action, order.totalQuantity) == ("DU1", "ref", "BUY", Decimal(10))


def test_the_time_in_force_is_always_said() -> None:
    for tif in TimeInForce:
        assert ib_order(leg("ref", Side.BUY, Market(), tif=tif), "DU1").tif == tif.value


def test_a_bracket_is_transmitted_by_its_last_leg_and_its_children_exclude_each_other() -> None:
    intent = bracket("DU1", IBM, limit=Decimal(100), stop=Decimal(90), target=Decimal(120))
    entry, stop, target = ib_orders(intent, [7, 8, 9])
    assert [order.orderId for order in (entry, stop, target)] == [7, 8, 9]
    assert [order.transmit for order in (entry, stop, target)] == [False, False, True]
    assert [order.parentId for order in (entry, stop, target)] == [0, 7, 7]
    assert stop.ocaGroup == target.ocaGroup != ""
    assert stop.ocaType == target.ocaType != 0
    assert entry.ocaGroup == ""


def test_a_single_child_needs_no_group() -> None:
    entry = leg("e", Side.BUY, Limit(Decimal(100)))
    stop = leg("e.stop", Side.SELL, Stop(Decimal(90)), role=Role.STOP)
    orders = ib_orders(intent_of("DU1", IBM, entry, stop), [1, 2])
    assert orders[1].parentId == 1
    assert orders[1].ocaGroup == ""
    assert [order.transmit for order in orders] == [False, True]


def test_a_lone_order_is_transmitted() -> None:
    (order,) = ib_orders(single("DU1", IBM, Market()), [3])
    assert order.transmit
    assert order.parentId == 0


def test_an_order_is_built_afresh_for_each_sending() -> None:
    intent = single("DU1", IBM, Market())
    assert ib_orders(intent, [1])[0] is not ib_orders(intent, [1])[0]


@pytest.mark.parametrize(
    ("status", "filled", "state"),
    [
        ("PendingSubmit", 0, None),
        ("ApiPending", 0, None),
        ("PreSubmitted", 0, S.ACCEPTED),
        ("Submitted", 0, S.ACCEPTED),
        ("Submitted", 3, S.PARTIALLY_FILLED),
        ("Filled", 10, S.FILLED),
        ("Cancelled", 3, S.CANCELLED),
        ("ApiCancelled", 0, S.CANCELLED),
        ("PendingCancel", 0, S.PENDING_CANCEL),
        ("Inactive", 0, S.INACTIVE),
        ("ValidationError", 0, None),
        ("Etwas", 0, None),
    ],
)
def test_a_state_comes_from_the_brokers_status_alone(status: str, filled: int, state: OrderState | None) -> None:
    assert order_state(status, Decimal(filled)) is state


@pytest.mark.parametrize(
    ("status", "words", "filled", "state"),
    [
        ("Filled", "Filled Size: 10", 10, S.FILLED),
        ("Cancelled", "Cancelled by Trader", 3, S.CANCELLED),
        ("Cancelled", "Expired", 0, S.EXPIRED),
        ("Inactive", "", 0, S.REJECTED),
        ("Cancelled", "Rejected by exchange", 0, S.REJECTED),
        ("Cancelled", "", 10, S.FILLED),
    ],
)
def test_how_a_completed_order_ended(status: str, words: str, filled: int, state: OrderState) -> None:
    told = IbOrderState(status=status, completedStatus=words)
    assert completed_state(told, Decimal(filled), Decimal(10)) is state


def test_a_ref_is_ours_by_our_client_id_or_by_its_form() -> None:
    ours = uuid4().hex
    assert our_ref(ours, is_own_client=False) == ours
    assert our_ref(f"{ours}.stop", is_own_client=False) == f"{ours}.stop"
    assert our_ref("MyAlgo", is_own_client=False) is None
    assert our_ref("MyAlgo", is_own_client=True) == "MyAlgo"
    assert our_ref("", is_own_client=True) is None


def test_a_report_names_only_the_prices_its_type_has() -> None:
    contract = Contract(conId=8314, symbol="IBM")
    told = {"action": "SELL", "totalQuantity": 5.0, "tif": "GTC", "permId": 9, "lmtPrice": 0.0, "auxPrice": 0.0}
    market = report_of(contract, IbOrder(orderType="MKT", **told), client_id=17, ours=17)
    assert (market.limit, market.stop, market.order_id, market.perm_id) == (None, None, None, 9)
    told |= {"lmtPrice": 101.5, "auxPrice": 99.25}
    both = report_of(contract, IbOrder(orderType="STP LMT", **told), client_id=17, ours=17)
    assert (both.limit, both.stop) == (Decimal("101.5"), Decimal("99.25"))
    trail = report_of(contract, IbOrder(orderType="TRAIL", trailStopPrice=98.0, **told), client_id=17, ours=17)
    assert (trail.limit, trail.stop) == (None, Decimal(98))


def test_a_fill_is_exact_and_in_utc() -> None:
    at = datetime(2026, 1, 30, 15, 0, tzinfo=UTC)
    execution = Execution(execId="a.01", time=at, acctNumber="DU1", side="SLD", shares=0.5, price=187.2, permId=4)
    fill = fill_of(Contract(conId=8314, symbol="IBM", currency="USD"), execution, None)
    assert (fill.side, fill.quantity, fill.price, fill.at) == (Side.SELL, Decimal("0.5"), Decimal("187.2"), at)


@pytest.mark.parametrize("unknown", [UNSET_DOUBLE, -1.0, math.nan])
def test_b18_an_unknown_commission_is_none(unknown: float) -> None:
    assert commission_of(CommissionReport(execId="a.01", commission=unknown, currency="USD")) is None


def test_a_rebate_is_a_commission() -> None:
    told = commission_of(CommissionReport(execId="a.01", commission=-0.35, currency="USD"))
    assert told is not None
    assert told.commission == Decimal("-0.35")


def test_a_preview_without_figures_is_unknown() -> None:
    margin = margin_of(IbOrderState(initMarginChange="1.7976931348623157E308", maintMarginChange="12.5"))
    assert margin.initial_change is None
    assert margin.maintenance_change == Decimal("12.5")
    assert margin.commission is None
