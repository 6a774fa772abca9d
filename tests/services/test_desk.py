"""The desk: written before sent, reserved before the first await, and nothing leaves twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.adapters.ib import orders
from app.adapters.store.journal import SqlJournal
from app.domain import events as ev
from app.domain.errors import Fault, UserError
from app.domain.instruments import Instrument
from app.domain.orders import Intent, Limit, Market, OrderState, Role, Side
from app.domain.risk import GateVerdict
from app.domain.strategies import Mode
from app.services import brake
from app.services.desk import fresh_decision
from app.services.session import SessionState
from tests.support.core import Trader, running_core, trading
from tests.support.gateway import PracticeGateway

S = OrderState


class Failing:
    """A journal whose commits fail while `problem` is set, or wait while `gate` is closed; it counts the attempts."""

    def __init__(self, trader: Trader) -> None:
        self._real: SqlJournal = trader.core.store.journal
        self.problem: Fault | None = None
        self.attempts: list[list[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        trader.core.facts._journal = self  # the seam: services.ports.Journal

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Let every commit wait, and go on afterwards whatever happened."""
        self.gate.clear()
        try:
            yield
        finally:
            self.gate.set()

    async def commit(self, events: Sequence[ev.Event], records: Sequence[Any]) -> None:
        self.attempts.append([type(event).__name__ for event in events])
        await self.gate.wait()
        if self.problem is not None:
            raise self.problem
        await self._real.commit(events, records)

    async def load(self) -> Any:
        return await self._real.load()


async def test_a_bracket_is_written_sent_and_filled(wide_trader: Trader) -> None:
    aapl = await wide_trader.instrument()
    intent = await wide_trader.bought(aapl, 7)
    book = await wide_trader.book_orders()
    for leg in intent.legs:
        theirs, ours = book[str(leg.ref)], wide_trader.state.orders[leg.ref]
        assert Decimal(str(theirs["quantity"])) == leg.quantity == ours.quantity == 7
        assert theirs["perm_id"] == ours.perm_id
        assert theirs["tif"] == leg.tif.value
        assert theirs["side"] == leg.side.value
    assert [leg.role for leg in intent.legs] == [Role.ENTRY, Role.STOP, Role.TARGET]
    parent = book[str(intent.entry.ref)]["perm_id"]
    assert {book[str(leg.ref)]["parent_perm_id"] for leg in intent.children} == {parent}
    assert len({book[str(leg.ref)]["oca_group"] for leg in intent.children}) == 1


async def test_what_cannot_be_written_is_not_sent(wide_trader: Trader) -> None:
    aapl = await wide_trader.instrument()
    review = await wide_trader.core.desk.review(wide_trader.bracket(aapl))
    journal, before = Failing(wide_trader), await wide_trader.book_orders()
    journal.problem = Fault("The disk is full.")
    with pytest.raises(Fault, match="disk is full"):
        await wide_trader.core.desk.submit(review)
    assert await wide_trader.book_orders() == before
    assert wide_trader.state.intents == {}
    assert wide_trader.core.situations._reserved == {}
    with pytest.raises(UserError, match="halted"):
        await wide_trader.core.desk.submit(await wide_trader.core.desk.review(wide_trader.bracket(aapl)))


async def test_the_intent_is_on_disk_before_anything_is_sent(wide_trader: Trader) -> None:
    aapl = await wide_trader.instrument()
    review = await wide_trader.core.desk.review(wide_trader.bracket(aapl))
    journal, before = Failing(wide_trader), await wide_trader.book_orders()
    with journal.waiting():
        submitting = asyncio.ensure_future(wide_trader.core.desk.submit(review))
        await asyncio.wait([submitting], timeout=0.3)
        assert await wide_trader.book_orders() == before
    await submitting
    await wide_trader.until_state(review.intent.entry.ref, S.FILLED)


