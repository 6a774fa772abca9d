"""Whether anybody listens at a port, asked by bare TCP: a handshake would make TWS ask its user."""

from __future__ import annotations

import asyncio
import contextlib


async def answers(host: str, port: int) -> bool:
    """Say whether a TCP connection is taken within two seconds; nothing is sent."""
    try:
        async with asyncio.timeout(2):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True
