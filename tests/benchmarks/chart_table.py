"""The chart's goals beside what was measured: python -m tests.benchmarks.chart_table [--rounds 3] [--seconds 60].

Needs TAPELINE_PEERS_PYTHON: the interpreter of an environment of its own with the peers in it, made by
`python3 -m venv peers && peers/bin/pip install finplot==1.9.7 vnpy==4.5.0 PySide6-Essentials==6.11.2 numpy pandas`.
Ratios are to the best peer for each figure, within one run; the JSON lines they come from are printed first. What each
peer draws, and what not, is said in `chart_peers`. Twenty minutes with 3 rounds, and `--seconds` of live market.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.chart_speed import PEERS, contest

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Goal:
    """One line of the table: at least or at most so much."""

    what: str
    figure: float
    least: float | None = None
    most: float | None = None
    unit: str = ""

    @property
    def is_met(self) -> bool:
        """Say whether the figure is on the right side."""
        return (self.least is None or self.figure >= self.least) and (self.most is None or self.figure <= self.most)

    def row(self) -> str:
        """Write the line."""
        goal = f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"
        return f"| {self.what} | {goal}{self.unit} | {self.figure:.4g}{self.unit} | {'yes' if self.is_met else 'no'} |"


def main() -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(description="Print the chart's goals beside what was measured.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=60)
    chosen = parser.parse_args()
    if not os.environ.get("TAPELINE_PEERS_PYTHON"):
        parser.exit(2, "TAPELINE_PEERS_PYTHON should name the interpreter of the peers; see the docstring.\n")
    speed = {bars: contest(bars, chosen.rounds, list(PEERS)) for bars in (10_000, 100_000, 1_000_000)}
    live = _live(chosen.seconds)
    for line in (*speed.values(), live):
        _say(json.dumps(line))
    _say("| what | goal | measured | met |\n|---|---|---|---|")
    for goal in (*_against_peers(speed), *_alone(speed, live)):
        _say(goal.row())


def _against_peers(speed: dict[int, Figures]) -> Iterable[Goal]:
    """Yield the goals that are ratios to the best peer."""
    some, many, most = speed[10_000], speed[100_000], speed[1_000_000]
    yield Goal("100,000: pan by one bar, times the best peer", many["pan_ratio"], least=6, unit="×")
    yield Goal("100,000: pan zoomed out, times the best peer", many["zoomed_out_pan_ratio"], least=9, unit="×")
    yield Goal("100,000: first paint, times the best peer", many["first_paint_ratio"], least=3, unit="×")
    yield Goal("100,000: memory, of the best peer's", 1 / many["rss_ratio"], most=0.4, unit="×")
    yield Goal("1,000,000: pan by one bar, times the best peer", most["pan_ratio"], least=15, unit="×")
    yield Goal("1,000,000: pan zoomed out, times the best peer", most["zoomed_out_pan_ratio"], least=30, unit="×")
    yield Goal("1,000,000: first paint, times the best peer", most["first_paint_ratio"], least=14, unit="×")
    yield Goal("10,000: a tick, times the best peer", some["tick_ratio"], least=10, unit="×")
    yield Goal("100,000: a tick, times the best peer", many["tick_ratio"], least=40, unit="×")


def _alone(speed: dict[int, Figures], live: Figures) -> Iterable[Goal]:
    """Yield the goals that are ours alone."""
    some, many, most = speed[10_000], speed[100_000], speed[1_000_000]
    yield Goal("100,000: pan by one bar", many["pan_ms"], most=4, unit=" ms")
    yield Goal("1,000,000: memory above the empty window", most["rss_mb"], most=120, unit=" MB")
    yield Goal("a tick at 1,000,000, of one at 10,000", most["tick_ms"] / some["tick_ms"], most=1.5, unit="×")
    yield Goal("crosshair move", live["crosshair_ms"], most=1, unit=" ms")
    market = f"{live['charts']} charts, {live['ticks']} ticks/s each, {live['seconds']} s"
    yield Goal(f"{market}: frames a second of the slowest", live["frames_per_s"], least=58)
    yield Goal(f"{market}: frames within 33 ms", live["frames_in_time_share"] * 100, least=99.9, unit=" %")
    yield Goal(f"{market}: memory grown", live["grown_mb"], most=2, unit=" MB")
    yield Goal(f"{market}: process CPU, of one core", live["cpu_share"] * 100, most=100, unit=" %")


def _live(seconds: int) -> Figures:
    command = [sys.executable, "-m", "tests.benchmarks.chart_live", "--seconds", str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: Figures = json.loads(done.stdout.splitlines()[-1])
    return found


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
