"""`tapeline practice`: the options, and the run from the first listening to the last commit."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from app.practice.accounts.commissions import Schedule
from app.practice.clock import Clock
from app.practice.control.port import Control, ControlConnection
from app.practice.faults.catalogue import FaultError, listing
from app.practice.faults.faults import Faults
from app.practice.faults.script import read_script
from app.practice.replay import ReplayError, read_replay
from app.practice.server.gateway import Gateway
from app.practice.server.limits import ALL_LIMITS, DEFAULT_LIMITS, Limit
from app.practice.server.listener import HOST, Listener, PortInUse, bind, is_loopback
from app.practice.server.options import Options
from app.practice.server.replay_start import opening_moment
from app.practice.state.lock import DirectoryInUse, DirectoryLock
from app.practice.state.store import StateError, Store
from app.practice.tasks import Tasks
from app.practice.wire.text import FLOOR, NEWEST

log = logging.getLogger(__name__)

BEAT_SECONDS = 0.02
CANNOT_RUN = 2


class BadOptions(Exception):
    """The options make no sense; the message is one sentence."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadOptions(f"{message[:1].upper()}{message[1:]}: see `tapeline practice --help`.")


def parser() -> argparse.ArgumentParser:
    """Return the parser of `tapeline practice`."""
    p = _Parser(
        prog="tapeline practice",
        description="An offline TWS on a loopback port: a simulated market, an exchange and an account that any TWS"
        " client can trade against (ib_async, @stoqey/ib, a plain socket).",
        epilog="Example: tapeline practice --port 7497, then connect a client to 127.0.0.1:7497.",
    )
    p.add_argument("--port", type=int, default=0, metavar="N", help="port for clients; 0 (default) picks a free one")
    p.add_argument(
        "--control-port", type=int, default=0, metavar="N", help="port for JSON commands; 0 picks a free one"
    )
    p.add_argument("--data-dir", type=Path, metavar="DIR", help="where the state is kept (default: a folder of yours)")
    p.add_argument(
        "--seed", type=int, default=1, metavar="N", help="what the market is generated from (first start only)"
    )
    p.add_argument("--speed", type=float, default=1.0, metavar="X", help="market seconds per second, up to 1000")
    p.add_argument("--market", choices=("always", "hours"), default="always", help="open always, or in exchange hours")
    p.add_argument(
        "--account", action="append", metavar="NAME", help="account name (default DUT000001); may be repeated"
    )
    p.add_argument("--faults", type=Path, metavar="FILE", help="faults as JSON lines, each with at_s")
    p.add_argument(
        "--replay", type=Path, metavar="FILE", help="trade a tape (CSV or Parquet of bars or trades), its dates kept"
    )
    p.add_argument("--replay-symbol", metavar="S", help="whose tape it is (default: the file's name)")
    p.add_argument("--server-version", type=int, default=NEWEST, metavar="N", help=f"{FLOOR} to {NEWEST}")
    p.add_argument("--list-faults", action="store_true", help="describe every fault and end")
    p.add_argument(
        "--limits",
        nargs="?",
        const="all",
        metavar="NAMES",
        help=f"enforce IB's limits: all, or some of {','.join(Limit)} (default: {','.join(DEFAULT_LIMITS)})",
    )
    p.add_argument("--no-limits", dest="limits", action="store_const", const="", help="enforce no limits")
    p.add_argument(
        "--commission", choices=[*Schedule], default=Schedule.FIXED, help="IB's schedule, fixed (default) or tiered"
    )
    p.add_argument("--read-only", action="store_true", help="refuse orders and cancels with 321")
    p.add_argument("--bind", default=HOST, metavar="ADDRESS", help="address to listen on (default 127.0.0.1)")
    p.add_argument(
        "--allow-remote", action="store_true", help="allow --bind to an address that other machines can reach"
    )
    p.add_argument("--json", action="store_true", help="print one JSON object when listening")
    p.add_argument("--port-file", type=Path, metavar="FILE", help="write that object to a file as well")
    p.add_argument("--stdin-close", action="store_true", help="end when the standard input closes")
    p.add_argument("--wait-lock", type=float, default=0.0, metavar="S", help="wait so long for the data directory")
    return p


