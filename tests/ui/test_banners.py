"""The banner and the status bar's lamps over a gateway that goes away and whose market data another login takes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from PySide6.QtWidgets import QApplication

from app.adapters.ib import data
from app.domain.bars import Bars, Timeframe
from tests.support.gateway import PracticeGateway, practice_gateway
from tests.support.screen import Screen, screen_over

__all__ = ["practice_gateway"]
RETURN_S = 40.0


@pytest_asyncio.fixture
async def screen(tmp_path: Path, practice_gateway: PracticeGateway, qapp: QApplication) -> AsyncIterator[Screen]:
    async with screen_over(tmp_path / "app", practice_gateway) as screen:
        screen.binding.banners._patience.setInterval(50)
        yield screen


async def test_a11_market_data_that_another_login_took_is_told_and_taken_back(
    screen: Screen, practice_gateway: PracticeGateway
) -> None:
    banner = screen.handles.window.banner
    aapl = await screen.trader.instrument()
    assert banner.text() == ""
    await practice_gateway.fault("competing_session")
    await screen.until(banner.text)
    assert banner.text().startswith("Market data is taken by another login")
    assert banner.button.text() == "Take it back"
    banner.button.click()
    assert banner.text() == ""
    await screen.until(banner.text)  # the other login still has it
    await practice_gateway.fault("competing_session", on=False)
    banner.button.click()
    await screen.trader.core.session.matched(20)  # whatever was refused would have been told by now
    await practice_gateway.move("AAPL", 123.25)
    await screen.until(lambda: abs(float(screen.trader.last(aapl)) - 123.25) < 2)
    assert banner.text() == ""


async def test_a11_live_bars_that_stop_are_told_until_they_come_again(
    screen: Screen, practice_gateway: PracticeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    banner, aapl = screen.handles.window.banner, await screen.trader.instrument()
    heard: list[Bars] = []
    stop = await screen.handles.market.follow(aapl, Timeframe.M1, 30, heard.append)
    monkeypatch.setattr(data, "RENEW_AFTER_S", 0.3)
    await practice_gateway.fault("updates_failed")
    await screen.until(banner.text)
    assert banner.text().startswith("Live bars have stopped")
    assert "10182" in banner.text()
    count = len(heard)
    await screen.until(lambda: not banner.text())
    await screen.until(lambda: len(heard) > count)
    stop()


async def test_a1_one_banner_stands_while_it_is_away_and_one_notification_is_made(
    screen: Screen, practice_gateway: PracticeGateway
) -> None:
    banner, port = screen.handles.window.banner, practice_gateway.told["port"]
    before = len(screen.told)
    for _ in range(2):
        practice_gateway.kill()
        await screen.until(lambda: "Nobody answers" in banner.text())
        assert banner.text().startswith(f"Not connected. Nobody answers at 127.0.0.1:{port}; start TWS")
        assert banner.button.text() == "Check the connection"
        practice_gateway.start(port=port)
        await screen.until(lambda: screen.handles.session.view.is_ready, RETURN_S)
        assert banner.text() == ""
        for toast in tuple(screen.handles.window.notices._toasts):
            toast.dismiss()  # the same sentence would only renew it
    assert len(screen.told) - before <= 1, screen.told


async def test_a7_the_status_bar_has_a_lamp_for_each_farm(screen: Screen, practice_gateway: PracticeGateway) -> None:
    farms = screen.handles.window.status.farms
    await screen.until(lambda: [lamp.text() for lamp in farms] == ["Market data farm", "History farm"])
    await practice_gateway.fault("farm", which="history", up=False)
    await screen.until(lambda: [lamp.text() for lamp in farms] == ["Market data farm", "History farm down"])
    assert screen.handles.window.status.session.text() == "Ready"


async def test_leaving_by_hand_is_no_loss(screen: Screen) -> None:
    await screen.handles.session.stop()
    QApplication.processEvents()
    assert not screen.binding.banners._patience.isActive()
    assert screen.handles.window.banner.text() == ""
