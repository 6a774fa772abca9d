"""Charts in a live market: python -m tests.benchmarks.chart_live [--charts 4] [--ticks 100] [--seconds 20] [--bars N].

Every chart gets its ticks a second; printed are frames a second of each chart, the share of frame gaps up to 33 ms,
the process CPU, the memory grown after the first tenth, and what one crosshair move costs until it is painted.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QGridLayout, QWidget

from app.ui.theme import Theme
from tests.benchmarks.chart_contest import Paints, median, resident_mb
from tests.benchmarks.chart_data import sheet
from tests.benchmarks.chart_ours import Ours

LATE_MS = 33.0


def main() -> None:
    """Run the market and print one JSON line."""
    parser = argparse.ArgumentParser(description="Paint charts under live ticks.")
    for name, usual in (("charts", 4), ("ticks", 100), ("seconds", 20), ("bars", 10_000)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    chosen = parser.parse_args()
    app = QApplication([])
    theme = Theme("dark")
    theme.apply()
    window, charts = _window(theme, chosen.charts, chosen.bars)
    paints = [Paints(chart.view.canvas.viewport()) for chart in charts]
    crosshair = median(charts[0].cross, charts[0].flush, 500)
    charts[0].view.canvas.move_cross(None)
    memory: list[float] = []
    QTimer.singleShot(chosen.seconds * 100, lambda: memory.append(resident_mb()))
    cpu, begin = time.process_time(), time.perf_counter()
    timers = [_market(chart, chosen.ticks, phase) for phase, chart in enumerate(charts)]
    QTimer.singleShot(chosen.seconds * 1000, app.quit)
    app.exec()
    lasted, cpu = time.perf_counter() - begin, time.process_time() - cpu
    for timer in timers:
        timer.stop()
    grown = resident_mb() - memory[0]
    gaps = [(after - before) * 1000 for paint in paints for before, after in zip(paint.at, paint.at[1:], strict=False)]
    figures = {
        "frames_per_s": round(min(len(paint.at) for paint in paints) / lasted, 2),
        "frames_in_time_share": round(sum(gap <= LATE_MS for gap in gaps) / max(1, len(gaps)), 5),
        "worst_gap_ms": round(max(gaps, default=0.0), 2),
        "cpu_share": round(cpu / lasted, 3),
        "grown_mb": round(grown, 2),
        "crosshair_ms": round(crosshair, 3),
    }
    sys.stdout.write(json.dumps({"bench": "chart_live", **vars(chosen), **figures}) + "\n")
    window.close()


def _window(theme: Theme, count: int, bars: int) -> tuple[QWidget, list[Ours]]:
    """Show charts in a grid of two columns."""
    window = QWidget()
    grid = QGridLayout(window)
    charts = []
    for place in range(count):
        chart = Ours(theme, sheet(bars, seed=place))
        chart.first()
        grid.addWidget(chart.view, place // 2, place % 2)
        charts.append(chart)
    window.resize(1200, 800)
    window.show()
    QApplication.processEvents()
    return window, charts


def _market(chart: Ours, ticks: int, phase: int) -> QTimer:
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    state = [phase]

    def trade() -> None:
        state[0] += 1
        chart.tick(chart.last * (1 + 1e-4 * ((state[0] * 7919) % 11 - 5)))

    timer.timeout.connect(trade)
    timer.start(max(1, 1000 // ticks))
    return timer


if __name__ == "__main__":
    main()
