"""How soon Tapeline's whole window is painted, against a bare PySide6 window with five docks; and `--version`.

`python -m tests.benchmarks.start [--runs N]`: one JSON line each; every run is a process of its own, the two in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

BARE = """
import time; began = time.perf_counter()
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDockWidget, QLabel, QMainWindow
app = QApplication([])
class Window(QMainWindow):
    is_painted = False
    def paintEvent(self, event):
        super().paintEvent(event)
        self.is_painted = True
window = Window()
window.setCentralWidget(QLabel("centre"))
for area in (Qt.LeftDockWidgetArea, Qt.RightDockWidgetArea, Qt.BottomDockWidgetArea, Qt.TopDockWidgetArea,
             Qt.LeftDockWidgetArea):
    dock = QDockWidget("dock"); dock.setWidget(QLabel("panel")); window.addDockWidget(area, dock)
window.resize(1440, 900); window.show(); app.processEvents()
assert window.is_painted
print((time.perf_counter() - began) * 1000, flush=True)
import os; os._exit(0)
"""

OURS = """
import time; began = time.perf_counter()
import os, sys
from pathlib import Path
from app import desktop
show = desktop.show
def measured(data_dir):
    shown = show(data_dir)
    assert shown.window.is_painted
    print((time.perf_counter() - began) * 1000, flush=True)
    os._exit(0)
desktop.show = measured
desktop.open_window(desktop.Wish(Path(sys.argv[1])))
"""


def painted_ms(program: str, *arguments: str) -> float:
    """Return the milliseconds from a process's first line to its window's first paint."""
    environment = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, env=environment)
    return float(done.stdout.split()[-1])


def version_s() -> float:
    """Return the wall seconds of a whole `tapeline --version`."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "app", "--version"], capture_output=True, check=True)
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    pairs = []
    for _ in range(runs + 1):
        with tempfile.TemporaryDirectory() as data_dir:
            pairs.append((painted_ms(OURS, data_dir), painted_ms(BARE)))
    ours, bare = zip(*pairs[1:], strict=True)
    line = {
        "bench": "first_paint",
        "runs": runs,
        "first_paint_ms": round(statistics.median(ours), 1),
        "bare_five_docks_ms": round(statistics.median(bare), 1),
        "ratio": round(statistics.median(one / other for one, other in pairs[1:]), 2),
    }
    sys.stdout.write(json.dumps(line) + "\n")
    versions = [version_s() for _ in range(runs)]
    sys.stdout.write(json.dumps({"bench": "version", "version_s": round(statistics.median(versions), 3)}) + "\n")


if __name__ == "__main__":
    main()
