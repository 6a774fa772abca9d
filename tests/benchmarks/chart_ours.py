"""Our chart in the chart benchmark: one worker process."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from decimal import Decimal

from PySide6.QtWidgets import QApplication, QWidget

from app.domain.bars import Bars, Timeframe
from app.domain.instruments import ConId, Instrument, InstrumentKind, TickBand
from app.ui.charts.overlay import Cross
from app.ui.charts.values import PRICE, Line, LineStyle, Study
from app.ui.charts.view import ChartView
from app.ui.theme import Theme
from tests.benchmarks.chart_contest import FAR_SHARE, VISIBLE, compete, empty_window, resident_mb
from tests.benchmarks.chart_data import Sheet, sheet

INSTRUMENT = Instrument(
    ConId(1), "WALK", InstrumentKind.STOCK, "SMART", "NASDAQ", "USD", bands=(TickBand(Decimal(0), Decimal("0.01")),)
)


def studies(data: Sheet) -> list[Study]:
    """Return SMA 20 and SuperTrend on the price, MACD and RSI in panes of their own."""
    macd = (
        Line("histogram", data.histogram, "up", LineStyle.HISTOGRAM),
        Line("MACD", data.macd, "link.1"),
        Line("signal", data.signal, "link.3"),
    )
    return [
        Study("sma", "SMA 20", PRICE, (Line("SMA", data.sma),)),
        Study(
            "trend",
            "SuperTrend 10 3",
            PRICE,
            (Line("line", data.trend, "up", LineStyle.TREND, data.direction),),
        ),
        Study("macd", "MACD 12 26 9", "macd", macd),
        Study("rsi", "RSI 14", "rsi", (Line("RSI", data.rsi, "link.5"),), (30.0, 70.0), (0.0, 100.0), 1),
    ]


class Ours:
    """Tapeline's chart view."""

    far_most = sys.maxsize

    def __init__(self, theme: Theme, data: Sheet) -> None:
        self._data = data
        self._theme = theme
        bars = (data.time, data.open, data.high, data.low, data.close, data.volume)
        self._bars = Bars(*bars, closed=len(data.time) - 1)
        self._studies = studies(data)
        self.last = float(data.close[-1])

    def first(self) -> None:
        self.view = ChartView(self._theme)
        self.view.resize(1200, 800)
        self.view.set_series(INSTRUMENT, Timeframe.M1, self._bars, source_text="random walk", zone="US/Eastern")
        self.view.set_studies(self._studies)
        self.view.times.show_last(VISIBLE)
        self.view.show()

    def surface(self) -> QWidget:
        return self.view.canvas.viewport()

    def near(self) -> None:
        self.view.times.show_last(VISIBLE)

    def far(self) -> None:
        self.view.times.show_last(len(self._bars) * FAR_SHARE)

    def span(self) -> float:
        return self.view.times.span

    def pan(self, bars: int) -> None:
        self.view.times.pan(bars)

    def tick(self, price: float) -> None:
        self.view.set_last(price, float(self._bars.time[-1]) + 1)

    def cross(self, step: int) -> None:
        self.view.canvas.move_cross(Cross(len(self._bars) - 20 - step % 200, 200.0 + step % 150))

    def flush(self) -> None:
        self.view.canvas.flush()
        QApplication.processEvents()
        QApplication.processEvents()


def main() -> None:
    """Take part with the number of bars given."""
    count = int(sys.argv[1])
    app = QApplication([])  # noqa: F841  must live on
    theme = Theme("dark")
    theme.apply()
    empty = empty_window()  # noqa: F841
    sheet(100)  # what making the data loads is not the chart's memory
    before = resident_mb()
    data = sheet(count)
    compete("tapeline", count, float(data.close[-1]), Ours(theme, data), before)


if __name__ == "__main__":
    main()
