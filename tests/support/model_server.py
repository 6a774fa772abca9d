"""An OpenAI-compatible server that does what a test's script says, over a real socket on this machine."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from app.domain.providers import Provider, ProviderId
from app.domain.readings import PromptText, Question, ReadingKind

MODEL = "test-model"
TLS = b"\x16"
"""The first byte of a TLS handshake, which a plain server hangs up on."""
KEY = "sk-canary-5f0c9b1e7a"


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body as JSON."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def text(self) -> str:
        """Every text of the messages, system and user."""
        return "\n".join(_texts(self.json["messages"]))

    @property
    def picture(self) -> bytes | None:
        """The picture that came with it."""
        for message in self.json["messages"]:
            for part in message["content"] if isinstance(message["content"], list) else ():
                if part["type"] == "image_url":
                    return base64.b64decode(part["image_url"]["url"].partition(",")[2])
        return None


def _texts(messages: list[dict[str, Any]]) -> list[str]:
    texts: list[str] = []
    for message in messages:
        content = message["content"]
        texts += [content] if isinstance(content, str) else [part.get("text", "") for part in content]
    return texts


@dataclass(frozen=True)
class Reply:
    """What the server answers; `drip_s` is the pause after each byte, `cut` ends the connection after so many."""

    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drip_s: float = 0.0
    cut: int | None = None
    never: bool = False


Script = Callable[[Request], Reply | bytes | Awaitable[Reply | bytes]]


class ModelServer:
    """Answers by a script; remembers what it was asked."""

    def __init__(self, script: Script | Sequence[Reply | bytes]) -> None:
        self.requests: list[Request] = []
        self.base_url = ""
        self.was_asked = asyncio.Event()
        self._script = script if callable(script) else _in_turn(list(script))
        self._writers: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        self._writers.add(writer)
        try:
            while (request := await _read(reader)) is not None:
                self.requests.append(request)
                self.was_asked.set()
                answer = self._script(request)
                if not isinstance(answer, Reply | bytes):
                    answer = await answer
                await _write(writer, answer if isinstance(answer, Reply) else Reply(answer))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    def hang_up(self) -> None:
        """Drop every connection."""
        for writer in self._writers:
            writer.transport.abort()

    @property
    def questions(self) -> list[Request]:
        """The chat completions it was asked for."""
        return [request for request in self.requests if request.path.endswith("/chat/completions")]


def _in_turn(replies: list[Reply | bytes]) -> Script:
    left = iter(replies)
    return lambda _: next(left, replies[-1])


async def _read(reader: asyncio.StreamReader) -> Request | None:
    start = await reader.readexactly(1)
    if start == TLS:
        raise ConnectionError
    head = start + await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, headers, body)


async def _write(writer: asyncio.StreamWriter, reply: Reply) -> None:
    if reply.never:
        await asyncio.Event().wait()
    headers = {"content-type": "application/json", "content-length": str(len(reply.body)), **reply.headers}
    head = f"HTTP/1.1 {reply.status} Said\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    body = reply.body if reply.cut is None else reply.body[: reply.cut]
    writer.write(head.encode("latin-1") + b"\r\n")
    if reply.drip_s:
        for byte in body:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(reply.drip_s)
    else:
        writer.write(body)
    await writer.drain()
    if reply.cut is not None:
        raise ConnectionError


@asynccontextmanager
async def model_server(
    script: Script | Sequence[Reply | bytes], *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[ModelServer]:
    """Yield a server on a free port of this machine."""
    server = ModelServer(script)
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        with suppress(asyncio.CancelledError):
            await server.serve(reader, writer)

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = listening.sockets[0].getsockname()[1]
    server.base_url = f"{'https' if tls else 'http'}://127.0.0.1:{port}/v1"
    try:
        yield server
    finally:
        listening.close()
        server.hang_up()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


def completion(content: str | None, **changes: Any) -> bytes:
    """Return the envelope of an answer; `message` and `finish_reason` go where they belong."""
    message = {"role": "assistant", "content": content, **changes.pop("message", {})}
    choice = {"index": 0, "message": message, "finish_reason": changes.pop("finish_reason", "stop")}
    usage = {"prompt_tokens": 1200, "completion_tokens": 150, "total_tokens": 1350}
    return json.dumps(
        {"object": "chat.completion", "model": MODEL, "choices": [choice], "usage": usage} | changes
    ).encode()


def said(**changes: Any) -> bytes:
    """Return the envelope of a sound reading of TEST at 100, with changes."""
    return completion(json.dumps(reply(**changes)))


def reply(**changes: Any) -> dict[str, Any]:
    """Return a sound reading of TEST at 100, with changes."""
    return {
        "symbol": "TEST",
        "signal": "BUY",
        "trend": "bullish",
        "confidence": 0.7,
        "entry_low": 99.0,
        "entry_high": 100.0,
        "stop": 95.0,
        "target_1": {"price": 108.0, "basis": "the last high"},
        "target_2": {"price": 112.0, "basis": "the gap above"},
        "claims": [
            {"type": "level", "side": "support", "price": 95.5, "touches": 2, "is_key": True, "text": "held twice"}
        ],
        "reasoning": "Higher lows above a rising average.",
        **changes,
    }


def provider(base_url: str, **changes: Any) -> Provider:
    """Return a provider that asks a server."""
    setup = {"id": ProviderId("test"), "name": "Test", "base_url": base_url, "model": MODEL, "timeout_s": 5.0}
    return Provider(**(setup | changes))


def question(text: str = "Read the chart of TEST.", picture: bytes | None = None, **changes: Any) -> Question:
    """Return a question about TEST at 100."""
    asked = {
        "kind": ReadingKind.CHART,
        "symbol": "TEST",
        "timeframe": None,
        "prompt": PromptText("You read charts.", text),
        "picture": picture,
        "last_price": 100.0,
    }
    return Question(**(asked | changes))
