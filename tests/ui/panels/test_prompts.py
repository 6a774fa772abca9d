"""The prompts panel: writing, comparing, seeing on real bars, asking a model, and judging by results."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.domain.events import ProviderSaved
from app.domain.outcomes import OutcomeResult
from app.domain.performance import Case
from app.domain.prompts import Language, Prompt, PromptId, PromptKind
from app.quant.performance import compare, measure
from app.ui.panels.prompts import PromptsPanel
from app.ui.panels.prompts_diff import Change, differences
from app.ui.panels.prompts_performance import pair_verdict, single_verdict
from app.ui.panels.prompts_rows import StatsRow
from app.ui.widgets.states import Empty, Failed, Loading, Ready, Stale
from tests.services.test_performance import lived
from tests.support.model_server import Reply, completion, model_server, provider, reply
from tests.support.screen import Screen

pytestmark = pytest.mark.asyncio(loop_scope="session")
SIZE = (1100, 620)


async def opened(screen: Screen, text: str = "What of {{ symbol }}, last {{ close }}?") -> tuple[PromptsPanel, Prompt]:
    """Return the panel with a new prompt chosen."""
    screen.handles.selection.pick(await screen.trader.instrument("AAPL"))
    prompt = await screen.handles.prompts.kept.create("Mine", PromptKind.DAILY, Language.EN, text)
    panel = PromptsPanel(screen.handles)
    screen.show(panel, *SIZE)
    panel.list.choose(prompt.id)
    await screen.until(lambda: panel.editor.text.toPlainText() == text)
    return panel, prompt


async def test_a_text_is_saved_as_a_new_version_and_compared(screen: Screen) -> None:
    panel, prompt = await opened(screen)
    panel.editor.text.setPlainText("What of {{ symbol }}, last {{ close }}?\nBe brief.")
    assert panel.tabs.tabText(0) == "Text •"
    panel.editor.note.setText("Brief")
    QTest.mouseClick(panel.editor.save_button, Qt.MouseButton.LeftButton)
    await screen.until(lambda: len(panel.tabs.versions.model.rows()) == 2)
    assert panel.tabs.tabText(0) == "Text"
    state = screen.trader.state
    assert [mark.note for mark in state.prompts[prompt.id].versions] == ["", "Brief"]
    panel.tabs.setCurrentWidget(panel.tabs.versions)
    assert "+ Be brief." in panel.tabs.versions.diff.toPlainText()
    panel.tabs.versions.table.select(prompt.versions[0].id)
    QTest.mouseClick(panel.tabs.versions.activate_button, Qt.MouseButton.LeftButton)
    await screen.until(lambda: screen.trader.state.prompts[prompt.id].active == prompt.active)
    panel.tabs.versions.table.select(prompt.versions[0].id)
    QTest.mouseClick(panel.tabs.versions.restore_button, Qt.MouseButton.LeftButton)
    await screen.until(lambda: len(screen.trader.state.prompts[prompt.id].versions) == 3)
    await screen.until(lambda: len(panel.tabs.versions.model.rows()) == 3)


async def test_an_unknown_variable_is_told_beside_the_text(screen: Screen) -> None:
    panel, prompt = await opened(screen)
    panel.editor.text.setPlainText("one\n{{ simbol }}")
    panel.save()
    await screen.until(lambda: "simbol" in panel.editor.error.text())
    assert panel.editor.error.text() == (
        "Line 2: the variable “simbol” is not known in a prompt of this kind; nothing was saved."
    )
    assert panel.editor.text.textCursor().blockNumber() == 1
    assert len(screen.trader.state.prompts[prompt.id].versions) == 1


async def test_what_was_begun_to_be_written_is_kept_while_another_prompt_is_shown(screen: Screen) -> None:
    panel, prompt = await opened(screen)
    panel.editor.text.setPlainText("half a thou")
    other = next(row.prompt for row in panel.list.model.rows() if row.prompt.id != prompt.id)
    panel.list.choose(other.id)
    await screen.until(lambda: "half a thou" not in panel.editor.text.toPlainText())
    panel.list.choose(prompt.id)
    await screen.until(lambda: panel.editor.text.toPlainText() == "half a thou")


async def test_a_double_click_inserts_a_variable(screen: Screen) -> None:
    panel, _ = await opened(screen)
    row = panel.editor.model.rows()[0]
    panel.editor.variables.activated.emit(row)
    assert panel.editor.text.toPlainText().startswith(f"{{{{ {row.name} }}}}What")
    assert {each.name for each in panel.editor.model.rows()} >= {"symbol", "bars_table", "checks_table"}


async def test_the_preview_has_the_real_bars_of_the_symbol_in_sight(screen: Screen) -> None:
    panel, _ = await opened(screen, "{{ symbol }} {{ bars_count }} {{ bars_table }}")
    panel.tabs.setCurrentWidget(panel.tabs.preview)
    await screen.until(lambda: panel.tabs.preview.text.toPlainText().startswith("AAPL "))
    lines = panel.tabs.preview.text.toPlainText().splitlines()
    assert len(lines) == 61
    assert "about" in panel.tabs.preview.caption.text()
    assert "tokens" in panel.tabs.preview.caption.text()
    screen.handles.selection.pick(await screen.trader.instrument("MSFT"))
    await screen.until(lambda: panel.tabs.preview.text.toPlainText().startswith("MSFT "))
    panel.editor.text.setPlainText("{{ atr.nothing }}")
    panel.show_preview()
    await screen.until(lambda: isinstance(panel.tabs.preview.state, Failed))


async def test_a_model_is_asked_with_the_text_in_the_editor(screen: Screen) -> None:
    panel, prompt = await opened(screen)
    evil = "<img src='file:///etc/passwd'><b>buy</b> http://example.com"
    answer = completion(json.dumps(reply(symbol="AAPL", signal="HOLD", entry_low=None, entry_high=None, stop=None,
                                         target_1=None, target_2=None, claims=[], reasoning=evil)))  # fmt: skip
    async with model_server([Reply(answer)]) as server:
        used = provider(server.base_url, is_in_use=True, needs_key=False)
        await screen.trader.core.facts.enter(ProviderSaved(at=screen.handles.clock.now(), provider=used))
        panel.editor.text.setPlainText("Tell me of {{ symbol }}.")
        panel.tabs.setCurrentWidget(panel.tabs.trial)
        QTest.mouseClick(panel.tabs.trial.run_button, Qt.MouseButton.LeftButton)
        assert isinstance(panel.tabs.trial.state, Loading)
        await screen.until(lambda: panel.tabs.trial.run_button.isEnabled())
        sent = server.questions[0]
    await screen.trader.core.facts.enter(
        ProviderSaved(at=screen.handles.clock.now(), provider=provider(server.base_url, is_in_use=False))
    )
    assert "Tell me of AAPL." in sent.text
    assert sent.picture is not None
    assert "DU" not in sent.text.split()
    assert evil in panel.tabs.trial.text.toPlainText()
    assert "tokens" in panel.tabs.trial.caption.text()
    versions = screen.trader.state.prompts[prompt.id].versions
    assert len(versions) == 2
    assert screen.trader.state.prompts[prompt.id].active == versions[0].id
    assert screen.trader.state.prompt_uses[versions[1].id].readings == 1


async def test_a_consolidation_is_tried_over_both_charts(screen: Screen) -> None:
    panel, _ = await opened(screen)
    text = "Weigh {{ readings|length }}: {% for r in readings %}{{ r.timeframe }} {{ r.reasoning }} {% endfor %}"
    kept = screen.handles.prompts.kept
    prompt = await kept.create("Weigh", PromptKind.CONSOLIDATION, Language.EN, text)
    panel.list.choose(prompt.id)
    await screen.until(lambda: panel.editor.text.toPlainText() == text)
    panel.tabs.setCurrentWidget(panel.tabs.preview)
    await screen.until(lambda: panel.tabs.preview.text.toPlainText().startswith("Weigh "))
    hold = reply(symbol="AAPL", signal="HOLD", entry_low=None, entry_high=None, stop=None, target_1=None,
                 target_2=None, claims=[], reasoning="Nothing yet.")  # fmt: skip
    async with model_server(lambda _: completion(json.dumps(hold))) as server:
        used = provider(server.base_url, is_in_use=True, needs_key=False)
        await screen.trader.core.facts.enter(ProviderSaved(at=screen.handles.clock.now(), provider=used))
        panel.tabs.setCurrentWidget(panel.tabs.trial)
        panel.try_model()
        await screen.until(lambda: panel.tabs.trial.run_button.isEnabled())
        sent = [each.text for each in server.questions]
    await screen.trader.core.facts.enter(
        ProviderSaved(at=screen.handles.clock.now(), provider=provider(server.base_url, is_in_use=False))
    )
    assert len(sent) == 3
    quoted = '<data name="reasoning">Nothing yet.</data>'
    assert f"Weigh 2: 1d {quoted} 1w {quoted}" in sent[-1]
    assert panel.tabs.trial.text.toPlainText().count("HOLD") == 3


async def test_a_model_that_is_silent_can_be_given_up(screen: Screen) -> None:
    panel, _ = await opened(screen)
    async with model_server([Reply(never=True)]) as server:
        used = provider(server.base_url, is_in_use=True, needs_key=False)
        await screen.trader.core.facts.enter(ProviderSaved(at=screen.handles.clock.now(), provider=used))
        panel.try_model()
        await screen.until(lambda: server.questions)
        panel.tabs.trial.stop()
        await screen.until(lambda: panel.tabs.trial.run_button.isEnabled())
    await screen.trader.core.facts.enter(
        ProviderSaved(at=screen.handles.clock.now(), provider=provider(server.base_url, is_in_use=False))
    )
    assert panel.tabs.trial.lamp.text() == "Cancelled"


async def test_filters_and_words_narrow_the_list(screen: Screen) -> None:
    panel, _ = await opened(screen, "A quite unusual wording about {{ symbol }}")
    panel.list.search.setText("unusual WORDING")
    await screen.until(lambda: [row.prompt.name for row in panel.list.model.rows()] == ["Mine"])
    panel.list.search.clear()
    panel.list.language.setCurrentIndex(panel.list.language.findData("zh"))
    await screen.until(lambda: {row.prompt.language for row in panel.list.model.rows()} == {Language.ZH})
    panel.list.kind.setCurrentIndex(panel.list.kind.findData("consolidation"))
    assert [row.prompt.name for row in panel.list.model.rows()] == ["综合判断"]


async def test_a_copy_for_a_strategy_is_made_and_deleted(screen: Screen) -> None:
    panel, prompt = await opened(screen)
    panel.acts.duplicate(prompt)
    await screen.answer("do")
    copies = lambda: [each for each in screen.handles.prompts.kept.all() if each.name == "Mine copy"]  # noqa: E731
    await screen.until(copies)
    panel.acts.delete(copies()[0])
    await screen.answer("do")
    await screen.until(lambda: not copies())


async def test_the_default_of_all_cannot_be_deleted_and_says_so(screen: Screen) -> None:
    panel, _ = await opened(screen)
    shipped = screen.handles.prompts.texts.resolve(PromptKind.WEEKLY, Language.EN)
    panel.acts.delete(shipped)
    await screen.answer("do")
    await screen.until(lambda: any("is the default" in told for told in screen.told))


async def test_prompts_go_out_to_a_file_and_come_back(screen: Screen, tmp_path: Path) -> None:
    panel, prompt = await opened(screen)
    path = tmp_path / "mine.json"
    await screen.handles.prompts.files.export(path, (prompt.id,))
    before = len(screen.handles.prompts.kept.all())
    panel.acts.import_from(path)
    await screen.until(lambda: len(screen.handles.prompts.kept.all()) == before + 1)
    panel.acts.import_from(path)
    panel.acts.stop_import()
    await screen.until(lambda: any("import was stopped" in told for told in screen.told))
    assert len(screen.handles.prompts.kept.all()) == before + 1
    path.write_text("{}")
    panel.acts.import_from(path)
    await screen.until(lambda: any("was expected" in told for told in screen.told))


async def test_results_are_ranked_drawn_and_compared(screen: Screen) -> None:
    panel, _ = await opened(screen)
    facts = [fact for n in range(6) for fact in lived(1000 + n, OutcomeResult.WIN, 2.0)]
    await screen.trader.core.facts.enter(*facts)
    panel.tabs.setCurrentWidget(panel.tabs.performance)
    await screen.until(lambda: panel.tabs.performance.model.counts()[1] == 2)
    assert [row.stats.count for row in panel.tabs.performance.model.rows()] == [6, 6]
    assert "Too few to mean anything yet" in panel.tabs.performance.verdict.text()
    panel.tabs.performance.table.view.selectAll()
    assert "this may be chance" in panel.tabs.performance.verdict.text()
    panel.tabs.performance.groups.set_value("models")
    panel.tabs.performance.groups.chosen.emit("models")
    assert [row.name for row in panel.tabs.performance.model.rows()] == ["served"]
    for theme in ("light", "dark"):
        screen.handles.theme.set(theme)


async def test_two_thousand_prompts_are_listed_and_filtered_fast(screen: Screen) -> None:
    panel, prompt = await opened(screen)
    row = panel.list.model.find(prompt.id)
    assert row is not None
    kept = screen.handles.prompts.kept
    many = [replace(row, prompt=replace(prompt, id=PromptId(f"{n}"), name=f"Prompt {n}")) for n in range(2000)]
    panel.list.model.replace(many)
    began = time.perf_counter()
    panel.list.model.filter(accepts=lambda each: "19" in each.prompt.name)
    panel.list.table.sort_by("updated")
    assert time.perf_counter() - began < 2.0  # of tens of milliseconds: the machine may be busy
    assert panel.list.model.counts()[1] == 2000
    assert kept.all()


def rows(wins: int, losses: int, name: str) -> StatsRow:
    """Return a row of so many wins and losses."""
    cases = [Case(OutcomeResult.WIN, 2.0, 0.6)] * wins + [Case(OutcomeResult.LOSS, -1.0, 0.6)] * losses
    return StatsRow(name, name, measure(cases))


async def test_verdicts_never_say_more_than_the_numbers() -> None:
    many, few, none = rows(40, 20, "many"), rows(3, 0, "few"), rows(0, 0, "none")
    poor = rows(10, 50, "poor")
    assert single_verdict(none) == "none: nothing has reached its target or its stop yet."
    assert single_verdict(few).startswith("Too few to mean anything yet: 3 of 3 won")
    assert single_verdict(many).startswith("40 of 60 won; the true share lies between 54 to 77 %")
    assert "may be chance" in pair_verdict(many, few, compare(many.stats, few.stats))
    assert "more than chance" in pair_verdict(many, poor, compare(many.stats, poor.stats))
    assert "Chance explains" in pair_verdict(many, many, compare(many.stats, many.stats))


async def test_a_comparison_says_what_came_and_what_went() -> None:
    old = "\n".join(f"line {n}" for n in range(20))
    new = old.replace("line 10", "line ten")
    lines = differences(old, new)
    assert [line.text for line in lines if line.change is Change.GONE] == ["line 10"]
    assert [line.text for line in lines if line.change is Change.ADDED] == ["line ten"]
    assert [line.text for line in lines if line.change is Change.SKIPPED] == [
        "7 lines that are the same",
        "6 lines that are the same",
    ]
    assert all(line.change is Change.KEPT for line in differences(old, old, whole=True))


async def test_the_four_states_are_shown(screen: Screen) -> None:
    panel, _ = await opened(screen)
    for state in (Empty("Nothing."), Loading("Reading", 1, 3), Failed("It failed."), Stale("3 m"), Ready()):
        panel.show_state(state)
        panel.grab()
