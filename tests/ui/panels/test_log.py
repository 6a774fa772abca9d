"""Log: lines of any thread arrive, levels and words filter, the newest stays in sight until one scrolls away."""

from __future__ import annotations

import logging
import threading

import pytest

from app.ui.panels.log import LogPanel
from tests.support.screen import Screen

pytestmark = pytest.mark.asyncio(loop_scope="session")


def write(screen: Screen, level: int, text: str, source: str = "app.services.session") -> None:
    screen.handles.log.emit(logging.LogRecord(source, level, "", 0, text, (), None))


@pytest.fixture
def panel(screen: Screen) -> LogPanel:
    screen.handles.log.lines.clear()
    panel = LogPanel(screen.handles)
    screen.show(panel)
    return panel


async def test_lines_logged_on_other_threads_arrive_in_their_order(screen: Screen, panel: LogPanel) -> None:
    threads = [
        threading.Thread(target=lambda n=n: [write(screen, logging.INFO, f"{n}:{i}") for i in range(50)]) for n in "ab"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    await screen.until(lambda: panel.model.rowCount() == 100)
    told = [row.line.text for row in panel.model.rows()]
    for name in "ab":
        assert [text for text in told if text.startswith(name)] == [f"{name}:{i}" for i in range(50)]


async def test_levels_and_words_filter(screen: Screen, panel: LogPanel) -> None:
    write(screen, logging.DEBUG, "a detail")
    write(screen, logging.INFO, "connected")
    write(screen, logging.WARNING, "the farm is down")
    write(screen, logging.ERROR, "the database failed")
    await screen.until(lambda: panel.model.counts() == (3, 4))
    panel.level.set_value("warning")
    panel.level.chosen.emit("warning")
    assert panel.model.counts() == (2, 4)
    panel.table.set_filter("database")
    assert [row.line.text for row in panel.model.rows()] == ["the database failed"]


async def test_the_newest_line_stays_in_sight_until_one_scrolls_away(screen: Screen, panel: LogPanel) -> None:
    for number in range(60):
        write(screen, logging.INFO, f"line {number}")
    bar = panel.table.view.verticalScrollBar()
    await screen.until(lambda: panel.model.rowCount() == 60 and bar.value() == bar.maximum() > 0)
    bar.setValue(3)
    write(screen, logging.INFO, "one more")
    await screen.until(lambda: panel.model.rowCount() == 61)
    assert bar.value() == 3
    assert panel.tail_button.isVisible()
    panel.tail_button.click()
    await screen.until(lambda: bar.value() == bar.maximum())
    assert not panel.tail_button.isVisible()
