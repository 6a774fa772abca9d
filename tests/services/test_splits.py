"""A split over night: told, named, bars fetched anew, strategies paused for it, and stops only by a person's word."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.bars import Timeframe
from app.domain.money import Rounding
from app.domain.orders import OrderState, Role, Side, Stop
from app.domain.strategies import Mode, RunStatus
from app.services import reconcile, session
from tests.support.core import WIDE_LIMITS, Trader, trading
from tests.support.gateway import PracticeGateway
from tests.support.ledger import ledger_equals_book
from tests.support.oracle import watched

S = OrderState
DAY_S = 86_400


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "SECOND_LOOK_S", 0.3)
    monkeypatch.setattr(session, "HEARTBEAT_S", 0.1)


async def split_over_night(trader: Trader, ratio: float) -> None:
    """Have AAPL split before the next session, and that session begin."""
    await trader.gateway.fault("split", symbol="AAPL", ratio=ratio)
    await trader.gateway.fault("day_end")
    await trader.gateway.control({"do": "clock", "advance_s": DAY_S})


@pytest.mark.slow
async def test_c8_a_split_over_night_pauses_strategies_for_it_and_its_stop_is_put_back_by_a_persons_word_alone(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "app", practice_gateway, limits=WIDE_LIMITS) as trader:
        strategy = await trader.strategy(Mode.AUTO)
        aapl = await trader.instrument()
        intent = await trader.bought(aapl, 7, strategy=strategy)
        old, before = trader.state.orders[intent.children[0].ref], trader.last(aapl)
        held = trader.state.positions[trader.account, aapl.con_id, None]
        kept = (await trader.core.market.load(aapl, Timeframe.D1, 30)).bars.closed_only
        with watched(trader) as oracle:
            await split_over_night(trader, 10)
            await oracle.told("AAPL was split 10 for 1; strategies wait for it until you adopt that in Match", 20)
            for leg in intent.children:
                await trader.until_state(leg.ref, S.CANCELLED, S.EXPIRED)
            (row,) = trader.core.session.view.differences
            assert row.cause == "a split 10 for 1: adopt it"
            placed = set(trader.state.orders)
            result = await trader.core.runs.run(strategy.id, "AAPL")
            assert (result.status, "was split 10 for 1" in result.reason) == (RunStatus.REFUSED, True)
            await trader.core.session.set_aside(row)
            await trader.until_view(lambda view: view.is_reconciled)
            assert trader.core.splits.why_paused(aapl), "set aside is not adopted"

            fresh = (await trader.core.market.load(aapl, Timeframe.D1, 30)).bars
            shared = sorted(set(kept.time.tolist()) & set(fresh.time.tolist()))
            was, now = (dict(zip(bars.time.tolist(), bars.close.tolist(), strict=True)) for bars in (kept, fresh))
            assert [now[time] for time in shared] == pytest.approx([was[time] / 10 for time in shared], rel=1e-3)

            await trader.core.session.adopt(row)
            await trader.core.session.matched(10)
            assert (trader.core.session.view.differences, trader.core.splits.why_paused(aapl)) == ((), "")
            after = trader.state.positions[trader.account, aapl.con_id, None]
            assert (after.quantity, after.average, after.realized) == (70, held.average / 10, held.realized)
            assert trader.state.positions[trader.account, aapl.con_id, strategy.id].quantity == 70
            await oracle.told("is held without its stop")
            assert set(trader.state.orders) == placed, "nothing is placed by itself"

            plan = await trader.core.splits.plan(aapl)
            assert plan is not None
            (review,) = plan.reviews
            leg = review.intent.entry
            assert old.stop is not None
            assert (leg.role, leg.quantity) == (Role.STOP, 70)
            assert review.proposal.strategy == strategy
            await trader.core.splits.carry_out(plan)
            stop = await trader.until_state(leg.ref, S.ACCEPTED)
            assert stop.stop is not None
            assert 0 <= old.stop / 10 - stop.stop < Decimal("0.01")
            assert stop.stop < trader.last(aapl) < before / 5
            assert await trader.core.splits.plan(aapl) is None
            await ledger_equals_book(trader)
            await oracle.holds()


async def test_c8_a_stop_that_still_stands_at_the_price_before_is_told_and_goes_with_the_plan(
    tmp_path: Path, practice_gateway: PracticeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with trading(tmp_path / "app", practice_gateway, limits=WIDE_LIMITS) as trader:
        aapl = await trader.instrument()
        intent = await trader.bought(aapl, 7)
        stop = trader.state.orders[intent.children[0].ref]
        (held,) = (row for row in await trader.core.desk._channel.holdings() if row.con_id == aapl.con_id)
        # the broker has divided what is held and left the order as it was
        divided = replace(held, quantity=held.quantity * 10, average_cost=held.average_cost / 10)
        channel = trader.core.desk._channel

        async def holdings() -> tuple[object, ...]:
            return (divided,)

        monkeypatch.setattr(channel, "holdings", holdings)
        quote = trader.core.market.quote(aapl.con_id)
        assert quote is not None
        cheap = replace(quote, last=float(trader.last(aapl) / 10))
        monkeypatch.setattr(trader.core.market, "quote", lambda con_id: cheap)
        with watched(trader) as oracle:
            trader.core.session.match_again()
            await oracle.told(f"At the broker still stand, at the price before it: STP {stop.stop}", 20)
        assert trader.state.orders[stop.ref].state is S.ACCEPTED
        (row,) = trader.core.session.view.differences
        await trader.core.session.adopt(row)
        await trader.until(lambda state: state.positions[trader.account, aapl.con_id, None].quantity == 70)
        plan = await trader.core.splits.plan(aapl)
        assert plan is not None
        assert {order.ref for order in plan.goes} >= {stop.ref}
        (review,) = plan.reviews
        assert stop.stop is not None
        assert (review.intent.entry.quantity, review.proposal.side) == (70, Side.SELL)
        assert review.intent.entry.type == Stop(aapl.round_to_tick(stop.stop / 10, Rounding.DOWN))
