"""The program itself: its options, its port file, its lock, and what survives kill -9."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ib_async import IB, LimitOrder, MarketOrder

from app.practice.main import _options, main, parser
from app.practice.server.limits import ALL_LIMITS, DEFAULT_LIMITS, Limit
from tests.practice.running import AAPL, HOST, RawClient, connected, qualified, until
from tests.practice.server.test_trading import place_fields

RUN = [sys.executable, "-c", "import sys; from app.practice.main import main; sys.exit(main(sys.argv[1:]))"]
_AT = """
import sys, time
told, ahead = time.time, {at} - time.time()
time.time = lambda: told() + ahead
from app.practice.main import main
sys.exit(main(sys.argv[1:]))
"""
A_WEDNESDAY = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
THE_SUNDAY_AFTER = A_WEDNESDAY + timedelta(days=4)


class Child:
    """A practice gateway in a process of its own, on a machine whose clock began to run at `at`."""

    def __init__(self, *options: str, at: datetime | None = None) -> None:
        program = RUN if at is None else [sys.executable, "-c", _AT.format(at=at.timestamp())]
        self.process = subprocess.Popen(
            [*program, "--json", *options], stdout=subprocess.PIPE, stdin=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert self.process.stdout is not None
        self.facts: dict[str, Any] = json.loads(self.process.stdout.readline())

    async def do(self, **command: Any) -> dict[str, Any]:
        """Do a control command."""
        reader, writer = await asyncio.open_connection(HOST, self.facts["control_port"], limit=1 << 26)
        writer.write(json.dumps(command).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await reader.readline())
        writer.close()
        return answer

    def end(self, how: int = signal.SIGTERM) -> int:
        """End the process and return its exit code."""
        self.process.send_signal(how)
        self.process.communicate(timeout=10)
        return self.process.returncode


@pytest.fixture
def children() -> Iterator[list[Child]]:
    started: list[Child] = []
    yield started
    for child in started:
        if child.process.poll() is None:
            child.end(signal.SIGKILL)


async def test_everything_is_found_again_after_kill_9(tmp_path: Path, children: list[Child]) -> None:
    first = Child("--data-dir", str(tmp_path), "--seed", "7")
    children.append(first)
    async with connected(first.facts["port"]) as ib:
        contract = await qualified(ib)
        filled = ib.placeOrder(contract, MarketOrder("BUY", 10, tif="DAY", orderRef="filled"))
        await until(lambda: filled.fills and filled.fills[0].commissionReport.execId)
        ids = [ib.placeOrder(contract, order) for order in ib.bracketOrder("BUY", 5, 10.0, 900.0, 5.0, tif="GTC")]
        await until(lambda: ids[0].orderStatus.status == "Submitted")
        before = await first.do(do="book")
        history = await ib.reqHistoricalDataAsync(contract, "", "5 D", "1 day", "TRADES", True)
        assert first.end(signal.SIGKILL) == -signal.SIGKILL
    second = Child("--data-dir", str(tmp_path), "--seed", "8", "--port", str(first.facts["port"]))
    children.append(second)
    assert second.facts["port"] == first.facts["port"]
    assert second.facts["seed"] == 7
    after = await second.do(do="book")
    for part in ("orders", "executions", "positions", "cash"):
        assert after[part] == before[part]
    async with connected(second.facts["port"]) as ib:
        opened = await ib.reqAllOpenOrdersAsync()
        assert {trade.order.permId for trade in opened} == {trade.order.permId for trade in ids}
        (execution,) = await ib.reqExecutionsAsync()
        assert execution.execution.orderRef == "filled"
        again = await ib.reqHistoricalDataAsync(contract, "", "5 D", "1 day", "TRADES", True)
        assert [bar.close for bar in again[:-1]] == [bar.close for bar in history[:-1]]
        assert ib.client.getReqId() > ids[-1].order.orderId
        ib.cancelOrder(next(trade for trade in opened if not trade.order.parentId).order)
        await until(lambda: not ib.openTrades())


@pytest.mark.slow
async def test_what_a_client_was_told_is_in_the_book_after_any_kill_9(tmp_path: Path, children: list[Child]) -> None:
    chance = random.Random(5)
    told: dict[str, str] = {}
    executions: set[str] = set()
    for _ in range(25):
        child = Child("--data-dir", str(tmp_path))
        children.append(child)
        client = await RawClient.started(child.facts["port"])
        hearing = asyncio.ensure_future(_hear(client, told, executions))
        await _trade_at_random(client, chance)
        child.end(signal.SIGKILL)
        await hearing
    last = Child("--data-dir", str(tmp_path))
    children.append(last)
    book = await last.do(do="book")
    statuses = {str(order["perm_id"]): order["status"] for order in book["orders"]}
    assert told.keys() <= statuses.keys()
    assert all(statuses[perm] == status for perm, status in told.items() if status in {"Filled", "Cancelled"})
    assert executions <= {execution["exec_id"] for execution in book["executions"]}
    signed = [(1 if e["side"] == "BUY" else -1, e) for e in book["executions"]]
    assert sum(sign * e["quantity"] for sign, e in signed) == sum(p["quantity"] for p in book["positions"])
    spent = sum(sign * e["quantity"] * e["price"] + e["commission"] for sign, e in signed)
    assert book["cash"]["DUT000001"]["USD"] == pytest.approx(100_000 - spent)
    assert len(executions) > 50


async def _hear(client: RawClient, told: dict[str, str], executions: set[str]) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionResetError):
        while True:
            fields = await client.fields()
            if fields[0] == "3":
                told[fields[6]] = fields[2]
            elif fields[0] == "11":
                executions.add(fields[14])


async def _trade_at_random(client: RawClient, chance: random.Random) -> None:
    order_id = int(next(fields[2] for fields in client.seen if fields[0] == "9"))
    first = order_id
    until_id = first + chance.randint(3, 40)
    while order_id < until_id:
        kind = chance.random()
        if kind < 0.5:
            client.send(*place_fields(order_id, chance.choice(["BUY", "SELL"]), 1, "MKT"))
        else:
            client.send(*place_fields(order_id, "BUY", 1, "LMT", 10.0, tif="GTC"))
        if kind > 0.8:
            client.send(4, 1, chance.randint(first, order_id), "")
        order_id += 1
        await asyncio.sleep(chance.uniform(0.0, 0.01))


async def test_orders_meet_what_happened_while_it_was_off(tmp_path: Path, children: list[Child]) -> None:
    first = Child("--data-dir", str(tmp_path), at=A_WEDNESDAY)
    children.append(first)
    async with connected(first.facts["port"]) as ib:
        contract = await qualified(ib)
        (ticker,) = await ib.reqTickersAsync(contract)
        near = ib.placeOrder(contract, LimitOrder("BUY", 5, round(ticker.bid * 0.9995, 2), tif="GTC", orderRef="near"))
        day = ib.placeOrder(contract, LimitOrder("BUY", 5, 10.0, tif="DAY", orderRef="day"))
        await until(lambda: near.order.permId and day.order.permId)
    assert first.end() == 0
    second = Child("--data-dir", str(tmp_path), at=THE_SUNDAY_AFTER)
    children.append(second)
    book = {order["ref"]: order for order in (await second.do(do="book"))["orders"]}
    assert book["day"]["status"] == "Cancelled"
    assert book["near"]["status"] == "Filled"


def test_a_second_gateway_on_the_same_directory_is_refused_in_one_sentence(
    tmp_path: Path, children: list[Child]
) -> None:
    children.append(Child("--data-dir", str(tmp_path)))
    second = subprocess.run([*RUN, "--data-dir", str(tmp_path)], capture_output=True, text=True, timeout=20)
    assert second.returncode == 2
    assert second.stdout == ""
    assert second.stderr.count("\n") == 1
    assert "Another practice gateway uses" in second.stderr


def test_a_restarted_gateway_waits_for_the_directory(tmp_path: Path, children: list[Child]) -> None:
    first = Child("--data-dir", str(tmp_path))
    children.append(first)
    waiting = subprocess.Popen(
        [*RUN, "--json", "--data-dir", str(tmp_path), "--wait-lock", "20", "--stdin-close"],
        stdout=subprocess.PIPE, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    first.end(signal.SIGKILL)
    assert waiting.stdout is not None
    assert json.loads(waiting.stdout.readline())["account"] == "DUT000001"
    waiting.communicate(timeout=10)
    assert waiting.returncode == 0


def test_a_child_ends_when_its_input_closes_and_writes_its_port_file(tmp_path: Path, children: list[Child]) -> None:
    port_file = tmp_path / "port.json"
    child = Child("--data-dir", str(tmp_path / "data"), "--stdin-close", "--port-file", str(port_file))
    children.append(child)
    facts = json.loads(port_file.read_text())
    assert facts == {**child.facts, "pid": child.process.pid}
    assert list(child.facts) == ["host", "port", "control_port", "account", "seed", "server_version"]
    assert child.facts["host"] == "127.0.0.1"
    child.process.communicate(timeout=10)
    assert child.process.returncode == 0


def test_a_used_port_is_refused_in_one_sentence(tmp_path: Path, children: list[Child]) -> None:
    first = Child("--data-dir", str(tmp_path / "a"))
    children.append(first)
    port = str(first.facts["port"])
    second = subprocess.run(
        [*RUN, "--data-dir", str(tmp_path / "b"), "--port", port], capture_output=True, text=True, timeout=20
    )
    assert second.returncode == 2
    assert second.stderr.strip().splitlines()[-1].startswith(f"Port {port} on 127.0.0.1 is in use")
    assert "Traceback" not in second.stderr


async def test_the_control_port_stops_it(tmp_path: Path, children: list[Child]) -> None:
    child = Child("--data-dir", str(tmp_path), "--server-version", "163", "--account", "DUA1", "--account", "DUA2")
    children.append(child)
    ib = IB()
    await ib.connectAsync(HOST, child.facts["port"], clientId=3)
    assert (ib.client.serverVersion(), ib.managedAccounts()) == (163, ["DUA1", "DUA2"])
    assert await ib.qualifyContractsAsync(AAPL)
    ib.disconnect()
    assert (await child.do(do="stop"))["ok"]
    child.process.communicate(timeout=10)
    assert child.process.returncode == 0


def test_another_address_must_be_allowed_and_is_warned_of(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*RUN, "--json", "--data-dir", str(tmp_path), "--bind", "0.0.0.0", "--allow-remote"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    facts = json.loads(process.stdout.readline())
    with socket.create_connection((HOST, facts["port"])):
        pass
    process.terminate()
    _, err = process.communicate(timeout=10)
    assert facts["host"] == "0.0.0.0"
    assert "every machine that reaches it can trade" in err


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], DEFAULT_LIMITS),
        (["--limits"], ALL_LIMITS),
        (["--no-limits"], frozenset()),
        (["--limits", "messages,lines"], frozenset({Limit.MESSAGES, Limit.LINES})),
    ],
)
def test_each_limit_is_switched_by_its_name(given: list[str], expected: frozenset[Limit]) -> None:
    assert _options(parser().parse_args(given)).limits == expected


@pytest.mark.parametrize(
    "options",
    [
        ["--speed", "0"],
        ["--speed", "fast"],
        ["--port", "70000"],
        ["--port", "-1"],
        ["--server-version", "201"],
        ["--market", "sometimes"],
        ["--account", "a b"],
        ["--bind", "0.0.0.0"],
        ["--bind", "example.org"],
        ["--limits", "speed"],
        ["--commission", "free"],
        ["--no-such"],
        ["--faults", "/does/not/exist"],
        ["--data-dir", "/proc/nowhere"],
    ],
)
def test_bad_options_are_one_sentence_and_2(
    options: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    given = options if "--data-dir" in options else [*options, "--data-dir", str(tmp_path)]
    assert main(given) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.strip().endswith(".")


async def test_a_state_that_cannot_be_written_stops_it_and_nothing_untrue_was_told(
    tmp_path: Path, children: list[Child]
) -> None:
    child = Child("--data-dir", str(tmp_path))
    children.append(child)
    client = await RawClient.started(child.facts["port"])
    other = sqlite3.connect(tmp_path / "practice.sqlite3", isolation_level=None)
    other.execute("drop table orders")
    other.close()
    client.send(*place_fields(1, "BUY", 1, "MKT"))
    with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
        await client.fields()
    _, err = await asyncio.to_thread(child.process.communicate, timeout=10)
    assert child.process.returncode == 1
    assert b"The practice gateway cannot go on and stops: no such table" in err


def test_a_broken_fault_file_is_refused_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "faults.jsonl"
    script.write_text('{"at_s": 1, "name": "reset"}\n{"at_s": 2, "name": "blackhole"}\n')
    assert main(["--data-dir", str(tmp_path), "--faults", str(script)]) == 2
    assert "Line 2 of the fault file" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line",
    [
        '{"at_s": 2, "name": "blackhole", "ms": "long"}',
        '{"at_s": 2, "name": "read_only", "on": "false"}',
        '{"at_s": 2, "name": "language", "code": 7}',
        '{"at_s": 2, "name": "permute", "order": "openOrder"}',
        '{"at_s": 2, "name": "halt", "symbol": 5}',
        '{"at_s": 2, "name": "reset", "client_id": "x"}',
        "reset",
    ],
)
def test_a_parameter_of_the_wrong_kind_is_refused_before_the_gateway_listens(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "faults.jsonl"
    script.write_text(f'{{"at_s": 1, "name": "reset"}}\n{line}\n')
    assert main(["--data-dir", str(tmp_path), "--faults", str(script)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "Line 2 of the fault file" in told.err
    assert ": expected " in told.err


def test_the_state_of_a_newer_version_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite3.connect(tmp_path / "practice.sqlite3") as db:
        db.execute("pragma user_version = 99")
    assert main(["--data-dir", str(tmp_path)]) == 2
    assert "of version 99" in capsys.readouterr().err


def test_faults_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list-faults"]) == 0
    listed = capsys.readouterr().out
    for name in ("reset", "half_open", "blackhole", "delay", "error", "restart", "whatif_silence", "clock_offset"):
        assert f"{name}: " in listed