async def test_a_failed_write_halts_once_and_leaves_protection_at_the_broker(
    wide_trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brake, "REMEMBER_EVERY_S", 0.05)
    aapl = await wide_trader.instrument()
    intent = await wide_trader.bought(aapl)
    journal, told = Failing(wide_trader), list[Fault]()
    stop = wide_trader.core.bus.on(Fault, told.append)
    journal.problem = Fault("The disk is full.")
    with pytest.raises(Fault):
        await wide_trader.place(wide_trader.bracket(aapl, away=-3))
    with pytest.raises(Fault):
        await wide_trader.core.facts.enter(ev.RunFinished(at=wide_trader.core.clock.now(), **_no_run(wide_trader)))
    assert [str(fault) for fault in told] == ["The disk is full."]
    children = {str(leg.ref) for leg in intent.children}
    assert {order["status"] for ref, order in (await wide_trader.book_orders()).items() if ref in children} <= {
        "Submitted",
        "PreSubmitted",
    }
    journal.problem = None
    await wide_trader.until(lambda state: state.trading.state is ev.TradingState.HALTED)
    assert "disk is full" in wide_trader.state.trading.reason
    await wide_trader.core.desk.resume()
    assert wide_trader.state.trading.state is ev.TradingState.ACTIVE
    await wide_trader.place(wide_trader.bracket(aapl, away=-3))
    stop()


def _no_run(trader: Trader) -> dict[str, Any]:
    """Start a run in memory only, so that its end is a fact that has to be written."""
    from app.domain.signals import RunId
    from app.domain.strategies import Run, RunStatus

    run = Run(RunId("r"), next(iter(trader.state.strategies)), "AAPL", None, None, RunStatus.RUNNING,
              trader.core.clock.now())  # fmt: skip
    trader.core.facts.state = replace(trader.state, runs={run.id: run})
    return {"run": run.id, "status": RunStatus.FAILED, "reason": "", "duration_ms": 1.0}


async def test_a_halt_while_the_intent_is_written_sends_nothing(wide_trader: Trader) -> None:
    aapl = await wide_trader.instrument()
    review = await wide_trader.core.desk.review(wide_trader.bracket(aapl))
    journal, before = Failing(wide_trader), await wide_trader.book_orders()
    with journal.waiting():
        submitting = asyncio.ensure_future(wide_trader.core.desk.submit(review))
        await asyncio.wait([submitting], timeout=0.1)
        wide_trader.core.desk.halt("Stopped by hand.")
    with pytest.raises(UserError, match="halted"):
        await submitting
    assert await wide_trader.book_orders() == before
    states = {wide_trader.state.orders[leg.ref].state for leg in review.intent.legs}
    assert states == {S.NEVER_SENT}


