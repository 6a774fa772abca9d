"""The one way out to an endpoint: one origin, no redirects, no header too many, no endless reply."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from app.adapters.llm.strict_json import LARGEST
from app.domain.providers import is_loopback, refuse_bad_address

CONNECT_S = 10.0
_HEADERS = {"host", "content-type", "content-length", "accept", "connection"}
"""What an endpoint is told about a request; the SDK would add the machine's system, Python and organisation."""


class TooLarge(Exception):
    """A reply went on past the cap, or came packed so that its size cannot be known."""


def new_client(base_url: str, key: str | None, timeout_s: float) -> httpx2.AsyncClient:
    """Return a client for one endpoint; raise UserError for an address nothing may be sent to."""
    refuse_bad_address(base_url)
    timeout = httpx2.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s))
    return httpx2.AsyncClient(transport=_Guarded(base_url, key), follow_redirects=False, timeout=timeout)


class _Guarded(httpx2.AsyncBaseTransport):
    """Sends to one origin alone, under our headers, and stops reading at the cap."""

    def __init__(self, base_url: str, key: str | None) -> None:
        self._origin = _origin(base_url)
        self._key = key
        self._inner = httpx2.AsyncHTTPTransport(verify=_trusted(base_url), proxy=_proxy(base_url))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if _origin(str(request.url)) != self._origin:
            raise httpx2.UnsupportedProtocol("a request to another host was not sent")
        headers = {name: value for name, value in request.headers.items() if name.lower() in _HEADERS}
        headers |= {"user-agent": "Tapeline", "accept-encoding": "identity"}
        if self._key:
            headers["authorization"] = f"Bearer {self._key}"
        request.headers = httpx2.Headers(headers)
        response = await self._inner.handle_async_request(request)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            await response.aclose()
            raise TooLarge
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Capped(response.stream)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Capped(httpx2.AsyncByteStream):
    """A reply's bytes up to the cap."""

    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._inner:
            size += len(chunk)
            if size > LARGEST:
                raise TooLarge
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, port


def _trusted(base_url: str) -> ssl.SSLContext:
    """Return the authorities that are trusted; where no TLS is spoken there is no need to read them all."""
    if urlsplit(base_url).scheme == "https":
        return httpx2.create_ssl_context()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _proxy(base_url: str) -> str | None:
    """Return the system's proxy for https; this machine is reached directly."""
    parts = urlsplit(base_url)
    if is_loopback(parts) or proxy_bypass(parts.hostname or ""):
        return None
    return getproxies().get(parts.scheme)
