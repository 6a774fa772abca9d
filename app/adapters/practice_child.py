"""The practice gateway as a child process: started on a free loopback port, found again, ended with us."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from app.domain.broker import Endpoint
from app.domain.errors import Retryable, UserError

log = logging.getLogger(__name__)
_START_S = 20.0
_LOCK_WAIT_S = 10


class PracticeChild:
    """Starts the gateway when it is asked for and it is not there; it ends when our end of its input closes."""

    def __init__(self, data_dir: Path, *, seed: int | None = None, may_restart: bool = True) -> None:
        self._home = data_dir / "practice"
        self._port_file = self._home / "gateway.json"
        self._seed = seed
        self._may_restart = may_restart
        self._process: subprocess.Popen[bytes] | None = None
        self._told: dict[str, Any] = {}

    async def locate(self) -> Endpoint:
        """Return where the gateway listens, starting it first if need be; raise UserError when it does not start."""
        if self._process is None or self._process.poll() is not None:
            if self._process is not None and not self._may_restart:
                raise UserError("The practice gateway ended while it was needed; start again.")
            await self._start()
        return Endpoint(host=self._told["host"], port=self._told["port"])

    @property
    def seed(self) -> int | None:
        """The seed of the market in force, None before the gateway has told it."""
        return self._told.get("seed")

    @property
    def pid(self) -> int | None:
        """The process id of the child, None while there is none."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    async def control(self, **request: Any) -> dict[str, Any]:
        """Ask the gateway's control port; raise Retryable when it does not answer, UserError when it refuses."""
        try:
            async with asyncio.timeout(10):
                reader, writer = await asyncio.open_connection("127.0.0.1", self._told["control_port"])
                writer.write(json.dumps(request).encode() + b"\n")
                answer = json.loads(await reader.readline())
                writer.close()
        except (OSError, ValueError, KeyError, TimeoutError) as error:
            raise Retryable("The practice gateway does not answer on its control port; try again.") from error
        if not answer.get("ok"):
            raise UserError(f"The practice gateway refused: {answer.get('error', 'no reason given')}")
        return dict(answer)

    async def stop(self) -> None:
        """Close the child's input, which ends it, and wait; kill it when it does not listen."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        for _ in range(250):
            if process.poll() is not None:
                return
            await asyncio.sleep(0.02)
        process.kill()
        process.wait()

    async def _start(self) -> None:
        old_port = self._last_port()
        if old_port and await self._started(old_port):
            return
        if not await self._started(0):
            raise UserError(f"The practice gateway did not start: {self._complaint()}")

    async def _started(self, port: int) -> bool:
        process = self._launch(port)
        for _ in range(int(_START_S / 0.02)):
            if self._port_file.exists():
                self._told = json.loads(self._port_file.read_text())
                return True
            if process.poll() is not None:
                return False
            await asyncio.sleep(0.02)
        process.kill()
        return False

    def _launch(self, port: int) -> subprocess.Popen[bytes]:
        self._home.mkdir(parents=True, exist_ok=True)
        self._port_file.unlink(missing_ok=True)
        with (self._home / "gateway.log").open("ab") as errors:
            self._process = subprocess.Popen(
                self._command(port), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors
            )
        return self._process

    def _command(self, port: int) -> list[str]:
        program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "app"]
        options = {
            "--port": port,
            "--control-port": 0,
            "--data-dir": self._home,
            "--port-file": self._port_file,
            "--wait-lock": _LOCK_WAIT_S,
            **({"--seed": self._seed} if self._seed is not None else {}),
        }
        return [*program, "practice", *(str(part) for pair in options.items() for part in pair), "--stdin-close"]

    def _last_port(self) -> int:
        try:
            return int(json.loads(self._port_file.read_text())["port"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    def _complaint(self) -> str:
        try:
            lines = (self._home / "gateway.log").read_text(errors="replace").strip().splitlines()
        except OSError:
            lines = []
        return lines[-1] if lines else "it gave no reason"


def running_practice(data_dir: Path) -> Endpoint | None:
    """Return where the practice gateway of a data directory listens, None while it does not run."""
    try:
        told = json.loads((data_dir / "practice" / "gateway.json").read_text())
        with socket.create_connection((told["host"], told["port"]), timeout=1):
            return Endpoint(host=told["host"], port=told["port"])
    except (OSError, ValueError, KeyError):
        return None
