"""A practice gateway as a child process for tests: its port, its control port, and ways to kill and restart it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.domain.broker import Endpoint

START_S = 20.0
_PROGRAM = "import sys; from app.practice.main import main; sys.exit(main(sys.argv[1:]))"


class PracticeGateway:
    """One practice gateway on a data directory of its own; the directory survives a kill, the process does not."""

    def __init__(self, data_dir: Path, options: Iterable[str] = ()) -> None:
        self.data_dir = data_dir
        self.told: dict[str, Any] = {}
        self._options = [*options, *_in_its_language(data_dir.parent)]
        self._process: subprocess.Popen[bytes] | None = None
        self._log = data_dir.parent / f"{data_dir.name}.log"

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens, with the product's own client ids."""
        return Endpoint(host=self.told["host"], port=self.told["port"])

    @property
    def account(self) -> str:
        """Its account."""
        return str(self.told["account"])

    def start(self, *, port: int = 0) -> None:
        """Start it and return once it listens."""
        command = [sys.executable, "-c", _PROGRAM, "--json", "--stdin-close", "--wait-lock", "10"]
        command += ["--data-dir", str(self.data_dir), "--port", str(port), *self._options]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        assert self._process.stdout is not None
        too_late = threading.Timer(START_S, self._process.kill)
        too_late.start()
        line = self._process.stdout.readline()
        too_late.cancel()
        too_late.join()
        if not line:
            self._release(self._process)
            raise AssertionError(f"the practice gateway did not start: {self._log.read_text()[-2000:]}")
        self.told = json.loads(line)

    async def control(self, command: dict[str, Any]) -> dict[str, Any]:
        """Send one command to the control port and return its answer; fail when it is refused."""
        reader, writer = await asyncio.open_connection(self.told["host"], self.told["control_port"], limit=1 << 24)
        try:
            writer.write(json.dumps(command).encode() + b"\n")
            answer = json.loads(await asyncio.wait_for(reader.readline(), 10.0))
        finally:
            writer.close()
            await writer.wait_closed()
        assert answer["ok"], answer
        return dict(answer)

    async def fault(self, name: str, **parameters: Any) -> None:
        """Have the gateway play one fault."""
        await self.control({"do": "fault", "name": name, **parameters})

    async def book(self) -> dict[str, Any]:
        """Return the gateway's true book of orders, executions, positions and cash."""
        return await self.control({"do": "book"})

    async def move(self, symbol: str, price: float) -> None:
        """Move the market of a symbol to a price."""
        await self.control({"do": "price", "symbol": symbol, "last": price})

    def kill(self) -> None:
        """Kill it without warning."""
        if self._process is not None:
            self._process.kill()
            self._release(self._process)

    def restart(self) -> None:
        """Start it again on the same directory and port."""
        self.stop()
        self.start(port=self.told["port"])

    def stop(self) -> None:
        """Close its input, which ends it, and wait; kill it if it does not listen."""
        process = self._process
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(5.0)
        except subprocess.TimeoutExpired:
            process.kill()
        self._release(process)

    def _release(self, process: subprocess.Popen[bytes]) -> None:
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        self._process = None


def _in_its_language(folder: Path) -> list[str]:
    """Return the options that have it word its errors as TAPELINE_TEST_LANGUAGE asks for, from each start on."""
    language = os.environ.get("TAPELINE_TEST_LANGUAGE")
    if not language:
        return []
    script = folder / f"language-{language}.jsonl"
    script.write_text(json.dumps({"at_s": 0, "name": "language", "code": language}) + "\n")
    return ["--faults", str(script)]


def running_gateway(data_dir: Path, *options: str) -> Iterator[PracticeGateway]:
    """Yield a running gateway and stop it afterwards."""
    gateway = PracticeGateway(data_dir, options)
    gateway.start()
    try:
        yield gateway
    finally:
        gateway.stop()


@pytest.fixture
def practice_gateway(tmp_path: Path) -> Iterator[PracticeGateway]:
    """A gateway for one test alone."""
    yield from running_gateway(tmp_path / "gateway")


@pytest.fixture(scope="module")
def shared_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeGateway]:
    """A gateway for the tests of one module that do not mind each other's orders."""
    yield from running_gateway(tmp_path_factory.mktemp("shared") / "gateway")