def main(argv: Sequence[str]) -> int:
    """Run a practice gateway; returns 0 when it was ended and 2 when it could not run (one sentence on stderr)."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        arguments = parser().parse_args(argv)
        if arguments.list_faults:
            sys.stdout.write(listing() + "\n")
            return 0
        return _run(arguments)
    except (BadOptions, PortInUse, DirectoryInUse, StateError, FaultError, ReplayError) as problem:
        sys.stderr.write(f"{problem}\n")
        return CANNOT_RUN


def _run(arguments: argparse.Namespace) -> int:
    options = _options(arguments)
    script = read_script(arguments.faults) if arguments.faults else []
    directory = _directory(arguments.data_dir)
    lock = DirectoryLock(directory)
    lock.take(arguments.wait_lock)
    try:
        store = Store(directory)
        clock = _clock(arguments.speed, store, opening_moment(options.replay, store))
        gateway = Gateway(options, clock, store)
        gateway.faults.load_script(script)
        return asyncio.run(_serve(gateway, arguments))
    finally:
        lock.release()


def _options(arguments: argparse.Namespace) -> Options:
    if not FLOOR <= arguments.server_version <= NEWEST:
        raise BadOptions(f"Expected --server-version {FLOOR} to {NEWEST}, found {arguments.server_version}.")
    if not is_loopback(arguments.bind) and not arguments.allow_remote:
        raise BadOptions(
            f"Expected --bind to be a loopback address such as 127.0.0.1, found {arguments.bind}: anybody who reaches"
            " it could trade; add --allow-remote if that is what you want."
        )
    for name in ("port", "control_port"):
        if not 0 <= getattr(arguments, name) <= 65535:
            raise BadOptions(f"Expected --{name.replace('_', '-')} 0 to 65535, found {getattr(arguments, name)}.")
    if not 0.0 < arguments.speed <= 1000.0:
        raise BadOptions(f"Expected --speed above 0 and up to 1000, found {arguments.speed}.")
    accounts = tuple(dict.fromkeys(arguments.account or ("DUT000001",)))
    for account in accounts:
        if not (account.isascii() and account.isalnum()):
            raise BadOptions(f"Expected an --account of letters and digits, found {account!r}.")
    return Options(
        accounts=accounts,
        seed=arguments.seed,
        market=arguments.market,
        server_version=arguments.server_version,
        limits=_limits(arguments.limits),
        commission=Schedule(arguments.commission),
        replay=read_replay(arguments.replay, arguments.replay_symbol or "") if arguments.replay else None,
        is_read_only=arguments.read_only,
    )


def _limits(wanted: str | None) -> frozenset[Limit]:
    if wanted is None:
        return DEFAULT_LIMITS
    if wanted == "all":
        return ALL_LIMITS
    try:
        return frozenset(Limit(name.strip()) for name in wanted.split(",") if name.strip())
    except ValueError:
        raise BadOptions(f"Expected --limits all or some of {', '.join(Limit)}, found {wanted!r}.") from None


def _directory(wanted: Path | None) -> Path:
    directory = wanted or default_directory()
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise BadOptions(
            f"The data directory {directory} cannot be made ({problem.strerror}): choose another --data-dir."
        ) from None
    if not os.access(directory, os.W_OK):
        raise BadOptions(f"The data directory {directory} cannot be written: choose another --data-dir.")
    return directory


def default_directory() -> Path:
    """Return the user's folder for a practice gateway that runs alone."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "tapeline" / "practice"


