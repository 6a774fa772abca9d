"""One endpoint through the SDK: what was posted comes back as bytes, or as a failure in our words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpx2
import openai

from app.adapters.llm.failures import Failure, failure_of
from app.adapters.llm.transport import new_client


class Endpoint:
    """An open client; close it, best as a context."""

    def __init__(self, base_url: str, key: str | None, timeout_s: float) -> None:
        http = new_client(base_url, key, timeout_s)
        self._sdk = openai.AsyncOpenAI(api_key=key or "none", base_url=base_url, http_client=http, max_retries=0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        await self._sdk.close()

    async def complete(self, body: dict[str, Any], timeout_s: float, now: datetime) -> bytes | Failure:
        """Post a chat completion and return the reply's bytes; the whole of it takes `timeout_s` at most."""
        return await _tried(
            lambda: self._sdk.post("/chat/completions", cast_to=httpx2.Response, body=body), timeout_s, now
        )

    async def models(self, timeout_s: float, now: datetime) -> bytes | Failure:
        """Return the bytes of the list of models."""
        return await _tried(lambda: self._sdk.get("/models", cast_to=httpx2.Response), timeout_s, now)


async def _tried(send: Callable[[], Awaitable[httpx2.Response]], timeout_s: float, now: datetime) -> bytes | Failure:
    try:
        async with asyncio.timeout(timeout_s):
            response = await send()
            return response.content
    except Exception as error:  # noqa: BLE001 - the SDK lets IndexError, TypeError and others out of bad replies
        return failure_of(error, timeout_s, now)
