"""Runs templates in a process beside ours, kept while it behaves and ended when a template takes too long."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from app.services.ports import RenderFailed, TemplateReport

LIMIT_S = 2.0
_START_S = 30.0
_MOST_REPLY = 1 << 20


class PromptRenderer:
    """Renders one template after another (services.ports.Renderer); its own thread waits, never the loop."""

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        self._limit_s = limit_s
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="prompts")
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._is_closed = False

    async def render(self, template: str, context: Mapping[str, Any]) -> str:
        """Return the text; raise RenderFailed when there is none to be had."""
        reply = await self._ask({"template": template, "context": dict(context)})
        return str(reply["text"])

    async def inspect(self, template: str) -> TemplateReport:
        """Return what a template names; raise RenderFailed when it cannot be understood."""
        reply = await self._ask({"template": template})
        return TemplateReport(tuple(reply["variables"]))

    async def close(self) -> None:
        """End the process and the thread, also in the middle of a template."""
        self._is_closed = True
        process = self._process
        if process is not None:
            with suppress(ValueError):  # its own thread was quicker
                process.kill()
        await asyncio.to_thread(self._thread.shutdown)
        self._end()

    async def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        try:
            message = json.dumps(question, allow_nan=False).encode()
        except (TypeError, ValueError) as error:
            raise RenderFailed(f"it was to be given what is no plain value or finite number ({error})") from None
        if self._is_closed:  # the thread takes nothing more
            raise RenderFailed("Tapeline is being closed")
        reply = await asyncio.wrap_future(self._thread.submit(self._answered, message))
        if "wrong" in reply:
            raise RenderFailed(reply["wrong"], reply.get("line"))
        return reply

    def _answered(self, message: bytes) -> dict[str, Any]:
        connection = self._open()
        try:
            connection.send_bytes(message)
            if not connection.poll(self._limit_s):
                self._end()
                raise RenderFailed(f"it is not done after {self._limit_s:g} s; look for a loop without end")
            reply: dict[str, Any] = json.loads(connection.recv_bytes(_MOST_REPLY))
        except (EOFError, OSError):
            self._end()
            raise RenderFailed("it ended the process that it ran in") from None
        if reply.get("is_spent"):
            self._end()
        return reply

    def _open(self) -> Connection:
        self._refuse_when_closed()
        if self._connection is not None and self._process is not None and self._process.is_alive():
            return self._connection
        self._end()
        from app.adapters.prompts.child import READY, serve  # brings Jinja2, which nobody needs before the first prompt

        context = multiprocessing.get_context("spawn")  # a fork would take the window's threads and locks along
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, self._limit_s), name="prompts", daemon=True)
        process.start()
        theirs.close()
        self._process, self._connection = process, ours
        self._refuse_when_closed()  # whoever closed meanwhile found no process to end
        with suppress(EOFError, OSError):
            if ours.poll(_START_S) and ours.recv_bytes() == READY:
                return ours
        self._end()
        raise RenderFailed("the process that makes prompts did not start; restart Tapeline")

    def _refuse_when_closed(self) -> None:
        if self._is_closed:
            self._end()
            raise RenderFailed("Tapeline is being closed")

    def _end(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        self._process = self._connection = None
