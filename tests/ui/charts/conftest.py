"""What chart tests share: a palette of loud colours, series with known prices, and a chart on an unseen screen."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from collections.abc import Callable, Iterator
from decimal import Decimal

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QImage
from PySide6.QtWidgets import QApplication

from app.domain.bars import Bars, Timeframe
from app.domain.instruments import ConId, Instrument, InstrumentKind, TickBand
from app.ui.charts.view import ChartView
from app.ui.theme.fonts import load_fonts, make_font

LOUD = {
    "bg.window": "black", "bg.panel": "midnightblue", "bg.raised": "dimgray", "line": "gray", "line.strong": "silver",
    "text": "white", "text.muted": "lightgray", "text.faint": "darkgray", "accent": "blue", "up": "lime", "down": "red",
    "warn": "yellow", "danger": "magenta",
}  # fmt: skip


class LoudPalette(QObject):
    """Colours no blend produces by chance, so that a pixel says what was painted."""

    changed = Signal()
    name = "loud"

    def __init__(self) -> None:
        super().__init__()
        load_fonts()  # the shipped ones: widths, and with them every pixel, are the same on any machine
        self.names = dict(LOUD)

    def colour(self, token: str) -> QColor:
        return QColor(self.names.get(token, "orange"))

    def font(self, size: int = 13, weight: int = 400, *, mono: bool = False) -> QFont:
        return make_font(size, weight, mono=mono)

    def icon(self, name: str, token: str = "text.muted", size: int = 16) -> QIcon:
        return QIcon()


AAPL = Instrument(
    ConId(900000001), "AAPL", InstrumentKind.STOCK, "SMART", "NASDAQ", "USD",
    bands=(TickBand(Decimal(0), Decimal("0.01")),),
)  # fmt: skip


def wave(count: int, *, forming: bool = False, step: int = 86400, start: int = 946857600) -> Bars:
    """Return bars that rise and fall around 100, on consecutive days from 3 January 2000."""
    place = np.arange(count)
    close = 100 + 10 * np.sin(place / 9) + place % 3
    open_ = np.r_[100.0, close[:-1]] if count else close
    high, low = np.maximum(open_, close) + 1.0, np.minimum(open_, close) - 1.0
    volume = 1000.0 + 100 * (place % 7)
    time = (start + place * step).astype(np.int64)
    return Bars(time, open_, high, low, close, volume, closed=count - int(forming and count > 0))


def rows(*ohlc: tuple[float, float, float, float], closed: int | None = None) -> Bars:
    """Return daily bars with these opens, highs, lows and closes."""
    table = np.array(ohlc, float).reshape(-1, 4)
    count = len(table)
    time = 946857600 + np.arange(count, dtype=np.int64) * 86400
    volume = np.full(count, 500.0)
    return Bars(time, *table.T.copy(), volume, closed=count if closed is None else closed)


@pytest.fixture
def palette(qapp: QApplication) -> LoudPalette:
    return LoudPalette()


@pytest.fixture
def chart(palette: LoudPalette) -> Iterator[ChartView]:
    view = ChartView(palette)
    view.resize(800, 500)
    view.show()
    QApplication.processEvents()
    yield view
    view.close()
    view.deleteLater()
    QApplication.sendPostedEvents(None, 52)  # QEvent.DeferredDelete
    QApplication.processEvents()


Show = Callable[..., QImage]


@pytest.fixture
def show(chart: ChartView) -> Show:
    """Show bars and return the picture the screen then has."""

    def showing(bars: Bars, timeframe: Timeframe = Timeframe.D1, zone: str = "US/Eastern") -> QImage:
        chart.set_series(AAPL, timeframe, bars, source_text="practice market", zone=zone)
        return screen(chart)

    return showing


def screen(chart: ChartView) -> QImage:
    """Return what the chart's surface shows now."""
    return chart.canvas.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def name_at(image: QImage, x: float, y: float) -> str:
    """Return the loud colour at a pixel, or its value when it is none."""
    found = image.pixelColor(round(x), round(y))
    known = {QColor(name).rgb(): name for name in LOUD.values()}
    return known.get(found.rgb(), found.name())
