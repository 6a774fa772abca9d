"""What one connection remembers of orders: ids that lie, statuses that come twice, refusals that are believed late."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ib_async.contract import Contract
from ib_async.order import Order as IbOrder
from ib_async.order import OrderState as IbOrderState

from app.adapters.ib.codes import CODES, Effect, Severity, link_report, meaning
from app.adapters.ib.memory import OrderMemory
from app.domain.broker import OrderReport
from app.domain.orders import OrderRef, OrderState

S = OrderState
OURS = 17
CONTRACT = Contract(conId=8314, symbol="IBM")


def order(ref: str, order_id: int = 5, perm_id: int = 0, client: int = OURS) -> IbOrder:
    return IbOrder(
        orderId=order_id, clientId=client, permId=perm_id, action="BUY", totalQuantity=10.0, orderType="LMT",
        lmtPrice=100.0, tif="DAY", account="DU1", orderRef=ref,
    )  # fmt: skip


def with_sent(ref: str) -> OrderMemory:
    memory = OrderMemory(OURS)
    memory.sent(CONTRACT, [order(ref)])
    return memory


def opened(memory: OrderMemory, told: IbOrder, status: str) -> OrderReport | None:
    return memory.opened(CONTRACT, told, IbOrderState(status=status))


def stated(
    memory: OrderMemory, status: str, *, order_id: int = 5, perm_id: int = 900, filled: float = 0.0
) -> OrderReport | None:
    _, report = memory.stated(OURS, order_id, perm_id, status, filled, 100.0 if filled else 0.0, "")
    return report


def test_b16_what_was_said_before_is_no_news() -> None:
    memory = with_sent(ref := uuid4().hex)
    first = opened(memory, order(ref, perm_id=900), "PreSubmitted")
    assert first is not None
    assert (first.ref, first.perm_id, first.state) == (ref, 900, S.ACCEPTED)
    assert stated(memory, "PreSubmitted") is None
    assert opened(memory, order(ref, perm_id=900), "PreSubmitted") is None
    filled = stated(memory, "Filled", filled=10.0)
    assert filled is not None
    assert (filled.state, filled.filled, filled.average) == (S.FILLED, Decimal(10), Decimal(100))
    assert stated(memory, "Filled", filled=10.0) is None


def test_b15_a_status_without_open_order_is_understood_for_what_we_sent() -> None:
    memory = with_sent(ref := uuid4().hex)
    report = stated(memory, "Submitted", filled=4.0)
    assert report is not None
    assert (report.ref, report.state, report.filled, report.con_id) == (ref, S.PARTIALLY_FILLED, Decimal(4), 8314)


def test_a_status_of_an_unknown_order_is_said_to_be_unknown() -> None:
    is_known, report = OrderMemory(OURS).stated(OURS, 77, 901, "Submitted", 0.0, 0.0, "")
    assert not is_known
    assert report is None


def test_a4_a_reused_order_id_is_another_order() -> None:
    memory = with_sent(ref := uuid4().hex)
    opened(memory, order(ref, perm_id=900), "Submitted")
    is_known, report = memory.stated(OURS, 5, 901, "Filled", 10.0, 100.0, "")
    assert not is_known
    assert report is None
    old = opened(memory, order(theirs := uuid4().hex, perm_id=901), "Submitted")
    assert old is not None
    assert old.ref == theirs
    known = memory.by_ref(OrderRef(ref))
    assert known is not None
    assert known.report.state is S.ACCEPTED


def test_a4_an_old_order_with_our_new_id_does_not_become_ours() -> None:
    memory = with_sent(uuid4().hex)
    old = opened(memory, order(theirs := uuid4().hex, perm_id=901), "Submitted")
    assert old is not None
    assert old.ref == theirs


def test_b13_a_locate_is_a_warning_on_a_live_order() -> None:
    memory = with_sent(uuid4().hex)
    _, report = memory.stated(OURS, 5, 900, "PreSubmitted", 0.0, 0.0, "locate")
    assert report is not None
    assert report.state is S.ACCEPTED
    assert "locating shares" in report.warning


@given(st.lists(st.sampled_from(sorted(CODES)), max_size=20))
def test_b9_no_sequence_of_codes_gives_a_state(codes: list[int]) -> None:
    memory = with_sent(ref := uuid4().hex)
    stated(memory, "Submitted")
    for code in codes:
        about = memory.complained(5, code, "text")
        assert about is not None
        message, report, _ = about
        assert message.ref == ref
        assert report is None
    known = memory.ours(5)
    assert known is not None
    assert known.report.state is S.ACCEPTED
    assert memory.gone(known) is None


@pytest.mark.parametrize("first", ["status", "error"])
def test_b12_inactive_and_its_reason_may_come_in_any_order(first: str) -> None:
    memory = with_sent(uuid4().hex)
    stated(memory, "Submitted")
    if first == "status":
        assert stated(memory, "Inactive").state is S.INACTIVE  # type: ignore[union-attr]
        _, report, _ = memory.complained(5, 201, "no margin")  # type: ignore[misc]
    else:
        memory.complained(5, 201, "no margin")
        report = stated(memory, "Inactive")
    assert report is not None
    assert report.state is S.REJECTED
    assert "no margin" in report.reason


def test_a_refused_order_that_the_broker_does_not_have_was_rejected() -> None:
    memory = with_sent(uuid4().hex)
    about = memory.complained(5, 110, "off tick")
    assert about is not None
    assert about[2], "the broker has to be asked"
    known = memory.ours(5)
    assert known is not None
    report = memory.gone(known)
    assert report is not None
    assert report.state is S.REJECTED


def test_an_order_that_was_never_refused_is_not_rejected_for_being_absent() -> None:
    memory = with_sent(uuid4().hex)
    memory.complained(5, 10999, "unheard of")
    known = memory.ours(5)
    assert known is not None
    assert memory.gone(known) is None


def test_b26_an_ended_order_is_asked_about_no_more() -> None:
    memory = with_sent(uuid4().hex)
    stated(memory, "Filled", filled=10.0)
    about = memory.complained(5, 10148, "cannot be cancelled, state: Filled")
    assert about is not None
    assert not about[2]


def test_an_error_about_no_order_of_ours_is_nobodys() -> None:
    assert OrderMemory(OURS).complained(5, 110, "text") is None


def test_a_completed_order_is_joined_by_permid_or_by_ref() -> None:
    memory = with_sent(ref := uuid4().hex)
    told = IbOrder(permId=900, orderRef=ref, action="BUY", totalQuantity=0.0, filledQuantity=10.0, orderType="MKT")
    done = memory.completed(CONTRACT, told, IbOrderState(status="Filled", completedStatus="Filled Size: 10"))
    assert (done.ref, done.perm_id, done.order_id, done.client_id) == (ref, 900, None, None)
    assert (done.state, done.quantity, done.filled) == (S.FILLED, Decimal(10), Decimal(10))


def test_every_code_has_a_plain_sentence() -> None:
    for code, what in CODES.items():
        assert what.sentence.endswith("."), code
        assert what.sentence[0].isupper(), code
        assert str(code) in what.explain("text")


def test_an_unknown_code_is_looked_into_and_a_21xx_one_is_a_warning() -> None:
    assert meaning(987).effect is Effect.VERIFY
    assert meaning(2198).severity is Severity.WARNING
    assert meaning(2198).effect is Effect.NONE
    assert link_report(987, "") is None
