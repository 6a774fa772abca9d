"""The longest time that the window's loop was busy in one turn while the panels of analysis are used by hand.

`python -m tests.benchmarks.panels [--rounds N]`: one JSON line an act, in the product's own window on the practice
market. A heartbeat of 2 ms runs on the loop; `longest_cpu_ms` is what the window's thread had the processor for between
two beats, `longest_ms` the same by the clock, which on a machine that others use tells of them as well.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PySide6.QtWidgets import QWidget

from app import desktop
from app.life import Life
from app.runtime.instance import Instance
from app.ui.charts.view import ChartView
from app.ui.handles import Handles
from app.ui.panels.analysis import AnalysisPanel
from app.ui.panels.indicators import IndicatorsPanel
from app.ui.panels.prompts import PromptsPanel
from app.ui.panels.signals import SignalsPanel
from app.ui.shell import MainWindow

GOAL_MS = 50.0
BEAT_S = 0.002
SETTLE_S = 0.5
PATIENCE_S = 30.0
INDICATORS = ("macd", "sma", "bollinger", "rsi", "cdlengulfing", "supertrend", "stochastic", "volume")
Panel = TypeVar("Panel", bound=QWidget)
Act = Callable[[], Awaitable[object]]


class Turns:
    """Beats on the loop and keeps the longest turn, by the clock and by the thread's own time."""

    def __init__(self) -> None:
        self.longest_ms = self.longest_cpu_ms = 0.0
        self._seen = (time.perf_counter(), time.thread_time())
        self._is_on = True
        self.beat()

    def beat(self) -> None:
        """Note what the turn since the last beat took and order the next."""
        now = (time.perf_counter(), time.thread_time())
        self.longest_ms = max(self.longest_ms, (now[0] - self._seen[0] - BEAT_S) * 1000)
        self.longest_cpu_ms = max(self.longest_cpu_ms, (now[1] - self._seen[1]) * 1000)
        self._seen = now
        if self._is_on:
            asyncio.get_running_loop().call_later(BEAT_S, self.beat)

    def stop(self) -> None:
        """Beat no more."""
        self._is_on = False
        self.beat()


@dataclass(frozen=True, slots=True)
class Bench:
    """The window and what is in it."""

    window: MainWindow
    handles: Handles

    def panel(self, kind: type[Panel]) -> Panel:
        """Return the panel of a class that is built already."""
        found = self.window.findChild(kind)
        assert found is not None
        return found

    async def until(self, is_so: Callable[[], object]) -> None:
        """Let the loop turn until something is so, and then until nothing more follows from it."""
        async with asyncio.timeout(PATIENCE_S):
            while not is_so():  # noqa: ASYNC110  what the screen shows tells nobody when it changes
                await asyncio.sleep(0.01)
        await asyncio.sleep(SETTLE_S)


def journeys(bench: Bench, rounds: int) -> Iterator[tuple[str, Act]]:
    """Name every act and give it: each is done several times, and the longest turn of all counts."""
    show = bench.window.workspace.show
    handles = bench.handles

    async def pick(symbol: str, is_shown: Callable[[str], bool]) -> None:
        handles.selection.pick(await handles.market.resolve(symbol))
        await bench.until(lambda: is_shown(symbol))

    def analysed(symbol: str) -> bool:
        found = bench.panel(AnalysisPanel).surveyed
        return found is not None and found.instrument.symbol == symbol

    async def open_analysis() -> None:
        show("analysis")
        await bench.until(lambda: bench.panel(AnalysisPanel).surveyed)

    async def refresh() -> None:
        panel = bench.panel(AnalysisPanel)
        for _ in range(rounds):
            before = panel.surveyed
            panel.refresh()
            await bench.until(lambda before=before: panel.surveyed is not before)

    async def other_symbols() -> None:
        for symbol in ("MSFT", "FB", "AAPL"):
            await pick(symbol, analysed)

    async def open_indicators() -> None:
        show("indicators")
        await bench.until(lambda: bench.panel(IndicatorsPanel)._bars)

    async def indicators() -> None:
        panel = bench.panel(IndicatorsPanel)
        for name in INDICATORS * rounds:
            panel.table.select(name)
            await bench.until(lambda name=name: panel.detail is not None and panel.detail.row.name == name)

    async def open_prompts() -> None:
        show("prompts")
        await bench.until(lambda: bench.panel(PromptsPanel).editor.text.toPlainText())

    async def prompts() -> None:
        panel = bench.panel(PromptsPanel)
        for _ in range(rounds):
            for row in panel.list.model.rows()[:4]:
                panel.list.table.select(row.prompt.id)
                await bench.until(lambda row=row: panel.prompt == row.prompt)
            for tab in range(panel.tabs.count()):
                panel.tabs.setCurrentIndex(tab)
                await bench.until(lambda: True)

    async def run_signals() -> None:
        show("signals")
        strategy = next(iter(handles.facts.state.strategies.values()))
        await handles.schedule.run_now(strategy)
        await bench.until(lambda: bench.panel(SignalsPanel).inbox.cards)

    async def signals() -> None:
        panel = bench.panel(SignalsPanel)
        for _ in range(rounds):
            for view in ("history", "batch", "inbox"):
                panel.show_view(view)
                await bench.until(lambda: True)

    return iter(
        [
            ("analysis_opened", open_analysis),
            ("analysis_again", refresh),
            ("analysis_other_symbol", other_symbols),
            ("indicators_opened", open_indicators),
            ("indicators_selected", indicators),
            ("prompts_opened", open_prompts),
            ("prompts_selected", prompts),
            ("signals_raised", run_signals),
            ("signals_views", signals),
        ]
    )


async def measured(bench: Bench, rounds: int) -> list[dict[str, object]]:
    """Do every act under a heartbeat and return a line each."""

    def chart_is_moving() -> bool:
        view = bench.window.findChild(ChartView)
        return view is not None and view.model.series is not None and len(view.model.series) > 30

    await bench.until(chart_is_moving)
    lines: list[dict[str, object]] = []
    for name, act in journeys(bench, rounds):
        turns = Turns()
        await act()
        turns.stop()
        lines.append(
            {
                "bench": f"loop_{name}",
                "longest_cpu_ms": round(turns.longest_cpu_ms, 1),
                "longest_ms": round(turns.longest_ms, 1),
                "goal_ms": GOAL_MS,
            }
        )
    return lines


class BenchLife(Life):
    """The product's life, left when everything is measured."""

    rounds: int
    lines: list[dict[str, object]]

    async def _work(self, core: object, left: asyncio.Event) -> None:
        async def play() -> None:
            try:
                self.lines = await measured(Bench(self._shown.window, self._shown.handles[0]), self.rounds)
            finally:
                left.set()

        playing = asyncio.gather(play())
        try:
            await super()._work(core, left)  # type: ignore[arg-type]
        finally:
            await playing


@contextmanager
def window_over(data_dir: Path) -> Iterator[tuple[desktop.Shown, Instance]]:
    """Show the window on a fresh practice market."""
    instance = Instance(data_dir)
    assert instance.acquire()
    (data_dir / "logs").mkdir(exist_ok=True)
    shown = desktop.show(data_dir)
    shown.window.resize(1440, 900)
    yield shown, instance


def measure(data_dir: Path, rounds: int) -> list[dict[str, object]]:
    """Live once in a window and return what was measured."""
    with window_over(data_dir) as (shown, instance):
        life = BenchLife(desktop.Wish(data_dir), shown, instance)
        life.rounds, life.lines = rounds, []
        life.live()
        return life.lines


def main() -> None:
    """Measure and print."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=2)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        for line in measure(Path(folder), rounds):
            sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
