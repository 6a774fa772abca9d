"""The menus' dialogs over a live account: consent is typed, stops are held, refusals are one sentence."""

from __future__ import annotations

import socket

import pytest
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit

from app.domain.errors import Retryable
from app.domain.events import TradingState
from app.runtime.settings import Profile
from app.services import flatten
from app.services.session import ARMING_PHRASE, SessionState
from app.ui.dialogs import acts
from app.ui.dialogs.about import about_lines
from app.ui.dialogs.connect import NEW, ConnectDialog
from app.ui.dialogs.limits import LimitsDialog
from app.ui.panels.ticket import TicketPanel
from app.ui.panels.ticket_acts import Phase
from tests.support.gateway import PracticeGateway
from tests.support.screen import Screen

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module", autouse=True)
def bound(screen: Screen) -> None:
    acts.bind(screen.handles, screen.binding)


def is_offered(screen: Screen, key: str) -> bool:
    return screen.handles.window.actions_.action(key).isEnabled()


async def test_a_live_account_colours_the_frame_and_shuts_the_ticket_with_the_way_out(screen: Screen) -> None:
    window, ticket = screen.handles.window, TicketPanel(screen.handles)
    screen.show(ticket, 300, 640)
    screen.handles.selection.pick(await screen.trader.instrument("MSFT"))
    screen.binding.refresh()
    assert window._frame.property("account") == "live"
    assert window.header.badge.isVisibleTo(window.header)
    await screen.until(lambda: "is a live account: read-only until you arm it" in ticket.preview.notes.text())
    assert not ticket.form.act.isEnabled()
    assert "Arm live trading" in ticket.form.act.toolTip()
    ticket.form.submitted.emit()  # whatever else would press it: the desk refuses as well
    await screen.until(lambda: ticket.acts.phase is Phase.REVIEWED)
    assert not ticket.review.confirm.isEnabled()
    assert "read-only until you arm it" in ticket.review.confirm.toolTip()
    screen.clear()


async def test_g9_a_live_account_is_armed_only_by_the_typed_phrase(screen: Screen) -> None:
    assert not screen.handles.session.view.is_armed
    screen.handles.window.actions_.trigger("arm_live")
    question = await screen.question()
    line, act = question.findChild(QLineEdit), question.button("arm")
    line.setText("yes")
    assert not act.isEnabled()
    line.setText(ARMING_PHRASE)
    act.click()
    await screen.until(lambda: screen.handles.session.view.is_armed)
    assert not is_offered(screen, "arm_live")


async def test_the_practice_reset_is_not_offered_for_a_live_account(screen: Screen) -> None:
    assert not is_offered(screen, "reset_practice")


async def test_stopping_everything_needs_a_held_button_and_can_be_resumed(screen: Screen) -> None:
    trading = lambda: screen.trader.state.trading.state  # noqa: E731  what is true now
    screen.handles.window.actions_.trigger("stop_trading")
    button = (await screen.question()).button("stop")
    button.click()
    assert trading() is TradingState.ACTIVE
    button.held.emit()
    await screen.until(lambda: trading() is TradingState.HALTED)
    await screen.until(lambda: not is_offered(screen, "stop_trading"))
    screen.handles.window.actions_.trigger("resume_trading")
    await screen.answer("resume")
    await screen.until(lambda: trading() is TradingState.ACTIVE)


async def test_the_kill_switch_acts_at_once(screen: Screen) -> None:
    screen.handles.window.actions_.trigger("kill_switch")
    await screen.until(lambda: screen.trader.state.trading.state is TradingState.HALTED)
    assert not screen.open_questions()
    await screen.handles.desk.resume()


async def test_the_header_stops_only_by_a_held_button_and_offers_the_way_back(screen: Screen) -> None:
    header = screen.handles.window.header
    header.stop.click()
    assert screen.trader.state.trading.state is TradingState.ACTIVE
    header.stop.held.emit()
    await screen.until(lambda: header.resume.isVisibleTo(header) and not header.stop.isVisibleTo(header))
    header.resume.click()
    await screen.answer("resume")
    await screen.until(lambda: header.stop.isVisibleTo(header))


async def test_the_tray_stops_at_once(screen: Screen) -> None:
    menu = screen.binding.tray.contextMenu()
    stop = next(action for action in menu.actions() if action.text().startswith("Stop trading"))
    stop.trigger()
    await screen.until(lambda: screen.trader.state.trading.state is TradingState.HALTED)
    await screen.handles.desk.resume()


async def test_a_limit_is_changed_in_its_line_and_refused_beside_it(screen: Screen) -> None:
    screen.handles.window.actions_.trigger("limits")
    dialog = await screen.question()
    assert isinstance(dialog, LimitsDialog)
    field = dialog.fields["position_percent"]
    before = field.text()
    for text, is_sound in (("lots", False), ("25", True), (before, True)):
        field.setText(text)
        field.editingFinished.emit()
        await screen.until(lambda sound=is_sound: field.property("invalid") is (not sound))
    words = [label.text() for label in dialog.findChildren(QLabel)]
    assert "Largest position, of equity" in words
    field.setText("30 %")
    field.editingFinished.emit()
    await screen.until(lambda: screen.trader.core.situations.limits.position_percent == 30)
    dialog.close()


