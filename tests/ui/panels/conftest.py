"""One gateway and one core for all panels' tests: they do not mind each other's orders."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from PySide6.QtWidgets import QApplication

from tests.support.gateway import PracticeGateway, running_gateway
from tests.support.screen import Screen, screen_over


@pytest.fixture(scope="session")
def panels_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeGateway]:
    yield from running_gateway(tmp_path_factory.mktemp("panels") / "gateway", "--seed", "7")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def whole_screen(
    tmp_path_factory: pytest.TempPathFactory, panels_gateway: PracticeGateway, qapp: QApplication
) -> AsyncIterator[Screen]:
    async with screen_over(tmp_path_factory.mktemp("screen") / "app", panels_gateway) as screen:
        await screen.trader.core.renderer.render("", {})  # its thread is the core's, not that of the first test to ask
        yield screen


@pytest.fixture
def screen(whole_screen: Screen) -> Iterator[Screen]:
    """The shared screen; what a test shows is taken away afterwards."""
    yield whole_screen
    for question in whole_screen.open_questions():  # one that a failed test left would hold up every test after it
        question.close()
    whole_screen.clear()
