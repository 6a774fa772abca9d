"""`tapeline rerun`: a run again from its stored inputs; 0 when its signal is the same, 1 when something differs."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, TextIO

from app.domain.signals import RunId

if TYPE_CHECKING:
    from app.services.reruns import Reruns


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of `rerun`."""
    parser.add_argument("run", metavar="RUN", help="the id of a run")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


async def print_repetition(arguments: Namespace, reruns: Reruns, out: TextIO) -> int:
    """Repeat the run and print what differs; raise UserError when it cannot be repeated."""
    done = await reruns.rerun(RunId(arguments.run))
    if arguments.json:
        told = {
            "run": done.run,
            "identical": done.is_identical,
            "differences": [{"path": one.path, "was": one.was, "now": one.now} for one in done.differences],
        }
        out.write(json.dumps(told, allow_nan=False) + "\n")
    elif done.is_identical:
        out.write(f"The run {done.run} gives the same again: {done.said}.\n")
    else:
        lines = [f"  {one.path}: was {_plain(one.was)}, is {_plain(one.now)}\n" for one in done.differences]
        out.write(f"The run {done.run} gives another signal in {len(lines)} values:\n{''.join(lines)}")
    return 0 if done.is_identical else 1


def _plain(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
