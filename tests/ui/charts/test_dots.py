"""Charts on screens of other densities and in other colours: what is painted and what a hand touches stay one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.bars import Timeframe
from app.ui.charts.view import ChartView
from app.ui.theme import Direction, Theme
from tests.ui.charts.conftest import AAPL, screen, wave

SCRIPT = """
import json, sys
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication
from app.domain.bars import Timeframe
from app.ui.charts.view import ChartView
from app.ui.theme import Theme
from tests.ui.charts.conftest import AAPL, wave
app = QApplication([])
view = ChartView(Theme("dark"))
view.resize(800, 500)
bars = wave(300)
view.set_series(AAPL, Timeframe.D1, bars, source_text="practice", zone="UTC")
view.show()
app.processEvents()
picked = QSignalSpy(view.bar_picked)
QTest.mouseClick(view.canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 250))
frame = view.canvas.current_frame()
index = round(frame.position_at(300 * view.canvas.dots))
print(json.dumps({"dots": view.canvas.dots, "still": view.canvas._still.width(), "plot": frame.plot,
                  "right": bool(picked.count() and picked.at(0)[0] == bars.time[index])}))
"""


@pytest.mark.parametrize("factor", [1.25, 1.5])
def test_a_fractional_screen_is_painted_in_its_own_dots_and_touched_where_it_is(factor: float) -> None:
    root = Path(__file__).parents[3]
    given = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": str(factor), "PYTHONPATH": str(root)}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=given, capture_output=True, timeout=60, check=True)
    found = json.loads(done.stdout)
    assert found["dots"] == factor
    assert found["still"] == 800 * factor
    assert found["right"]


@pytest.mark.parametrize("direction", list(Direction))
def test_bars_take_the_chosen_pair_of_colours(direction: Direction, qapp: QApplication) -> None:
    theme = Theme("dark", direction=direction)
    view = ChartView(theme)
    view.resize(600, 400)
    view.set_series(AAPL, Timeframe.D1, wave(40), source_text="", zone="UTC")
    view.times.show_all()
    image = screen(view)
    colours = {image.pixel(x, y) for x in range(0, 500, 1) for y in range(60, 300, 3)}
    assert {theme.colour("up").rgb(), theme.colour("down").rgb()} <= colours
    view.deleteLater()
    QApplication.sendPostedEvents(None, 52)
