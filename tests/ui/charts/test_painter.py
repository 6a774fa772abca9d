"""The picture that runs and readings get: painted without a window, with the signal's own numbers printed on it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QColor, QFont, QImage, QPainter
from PySide6.QtWidgets import QApplication

from app.domain.bars import Bars, Timeframe
from app.domain.claims import Claim, Finding, LevelClaim, Side, Truth
from app.domain.errors import UserError
from app.domain.signals import CheckName
from app.services.ports import ChartPainter
from app.services.studies import Studies, StudyColumns, checks
from app.ui.charts.lettering import Lettering
from app.ui.charts.painter import OffscreenPainter
from app.ui.widgets.format import price
from tests.ui.charts.conftest import wave

NAMES = ("sma", "supertrend", "macd", "rsi")
PAINTER: ChartPainter = OffscreenPainter()


def studies(bars: Bars) -> list[StudyColumns]:
    engine = Studies()
    return [engine.compute(name, bars) for name in NAMES]


async def painted(bars: Bars, theme: str = "dark", **more: Any) -> bytes:
    return await PAINTER.paint(
        bars, studies(bars), "AAPL", Timeframe.D1, theme, source="practice market", zone="America/New_York", **more
    )


def numbers(png: bytes) -> dict[str, Any]:
    found = json.loads(QImage.fromData(png).text("Tapeline"))
    assert isinstance(found, dict)
    return found


@pytest.mark.asyncio
async def test_the_values_in_the_picture_are_those_of_the_signal(qapp: QApplication) -> None:
    bars = wave(300)
    found = numbers(await painted(bars))["studies"]
    values = {check.name: check for check in checks(bars, Timeframe.D1, len(bars) - 1).checks}
    assert found["SMA 20"]["SMA"] == values[CheckName.CLOSE_VS_SMA].threshold
    assert found["MACD 12 26 9"]["MACD"] == values[CheckName.MACD].value
    assert found["MACD 12 26 9"]["Signal"] == values[CheckName.MACD].threshold
    assert found["RSI 14"]["RSI"] == values[CheckName.RSI].value
    assert found["SUPERTREND 10 3"]["SuperTrend"] == values[CheckName.SUPERTREND].threshold


@pytest.mark.asyncio
async def test_everything_that_says_what_it_is_stands_on_the_picture(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    draw = Lettering.draw

    def heard(
        self: Lettering, painter: QPainter, x: float, y: float, text: str, ink: QColor, size: int = 11,
        weight: int = QFont.Weight.Normal,
    ) -> float:  # fmt: skip
        written.append(text)
        return draw(self, painter, x, y, text, ink, size, weight)

    monkeypatch.setattr(Lettering, "draw", heard)
    bars = wave(300)
    found = numbers(await painted(bars, "light"))
    foot = next(text for text in written if "theme" in text)
    assert foot == "AAPL 1d  ·  Sat 28 Oct 2000 (closed)  ·  America/New_York  ·  practice market  ·  light theme"
    for title, lines in found["studies"].items():
        assert title in written
        for value in lines.values():
            assert any(text.split(" ")[0] == price(value, 4) for text in written)
    assert price(float(bars.close[-1]), 2) in written


@pytest.mark.asyncio
async def test_it_is_a_png_of_1920_by_1080_and_the_same_input_gives_the_same_bytes(qapp: QApplication) -> None:
    one, other = await painted(wave(200)), await painted(wave(200))
    assert one == other
    image = QImage.fromData(one, "PNG")
    assert (image.width(), image.height()) == (1920, 1080)
    assert await painted(wave(200), "light") != one


@pytest.mark.asyncio
async def test_a_readings_claims_stand_on_it(qapp: QApplication) -> None:
    support = Finding(Claim(LevelClaim(Side.SUPPORT, 95.0), text="support at 95"), Truth.TRUE, 2, "")
    assert await painted(wave(200), claims=(support,)) != await painted(wave(200))


@pytest.mark.asyncio
async def test_what_cannot_be_painted_is_one_sentence(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"There is no theme pink; there are: dark, light, contrast\."):
        await painted(wave(50), "pink")
    with pytest.raises(UserError, match=r"There are no 1d bars of AAPL to paint\."):
        await painted(wave(0))
    monkeypatch.setitem(sys.modules, "app.ui.charts.offscreen", None)
    with pytest.raises(UserError, match=r"A chart picture needs Qt, and it cannot be loaded here"):
        await painted(wave(50))


def test_it_needs_neither_a_display_nor_an_application(tmp_path: Path) -> None:
    script = """
import asyncio, sys
import numpy as np
from app.domain.bars import Bars, Timeframe
from app.ui.charts.painter import OffscreenPainter
assert "PySide6.QtGui" not in sys.modules
level = 100 + np.arange(60.0)
bars = Bars(np.arange(60) * 86400, level, level + 1, level - 1, level, level, closed=60)
sys.stdout.buffer.write(asyncio.run(OffscreenPainter().paint(bars, (), "AAPL", Timeframe.D1)))
"""
    without = {key: value for key, value in os.environ.items() if key not in ("QT_QPA_PLATFORM", "DISPLAY")}
    done = subprocess.run([sys.executable, "-c", script], env=without, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert numbers(done.stdout)["symbol"] == "AAPL"
