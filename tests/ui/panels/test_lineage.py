"""Lineage: the newest by itself, any fill back to its decision, each step opened, the whole as a file."""

from __future__ import annotations

import json
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QTreeWidget

from app.compose import SAMPLE
from app.domain.events import StepName
from app.domain.strategies import Mode
from app.ui.panels.lineage import LineagePanel
from app.ui.panels.lineage_words import Pair, pairs_of
from tests.support.screen import Screen


def test_gates_read_as_name_verdict_value_and_limit() -> None:
    gate = {"name": "self_cross", "verdict": "refuse", "value": "1", "limit": "0", "text": "It would trade."}
    (gates,) = pairs_of({"gates": [gate]})
    assert gates.value == "1"
    assert gates.children[0].key == "Self cross"
    assert gates.children[0].value == "refuse · 1 against 0 · It would trade."
    assert len(gates.children[0].children) == 5


def test_unknown_is_a_dash_and_ids_are_marked() -> None:
    assert pairs_of({"perm_id": 1795377406, "stop": None, "quantity": Decimal("20"), "macd": 1.5}) == (
        Pair("Perm id", "1795377406", is_id=True),
        Pair("Stop", "–"),
        Pair("Quantity", "20"),
        Pair("MACD", "1.5"),
    )


def texts(tree: QTreeWidget) -> dict[str, str]:
    items = [tree.topLevelItem(place) for place in range(tree.topLevelItemCount())]
    return {item.text(0): item.text(1) for item in items}


@pytest.mark.asyncio(loop_scope="session")
async def test_it_follows_the_newest_order_until_something_is_asked_for(screen: Screen) -> None:
    trader = screen.trader
    instrument = await trader.instrument("IBM")
    first = await trader.bought(instrument, 2)
    panel = LineagePanel(screen.handles)
    screen.show(panel, 520, 240)
    await screen.until(lambda: panel.subject == first.entry.ref and panel.steps)
    assert panel.heading.text().startswith("Newest  ·  Entry: BUY 2 IBM LMT")
    second = await trader.bought(instrument, 3)
    await screen.until(lambda: panel.subject == second.entry.ref and len(panel.steps) > 2)
    screen.handles.selection.trace(first.entry.ref)
    refreshed = QSignalSpy(panel._settle.timeout)
    await trader.bought(instrument, 1)
    await screen.until(lambda: refreshed.count() > 0 and not panel._settle.isActive() and panel.steps)
    assert panel.subject == first.entry.ref
    assert not panel.heading.text().startswith("Newest")


@pytest.mark.asyncio(loop_scope="session")
async def test_a_fill_leads_back_to_its_decision_and_each_step_opens(screen: Screen, tmp_path: Path) -> None:
    trader = screen.trader
    intent = await trader.bought(await trader.instrument("MSFT"), 4)
    fill = next(each for each in trader.state.fills.values() if each.ref == intent.entry.ref)
    panel = LineagePanel(screen.handles)
    screen.show(panel, 520, 240)
    panel.trace(fill.exec_id)
    await screen.until(lambda: any(step.step is StepName.FILLS for step in panel.steps))
    assert panel.steps[0].step is StepName.INTENT
    step = next(step for step in panel.steps if step.step is StepName.FILLS)
    panel.open_step(step.id)
    assert (panel.detail.isVisible(), panel.timeline.isVisible()) == (True, False)
    outputs = texts(panel.detail.outputs.tree)
    assert (outputs["Side"], outputs["Quantity"]) == ("BUY", f"{fill.quantity}")
    assert texts(panel.detail.inputs.tree)["Exec id"] == fill.exec_id
    panel.detail.copy_button.click()
    copied = json.loads(QGuiApplication.clipboard().text())
    assert copied["outputs"]["price"] == float(fill.price)
    QTest.keyClick(panel.detail, Qt.Key.Key_Escape)
    assert panel.timeline.isVisible()
    panel.resize(1000, 500)
    panel.open_step(step.id)
    assert panel.detail.isVisible() and panel.timeline.isVisible()  # noqa: PT018  side by side
    file = tmp_path / "chain.json"
    panel.export_to(file)
    written = json.loads(file.read_text())
    assert written["subject"] == fill.exec_id
    assert [one["id"] for one in written["steps"]] == [one.id for one in panel.steps]
    panel.export_to(tmp_path / "run.zip")
    await screen.until(lambda: any("no run to export" in sentence for sentence in screen.told))
    screen.told.clear()
    panel.export_to(tmp_path / "missing" / "chain.json")
    assert screen.told[0].startswith("The chain could not be written to")


@pytest.mark.asyncio(loop_scope="session")
async def test_a_run_tells_its_story_and_an_unknown_id_is_refused_in_a_sentence(screen: Screen, tmp_path: Path) -> None:
    trader = screen.trader
    await trader.strategy(Mode.OBSERVE)
    result = await trader.core.runs.run(SAMPLE.id, "GOOG")
    panel = LineagePanel(screen.handles)
    screen.show(panel)
    panel.trace(result.run)
    await screen.until(lambda: panel.steps and panel.steps[-1].step is StepName.SIGNAL)
    assert panel.heading.text().startswith("Run: Three of four, GOOG")
    panel.export_to(tmp_path / "run.zip")
    await screen.until(lambda: (tmp_path / "run.zip").exists())
    assert "run.json" in zipfile.ZipFile(tmp_path / "run.zip").namelist()
    titles = [panel.timeline.model.step(panel.timeline.model.index(row, 0)).title for row in range(4)]
    assert titles == ["Strategy loaded", "Bars loaded, 1d", "Bars loaded, 1w", "Indicators computed"]
    panel.trace("no-such-thing")
    overlay = panel.timeline._overlay
    await screen.until(lambda: "no-such-thing" in overlay.accessibleName())
    assert panel.steps == ()
