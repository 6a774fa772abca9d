"""The model asked by hand in the Analysis panel: seen before it is sent, stopped at will, and shown as plain text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest
import pytest_asyncio
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app.domain.events import ProviderSaved
from app.domain.providers import Caps, Price
from app.domain.readings import ReadingKind, ReadingStatus
from app.domain.signals import Policy
from app.domain.strategies import Mode, RunStatus
from app.services.keys import KeyPlace
from app.ui.panels.analysis import AnalysisPanel
from app.ui.panels.chart_lineage import claims_of
from app.ui.panels.runs import RunsPanel
from app.ui.panels.signals import SignalsPanel
from app.ui.widgets.states import Empty, Ready
from tests.support.claiming import FALSE, TRUE, UNKNOWABLE, claiming
from tests.support.model_server import KEY, ModelServer, Reply, Request, model_server, provider
from tests.support.screen import Screen
from tests.ui.panels.test_analysis import shown

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def no_provider_left(screen: Screen) -> AsyncIterator[None]:
    """Take the provider away that a test has used."""
    yield
    facts = screen.trader.core.facts
    if (used := facts.state.provider) is not None:
        gone = replace(used, is_in_use=False)
        await facts.enter(ProviderSaved(at=screen.handles.clock.now(), provider=gone))


async def use(screen: Screen, server: ModelServer) -> None:
    """Have a server read from now on, at a known price and with caps."""
    price = Price("test-model", Decimal("2.5"), Decimal(10))
    caps = Caps(day_tokens=500_000, day_money=Decimal(2))
    core = screen.trader.core
    chosen = provider(server.base_url, is_in_use=True, prices=(price,), caps=caps, timeout_s=20.0)
    await core.facts.enter(ProviderSaved(at=core.clock.now(), provider=chosen))
    await core.readings.providers.set_key(chosen.id, KEY, KeyPlace.SESSION)


async def asked(screen: Screen, panel: AnalysisPanel) -> None:
    """Press the button and wait for the preview."""
    panel.read_button.click()
    await screen.until(lambda: panel.drawer.read_button.isVisible())


def labels(panel: AnalysisPanel) -> dict[str, QLabel]:
    return {each.text(): each for each in panel.drawer.findChildren(QLabel) if each.isVisible()}


async def test_what_would_be_sent_and_its_cost_are_seen_before_anything_is_sent(
    screen: Screen, no_provider_left: None
) -> None:
    panel = await shown(screen, "AAPL")
    async with model_server(claiming) as server:
        await use(screen, server)
        await asked(screen, panel)
        drawer = panel.drawer
        assert server.questions == []
        text = drawer.preview.toPlainText()
        assert "AAPL 1d · picture of" in text
        assert "AAPL 1w · picture of" in text
        assert "Account numbers are never sent" in text
        assert KEY not in text
        assert screen.trader.account not in text
        assert drawer.figures.text().startswith("At most ")
        assert ", $0." in drawer.figures.text()
        assert server.base_url in drawer.figures.text()
        assert "of 500,000 tokens" in drawer.meter.text()
        assert "of $2" in drawer.meter.text()
        drawer.leave()
        assert server.questions == []
    assert not drawer.isVisible()


async def test_f12_a_reading_is_plain_text_with_its_claims_and_drawn_on_the_chart(
    screen: Screen, no_provider_left: None
) -> None:
    panel = await shown(screen, "AAPL")
    drawer, orders = panel.drawer, dict(screen.trader.state.orders)
    async with model_server(claiming) as server:
        await use(screen, server)
        await asked(screen, panel)
        before = screen.trader.core.readings.providers.meter()
        drawer.read_button.click()
        await screen.until(lambda: drawer.readings)
    assert [(each.kind, each.status) for each in drawer.readings] == [
        (ReadingKind.CHART, ReadingStatus.VALID),
        (ReadingKind.CHART, ReadingStatus.VALID),
        (ReadingKind.CONSOLIDATION, ReadingStatus.VALID),
    ], [each.why for each in drawer.readings]
    said = labels(panel)
    assert {TRUE, FALSE, UNKNOWABLE} <= set(said)
    assert said[FALSE].property("struck") == "true"
    assert said[TRUE].property("struck") != "true"
    assert said[UNKNOWABLE].accessibleName().endswith("not checkable")
    assert "another-model answered instead of test-model" in said
    reasoning = next(each for text, each in said.items() if "Higher lows" in text)
    assert reasoning.textFormat() is Qt.TextFormat.PlainText
    assert "<img" in reasoning.text()
    assert drawer.figures.text().startswith("It took 4,050 tokens, $0.0")
    after = screen.trader.core.readings.providers.meter()
    assert after.calls == before.calls + 3
    assert f"{after.calls} calls" in drawer.meter.text()
    found = panel.surveyed
    assert found is not None
    on_chart = claims_of(screen.trader.state, found.instrument, found.survey.analysis.timeframe)
    assert {finding.claim.text for finding in on_chart} == {TRUE, FALSE, UNKNOWABLE}
    assert screen.trader.state.orders == orders


async def test_a_reading_under_way_says_where_it_is_and_can_be_cancelled(
    screen: Screen, no_provider_left: None
) -> None:
    panel = await shown(screen, "IBM")
    drawer, is_asked = panel.drawer, asyncio.Event()

    def never(_: Request) -> Reply:
        is_asked.set()
        return Reply(never=True)

    async with model_server(never) as server:
        await use(screen, server)
        await asked(screen, panel)
        drawer.read_button.click()
        await screen.until(is_asked.is_set)
        assert drawer.cancel_button.isVisible()
        assert "1d: the model reads" in drawer.progress.text()
        assert "1w: the model reads" in drawer.progress.text()
        await screen.until(lambda: screen.trader.core.readings.providers.meter().pending.tokens > 0)
        drawer.cancel_button.click()
        await screen.until(lambda: drawer.readings)
    assert {each.status for each in drawer.readings} == {ReadingStatus.CANCELLED}
    assert not drawer.cancel_button.isVisible()
    assert screen.trader.core.readings.providers.meter().pending.tokens == 0


async def test_without_a_provider_it_says_how_to_set_one_up(screen: Screen) -> None:
    panel = await shown(screen, "MSFT")
    panel.read_button.click()
    state = panel.drawer._overlay.state
    assert isinstance(state, Empty)
    assert state.action == "Set up a model…"
    panel.drawer.leave()
    assert not isinstance(panel.drawer._overlay.state, Ready) or not panel.drawer.isVisible()


async def test_the_reading_of_a_run_shows_its_progress_and_the_run_can_go_on_without_it(
    screen: Screen, no_provider_left: None
) -> None:
    runs, signals, is_asked = RunsPanel(screen.handles), SignalsPanel(screen.handles), asyncio.Event()
    screen.show(runs)
    screen.show(signals)
    instrument = await screen.trader.instrument("AAPL")
    await screen.trader.trending(instrument, +1)
    strategy = await screen.trader.strategy(Mode.ASK, symbols=("AAPL",), policy=Policy.CONFIRM)

    def never(_: Request) -> Reply:
        is_asked.set()
        return Reply(never=True)

    async with model_server(never) as server:
        await use(screen, server)
        running = screen.trader.core.runs.run(strategy.id, "AAPL")
        task = screen.handles.tasks.spawn(running, name="run")
        await screen.until(is_asked.is_set)
        assert signals.progress.isVisible()
        assert signals.progress.says.text().startswith("The model reads AAPL 1")
        under_way = next(row for row in runs.model.rows() if row.run.status is RunStatus.RUNNING)
        assert under_way.reason.endswith("the model reads …")
        signals.progress.stop_button.click()
        await screen.until(task.done)
    await screen.until(lambda: not signals.progress.isVisible())
    signal = next(one for one in screen.trader.state.signals.values() if one.run == under_way.run.id)
    assert not signal.analysis.actionable  # what must be confirmed and was not leads to no order
    await screen.until(lambda: runs.model.find(under_way.run.id).run.status is RunStatus.REFUSED)
