"""The practice account is reset: money, ledger and limits begin anew, and trading goes on at once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from app.compose import build
from app.domain import events as ev
from app.domain.errors import UserError
from app.domain.orders import OrderState
from tests.support.core import WIDE_LIMITS, Trader, prepare, running_core, stands
from tests.support.gateway import PracticeGateway, shared_gateway

__all__ = ["shared_gateway"]


async def test_after_a_reset_the_ledger_is_empty_and_equals_the_broker(tmp_path: Path) -> None:
    prepare(tmp_path, WIDE_LIMITS)
    core = await build(tmp_path)
    trader = Trader(core, PracticeGateway(tmp_path / "unused"))
    try:
        core.connect()
        await core.session.ready()
        aapl = await trader.instrument()
        await trader.trending(aapl, +1)
        strategy = await trader.strategy(risk_percent=Decimal("0.1"))
        result = await core.runs.run(strategy.id, "AAPL")
        intent = result.intent
        assert intent is not None, result.reason
        await trader.until(lambda state: stands(state, intent))
        await trader.bought(aapl, 3)
        figures = core.portfolio.figures(trader.account)
        assert figures is not None

        await core.reset_practice()
        await core.session.matched(10)
        positions = [one for key, one in trader.state.positions.items() if key[0] == trader.account]
        assert [position.quantity for position in positions] == [0] * len(positions)
        await trader.until_view(lambda view: view.is_reconciled, within_s=20)
        for leg in intent.children:
            await trader.until_state(leg.ref, OrderState.CANCELLED)
        assert trader.state.days[trader.account].net_liquidation == Decimal(100_000)
        assert trader.state.trading.state is ev.TradingState.ACTIVE

        trader.pass_a_bar()
        again = await core.runs.run(strategy.id, "AAPL")
        bought = again.intent
        assert bought is not None, again.reason
        await trader.until(lambda state: stands(state, bought))
        await core.session.matched(10)
        assert core.session.view.is_reconciled
    finally:
        await core.close()


async def test_an_account_of_a_broker_cannot_be_reset(tmp_path: Path, shared_gateway: PracticeGateway) -> None:
    async with running_core(tmp_path / "app", shared_gateway) as core:
        with pytest.raises(UserError, match="belongs to a broker"):
            await core.reset_practice()