async def test_a_link_lost_while_the_intent_is_written_sends_nothing(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        aapl = await trader.instrument()
        review = await trader.core.desk.review(trader.bracket(aapl))
        journal = Failing(trader)
        with journal.waiting():
            submitting = asyncio.ensure_future(trader.core.desk.submit(review))
            await asyncio.wait([submitting], timeout=0.1)
            practice_gateway.kill()
            await trader.until_view(lambda view: not view.is_ready)
        with pytest.raises(UserError, match="nothing was sent"):
            await submitting
        assert {trader.state.orders[leg.ref].state for leg in review.intent.legs} == {S.NEVER_SENT}


async def test_b5_one_review_submitted_fifty_times_at_once_makes_one_order(wide_trader: Trader) -> None:
    aapl = await wide_trader.instrument()
    review = await wide_trader.core.desk.review(wide_trader.bracket(aapl))
    before = set(await wide_trader.book_orders())
    results = await asyncio.gather(*(wide_trader.core.desk.submit(review) for _ in range(50)), return_exceptions=True)
    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert {type(result) for result in results if isinstance(result, Exception)} == {UserError}
    await wide_trader.until_state(review.intent.entry.ref, S.FILLED)
    assert set(await wide_trader.book_orders()) - before == {str(leg.ref) for leg in review.intent.legs}


async def test_fifty_reviews_of_one_decision_make_one_order(wide_trader: Trader) -> None:
    aapl = await wide_trader.instrument()
    proposal = wide_trader.proposal(aapl, Limit(wide_trader.near(aapl, -3)))
    reviews = await asyncio.gather(*(wide_trader.core.desk.review(proposal) for _ in range(50)))
    before = set(await wide_trader.book_orders())
    results = await asyncio.gather(
        *(wide_trader.core.desk.submit(review) for review in reviews), return_exceptions=True
    )
    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert len(wide_trader.state.intents) == 1
    (only,) = next(iter(wide_trader.state.intents.values())).legs
    await wide_trader.until_state(only.ref, S.ACCEPTED)
    assert set(await wide_trader.book_orders()) - before == {str(only.ref)}


async def test_a_decision_is_used_up_even_later(wide_trader: Trader) -> None:
    aapl = await wide_trader.instrument()
    proposal = wide_trader.proposal(aapl, Limit(wide_trader.near(aapl, -3)))
    await wide_trader.place(proposal)
    with pytest.raises(UserError, match="placed its order already"):
        await wide_trader.place(proposal)


async def test_a_review_grows_stale(wide_trader: Trader) -> None:
    aapl = await wide_trader.instrument()
    review = await wide_trader.core.desk.review(wide_trader.bracket(aapl))
    with pytest.raises(UserError, match="review the order again"):
        await wide_trader.core.desk.submit(replace(review, reviewed=review.reviewed - 60.1))
    assert wide_trader.state.intents == {}


async def test_a_review_for_another_account_is_not_sent_to_this_one(wide_trader: Trader) -> None:
    aapl = await wide_trader.instrument()
    review = await wide_trader.core.desk.review(wide_trader.bracket(aapl))
    elsewhere = replace(review, intent=replace(review.intent, account="DU7654321"))
    with pytest.raises(UserError):
        await wide_trader.core.desk.submit(elsewhere)
    assert "DU7654321" in wide_trader.core.desk._hindrance(elsewhere)
    assert wide_trader.state.intents == {}


async def test_a_halt_while_an_entry_is_on_its_way_cancels_it_and_no_protection(
    wide_trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    aapl = await wide_trader.instrument()
    held = await wide_trader.bought(aapl)
    place = wide_trader.core.desk._channel.place

    async def place_and_halt(intent: Intent, instrument: Instrument) -> None:
        await place(intent, instrument)
        wide_trader.core.desk._brake.pull("The disk is full.")

    monkeypatch.setattr(wide_trader.core.desk._channel, "place", place_and_halt)
    resting = await wide_trader.place(wide_trader.bracket(aapl, away=-3))
    await wide_trader.until_state(resting.entry.ref, S.CANCELLED)
    assert {wide_trader.state.orders[leg.ref].state for leg in held.children} == {S.ACCEPTED}


async def test_submit_judges_again_what_was_fit_when_reviewed(wide_trader: Trader) -> None:
    aapl = await wide_trader.instrument()
    review = await wide_trader.core.desk.review(wide_trader.bracket(aapl))
    assert review.is_fit
    wide_trader.core.situations.limits = replace(wide_trader.core.situations.limits, max_quantity=4)
    with pytest.raises(UserError, match="more than the 4"):
        await wide_trader.core.desk.submit(review)


async def test_two_orders_that_fit_alone_do_not_fit_together(trader: Trader) -> None:
    trader.core.situations.limits = replace(trader.core.situations.limits, position_percent=Decimal(5))
    aapl = await trader.instrument()
    price, worth = trader.near(aapl, -3), Decimal(100_000)
    fitting = int(worth * Decimal("0.03") / price)
    first = await trader.core.desk.review(trader.proposal(aapl, Limit(price), fitting))
    second = await trader.core.desk.review(trader.proposal(aapl, Limit(price + Decimal("0.01")), fitting))
    assert first.is_fit
    assert second.is_fit
    results = await asyncio.gather(
        trader.core.desk.submit(first), trader.core.desk.submit(second), return_exceptions=True
    )
    assert not isinstance(results[0], Exception)
    assert isinstance(results[1], UserError)
    assert "position would be" in str(results[1])
    await trader.until_state(first.intent.entry.ref, S.ACCEPTED)
    third = await trader.core.desk.review(trader.proposal(aapl, Limit(price + Decimal("0.02")), fitting))
    assert [gate.name for gate in third.gates if gate.verdict is GateVerdict.REFUSE] == ["position"]


async def test_resting_entries_count_in_exposure_and_open_positions(trader: Trader) -> None:
    limits = replace(trader.core.situations.limits, exposure_percent=Decimal(5), open_positions=1)
    trader.core.situations.limits = replace(limits, exposure_warn_percent=Decimal(4))
    aapl, msft = await trader.instrument(), await trader.instrument("MSFT")
    for_half = int(Decimal(4000) / trader.last(aapl))
    resting = await trader.place(trader.proposal(aapl, Limit(trader.near(aapl, -3)), for_half))
    await trader.until_state(resting.entry.ref, S.ACCEPTED)
    for_more = int(Decimal(4000) / trader.last(msft))
    review = await trader.core.desk.review(trader.proposal(msft, Limit(trader.near(msft, -3)), for_more))
    refused = {gate.name for gate in review.gates if gate.verdict is GateVerdict.REFUSE}
    assert refused == {"exposure", "open_positions"}


async def test_the_rate_limit_counts_what_is_on_its_way(trader: Trader) -> None:
    aapl = await trader.instrument()
    reviews = [
        await trader.core.desk.review(trader.proposal(aapl, Limit(trader.near(aapl, -1 - n / 10)), 1))
        for n in range(12)
    ]
    results = await asyncio.gather(*(trader.core.desk.submit(review) for review in reviews), return_exceptions=True)
    assert [isinstance(result, Exception) for result in results] == [False] * 10 + [True] * 2
    assert "orders in the last minute" in str(results[-1])


async def test_b28_a_silent_what_if_warns_a_hand(trader: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "PREVIEW_S", 0.3)
    aapl = await trader.instrument()
    await trader.gateway.fault("whatif_silence", count=1)
    by_hand = await trader.core.desk.review(trader.bracket(aapl))
    margin = next(gate for gate in by_hand.gates if gate.name == "margin")
    assert (margin.verdict, margin.value) == (GateVerdict.WARN, "unknown")
    assert by_hand.is_fit
    assert by_hand.margin is None


async def test_b28_an_auto_run_without_a_margin_answer_places_nothing(
    trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "PREVIEW_S", 0.3)
    aapl = await trader.instrument()
    await trader.trending(aapl, +1)
    strategy = await trader.strategy(Mode.AUTO)
    await trader.gateway.fault("whatif_silence", count=1)
    result = await trader.core.runs.run(strategy.id, "AAPL")
    assert result.status.value == "refused"
    assert "margin" in result.reason
    assert trader.state.intents == {}


async def test_b30_a_halt_cancels_and_lasts_over_a_restart(tmp_path: Path, practice_gateway: PracticeGateway) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        aapl = await trader.instrument()
        resting = await trader.place(trader.bracket(aapl, away=-3))
        await trader.until_state(resting.entry.ref, S.ACCEPTED)
        review = await trader.core.desk.review(trader.bracket(aapl, away=-2))
        trader.core.desk.halt("Stopped by hand.")
        with pytest.raises(UserError, match="halted"):
            await trader.core.desk.submit(review)
        for leg in resting.legs:
            await trader.until_state(leg.ref, S.CANCELLED)
    async with running_core(tmp_path / "app", practice_gateway) as core:
        trader = Trader(core, practice_gateway)
        assert trader.state.trading.state is ev.TradingState.HALTED
        aapl = await trader.instrument()
        review = await core.desk.review(trader.bracket(aapl, away=-2))
        assert not review.is_fit
        with pytest.raises(UserError, match="halted"):
            await core.desk.submit(review)
        await core.desk.resume()
        await trader.place(trader.bracket(aapl, away=-2))


async def test_a_person_flattens_while_trading_is_halted(trader: Trader) -> None:
    aapl = await trader.instrument()
    intent = await trader.bought(aapl)
    trader.core.desk._brake.pull("Stopped by hand.")
    await trader.until(lambda state: state.trading.state is ev.TradingState.HALTED)
    close, *_ = await trader.core.closing.propose(aapl)
    sold = await trader.core.closing.carry_out(close)
    await trader.until_state(sold.entry.ref, S.FILLED)
    assert trader.state.positions[(trader.account, aapl.con_id, None)].quantity == 0
    assert {trader.state.orders[leg.ref].state for leg in intent.children} == {S.CANCELLED}


async def test_reducing_lets_only_what_reduces_leave(trader: Trader) -> None:
    aapl = await trader.instrument()
    await trader.bought(aapl, 10)
    trader.core.desk.reduce_only("too much lost")
    await trader.until(lambda state: state.trading.state is ev.TradingState.REDUCING)
    with pytest.raises(AssertionError, match="reducing"):
        await trader.place(trader.bracket(aapl, away=-3))
    sell = await trader.core.desk.review(trader.proposal(aapl, Market(), 6, Side.SELL))
    assert sell.is_fit, sell.why_not
    await trader.core.desk.submit(sell)
    await trader.until_state(sell.intent.entry.ref, S.FILLED)
    more = await trader.core.desk.review(trader.proposal(aapl, Market(), 5, Side.SELL))
    assert "trading_state" in {gate.name for gate in more.gates if gate.verdict is GateVerdict.REFUSE}


async def test_b30_a_cancel_is_tried_in_any_state_and_asked_again_when_the_link_is_back(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        aapl = await trader.instrument()
        resting = await trader.place(trader.proposal(aapl, Limit(trader.near(aapl, -3))))
        await trader.until_state(resting.entry.ref, S.ACCEPTED)
        practice_gateway.kill()
        await trader.until_view(lambda view: view.state is SessionState.OFFLINE)
        trader.core.desk.halt("Stopped by hand.")
        await trader.until(lambda state: state.orders[resting.entry.ref].cancel_asked)
        practice_gateway.restart()
        await trader.until_state(resting.entry.ref, S.CANCELLED, within_s=15)
        assert (await trader.book_orders())[str(resting.entry.ref)]["status"] == "Cancelled"


async def test_there_is_nothing_to_cancel_of_what_is_over_or_unknown(wide_trader: Trader) -> None:
    aapl = await wide_trader.instrument()
    intent = await wide_trader.bought(aapl)
    with pytest.raises(UserError, match="filled already"):
        await wide_trader.core.desk.cancel(intent.entry.ref, "test")
    with pytest.raises(UserError, match="no order nothing"):
        await wide_trader.core.desk.cancel(type(intent.entry.ref)("nothing"), "test")


async def test_a_size_by_risk_needs_a_stop_and_what_the_account_is_worth(wide_trader: Trader) -> None:
    aapl = await wide_trader.instrument()
    with pytest.raises(UserError, match="a price and a stop"):
        await wide_trader.core.desk.review(wide_trader.proposal(aapl, Market(), None))
    limit, stop = wide_trader.near(aapl, 0.5), wide_trader.near(aapl, -4)
    review = await wide_trader.core.desk.review(wide_trader.proposal(aapl, Limit(limit), None, stop=stop))
    figures = wide_trader.core.portfolio.figures(wide_trader.account)
    assert figures is not None
    assert figures.net_liquidation is not None
    by_risk = int(float(figures.net_liquidation) * 0.005 / float(limit - stop) + 1e-9)
    assert review.intent.entry.quantity == by_risk
    assert review.size is not None
    assert review.size.bound_by == "risk"


async def test_what_the_broker_refuses_at_once_is_rejected_with_its_reason(wide_trader: Trader) -> None:
    aapl = await wide_trader.instrument()
    await wide_trader.gateway.fault("reject_after_accept", code=201, count=1)
    intent = await wide_trader.place(wide_trader.proposal(aapl, Limit(wide_trader.near(aapl, -3))))
    order = await wide_trader.until_state(intent.entry.ref, S.REJECTED, S.INACTIVE)
    assert order.reason
    assert len(wide_trader.state.intents) == 1


async def test_clicks_have_decisions_of_their_own() -> None:
    assert len({fresh_decision() for _ in range(100)}) == 100
