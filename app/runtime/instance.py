"""One process a data directory: the lock, and the local door through which others ask the holder.

The door is a loopback socket whose port and password lie in a file that only the owner can read.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from app.runtime.errors import Refusal
from app.runtime.paths import write_atomically

if TYPE_CHECKING:  # a window takes its data directory before asyncio is imported
    import asyncio

Answer = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
log = logging.getLogger(__name__)
_LINE_LIMIT = 4 * 1024 * 1024
_ASK_S = 10.0
_PING_S = 2.0


class Instance:
    """Holds a data directory for this process; the lock goes with the process, however it ends."""

    def __init__(self, data_dir: Path) -> None:
        self._lock = FileLock(data_dir / "tapeline.lock", thread_local=False)
        self._door = data_dir / "door.json"
        self._server: asyncio.Server | None = None

    def acquire(self) -> bool:
        """Take the data directory; False when another process has it."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        self._door.unlink(missing_ok=True)  # of a holder that ended without closing it
        return True

    async def open_door(self, answer: Answer) -> None:
        """Answer requests of other processes of the same user from now on."""
        import asyncio
        import secrets

        password = secrets.token_urlsafe(24)

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                async with asyncio.timeout(_ASK_S):
                    request = json.loads(await reader.readline())
                given = str(request.pop("password", ""))
                if secrets.compare_digest(given.encode(), password.encode()):
                    writer.write(json.dumps(await answer(request)).encode() + b"\n")
                    await writer.drain()
            except (OSError, ValueError, AttributeError, TimeoutError) as error:
                log.warning("somebody at the door was not understood: %r", error)
            finally:
                writer.close()

        self._server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=_LINE_LIMIT)
        port = self._server.sockets[0].getsockname()[1]
        write_atomically(self._door, json.dumps({"port": port, "password": password}), private=True)

    async def close(self) -> None:
        """Shut the door and give the data directory back."""
        if self._server is not None:
            self._server.close()
            self._door.unlink(missing_ok=True)
        self._lock.release()


async def ask_holder(data_dir: Path, request: dict[str, Any], *, timeout_s: float) -> dict[str, Any]:
    """Ask the process that holds `data_dir`; raise Refusal when it does not answer as a window would."""
    import asyncio

    try:
        door = json.loads((data_dir / "door.json").read_text())
        async with asyncio.timeout(timeout_s), _connection(door["port"]) as (reader, writer):
            writer.write(json.dumps({**request, "password": door["password"]}).encode() + b"\n")
            await writer.drain()
            answer = json.loads(await reader.readline())
    except (OSError, ValueError, KeyError, TimeoutError) as error:
        raise Refusal(
            f"Another program holds {data_dir} and does not answer as a Tapeline window; close it and try again."
        ) from error
    if not isinstance(answer, dict):
        raise Refusal(f"The window that holds {data_dir} answered with something unreadable; restart it.")
    return answer


async def has_window(data_dir: Path) -> bool:
    """Say whether a window holds `data_dir` and answers at its door; nothing is changed."""
    try:
        await ask_holder(data_dir, {"do": "nothing"}, timeout_s=_PING_S)
    except Refusal:
        return False
    return True


@contextlib.asynccontextmanager
async def _connection(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    import asyncio

    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_LINE_LIMIT)
    try:
        yield reader, writer
    finally:
        writer.close()
