"""The jobs of the command line: each composes what it needs, lets the cli room print, and closes it again."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from argparse import Namespace
from contextlib import ExitStack, asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from app.domain.broker import Endpoint
from app.domain.errors import UserError
from app.runtime.instance import Instance, ask_holder
from app.runtime.logs import start_logging
from app.runtime.paths import DATABASE, default_data_dir, prepare_data_dir

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.compose import Core

RUN_S = 120.0
READY_TRIES = 3


def analyse(arguments: Namespace, out: TextIO) -> int:
    """Read a CSV by the rules."""
    from app.adapters.calendar import open_calendar
    from app.adapters.csv_bars import read_csv_bars
    from app.cli import analyse as printing

    return printing.run(arguments, read_csv_bars, open_calendar, out)


def records(arguments: Namespace, out: TextIO) -> int:
    """List what the database holds, or print a lineage."""
    start_logging(None)
    return asyncio.run(_records(arguments, out))


async def _records(arguments: Namespace, out: TextIO) -> int:
    from app.adapters.store.store import Store
    from app.cli import records as printing

    store = await Store.open_read_only(data_dir_of(arguments) / DATABASE)
    try:
        if arguments.command == "lineage" and arguments.export:
            from app.adapters.store.codec import to_json
            from app.services.run_files import RunFiles

            files = RunFiles(store.lineage, store.readings, store.bulk, to_json)
            return await printing.export_run(arguments, files, out)
        if arguments.command == "lineage":
            return await printing.print_lineage(arguments, store.lineage, out)
        return await printing.print_list(arguments.command, arguments, store.records, out)
    finally:
        await store.close()


def rerun(arguments: Namespace, out: TextIO) -> int:
    """Repeat a run from what it stored."""
    start_logging(None)
    return asyncio.run(_rerun(arguments, out))


async def _rerun(arguments: Namespace, out: TextIO) -> int:
    from app.adapters.calendar import EXCHANGE, open_calendar
    from app.adapters.store.codec import from_json, to_json
    from app.adapters.store.store import Store
    from app.cli import rerun as printing
    from app.services.reruns import Reruns

    store = await Store.open_read_only(data_dir_of(arguments) / DATABASE)
    try:
        reruns = Reruns(store.lineage, store.readings, store.bulk, open_calendar, EXCHANGE, to_json, from_json)
        return await printing.print_repetition(arguments, reruns, out)
    finally:
        await store.close()


def run(arguments: Namespace, out: TextIO) -> int:
    """Run a strategy here, or in the window that holds the data directory."""
    data_dir = prepare_data_dir(data_dir_of(arguments))
    start_logging(data_dir)
    instance = Instance(data_dir)
    if instance.acquire():
        return asyncio.run(_run_here(arguments, data_dir, instance, out))
    return asyncio.run(_run_in_window(arguments, data_dir, out))


async def _run_here(arguments: Namespace, data_dir: Path, instance: Instance, out: TextIO) -> int:
    from app.cli import run as printing

    async with _core(data_dir, instance, arguments) as core:
        await core.session.ready(tries=READY_TRIES)
        story = await printing.run_strategy(
            core.facts, core.runs, core.store.lineage, arguments.strategy, arguments.symbol, arguments.mode
        )
        return printing.print_story(printing.story_object(story), story, arguments.json, out)


async def _run_in_window(arguments: Namespace, data_dir: Path, out: TextIO) -> int:
    from app.cli import run as printing

    answer = await ask_holder(data_dir, printing.request(arguments), timeout_s=RUN_S)
    if "error" in answer:
        raise UserError(str(answer["error"]))
    return printing.print_story(answer, None, arguments.json, out)


def doctor(arguments: Namespace, out: TextIO) -> int:
    """Check the way to the broker."""
    start_logging(None)
    return asyncio.run(_doctor(arguments, out))


async def _doctor(arguments: Namespace, out: TextIO) -> int:
    from app.cli import doctor as printing
    from app.compose import examine

    rungs = await examine(data_dir_of(arguments), profile=profile_of(arguments), gateway=gateway_of(arguments))
    return printing.print_rungs(rungs, arguments.json, out)


def self_test(arguments: Namespace, out: TextIO) -> int:
    """Do the main job once, in a fresh data directory unless one is named."""
    with ExitStack() as stack:
        if hasattr(arguments, "data_dir"):
            data_dir = prepare_data_dir(arguments.data_dir)
        else:
            data_dir = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tapeline-")))
        start_logging(data_dir)
        instance = Instance(data_dir)
        if not instance.acquire():
            raise UserError(f"Another Tapeline holds {data_dir}; close it or name another with --data-dir.")
        import_module("app.compose")  # before the loop runs, which it would block
        return asyncio.run(_self_test(arguments, data_dir, instance, out))


async def _self_test(arguments: Namespace, data_dir: Path, instance: Instance, out: TextIO) -> int:
    from app.cli import self_test as printing
    from app.compose import SAMPLE
    from app.services.rehearsal import Rehearsal

    async with _core(data_dir, instance, arguments, may_restart=False) as core:
        if core.child is None:
            raise UserError("The self-test needs a practice gateway of its own; leave --gateway and --profile out.")
        began = core.clock.monotonic()
        rehearsal = Rehearsal(
            core.facts,
            core.session,
            core.market,
            core.runs,
            core.store.lineage,
            core.child.control,
            core.bus,
            core.clock,
        )
        done = await rehearsal.play(SAMPLE.id)
        took = (core.clock.monotonic() - began) * 1000
        told = printing.self_test_object(done, seed=core.child.seed, duration_ms=took)
        return printing.print_self_test(told, done, arguments.json, out)


def window(arguments: Namespace, out: TextIO) -> int:
    """Open the window; without a display say so and do the main job once in the terminal."""
    from app.runtime.display import display_problem

    problem = display_problem()
    if problem is not None:
        sys.stderr.write(f"tapeline: {problem}\n")
        return self_test(arguments, out)
    from app.desktop import Wish, open_window

    data_dir = prepare_data_dir(data_dir_of(arguments))
    return open_window(Wish(data_dir, profile_of(arguments), gateway_of(arguments), arguments.seed))


@asynccontextmanager
async def _core(
    data_dir: Path, instance: Instance, arguments: Namespace, *, may_restart: bool = True
) -> AsyncIterator[Core]:
    from app.compose import build

    core = await build(
        data_dir,
        profile=profile_of(arguments),
        seed=arguments.seed,
        may_restart=may_restart,
        gateway=gateway_of(arguments),
    )
    try:
        core.connect()
        yield core
    finally:
        await core.close()
        await instance.close()


def data_dir_of(arguments: Namespace) -> Path:
    """Return the data directory that was named, or the user's."""
    named: Path | None = getattr(arguments, "data_dir", None)
    return named if named is not None else default_data_dir()


def profile_of(arguments: Namespace) -> str | None:
    """Return the profile that was named."""
    return getattr(arguments, "profile", None)


def gateway_of(arguments: Namespace) -> Endpoint | None:
    """Return the gateway that was named; raise UserError when that is no host and port."""
    named: str | None = getattr(arguments, "gateway", None)
    if named is None:
        return None
    host, _, port = named.rpartition(":")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise UserError(f"--gateway needs HOST:PORT such as 127.0.0.1:7497, not {named!r}.")
    return Endpoint(host=host or "127.0.0.1", port=int(port))
