"""The five messages of an order in every order of arrival, once or twice each: what is true is the same at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import permutations, product
from typing import Any, cast

import pytest
from ib_async.contract import Contract
from ib_async.objects import CommissionReport, Execution
from ib_async.order import Order as IbOrder
from ib_async.order import OrderState as IbOrderState

from app.adapters.ib.memory import OrderMemory
from app.adapters.ib.order_ears import OrderEars
from app.adapters.ib.orders import IbOrderChannel
from app.domain import events as ev
from app.domain.fold import Fact, fold
from app.domain.instruments import ConId
from app.domain.orders import Intent, IntentId, Leg, Limit, OrderRef, OrderState, Role, Side, TimeInForce
from app.domain.state import State
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services.facts import Facts
from app.services.watch import OrderWatch

S = OrderState
OURS, ORDER_ID, PERM_ID, REF = 17, 5, 900, OrderRef("a" * 32)
CONTRACT = Contract(conId=8314, symbol="IBM", secType="STK", currency="USD")
NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
NAMES = ("openOrder", "orderStatus", "execDetails", "commissionReport", "error")


@dataclass(frozen=True)
class Story:
    """What the broker did: the status it tells at last, what was executed, the code it sent, and what is then true."""

    status: str
    executed: int
    code: int
    ends: OrderState


STORIES = {
    "filled, with a warning": Story("Filled", 10, 2109, S.FILLED),
    "filled, and 10148 on the cancel": Story("Filled", 10, 10148, S.FILLED),
    "filled, and 201 on a change": Story("Filled", 10, 201, S.FILLED),
    "filled in part, time in force set by preset": Story("Submitted", 4, 10349, S.PARTIALLY_FILLED),
    "filled in part, 110 on a change": Story("Submitted", 4, 110, S.PARTIALLY_FILLED),
    "filled in part, and an unknown code": Story("Submitted", 4, 10999, S.PARTIALLY_FILLED),
    "filled in part, the rest cancelled": Story("Cancelled", 4, 202, S.CANCELLED),
    "filled in part, the rest cancelled, 10147": Story("Cancelled", 4, 10147, S.CANCELLED),
}


@dataclass
class Folded:
    """The state as the facts make it, without a disk."""

    state: State = field(default_factory=State)

    def post(self, *facts: Fact) -> None:
        for fact in facts:
            self.state, _ = fold(self.state, fact)


class Unasked:
    """Stands where the broker would be asked."""

    def doubt(self, _known: object) -> None: ...


def told(story: Story, messages: Iterable[str], tasks: Tasks) -> State:
    """Return what is true after these messages."""
    folded = Folded()
    watch = OrderWatch(cast(Facts, folded), Clock(), Bus())
    watch.account = "DU1"
    leg = Leg(REF, Role.ENTRY, Side.BUY, Decimal(10), Limit(Decimal(100)), TimeInForce.DAY)
    intent = Intent(IntentId(REF), "hand:1", "DU1", ConId(8314), "IBM", (leg,))
    folded.post(ev.OrderIntended(at=NOW, intent=intent), ev.OrderSent(at=NOW, intent=intent.id))
    channel = IbOrderChannel(tasks)
    channel.listen(watch.hear)
    channel._memory, channel._verifier = OrderMemory(OURS), cast(Any, Unasked())
    channel._memory.sent(CONTRACT, [ib_order(0)])
    channel._ears = OrderEars(channel._memory, channel._tell, channel._hear_error, lambda: None)
    say = speech(story, channel._ears)
    for name in messages:
        say[name]()
    return folded.state


def ib_order(perm_id: int) -> IbOrder:
    return IbOrder(
        orderId=ORDER_ID, clientId=OURS, permId=perm_id, action="BUY", totalQuantity=10.0, orderType="LMT",
        lmtPrice=100.0, tif="DAY", account="DU1", orderRef=REF,
    )  # fmt: skip


def speech(story: Story, ears: OrderEars) -> dict[str, Callable[[], None]]:
    done, filled = story.executed, float(story.executed)
    execution = Execution(
        execId="0001.aa.01.01", time=NOW, acctNumber="DU1", side="BOT", shares=filled, price=100.0, permId=PERM_ID,
        clientId=OURS, orderId=ORDER_ID, orderRef=REF, cumQty=filled, avgPrice=100.0,
    )  # fmt: skip
    cost = CommissionReport(execId="0001.aa.01.01", commission=1.0, currency="USD")
    return {
        "openOrder": lambda: ears.openOrder(ORDER_ID, CONTRACT, ib_order(PERM_ID), IbOrderState(status="Submitted")),
        "orderStatus": lambda: ears.orderStatus(
            ORDER_ID, story.status, filled, 10.0 - done, 100.0, PERM_ID, 0, 100.0, OURS, ""
        ),
        "execDetails": lambda: ears.execDetails(-1, CONTRACT, execution),
        "commissionReport": lambda: ears.commissionReport(cost),
        "error": lambda: ears.error(ORDER_ID, story.code, "as the broker words it", ""),
    }


def check(story: Story, messages: Sequence[str], tasks: Tasks) -> None:
    state = told(story, messages, tasks)
    (order,), (fill,) = state.orders.values(), state.fills.values()
    assert (order.state, order.filled, order.perm_id) == (story.ends, story.executed, PERM_ID), messages
    assert (fill.quantity, fill.price, fill.commission) == (story.executed, 100, 1), messages
    held = state.positions["DU1", ConId(8314), None]
    assert (held.quantity, held.realized) == (story.executed, -1), messages


@pytest.mark.parametrize("name", STORIES)
async def test_b15_b16_every_order_of_arrival_once_or_twice_gives_the_same_truth(name: str, tasks: Tasks) -> None:
    for order in permutations(NAMES):
        check(STORIES[name], order, tasks)
        check(STORIES[name], [one for message in order for one in (message, message)], tasks)
        check(STORIES[name], order * 2, tasks)


@pytest.mark.slow
@pytest.mark.parametrize("name", STORIES)
async def test_b15_b16_every_order_of_arrival_with_any_of_the_messages_twice(name: str, tasks: Tasks) -> None:
    for order in permutations(NAMES):
        for copies in product((1, 2), repeat=5):
            later = [message for message, times in zip(order, copies, strict=True) if times == 2]
            check(STORIES[name], [*order, *later], tasks)
            check(STORIES[name], [*order, *reversed(later)], tasks)
