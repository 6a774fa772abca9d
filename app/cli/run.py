"""`tapeline run`: one strategy, now, for one symbol or for its symbols until one trades."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any, TextIO

from app.cli.records import chain_lines
from app.cli.shapes import Json
from app.cli.trading import order_object, run_object, signal_object, steps_objects
from app.domain.errors import UserError
from app.domain.signals import StrategyId
from app.domain.strategies import RunStatus

if TYPE_CHECKING:
    from app.services.facts import Facts
    from app.services.ports import LineageStore
    from app.services.runs import Runs
    from app.services.story import Story


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of `run`."""
    parser.add_argument("strategy", help="a strategy's id, such as three-of-four")
    parser.add_argument("--symbol", metavar="S", help="one symbol; without it the strategy's own until one trades")
    parser.add_argument("--mode", choices=("observe", "ask", "auto"), help="run in this mode instead of its own")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


async def run_strategy(
    facts: Facts, runs: Runs, lineage: LineageStore, strategy: str, symbol: str | None, mode: str | None
) -> Story:
    """Run until one symbol trades and return the story of that run, or of the last one.

    Raises UserError when the strategy is not known, or when the last run could not come to a conclusion.
    """
    from app.services.story import tell

    known = facts.state.strategies.get(StrategyId(strategy))
    symbols = (symbol,) if symbol is not None or known is None else known.symbols
    if not symbols:
        raise UserError(f"The strategy {strategy} has no symbols of its own; name one with --symbol.")
    for one in symbols:
        result = await runs.run(StrategyId(strategy), one or "", mode=mode)
        story = await tell(facts, lineage, result)
        if result.status is RunStatus.ORDERED:
            break
    if result.status is RunStatus.FAILED and result.intent is None:
        raise UserError(result.reason)
    return story


def story_object(story: Story) -> Json:
    """Return a run's story as `run --json` prints it."""
    return {
        "run": run_object(story.run),
        "signal": signal_object(story.signal) if story.signal else None,
        "order": order_object(story.order) if story.order else None,
        "lineage": steps_objects(story.steps),
    }


def print_story(told: dict[str, Any], story: Story | None, as_json: bool, out: TextIO) -> int:
    """Print a story, told here or by the window; 0 when an order went out, else 1."""
    if as_json:
        out.write(json.dumps(told, allow_nan=False) + "\n")
    else:
        run = told["run"]
        out.write(f"{run['strategy']} for {run['symbol']}: {run['status']}. {run['reason'] or ''}\n")
        out.write("".join(chain_lines(story.steps)) if story else "")
    return 0 if told["order"] is not None else 1


def request(arguments: Namespace) -> dict[str, Any]:
    """Return what the window that holds the data directory is asked."""
    return {"do": "run", "strategy": arguments.strategy, "symbol": arguments.symbol, "mode": arguments.mode}
