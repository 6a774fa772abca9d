"""The guard: a bad day leaves only what reduces, and the next session starts anew."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.domain import events as ev
from app.domain.broker import AccountFigures, Message
from app.domain.orders import OrderRef, OrderState
from tests.support.core import Trader

ACTIVE, REDUCING, HALTED = ev.TradingState.ACTIVE, ev.TradingState.REDUCING, ev.TradingState.HALTED


def worth(trader: Trader, amount: str, **more: Any) -> None:
    """Have the broker say what the account is worth."""
    figures = trader.core.portfolio.figures(trader.account)
    assert figures is not None
    trader.core.bus.publish(replace(figures, net_liquidation=Decimal(amount), **more))


async def measured_from(trader: Trader, amount: str) -> None:
    now = trader.core.clock.now()
    day = ev.SessionDayOpened(at=now, account=trader.account, session="2099-01-01", net_liquidation=Decimal(amount))
    await trader.core.facts.enter(day)


@pytest.mark.parametrize(("amount", "state"), [("97000.01", ACTIVE), ("97000", REDUCING), ("103000", ACTIVE)])
async def test_the_daily_loss_leaves_only_what_reduces(trader: Trader, amount: str, state: ev.TradingState) -> None:
    await measured_from(trader, "100000")
    worth(trader, amount)
    await trader.core.facts.settle()
    assert trader.state.trading.state is state


async def test_a_new_session_lets_all_orders_leave_again(trader: Trader) -> None:
    await measured_from(trader, "100000")
    worth(trader, "96000")
    await trader.until(lambda state: state.trading.state is REDUCING)
    assert "4.00 %" in trader.state.trading.reason
    await measured_from(trader, "96000")
    await trader.until(lambda state: state.trading.state is ACTIVE)


async def test_a_new_session_does_not_undo_a_halt(trader: Trader) -> None:
    await measured_from(trader, "100000")
    worth(trader, "96000")
    await trader.until(lambda state: state.trading.state is REDUCING)
    trader.core.desk.halt("Stopped by hand.")
    await measured_from(trader, "96000")
    await trader.until(lambda state: state.trading.state is HALTED)
    await trader.core.facts.settle()
    assert trader.state.trading.state is HALTED


async def test_a_person_who_only_lets_reduce_is_not_overruled_by_the_morning(trader: Trader) -> None:
    trader.core.desk.reduce_only("A person said so.")
    await trader.until(lambda state: state.trading.state is REDUCING)
    await measured_from(trader, "100000")
    await trader.core.facts.settle()
    assert trader.state.trading.state is REDUCING


async def test_figures_of_an_account_that_was_never_measured_change_nothing(trader: Trader) -> None:
    trader.core.bus.publish(AccountFigures("DU9", "USD", net_liquidation=Decimal(1)))
    await trader.core.facts.settle()
    assert trader.state.trading.state is ACTIVE


async def test_b22_an_entry_whose_stop_is_refused_does_not_stay(trader: Trader) -> None:
    aapl = await trader.instrument()
    intent = await trader.place(trader.bracket(aapl, away=-3))
    stop, _ = intent.children
    await trader.until_state(stop.ref, OrderState.ACCEPTED)
    await trader.core.facts.enter(refused(trader, stop.ref))
    for leg in intent.legs[:1]:
        await trader.until_state(leg.ref, OrderState.CANCELLED)


async def test_b22_a_position_whose_stop_is_refused_is_told(trader: Trader) -> None:
    aapl = await trader.instrument()
    intent = await trader.bought(aapl)
    told: list[Message] = []
    trader.core.bus.on(Message, told.append)
    await trader.core.facts.enter(refused(trader, intent.children[0].ref))
    assert [message.text for message in told] == [
        "AAPL is held without its stop: the broker refused it. Place one, or close the position."
    ]


def refused(trader: Trader, ref: OrderRef) -> ev.OrderReported:
    return ev.OrderReported(at=trader.core.clock.now(), ref=ref, state=OrderState.REJECTED, reason="Refused.")
