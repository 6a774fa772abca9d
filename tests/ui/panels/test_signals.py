"""Signals: why, and the two answers a person may give."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QLabel, QLineEdit

from app.domain.bars import Timeframe
from app.domain.claims import Claim, Comparison, Finding, LevelClaim, Side, Truth, VolumeClaim
from app.domain.events import ClaimsChecked, ReadingTaken
from app.domain.readings import Reading, ReadingId, ReadingKind, ReadingStatus, View
from app.domain.signals import Direction, Signal, SignalState, Trend
from app.domain.strategies import Mode
from app.ui.panels.signals import SignalsPanel
from app.ui.panels.signals_card import SignalCard
from app.ui.panels.signals_rows import confidence_words, countdown, verdict
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
    assert verdict(row, screen.handles.language).startswith("Yes")
    terms = confidence_words(row.signal, screen.handles.language).splitlines()
    assert terms[1].startswith("0.60") or terms[1].startswith("0.50")
    wanted: list[str] = []
    screen.handles.selection.approval_wanted.connect(wanted.append)
    panel.show_view("history")
    panel.table.select(result.signal)
    panel.approve_button.click()
    screen.handles.selection.approval_wanted.disconnect(wanted.append)
    assert set(wanted) == {result.signal}
    panel.reject_button.click()
    question = await screen.question()
    question.findChild(QLineEdit).setText("Earnings tomorrow")
    await screen.answer("reject")
    await screen.until(lambda: panel.model.find(result.signal).signal.state is SignalState.REJECTED)
    assert verdict(panel.model.find(result.signal), screen.handles.language) == "Rejected by hand: Earnings tomorrow"
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
    assert verdict(row, screen.handles.language) == "SELL, but Three of four holds no FB: nothing to close."
    panel.show_view("history")
    panel.table.select(result.signal)
    assert not panel.approve_button.isEnabled()
    assert panel.reject_button.isEnabled()


async def raised(screen: Screen, symbol: str = "AAPL", way: int = +1) -> Signal:
    """Return a signal that waits in the inbox."""
    instrument = await screen.trader.instrument(symbol)
    await screen.trader.trending(instrument, way)
    strategy = await screen.trader.strategy(Mode.ASK, symbols=(symbol,))
    result = await screen.trader.core.runs.run(strategy.id, symbol)
    return screen.trader.state.signals[result.signal]


async def inbox(screen: Screen, signal: Signal) -> tuple[SignalsPanel, SignalCard]:
    panel = SignalsPanel(screen.handles)
    screen.show(panel, 900, 420)
    await screen.until(lambda: str(signal.id) in panel.inbox.cards)
    return panel, panel.inbox.cards[str(signal.id)]


def texts(card: SignalCard) -> list[str]:
    return [label.text() for label in card.findChildren(QLabel)]


@pytest.mark.asyncio(loop_scope="session")
async def test_a_card_says_what_why_how_sure_and_how_long_with_a_picture(screen: Screen) -> None:
    signal = await raised(screen)
    panel, card = await inbox(screen, signal)
    said = " ".join(texts(card))
    levels = signal.analysis.levels
    assert levels is not None
    assert "BUY AAPL" in said
    assert "agreeing checks" in said
    for name in ("SuperTrend", "Close vs SMA", "MACD", "RSI"):
        assert name in said
    for price in (levels.limit, levels.stop, levels.target_1, levels.target_2):
        assert f"{price:.2f}" in said
    assert "left" in card.left.text()
    await screen.until(lambda: not card.thumb.pixmap().isNull())
    picture = card.thumb.pixmap().toImage()
    colours = {picture.pixel(x, y) for x in range(0, picture.width(), 3) for y in range(0, picture.height(), 3)}
    assert len(colours) > 8
    card.setFocus()
    assert card.accessibleName().startswith("BUY AAPL")
    assert panel.inbox._area.horizontalScrollBar().maximum() == 0


@pytest.mark.asyncio(loop_scope="session")
async def test_f12_what_a_model_wrote_is_plain_text_and_a_false_claim_is_struck_out(screen: Screen) -> None:
    signal = await raised(screen)
    hostile = "<b>Support</b> at 420 <img src=file:///etc/passwd> <a href='http://x'>x</a>"
    claims = [
        Claim(LevelClaim(Side.SUPPORT, 420.0, 2), True, hostile),
        Claim(LevelClaim(Side.SUPPORT, 400.0, 2), True, "Support at 400"),
        Claim(VolumeClaim(Comparison.ABOVE), False, "Volume is high"),
    ]
    now = screen.handles.clock.now()
    reading = Reading(
        id=ReadingId("plain"), kind=ReadingKind.CHART, status=ReadingStatus.VALID, con_id=signal.con_id, symbol="AAPL",
        timeframe=Timeframe.D1, at=now, run=signal.run, model="asked", model_served="another",
        view=View(Direction.BUY, Trend.BULLISH, 0.72, claims=tuple(claims), reasoning="<h1>Up</h1>"),
    )  # fmt: skip
    failed = replace(
        reading, id=ReadingId("late"), timeframe=Timeframe.W1, status=ReadingStatus.TIMEOUT, view=None, why="60 s."
    )
    findings = tuple(
        Finding(claim, truth, 1.0, "Recomputed.")
        for claim, truth in zip(claims, (Truth.TRUE, Truth.FALSE, Truth.NOT_CHECKABLE), strict=True)
    )
    facts = screen.handles.facts
    _, card = await inbox(screen, signal)
    await facts.enter(
        *(ReadingTaken(at=now, run=signal.run, reading=one, day="2026-11-22") for one in (reading, failed))
    )
    await facts.enter(
        ClaimsChecked(
            at=now, run=signal.run, reading="plain", con_id=signal.con_id, timeframe=Timeframe.D1, findings=findings
        )
    )
    await screen.until(lambda: hostile in texts(card))
    labels = {label.text(): label for label in card.readings.findChildren(QLabel)}
    for label in labels.values():
        assert label.textFormat() is Qt.TextFormat.PlainText or not label.text()
        assert not label.openExternalLinks()
    assert labels["Support at 400"].font().strikeOut()
    assert not labels[hostile].font().strikeOut()
    assert labels["Volume is high"].toolTip() == "not checkable: Recomputed."
    assert "1d: BUY 0.72 · another" in labels
    assert "another answered instead of asked" in labels
    assert "1w: timeout · 60 s." in labels
    await screen.until(lambda: all(label.height() >= label.heightForWidth(label.width()) for label in labels.values()))


@pytest.mark.asyncio(loop_scope="session")
async def test_a_signal_is_put_aside_and_back_and_rejected_from_its_card(screen: Screen) -> None:
    signal = await raised(screen)
    panel, card = await inbox(screen, signal)
    title, until = card.snoozes()[0]
    assert title == "15 minutes"
    card.snooze_wanted.emit(str(signal.id), until)
    await screen.until(lambda: panel.inbox.cards[str(signal.id)].is_snoozed)
    card = panel.inbox.cards[str(signal.id)]
    assert card.snooze_button.text() == "Back now"
    card.snooze_button.click()
    await screen.until(lambda: not panel.inbox.cards[str(signal.id)].is_snoozed)
    card = panel.inbox.cards[str(signal.id)]
    wanted: list[str] = []
    screen.handles.selection.approval_wanted.connect(wanted.append)
    if card.row.may_be_approved:
        card.approve_button.click()
        assert wanted == [str(signal.id)]
    screen.handles.selection.approval_wanted.disconnect(wanted.append)
    card.reject_button.click()
    question = await screen.question()
    question.findChild(QLineEdit).setText("Earnings")
    await screen.answer("reject")
    await screen.until(lambda: str(signal.id) not in panel.inbox.cards)
    assert screen.trader.state.signals[signal.id].state_why == "Earnings"


@pytest.mark.asyncio(loop_scope="session")
async def test_the_history_is_filtered_and_exported(screen: Screen, tmp_path: Path) -> None:
    signal = await raised(screen, "MSFT")
    await raised(screen, "IBM", -1)
    panel, _ = await inbox(screen, signal)
    panel.show_view("history")
    history = panel.history
    total = history.model.counts()[1]
    history.symbol.setText("ms")
    assert {row.signal.analysis.symbol for row in history.model.rows()} == {"MSFT"}
    history.direction.setCurrentIndex(history.direction.findData("SELL"))
    assert not history.model.rows()
    history.clear()
    history.state.setCurrentIndex(history.state.findData("active"))
    assert all(row.is_open for row in history.model.rows())
    history.clear()
    tomorrow = QDate.currentDate().addDays(2)
    history.since.setDate(tomorrow)
    assert not history.model.rows()
    history.clear()
    assert history.model.counts() == (total, total)
    file = tmp_path / "signals.csv"
    panel.export_to(file)
    await screen.until(lambda: any("signals.csv" in told for told in screen.told))
    lines = file.read_text(encoding="utf-8").splitlines()
    assert len(lines) == total + 1
    assert lines[0].split(",")[1:3] == ["Symbol", "Signal"]


@pytest.mark.asyncio(loop_scope="session")
async def test_a_batch_shows_how_far_it_is_and_can_be_cancelled(screen: Screen) -> None:
    for symbol in ("AAPL", "MSFT"):
        await screen.trader.trending(await screen.trader.instrument(symbol), +1)
    await screen.trader.strategy(Mode.ASK, symbols=("AAPL",))
    screen.handles.settings.change(watchlists={"Mine": ("AAPL", "MSFT", "NOSUCH")})
    panel = SignalsPanel(screen.handles)
    screen.show(panel, 900, 300)
    panel.show_view("batch")
    batch = panel.batch
    batch.symbols.setCurrentIndex(batch.symbols.findData("Mine"))
    assert batch.run_button.text() == "Run for 3 symbols"
    batch.run_button.click()
    assert not batch.bar.isHidden()
    await screen.until(lambda: batch.bar.isHidden())
    found = {row.symbol: row.status for row in batch.table.model.rows()}
    assert set(found) >= {"AAPL", "MSFT", "NOSUCH"}
    assert "3 of 3 done" in batch.says.text()
    batch.beside.setValue(1)
    batch.run_button.click()
    batch.cancel_button.click()
    await screen.until(lambda: batch.bar.isHidden())
    assert batch.says.text().startswith("Cancelled after")


@pytest.mark.asyncio(loop_scope="session")
async def test_the_inbox_is_empty_in_words_and_speaks_chinese(screen: Screen) -> None:
    signal = await raised(screen)
    panel, _ = await inbox(screen, signal)
    try:
        screen.handles.language.set("zh")
        card = panel.inbox.cards[str(signal.id)]
        assert "买入 AAPL" in texts(card)
        assert panel.history.model.columns[1].title == "代码"
    finally:
        screen.handles.language.set("en")
    panel._rows.clear()
    panel._show()
    assert panel.inbox._overlay.state.text.startswith("No signal waits")
