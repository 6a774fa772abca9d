"""A screen of their own for the dialogs: they connect, disconnect and stop trading."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from PySide6.QtWidgets import QApplication

from tests.support.gateway import PracticeGateway, running_gateway
from tests.support.screen import Screen, screen_over


@pytest.fixture(scope="module")
def live_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeGateway]:
    """A gateway whose account is neither practice nor paper."""
    yield from running_gateway(tmp_path_factory.mktemp("live") / "gateway", "--account", "U1234567")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def screen(
    tmp_path_factory: pytest.TempPathFactory, live_gateway: PracticeGateway, qapp: QApplication
) -> AsyncIterator[Screen]:
    """A screen whose account is live."""
    async with screen_over(tmp_path_factory.mktemp("dialogs") / "app", live_gateway) as screen:
        yield screen
