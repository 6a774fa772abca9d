"""The listening sockets: loopback only, and never TWS's own ports by themselves."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
import sys

from app.practice.server.gateway import Gateway
from app.practice.server.session import Session

HOST = "127.0.0.1"
# Ports that TWS and IB Gateway use: a free port is never one of these.
RESERVED = frozenset({7496, 7497, 4001, 4002})


INSTEAD = "choose another one (0 picks a free one)"


class PortInUse(Exception):
    """Somebody listens on the wished port already; the message is one sentence."""


def is_loopback(address: str) -> bool:
    """Return whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address("127.0.0.1" if address == "localhost" else address).is_loopback
    except ValueError:
        return False


def bind(port: int, host: str = HOST) -> socket.socket:
    """Return a socket bound to a port, or to a free one for 0; raises PortInUse."""
    while True:
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        if sys.platform == "win32":  # there, reusing an address would share the port with another program
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except OSError as problem:
            sock.close()
            raise PortInUse(_why_not(host, port, problem)) from None
        if port or sock.getsockname()[1] not in RESERVED:
            return sock
        sock.close()


def _why_not(host: str, port: int, problem: OSError) -> str:
    if problem.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use by another program: {INSTEAD}."
    return f"Port {port} on {host} cannot be opened ({problem.strerror}): {INSTEAD}."


class Listener:
    """The server side of a gateway: accepts clients on one port, and can go away and come back on it."""

    def __init__(self, gateway: Gateway, sock: socket.socket) -> None:
        self._gateway = gateway
        self._socket = sock
        self.host, self.port = sock.getsockname()[:2]
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Session(self._gateway), sock=self._socket, backlog=100)

    async def reopen(self) -> None:
        """Listen again on the same port after `close`."""
        self._socket = bind(self.port, self.host)
        await self.open()

    def close(self) -> None:
        """Stop listening; connections stay as they are."""
        if self._server is not None:
            self._server.close()
            self._server = None
