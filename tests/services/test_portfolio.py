"""The portfolio: figures as the broker says them, positions as the ledger has them, and nothing made up."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain import events as ev
from app.domain.broker import AccountFigures
from app.domain.ledger import ExecId, Fill
from app.domain.orders import Side
from app.domain.signals import StrategyId
from tests.support.core import Trader


async def test_a_position_is_valued_at_the_last_price(wide_trader: Trader) -> None:
    aapl = await wide_trader.instrument()
    intent = await wide_trader.bought(aapl, 6)
    (view,) = wide_trader.core.portfolio.positions(wide_trader.account)
    assert view.last is not None
    assert view.value == view.last * 6
    assert view.unrealized == (view.last - view.position.average) * 6
    assert view.stop == wide_trader.state.orders[intent.children[0].ref].stop
    figures = wide_trader.core.portfolio.figures(wide_trader.account)
    assert figures is not None
    assert figures.net_liquidation is not None
    assert view.weight_percent == view.value / figures.net_liquidation * 100


async def test_what_is_not_known_is_none(wide_trader: Trader) -> None:
    portfolio = wide_trader.core.portfolio
    assert portfolio.figures("DU9") is None
    assert portfolio.fx("EUR", wide_trader.account) is None
    assert portfolio.fx("USD", wide_trader.account) == 1
    assert portfolio.session_open_value("DU9") is None
    aapl = await wide_trader.instrument()
    await wide_trader.bought(aapl, 6)
    await wide_trader.core.market.unwatch(aapl.con_id)
    (view,) = portfolio.positions(wide_trader.account)
    assert (view.last, view.value, view.unrealized, view.weight_percent) == (None, None, None, None)


@pytest.mark.parametrize(
    ("results", "streak"),
    [
        ([], 0),
        ([-1], 1),
        ([-1, -1, -1], 3),
        ([-1, 1], 0),
        ([1, -1, -1], 2),
        ([-1, -1, 1, -1], 1),
        ([0], 0),
    ],
)
async def test_losses_in_a_row(wide_trader: Trader, results: list[int], streak: int) -> None:
    aapl = await wide_trader.core.market.resolve("AAPL")
    mine = StrategyId("mine")
    for number, result in enumerate(results):
        for leg, (side, price) in enumerate(((Side.BUY, 100), (Side.SELL, 100 + result))):
            at = wide_trader.core.clock.now()
            fill = Fill(ExecId(f"{number}-{leg}.01"), wide_trader.account, aapl.con_id, "AAPL", side, Decimal(1),
                        Decimal(price), at, strategy=mine, commission=Decimal(0))  # fmt: skip
            await wide_trader.core.facts.enter(ev.Filled(at=at, fill=fill))
    assert wide_trader.core.portfolio.losses_in_a_row(mine, wide_trader.account) == streak


async def test_commissions_make_a_flat_trade_a_loss(wide_trader: Trader) -> None:
    aapl = await wide_trader.core.market.resolve("AAPL")
    at, mine = wide_trader.core.clock.now(), StrategyId("mine")
    for leg, side in enumerate((Side.BUY, Side.SELL)):
        fill = Fill(ExecId(f"x{leg}.01"), wide_trader.account, aapl.con_id, "AAPL", side, Decimal(1), Decimal(100), at,
                    strategy=mine, commission=Decimal(1))  # fmt: skip
        await wide_trader.core.facts.enter(ev.Filled(at=at, fill=fill))
    assert wide_trader.core.portfolio.losses_in_a_row(mine, wide_trader.account) == 1


async def test_a_strategy_that_was_resumed_is_judged_by_what_came_after(wide_trader: Trader) -> None:
    aapl, strategy = await wide_trader.core.market.resolve("AAPL"), await wide_trader.strategy()
    losing = wide_trader.core.portfolio.losses_in_a_row
    for number in range(4):
        for leg, (side, price) in enumerate(((Side.BUY, 100), (Side.SELL, 99))):
            at = wide_trader.core.clock.now()
            fill = Fill(ExecId(f"r{number}-{leg}.01"), wide_trader.account, aapl.con_id, "AAPL", side, Decimal(1),
                        Decimal(price), at, strategy=strategy.id, commission=Decimal(0))  # fmt: skip
            await wide_trader.core.facts.enter(ev.Filled(at=at, fill=fill))
        if number == 2:
            assert losing(strategy.id, wide_trader.account) == 3
            assert losing(strategy.id, "DU0000000") == 0
            await wide_trader.strategy(resumed=wide_trader.core.clock.now())
            assert losing(strategy.id, wide_trader.account) == 0
    assert losing(strategy.id, wide_trader.account) == 1


async def test_the_worth_at_a_sessions_close_is_noted_once(wide_trader: Trader) -> None:
    account = wide_trader.account
    await wide_trader.until(lambda state: account in state.days)
    day = wide_trader.state.days[account]
    calendar = wide_trader.core.runs._calendar
    assert day.session == calendar.last_closed(wide_trader.core.clock.market()).isoformat()
    figures = wide_trader.core.portfolio.figures(account)
    assert isinstance(figures, AccountFigures)
    wide_trader.core.bus.publish(replace(figures, net_liquidation=Decimal(1)))
    await wide_trader.core.facts.settle()
    assert wide_trader.state.days[account] == day
