"""A ready core over real sockets for the tests of this room."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.core import WIDE_LIMITS, Trader, trading
from tests.support.gateway import PracticeGateway, practice_gateway, running_gateway, shared_gateway
from tests.support.oracle import Oracle, watched

__all__ = ["practice_gateway", "shared_gateway"]


@pytest.fixture
async def trader(tmp_path: Path, shared_gateway: PracticeGateway) -> AsyncIterator[Trader]:
    """A trader with the limits as they are and a fresh account, on the gateway that the module's tests share."""
    await shared_gateway.control({"do": "reset"})
    async with trading(tmp_path / "app", shared_gateway) as found:
        yield found


@pytest.fixture
async def wide_trader(tmp_path: Path, shared_gateway: PracticeGateway) -> AsyncIterator[Trader]:
    """A trader with wide limits and a fresh data directory, on the gateway that the module's tests share."""
    async with trading(tmp_path / "app", shared_gateway, limits=WIDE_LIMITS) as found:
        yield found


@pytest.fixture
async def clean(tmp_path: Path, shared_gateway: PracticeGateway) -> AsyncIterator[Trader]:
    """A trader with wide limits and a fresh account, on the gateway that the module's tests share."""
    await shared_gateway.control({"do": "reset"})
    async with trading(tmp_path / "app", shared_gateway, limits=WIDE_LIMITS) as found:
        yield found


@pytest.fixture
async def oracle(clean: Trader) -> AsyncIterator[Oracle]:
    """An oracle that watches the clean trader."""
    with watched(clean) as found:
        yield found


@pytest.fixture
def live_gateway(tmp_path: Path) -> Iterator[PracticeGateway]:
    """A gateway whose account is neither practice nor paper."""
    yield from running_gateway(tmp_path / "live", "--account", "U1234567")