async def test_flattening_lists_what_it_does_and_says_flat_on_the_brokers_word(screen: Screen) -> None:
    screen.handles.window.actions_.trigger("flatten")
    await screen.until(screen.open_questions)
    question = screen.open_questions()[0]
    question.button("flatten").held.emit()
    await screen.until(lambda: any("The broker shows the account flat" in each for each in screen.told))
    await screen.handles.desk.resume()


async def test_what_is_not_flat_is_listed_until_it_is_read_and_nothing_says_flat(
    screen: Screen, live_gateway: PracticeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flatten, "GONE_S", 1.0)
    held = await screen.trader.bought(await screen.trader.instrument("IBM"))
    screen.told.clear()
    told = len(screen.told)
    await live_gateway.fault("halt", symbol="IBM")
    screen.handles.window.actions_.trigger("flatten")
    (await screen.question()).button("flatten").held.emit()
    await screen.until(lambda: any("read" in question._buttons for question in screen.open_questions()))
    text = "\n".join(each.toPlainText() for each in (await screen.question()).findChildren(QPlainTextEdit))
    assert f"{held.entry.quantity} IBM are held at the broker." in text
    await screen.answer("read")
    assert not any("flat:" in sentence for sentence in screen.told[: len(screen.told) - told])
    await live_gateway.fault("halt", symbol="IBM", on=False)
    await screen.handles.desk.resume()


async def test_a_silent_broker_is_no_evidence_of_being_flat(
    screen: Screen, live_gateway: PracticeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flatten, "GONE_S", 1.0)

    async def silent(_: float) -> None:
        raise Retryable("The gateway did not answer in time.")

    monkeypatch.setattr(screen.trader.core.session, "matched", silent)
    screen.handles.window.actions_.trigger("flatten")
    (await screen.question()).button("flatten").held.emit()
    await screen.until(lambda: any("read" in question._buttons for question in screen.open_questions()))
    text = "\n".join(each.toPlainText() for each in (await screen.question()).findChildren(QPlainTextEdit))
    assert "it is not known whether this is flat" in text
    await screen.answer("read")
    await screen.handles.desk.resume()


async def test_a_profile_that_does_not_fit_is_refused_beside_its_field(screen: Screen) -> None:
    dialog = await opened(screen)
    dialog.profiles.setCurrentIndex(dialog.profiles.findData(NEW))
    wrong = {"port": "70000", "client_id": "x", "host": "my host", "name": "practice", "restart": "25:00"}
    for key, text in wrong.items():
        before = dialog.form.fields[key].text()
        dialog.form.fields[key].setText(text)
        dialog.connect_now()
        assert text in dialog.form.error.text() or key == "name"
        assert dialog.form.fields[key].property("invalid") is True
        dialog.form.fields[key].setText(before)
    assert screen.handles.settings.current.profiles == {}
    assert screen.handles.session.view.is_ready
    dialog.close()
    await screen.until(lambda: not screen.open_questions())


async def test_a_port_where_nobody_answers_is_told_and_another_gateway_takes_over(
    screen: Screen, live_gateway: PracticeGateway
) -> None:
    settings = screen.handles.settings
    there = Profile(port=live_gateway.endpoint.port)
    settings.change(profiles={"nobody": Profile(port=free_port()), "there": there})
    dialog = await opened(screen)
    dialog.profiles.setCurrentIndex(dialog.profiles.findData("nobody"))
    dialog.connect_now()
    await screen.until(lambda: "Nobody answers" in dialog.status.text())
    assert dialog.connect_button.isEnabled()
    assert settings.current.profile == "practice"
    dialog.profiles.setCurrentIndex(dialog.profiles.findData("there"))
    dialog.form.fields["restart"].setText("23:45")
    dialog.connect_now()
    await screen.until(lambda: not screen.open_questions())
    assert settings.current.profiles["there"].restart == "23:45"
    assert screen.handles.session.view.is_ready
    assert settings.current.profile == "there"
    assert not screen.handles.session.view.is_armed
    await screen.until(lambda: screen.told[0] == "Connected to U1234567, a live account.")


async def test_disconnecting_stays_offline_and_a_removed_profile_is_forgotten(screen: Screen) -> None:
    screen.handles.window.actions_.trigger("disconnect")
    await screen.until(lambda: screen.handles.session.view.state is SessionState.OFFLINE)
    assert not is_offered(screen, "disconnect")
    dialog = await opened(screen)
    dialog.profiles.setCurrentIndex(dialog.profiles.findData("there"))
    dialog.remove()
    assert list(screen.handles.settings.current.profiles) == ["nobody"]
    assert screen.handles.settings.current.profile == "practice"
    dialog.close()
    await screen.until(lambda: not screen.open_questions())


async def test_about_names_the_licences_of_everything_it_stands_on() -> None:
    lines = "\n".join(about_lines())
    for name in ("PySide6", "ib_async", "TA-Lib", "pyqtgraph", "Inter", "bokeh_sampledata"):
        assert name in lines


async def opened(screen: Screen) -> ConnectDialog:
    screen.handles.window.actions_.trigger("connect")
    question = await screen.question()
    assert isinstance(question, ConnectDialog)
    return question


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
