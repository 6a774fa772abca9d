"""`tapeline runs|signals|orders|fills|positions|lineage`: what the database holds, read without changing it."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from app.cli.shapes import Json
from app.cli.trading import (
    fill_object,
    order_object,
    plain,
    position_object,
    run_object,
    signal_object,
    step_object,
)
from app.domain.errors import UserError
from app.domain.state import Step
from app.runtime.paths import write_atomically
from app.services.ports import LineageStore, Records

if TYPE_CHECKING:
    from app.services.run_files import RunFiles

KINDS = {
    "runs": "runs of strategies, newest first",
    "signals": "signals, newest first",
    "orders": "orders with their legs, newest first",
    "fills": "executions, newest first",
    "positions": "positions of the ledger",
}


def add_list_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the lists."""
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")


def add_lineage_arguments(parser: ArgumentParser) -> None:
    """Declare the options of `lineage`."""
    parser.add_argument("id", help="a run, signal, order, fill (exec_id) or position (account:con_id)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--export", metavar="FILE", help="write its run with pictures, texts and bars as one ZIP file")


async def export_run(arguments: Namespace, files: RunFiles, out: TextIO) -> int:
    """Write the run that led to one thing as a file; raise UserError when there is none or it cannot be written."""
    data = await files.of(arguments.id)
    path = Path(arguments.export)
    try:
        write_atomically(path, data)
    except OSError as error:
        raise UserError(f"The run could not be written to {path}: {error.strerror}; choose another place.") from None
    told = {"id": arguments.id, "file": str(path), "bytes": len(data)}
    out.write(json.dumps(told) + "\n" if arguments.json else f"The run was written to {path}.\n")
    return 0


async def print_list(kind: str, arguments: Namespace, records: Records, out: TextIO) -> int:
    """Print one list."""
    objects = await _READ[kind](records)
    for one in objects:
        out.write(json.dumps(one, allow_nan=False) + "\n" if arguments.json else _line(one))
    return 0


async def print_lineage(arguments: Namespace, lineage: LineageStore, out: TextIO) -> int:
    """Print the chain that led to one thing; raise UserError when nothing has that id."""
    steps = await lineage.chain(arguments.id)
    if arguments.json:
        chain = [step_object(step, with_data=True) for step in steps]
        out.write(json.dumps({"id": arguments.id, "chain": chain}, allow_nan=False) + "\n")
    else:
        out.write("".join(chain_lines(steps)))
    return 0


def chain_lines(steps: Iterable[Step]) -> list[str]:
    """Return lineage as a story for a terminal: a line a step, with the numbers that mattered."""
    marks = {"ok": "●", "skipped": "○", "failed": "✕"}
    lines = []
    for step in steps:
        clock = step.started.astimezone(UTC).isoformat(timespec="milliseconds")[11:23]
        told = ", ".join(f"{key} {_short(value)}" for key, value in plain(step.outputs).items() if _is_short(value))
        name = step.step.value.replace("_", " ")
        lines.append(f"  {clock}  {marks[step.status.value]} {name:15} {step.duration_ms:8.1f} ms  {told[:110]}\n")
    return lines


def _is_short(value: object) -> bool:
    return isinstance(value, str | int | float | bool) and value != ""


def _short(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _line(one: Json) -> str:
    shown = (f"{key} {_short(value)}" for key, value in one.items() if _is_short(value))
    return "  ".join(shown) + "\n"


async def _runs(records: Records) -> list[Json]:
    return [run_object(run) for run in await records.runs()]


async def _signals(records: Records) -> list[Json]:
    return [signal_object(signal) for signal in await records.signals()]


async def _orders(records: Records) -> list[Json]:
    return [order_object(group) for group in await records.orders()]


async def _fills(records: Records) -> list[Json]:
    return [fill_object(fill) for fill in await records.fills()]


async def _positions(records: Records) -> list[Json]:
    return [position_object(position) for position in await records.positions()]


_READ: dict[str, Callable[[Records], Awaitable[list[Json]]]] = {
    "runs": _runs,
    "signals": _signals,
    "orders": _orders,
    "fills": _fills,
    "positions": _positions,
}
