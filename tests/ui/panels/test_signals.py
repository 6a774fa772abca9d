"""Signals: why, and the two answers a person may give."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLineEdit

from app.domain.signals import Direction, SignalState
from app.domain.strategies import Mode
from app.ui.panels.signals import SignalsPanel
from app.ui.panels.signals_rows import confidence_words, countdown
from tests.support.screen import Screen


@pytest.mark.parametrize(
    ("seconds", "words"), [(-3, "now"), (42, "42 s"), (61, "1 m"), (3 * 3600 + 300, "3 h 05 m"), (90_000, "1 d 1 h")]
)
def test_a_countdown_says_what_is_left_in_two_units(seconds: float, words: str) -> None:
    assert countdown(seconds) == words


@pytest.mark.asyncio(loop_scope="session")
async def test_a_signal_can_be_approved_or_rejected_with_a_reason(screen: Screen) -> None:
    panel = SignalsPanel(screen.handles)
    screen.show(panel)
    trader = screen.trader
    instrument = await trader.instrument("AAPL")
    await trader.trending(instrument, +1)
    strategy = await trader.strategy(Mode.ASK, symbols=("AAPL",))
    result = await trader.core.runs.run(strategy.id, "AAPL")
    await screen.until(lambda: panel.model.find(result.signal))
    row = panel.model.find(result.signal)
    assert (row.signal.analysis.direction, row.may_be_approved) == (Direction.BUY, True)
    assert row.verdict.startswith("Yes")
    terms = confidence_words(row.signal).splitlines()
    assert terms[1].startswith("0.60") or terms[1].startswith("0.50")
    wanted: list[str] = []
    screen.handles.selection.approval_wanted.connect(wanted.append)
    panel.table.select(result.signal)
    panel.approve_button.click()
    screen.handles.selection.approval_wanted.disconnect(wanted.append)
    assert set(wanted) == {result.signal}
    panel.reject_button.click()
    question = await screen.question()
    question.findChild(QLineEdit).setText("Earnings tomorrow")
    await screen.answer("reject")
    await screen.until(lambda: panel.model.find(result.signal).signal.state is SignalState.REJECTED)
    assert panel.model.find(result.signal).verdict == "Rejected by hand: Earnings tomorrow"
    assert not panel.approve_button.isEnabled()


@pytest.mark.asyncio(loop_scope="session")
async def test_a_sale_of_what_is_not_held_is_not_offered_and_says_why(screen: Screen) -> None:
    panel = SignalsPanel(screen.handles)
    screen.show(panel)
    trader = screen.trader
    instrument = await trader.instrument("FB")
    await trader.trending(instrument, -1)
    strategy = await trader.strategy(Mode.ASK, symbols=("FB",))
    result = await trader.core.runs.run(strategy.id, "FB")
    await screen.until(lambda: panel.model.find(result.signal))
    row = panel.model.find(result.signal)
    assert row.signal.analysis.direction is Direction.SELL
    assert row.verdict == "SELL, but Three of four holds no FB: nothing to close."
    panel.table.select(result.signal)
    assert not panel.approve_button.isEnabled()
    assert panel.reject_button.isEnabled()
