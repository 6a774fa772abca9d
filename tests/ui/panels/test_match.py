"""The Match panel: differences first with their cause and acts, equal lines folded, unlocked once it is clean."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import pytest_asyncio

from app.domain import events as ev
from app.domain.ledger import ExecId, Fill
from app.domain.orders import Market, OrderState, Side
from app.services.matching import MatchAct
from app.services.splits import StopPlan
from app.ui.panels.match import MatchPanel
from app.ui.panels.match_stops import renew_stops
from app.ui.widgets.states import Empty
from tests.support.screen import Screen

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def panel(screen: Screen) -> AsyncIterator[MatchPanel]:
    """The panel over an account of which our ledger says 2 shares too many."""
    aapl = await screen.trader.instrument()
    now = screen.trader.core.clock.now()
    id_ = ExecId(f"{ev.new_id()}.01")
    invented = Fill(
        id_, screen.trader.account, aapl.con_id, "AAPL", Side.BUY, Decimal(2), Decimal(100), now, commission=Decimal(0)
    )
    await screen.trader.core.facts.enter(ev.Filled(at=now, fill=invented))
    screen.handles.session.match_again()
    await screen.until(lambda: screen.handles.session.view.differences)
    panel = MatchPanel(screen.handles)
    screen.show(panel)
    yield panel
    screen.clear()


async def test_a_difference_says_both_sides_and_why_and_is_adopted(screen: Screen, panel: MatchPanel) -> None:
    (row,) = panel.model.rows()
    assert (row.symbol, Decimal(row.ours) - Decimal(row.broker)) == ("AAPL", 2)
    assert "fills that the broker no longer lists" in row.cause
    panel.table.select((row.kind, row.key))
    await screen.until(lambda: panel.buttons[MatchAct.ADOPT].isVisible())
    assert not panel.buttons[MatchAct.CANCEL].isVisible()
    seen = screen.handles.session.last_match
    screen.handles.session.match_again()
    await screen.until(lambda: screen.handles.session.last_match is not seen)
    assert panel.buttons[MatchAct.ADOPT].isVisible()  # a newer look at the same difference leaves it in hand
    panel.buttons[MatchAct.ADOPT].click()
    question = await screen.question()
    assert f"Adopt {row.broker} AAPL" in question.button("adopt").text()
    await screen.answer("adopt")
    await screen.until(lambda: screen.handles.session.view.is_reconciled)
    assert panel.model.rows() == []
    assert isinstance(panel.table._state, Empty)


async def test_a_difference_set_aside_unlocks_and_stays_readable(screen: Screen, panel: MatchPanel) -> None:
    (row,) = panel.model.rows()
    panel.table.select((row.kind, row.key))
    panel.act(MatchAct.IGNORE_ONCE)
    await screen.until(lambda: screen.handles.session.view.is_reconciled)
    await screen.until(lambda: panel.model.rows() and panel.model.rows()[0].is_ignored)
    facts = await screen.trader.core.store.journal.facts()
    assert any(isinstance(fact, ev.DifferenceSetAside) and "Position AAPL" in fact.difference for fact in facts)
    await screen.handles.session.adopt(row)
    await screen.until(lambda: not panel.model.rows())


async def test_equal_lines_are_folded_until_they_are_wanted(screen: Screen, panel: MatchPanel) -> None:
    (row,) = panel.model.rows()
    await screen.trader.bought(await screen.trader.instrument("MSFT"))
    screen.handles.session.match_again()
    panel.which.set_value("all")
    panel.which.chosen.emit("all")
    await screen.until(lambda: {one.symbol for one in panel.model.rows()} >= {"AAPL", "MSFT"})
    kinds = {one.kind.value for one in panel.model.rows() if one.is_equal}
    await screen.until(lambda: {one.kind.value for one in panel.model.rows() if one.is_equal} >= kinds)
    assert "position" in {one.kind.value for one in panel.model.rows() if one.is_equal}
    await screen.handles.session.adopt(row)
    await screen.until(lambda: screen.handles.session.view.is_reconciled)


async def test_after_a_split_the_stops_are_shown_and_placed_only_when_confirmed(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    trader = screen.trader
    msft = await trader.instrument("MSFT")
    bought = await trader.place(trader.proposal(msft, Market(), 6))
    await trader.until_state(bought.entry.ref, OrderState.FILLED)
    reviews = await trader.core.turning.propose_guard(msft, trader.near(msft, -5))

    async def plan(_: object) -> StopPlan:
        return StopPlan(msft, (), reviews)

    monkeypatch.setattr(trader.core.splits, "plan", plan)
    for answer in ("cancel", "renew"):
        screen.handles.tasks.spawn(renew_stops(screen.handles, msft.con_id), name="renew stops")
        question = await screen.question()
        stop = reviews[-1].intent.entry
        assert question.button("renew").text().startswith("Sell ")
        assert (stop.ref in trader.state.orders) is False
        await screen.answer(answer)
    await trader.until_state(stop.ref, OrderState.ACCEPTED)