def _clock(speed: float, store: Store, opening: float | None) -> Clock:
    """Return the clock: where a tape begins or where the machine is, or later when the market was ahead of it."""
    if opening is not None:
        return Clock(start=opening, speed=speed)
    clock = Clock(speed=speed)
    left_at = store.get("clock")
    return Clock(start=left_at, speed=speed) if left_at is not None and left_at > clock.now() else clock


async def _serve(gateway: Gateway, arguments: argparse.Namespace) -> int:
    stopping = asyncio.Event()
    loop, tasks = asyncio.get_running_loop(), Tasks()
    if not is_loopback(arguments.bind):
        log.warning("listening on %s: every machine that reaches it can trade on this gateway", arguments.bind)
    listener = Listener(gateway, bind(arguments.port, arguments.bind))
    control_socket = bind(arguments.control_port)
    await listener.open()
    control = Control(gateway, stopping.set)
    control_server = await loop.create_server(lambda: ControlConnection(control), sock=control_socket)
    gateway.faults.restart = lambda seconds: _restart(gateway.faults, listener, tasks, seconds)
    _announce(gateway, listener.port, control_socket.getsockname()[1], arguments)
    _stop_on_signals(loop, stopping)
    if arguments.stdin_close:
        await _stop_at_end_of_input(loop, stopping)
    beating = tasks.spawn(_beat(gateway), name="practice beat")
    beating.add_done_callback(lambda _: stopping.set())
    await stopping.wait()
    failure = beating.exception() if beating.done() else None
    listener.close()
    control_server.close()
    await tasks.close()
    if failure is None:
        gateway.close()
    else:
        gateway.abandon()
        sys.stderr.write(f"The practice gateway cannot go on and stops: {failure}.\n")
    await asyncio.sleep(0)
    return 0 if failure is None else 1


async def _beat(gateway: Gateway) -> None:
    while True:
        gateway.beat()
        await asyncio.sleep(BEAT_SECONDS)


def _restart(faults: Faults, listener: Listener, tasks: Tasks, seconds: float) -> None:
    async def come_back() -> None:
        await asyncio.sleep(seconds)
        await listener.reopen()

    listener.close()
    tasks.spawn(come_back(), name="practice restart")


def _announce(gateway: Gateway, port: int, control_port: int, arguments: argparse.Namespace) -> None:
    options = gateway.options
    facts: dict[str, Any] = {
        "host": arguments.bind,
        "port": port,
        "control_port": control_port,
        "account": options.accounts[0],
        "seed": gateway.market.seed,
        "server_version": options.server_version,
    }
    if arguments.port_file:
        _write_whole(arguments.port_file, json.dumps({**facts, "pid": os.getpid()}))
    sys.stdout.write(json.dumps(facts) if arguments.json else _readable(gateway, facts))
    sys.stdout.write("\n")
    sys.stdout.flush()


def _readable(gateway: Gateway, facts: dict[str, Any]) -> str:
    from app.practice.server.times import greeting_time

    clock = f"{greeting_time(gateway.clock.now())} at {gateway.clock.speed:g}x"
    return (
        f"Practice gateway on {facts['host']}:{facts['port']} (control {facts['control_port']}),"
        f" account {facts['account']}, clock {clock}, seed {facts['seed']}"
    )


def _write_whole(path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.write_text(text + "\n", encoding="utf-8")
    os.replace(partial, path)


def _stop_on_signals(loop: asyncio.AbstractEventLoop, stopping: asyncio.Event) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stopping.set)
        except NotImplementedError:  # Windows has no signal handlers on the loop
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopping.set))


async def _stop_at_end_of_input(loop: asyncio.AbstractEventLoop, stopping: asyncio.Event) -> None:
    """End when the parent closes our standard input or dies; a thread, because Windows cannot wait for it otherwise."""
    import threading

    def wait(stop: Callable[[], None]) -> None:
        while sys.stdin.buffer.read(4096):
            pass
        loop.call_soon_threadsafe(stop)

    threading.Thread(target=wait, args=(stopping.set,), daemon=True, name="practice stdin").start()
