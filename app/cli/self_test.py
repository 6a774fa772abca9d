"""`tapeline --self-test`: the main job once in the terminal, with what it led to as proof."""

from __future__ import annotations

import json
from typing import TextIO

from app.cli.records import chain_lines
from app.cli.run import story_object
from app.cli.shapes import Json
from app.cli.trading import fill_object, position_object
from app.services.rehearsal import Rehearsed


def self_test_object(done: Rehearsed, *, seed: int | None, duration_ms: float) -> Json:
    """Return the rehearsal as `--self-test --json` prints it."""
    story, view = done.story, done.session
    told = story_object(story)
    return {
        "ok": True,
        "seed": seed,
        "gateway": {
            "port": view.endpoint.port if view.endpoint else None,
            "server_version": view.server_version,
            "account": view.account,
        },
        "run": told["run"],
        "signal": told["signal"],
        "order": told["order"],
        "fills": [fill_object(fill) for fill in story.fills],
        "position": position_object(story.position, done.last) if story.position else None,
        "lineage": told["lineage"],
        "duration_ms": round(duration_ms, 1),
    }


def print_self_test(told: Json, done: Rehearsed, as_json: bool, out: TextIO) -> int:
    """Print the rehearsal and return 0."""
    out.write(json.dumps(told, allow_nan=False) + "\n" if as_json else as_text(told, done))
    return 0


def as_text(told: Json, done: Rehearsed) -> str:
    """Return the rehearsal as a person reads it."""
    story = done.story
    order, fills, position = story.order, story.fills, story.position
    assert order is not None
    assert position is not None
    assert story.signal is not None
    analysis = story.signal.analysis
    lines = [
        f"Practice gateway, account {done.session.account}, market seed {told['seed']}\n\n",
        f"{analysis.symbol}: {analysis.direction.value}, confidence {analysis.confidence.value}\n\n",
        *chain_lines(story.steps),
        "\n",
    ]
    for leg in order.orders:
        price = leg.limit if leg.limit is not None else leg.stop
        lines.append(
            f"  {leg.role.value:7} {leg.side.value:4} {leg.quantity} {leg.type_name} {price}  {leg.state.value}\n"
        )
    for fill in fills:
        lines.append(f"  filled  {fill.quantity} at {fill.price}, commission {fill.commission} {fill.currency}\n")
    lines.append(f"  holding {position.quantity} {position.symbol} at {position.average}\n")
    lines.append(f"\nThe main job ran end to end in {told['duration_ms']} ms.\n")
    return "".join(lines)
