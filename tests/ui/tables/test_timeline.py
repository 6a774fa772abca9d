"""The timeline: the tree of steps, under Qt's model tester, and its keys."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from app.ui.tables.timeline import Outcome, Step, Timeline, TimelineModel
from app.ui.theme import Theme
from app.ui.widgets.states import Empty, StateOverlay

CHAIN = (
    Step(
        "run",
        "Run of Three of four",
        "14:30:00",
        outcome=Outcome.OK,
        duration_ms=820,
        children=(
            Step("signal", "AAPL: 3 of 4 agree", "14:30:00", "RSI 56.1"),
            Step("model", "Model reading", "14:30:00", outcome=Outcome.SKIPPED),
        ),
    ),
    Step("order", "Order sent", "14:30:01", outcome=Outcome.FAILED, duration_ms=31),
)


def test_the_tree_satisfies_qt(qtbot: QtBot) -> None:
    model = TimelineModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    model.show(CHAIN)
    assert model.rowCount() == 2
    assert model.rowCount(model.index(0, 0)) == 2
    assert model.parent(model.place("model")) == model.place("run")
    assert not model.place("nobody").isValid()
    model.show(())
    assert model.rowCount() == 0
    del tester


def test_without_steps_it_says_how_to_get_some(theme: Theme, qtbot: QtBot) -> None:
    timeline = Timeline(theme)
    qtbot.addWidget(timeline)
    cover = timeline.findChild(StateOverlay)
    assert isinstance(cover, StateOverlay)
    assert isinstance(cover.state, Empty)
    timeline.show_steps(CHAIN)
    assert not cover.isVisibleTo(timeline)


def test_arrows_walk_the_chain_and_enter_opens_a_step(theme: Theme, qtbot: QtBot) -> None:
    timeline = Timeline(theme)
    qtbot.addWidget(timeline)
    timeline.resize(400, 300)
    timeline.show()
    timeline.show_steps(CHAIN)
    timeline.choose("run")
    with qtbot.waitSignal(timeline.chosen) as chosen:
        QTest.keyClick(timeline.view, Qt.Key.Key_Down)
    assert chosen.args == ["signal"]
    with qtbot.waitSignal(timeline.opened) as opened:
        QTest.keyClick(timeline.view, Qt.Key.Key_Return)
    assert opened.args == ["signal"]


def test_a_step_reads_aloud_with_its_outcome(qtbot: QtBot) -> None:
    model = TimelineModel()
    model.show(CHAIN)
    said = model.data(model.place("order"), Qt.ItemDataRole.AccessibleTextRole)
    assert said == "14:30:01 · Order sent · failed"
