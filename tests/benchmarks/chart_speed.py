"""Our chart beside its peers: python -m tests.benchmarks.chart_speed [--bars N …] [--rounds 3].

Every contender runs in a process of its own, interleaved, and the medians of the rounds are printed, one JSON line a
number of bars. Peers are those that the interpreter named by TAPELINE_PEERS_PYTHON can import; without it ours alone.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections import defaultdict
from math import inf

PEERS = ("finplot", "vnpy", "qpicture")
PATIENCE_S = 600


def main() -> None:
    """Run the contest for each number of bars."""
    parser = argparse.ArgumentParser(description="Compare the chart with its peers.")
    parser.add_argument("--bars", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", nargs="*", default=list(PEERS))
    chosen = parser.parse_args()
    for bars in chosen.bars:
        sys.stdout.write(json.dumps(contest(bars, chosen.rounds, chosen.peers)) + "\n")
        sys.stdout.flush()


def contest(bars: int, rounds: int, peers: list[str]) -> dict[str, object]:
    """Return our medians with the peers' beside them and the ratios to the best of them."""
    python = os.environ.get("TAPELINE_PEERS_PYTHON", "")
    commands = {"tapeline": [sys.executable, "-m", "tests.benchmarks.chart_ours", str(bars)]}
    if python:
        commands |= {name: [python, "-m", "tests.benchmarks.chart_peers", name, str(bars)] for name in peers}
    found: dict[str, list[dict[str, float]]] = defaultdict(list)
    for _ in range(rounds):
        for name, command in commands.items():
            figures = _run(command)
            if figures is not None:
                found[name].append(figures)
    medians = {name: _medians(runs) for name, runs in found.items()}
    ours = medians.pop("tapeline")
    best = {key: min(peer.get(key, inf) for peer in medians.values()) for key in ours} if medians else {}
    ratios = {f"{key.rsplit('_', 1)[0]}_ratio": round(best[key] / max(ours[key], 1e-9), 2) for key in best}
    return {"bench": "chart_speed", "bars": bars, "rounds": rounds, **ours, "peers": medians, **ratios}


def _run(command: list[str]) -> dict[str, float] | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        return None
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        sys.stderr.write(f"{command[-2:]} gave nothing: {done.stderr.strip().splitlines()[-1:]}\n")
        return None
    figures = json.loads(lines[-1])
    figures.pop("name")
    return figures  # type: ignore[no-any-return]


def _medians(runs: list[dict[str, float]]) -> dict[str, float]:
    return {key: round(statistics.median(run[key] for run in runs), 3) for key in runs[0]}


if __name__ == "__main__":
    main()
