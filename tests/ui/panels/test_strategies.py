"""Strategies: what may be changed on the card, what is refused, and the run that is started there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QMenu

from app.compose import SAMPLE
from app.domain.errors import UserError
from app.domain.prompts import Language, PromptKind
from app.domain.signals import Policy, StrategyId
from app.domain.strategies import Misfire, Mode, RunStatus
from app.ui.panels.indicators_form import SettingsForm
from app.ui.panels.runs import RunRow, RunsPanel
from app.ui.panels.signals import SignalsPanel
from app.ui.panels.strategies import StrategiesPanel
from app.ui.panels.strategies_edit import create, parse_symbols, save
from tests.support.screen import Screen


@pytest.mark.parametrize("text", ["aapl, msft", "AAPL MSFT", " aapl;MSFT,,aapl "])
def test_symbols_are_read_however_they_are_written(text: str) -> None:
    assert parse_symbols(text) == ("AAPL", "MSFT")


def test_a_strategy_without_symbols_is_refused() -> None:
    with pytest.raises(UserError, match="at least one symbol"):
        parse_symbols(" , ")


@pytest.mark.asyncio(loop_scope="session")
async def test_g9_auto_is_confirmed_before_it_is_true(screen: Screen) -> None:
    await screen.trader.strategy(Mode.OBSERVE)
    panel = StrategiesPanel(screen.handles)
    screen.show(panel)
    card = panel.cards[SAMPLE.id]
    strategies = lambda: screen.trader.state.strategies[SAMPLE.id]  # noqa: E731  what is true now
    card.mode.chosen.emit("auto")
    await screen.answer("cancel")
    await screen.until(lambda: card.mode.value() == "observe")
    assert strategies().mode is Mode.OBSERVE
    card.mode.chosen.emit("auto")
    await screen.answer("auto")
    await screen.until(lambda: strategies().mode is Mode.AUTO and card.mode.value() == "auto")
    card.mode.chosen.emit("observe")
    await screen.until(lambda: strategies().mode is Mode.OBSERVE)


@pytest.mark.asyncio(loop_scope="session")
async def test_the_policy_towards_the_model_is_chosen_on_the_card(screen: Screen) -> None:
    await screen.trader.strategy(Mode.OBSERVE)
    panel = StrategiesPanel(screen.handles)
    screen.show(panel)
    card = panel.cards[SAMPLE.id]
    assert card.model.policy.value() == "confirm"
    card.model.policy.chosen.emit("veto")
    await screen.until(lambda: screen.trader.state.strategies[SAMPLE.id].policy is Policy.VETO)
    card.model.levels.setChecked(True)
    await screen.until(lambda: screen.trader.state.strategies[SAMPLE.id].use_model_levels)
    card.model.policy.chosen.emit("off")
    await screen.until(lambda: not card.model.levels.isEnabled())
    assert card.model.policy.value() == "off"


@pytest.mark.asyncio(loop_scope="session")
async def test_what_cannot_be_is_refused_beside_the_field_and_changes_nothing(screen: Screen) -> None:
    before = await screen.trader.strategy(Mode.OBSERVE)
    panel = StrategiesPanel(screen.handles)
    screen.show(panel)
    card = panel.cards[SAMPLE.id]
    for field, text, expected in ((card.symbols, "AAPL, NOSUCHXX", "NOSUCHXX"), (card.cron, "61 25 * *", "61 25 * *")):
        field.setText(text)
        QTest.keyClick(field, Qt.Key.Key_Return)
        await screen.until(lambda expected=expected: expected in card.error.text() and card.error.isVisible())
        assert field.property("invalid") is True
    assert screen.trader.state.strategies[SAMPLE.id] == before
    card.cron.setText("30 10 * * 1-5")
    QTest.keyClick(card.cron, Qt.Key.Key_Return)
    await screen.until(lambda: screen.trader.state.strategies[SAMPLE.id].cron == "30 10 * * 1-5")
    await screen.until(lambda: "10:30" in card.next_run.text())
    assert not card.error.isVisible()


@pytest.mark.asyncio(loop_scope="session")
async def test_run_now_shows_how_far_it_is_and_what_came_of_it(screen: Screen) -> None:
    await screen.trader.strategy(Mode.OBSERVE, symbols=("IBM", "MSFT"))
    panel, runs = StrategiesPanel(screen.handles), RunsPanel(screen.handles)
    screen.show(panel)
    screen.show(runs)
    card, before = panel.cards[SAMPLE.id], runs.model.rowCount()
    card.run_button.click()
    assert card.run_button.text() == "Running 0 of 2"
    await screen.until(lambda: card.run_button.text() == "Run now")
    assert card.run_button.isEnabled()
    await screen.until(lambda: runs.model.rowCount() == before + 2 and not card.progress.isVisible())

    def newest() -> list[RunRow]:
        return sorted(runs.model.rows(), key=lambda row: row.run.started)[-2:]

    await screen.until(lambda: all(row.run.reason and row.run.duration_ms for row in newest()))
    assert {row.run.symbol for row in newest()} == {"IBM", "MSFT"}
    await screen.until(lambda: any(row.run.reason in card.last_run.text() for row in newest()))


@pytest.mark.asyncio(loop_scope="session")
async def test_a_missed_run_is_listed_with_its_reason_and_run_from_there(screen: Screen) -> None:
    strategy = await screen.trader.strategy(Mode.OBSERVE, symbols=("IBM",))
    runs = RunsPanel(screen.handles)
    screen.show(runs)
    due = screen.handles.clock.market() - timedelta(hours=2)
    why = "It was noticed 7200 s late: the machine slept or was busy."
    screen.trader.core.schedule._missed.skip(strategy, [due], why)

    def missed() -> list[RunRow]:
        return [row for row in runs.model.rows() if row.run.status is RunStatus.SKIPPED]

    await screen.until(missed)
    (row,) = missed()
    columns = [column.id for column in runs.model.columns]
    place = runs.model.position_of(row.run.id)
    assert runs.model.index(place, columns.index("status")).data() == "Skipped"
    assert runs.model.index(place, columns.index("reason")).data() == why
    assert not runs.run_act.isEnabled()
    runs.table.select(row.run.id)
    assert runs.run_act.isEnabled()
    before = {one.run.id for one in runs.model.rows()}
    runs.run_act.trigger()

    def run_now() -> list[RunRow]:
        return [one for one in runs.model.rows() if one.run.id not in before]

    await screen.until(run_now)
    await screen.until(lambda: all(one.run.status is not RunStatus.RUNNING for one in run_now()), 30)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_halt_is_told_above_the_cards_until_it_is_resumed(screen: Screen) -> None:
    panel = StrategiesPanel(screen.handles)
    screen.show(panel)
    assert not panel.warning.isVisible()
    screen.handles.desk.halt("Stopped by hand.")
    await screen.until(panel.warning.isVisible)
    assert "halted" in panel.warning.text()
    panel.resume_button.click()
    await screen.answer("resume")
    await screen.until(lambda: not panel.warning.isVisible())


@pytest.mark.asyncio(loop_scope="session")
async def test_a_strategy_chooses_its_own_prompts_and_language(screen: Screen) -> None:
    before = await screen.trader.strategy(Mode.OBSERVE)
    kept = screen.handles.prompts.kept
    own = await kept.create("Own", PromptKind.DAILY, Language.ZH, "{{ symbol }}?")
    panel = StrategiesPanel(screen.handles)
    screen.show(panel)
    panel.cards[SAMPLE.id].prompts_button.click()
    question = await screen.question()
    boxes = {box.accessibleName(): box for box in question.findChildren(QComboBox)}
    boxes["Language of the readings"].setCurrentIndex(1)
    boxes["Daily analysis, 中文"].setCurrentText("Own")
    await screen.answer("save")
    await screen.until(lambda: screen.trader.state.strategies[SAMPLE.id].prompts == (own.id,))
    strategy = screen.trader.state.strategies[SAMPLE.id]
    assert strategy.language is Language.ZH
    texts = screen.handles.prompts.texts
    assert texts.resolve(PromptKind.DAILY, Language.ZH, strategy).id == own.id
    with pytest.raises(UserError, match="is chosen by"):
        await kept.delete(own.id)
    await save(screen.handles, before)
    await kept.delete(own.id)


@pytest.mark.asyncio(loop_scope="session")
async def test_the_periods_of_the_four_checks_are_changed_within_their_bounds(screen: Screen) -> None:
    strategy = await screen.trader.strategy(Mode.OBSERVE)
    panel = StrategiesPanel(screen.handles)
    screen.show(panel)
    panel.cards[SAMPLE.id].periods_button.click()
    question = await screen.question()
    forms = question.findChildren(SettingsForm)
    macd = next(form for form in forms if "slow" in form.fields)
    average = next(form for form in forms if "length" in form.fields and form.fields["length"].value() == 20)
    macd.fields["fast"].setValue(40)
    said = [label.text() for label in question.findChildren(QLabel)]
    assert any("must be below the slow one, not 40 against 26" in text for text in said)
    assert not question.button("save").isEnabled()
    macd.fields["fast"].setValue(12)
    average.fields["length"].setValue(60)
    assert "A run needs 60 closed bars of each timeframe." in [each.text() for each in question.findChildren(QLabel)]
    await screen.answer("save")
    await screen.until(lambda: screen.trader.state.strategies[SAMPLE.id].parameters.sma_length == 60)
    assert screen.trader.state.strategies[SAMPLE.id] == replace(
        strategy, parameters=replace(strategy.parameters, sma_length=60)
    )
    await save(screen.handles, strategy)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_strategy_is_set_up_and_deleted_and_what_it_did_stays_readable(screen: Screen) -> None:
    panel, runs, signals = StrategiesPanel(screen.handles), RunsPanel(screen.handles), SignalsPanel(screen.handles)
    for each in (panel, runs, signals):
        screen.show(each)
    panel.set_up()
    line = (await screen.question()).findChild(QLineEdit)
    assert line is not None
    line.setText("Short lived")
    await screen.answer("create")
    await screen.until(lambda: any(card.accessibleName() == "Short lived" for card in panel.cards.values()))
    made = next(one for one in screen.trader.state.strategies.values() if one.name == "Short lived")
    assert (made.mode, made.is_scheduled) == (Mode.OBSERVE, False)
    with pytest.raises(UserError, match="There is or was a strategy SHORT LIVED already"):
        await create(screen.handles, "short  lived".upper())
    panel.cards[made.id].run("AAPL")
    await screen.until(lambda: any(row.run.strategy == made.id for row in runs.model.rows()))
    await screen.until(lambda: any(one.strategy == made.id for one in screen.trader.state.signals.values()))
    await screen.until(lambda: panel.cards[made.id].run_button.isEnabled())
    panel.cards[made.id].delete_button.click()
    question = await screen.question()
    said = " ".join(label.text() for label in question.findChildren(QLabel))
    assert "Its 1 signals, 1 runs, their lineage and its closed trades stay readable under its name" in said
    await screen.answer("delete")
    await screen.until(lambda: made.id not in panel.cards)
    await screen.until(lambda: {row.strategy for row in runs.model.rows() if row.run.strategy == made.id}
                       == {"Short lived"})  # fmt: skip
    raised = next(row for row in signals.model.rows() if row.signal.strategy == made.id)
    assert raised.strategy == "Short lived"
    assert raised.signal.state_why in ("", "its strategy was deleted")
    loaded = await screen.trader.core.store.journal.load()
    assert (made.id in loaded.strategies, loaded.strategy_name(made.id)) == (False, "Short lived")


@pytest.mark.asyncio(loop_scope="session")
async def test_a_strategy_with_a_working_order_says_why_it_is_not_deleted(screen: Screen) -> None:
    trader = screen.trader
    strategy = await trader.strategy(Mode.ASK, id=StrategyId("working"), name="Working")
    panel = StrategiesPanel(screen.handles)
    screen.show(panel)
    placed = await trader.place(trader.bracket(await trader.instrument("AAPL"), away=-3, strategy=strategy))
    card = panel.cards[strategy.id]
    card.delete_button.click()
    await screen.until(lambda: card.error.text())
    assert card.error.text() == (
        "Working still has a working order in AAPL; close or cancel that first, then delete it."
    )
    assert not screen.open_questions()
    await trader.core.desk.cancel(placed.entry.ref, "hand")
    await trader.until(lambda state: all(o.state.is_final for o in state.orders.values() if o.strategy == strategy.id))
    card.delete_button.click()
    await screen.answer("delete")
    await screen.until(lambda: strategy.id not in panel.cards)


@pytest.mark.asyncio(loop_scope="session")
async def test_the_menu_of_missed_runs_sets_policy_grace_and_the_longest_run(screen: Screen) -> None:
    await screen.trader.strategy(Mode.OBSERVE)
    panel = StrategiesPanel(screen.handles)
    screen.show(panel)
    card = panel.cards[SAMPLE.id]
    settings, strategy = screen.handles.settings, lambda: screen.trader.state.strategies[SAMPLE.id]

    def choose(*path: str) -> None:
        card._offer_missed()
        menu = card.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)[-1]
        *above, last = path
        for text in above:
            menu = next(action.menu() for action in menu.actions() if action.text() == text)
        next(action for action in menu.actions() if action.text() == last).trigger()
        card.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)[-1].close()

    assert "skipped and listed" in card.missed_button.toolTip()
    choose("Run once, when it is not later than the grace time")
    await screen.until(lambda: "done once, up to 10 min late" in card.missed_button.toolTip())
    choose("Grace time: 10 min", "30 min")
    await screen.until(lambda: strategy().grace_minutes == 30)
    assert strategy().misfire is Misfire.ONCE
    choose("Longest run until its signal: 300 s", "60 s")
    assert settings.current.run_timeout_s == 60
    settings.change(run_timeout_s=300)
