"""The Connection panel: three lamps, the session's facts, the data budget, and the doctor's ladder."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.broker import HistoryBudget, Priority
from app.services.doctor import Rung
from app.services.session import SessionState, SessionView
from app.ui.panels.connection import ConnectionPanel
from app.ui.panels.connection_words import budget_lines, lamps
from tests.support.screen import Screen

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def panel(screen: Screen) -> ConnectionPanel:
    panel = ConnectionPanel(screen.handles)
    screen.show(panel, 1000, 560)
    return panel


async def test_a7_each_lamp_has_its_own_word_and_a_farm_that_is_down_leaves_the_orders_lamp_alone(
    screen: Screen, panel: ConnectionPanel
) -> None:
    assert [lamp.text() for lamp in panel.lamps] == ["Orders: open", "Market data farm: up", "History farm: up"]
    await screen.trader.gateway.fault("farm", which="market", up=False)
    await screen.until(lambda: panel.lamps[1].text() == "Market data farm: down")
    assert (panel.lamps[0].text(), panel.lamps[2].text()) == ("Orders: open", "History farm: up")
    await screen.trader.gateway.fault("farm", which="market", up=True)
    await screen.until(lambda: panel.lamps[1].text() == "Market data farm: up")


async def test_the_session_is_told_with_the_age_of_its_last_answer(screen: Screen, panel: ConnectionPanel) -> None:
    values = {name: label.text() for name, label in panel.values.items()}
    assert values["Account"] == f"{screen.trader.account}, practice"
    assert values["Server version"] == "178"
    assert values["Client ids"] == "17 orders, 18 data"
    assert values["Last answer"].endswith("s ago")
    assert values["Next attempt"] == "–"
    assert " of 60 in 10 min" in values["History requests"]


async def test_the_ports_are_knocked_at_while_it_is_seen_and_hands_are_shaken_on_request(
    screen: Screen, panel: ConnectionPanel
) -> None:
    port = screen.trader.gateway.told["port"]
    await screen.until(lambda: [rung.ok for rung in panel.ladder.rungs() if f"port {port} " in rung.name] == [True])
    assert panel.ladder.rungs()[-1].action == "Press “Shake hands”."
    panel.shake_button.click()
    assert panel.shake_button.text() == "Cancel"
    await screen.until(lambda: panel.shake_button.text() == "Shake hands")
    found = {rung.name: rung for rung in panel.ladder.rungs()}
    assert found["client ids"].found == "17 is used by Tapeline's window, 18 is used by Tapeline's window"
    shown = screen.handles.settings.current
    assert all(found[f"data {symbol}"].ok for symbol in shown.watchlists[shown.watchlist][:1])
    assert panel.progress.text() == "Every step holds."
    assert screen.handles.session.view.is_ready, "the session's own connections are not touched"
    assert all(timer.isActive() for timer in panel._timers)
    panel.hide()
    assert not any(timer.isActive() for timer in panel._timers)


async def test_a_handshake_is_given_up_by_the_same_button(screen: Screen, panel: ConnectionPanel) -> None:
    panel.shake_button.click()
    await screen.until(lambda: panel._found)
    panel.shake_button.click()
    await screen.until(lambda: panel.shake_button.text() == "Shake hands")
    assert panel.progress.text().startswith("Given up after")


async def test_what_a_handshake_found_goes_with_the_port(screen: Screen, panel: ConnectionPanel) -> None:
    panel.shake_button.click()
    await screen.until(lambda: panel.progress.text() == "Every step holds.")
    shut = Rung("port 1 (mine)", False, "127.0.0.1:1 does not answer", "Start mine.")

    class Shut:
        async def ports(self, *_: object) -> tuple[Rung, ...]:
            return (shut,)

    panel._h = replace(panel._h, doctor=Shut())  # type: ignore[arg-type]
    panel.knock()
    await screen.until(lambda: panel.progress.text() == "Missing: port 1 (mine)")
    assert panel.ladder.rungs()[0] == shut
    assert [rung.ok for rung in panel.ladder.rungs()[1:]] == [None], "only the invitation is left"


async def test_the_act_opens_the_panel(screen: Screen) -> None:
    assert "doctor" in {spec.id for spec in screen.handles.window.actions_.offered()}
    assert screen.handles.window.actions_.shortcut("doctor") == "Ctrl+Shift+D"


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (SessionView(), ["not connected", "–", "–"]),
        (SessionView(SessionState.DEGRADED), ["broker unreachable", "up", "up"]),
        (SessionView(SessionState.DEGRADED, is_read_only=True), ["read-only", "up", "up"]),
        (SessionView(SessionState.READY, is_history_farm_up=False), ["open", "up", "down"]),
    ],
)
async def test_lamps_are_separate_and_say_nothing_of_farms_nobody_can_ask(view: SessionView, words: list[str]) -> None:
    assert [lamp.words for lamp in lamps(view)] == words


async def test_the_queue_is_told_by_who_goes_first() -> None:
    queue = ((Priority.CHART, 2), (Priority.STRATEGY, 1), (Priority.BACKGROUND, 4))
    lines = dict(budget_lines(HistoryBudget(12, 60, waiting=7, queue=queue, running=6, eta_s=41.6), 23))
    assert lines["History requests"] == "12 of 60 in 10 min"
    assert [lines[f"{who} waiting"] for who in ("Charts", "Strategies", "Background work")] == ["2", "1", "4"]
    assert lines["All answered in"] == "about 42 s"
    assert lines["Market data lines"] == "23 of the usual 100"
