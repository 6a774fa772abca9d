"""The peers of the chart benchmark; run under the interpreter that TAPELINE_PEERS_PYTHON names, never under ours.

Every peer gets a window of 1200×800 and the sheet's columns, and draws as much of our chart as it knows how to:

- finplot 1.9.7: candles, volume, SMA 20, the SuperTrend as a line of one colour, MACD with its histogram, RSI, in four
  rows, and its own crosshair. Not drawn: the trend's two colours, levels at 30 and 70, legends with values, last price.
- vnpy's ChartWidget: candles and volume in two rows and its crosshair. It has no indicators: half of our panes and all
  of our lines are missing, which is to its advantage.
- pyqtgraph's custom graphics example: all candles in one QPicture, volume as a line, and the lines of the other panes,
  as pyqtgraph plots with clipping to the view. Not drawn: volume and histogram as columns, legends, crosshair.

A tick changes the newest candle alone in all of them, volume and indicators stay.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")

import numpy as np
import pyqtgraph as pg
from pyqtgraph.Qt import QtCore, QtGui, QtWidgets

from tests.benchmarks.chart_contest import FAR_SHARE, VISIBLE, compete, empty_window, resident_mb
from tests.benchmarks.chart_data import Sheet, sheet


def flush() -> None:
    """Let the event loop paint what is due, twice: a move of these libraries comes in two updates."""
    QtWidgets.QApplication.processEvents()
    QtWidgets.QApplication.processEvents()


def _span(view: pg.ViewBox) -> float:
    left, right = view.viewRange()[0]
    return float(right - left)


class Finplot:
    """finplot with candles, volume, two overlays, MACD and RSI rows."""

    far_most = sys.maxsize

    def __init__(self, data: Sheet) -> None:
        import finplot
        import pandas

        self._fplt, self._data, self._count = finplot, data, len(data.time)
        columns = {"open": data.open, "close": data.close, "high": data.high, "low": data.low, "volume": data.volume}
        # finplot reads times as nanoseconds: with pandas' seconds it would show other bars than it is asked for.
        self._table = pandas.DataFrame(columns, index=pandas.to_datetime(data.time, unit="s").as_unit("ns"))

    def first(self) -> None:
        fplt, table = self._fplt, self._table
        self._axes = fplt.create_plot("walk", rows=4, init_zoom_periods=VISIBLE, maximize=False)
        price, volume, macd, rsi = self._axes
        self._candles = fplt.candlestick_ochl(table[["open", "close", "high", "low"]], ax=price)
        fplt.volume_ocv(table[["open", "close", "volume"]], ax=volume)
        for axis, column in ((price, "sma"), (price, "trend"), (macd, "macd"), (macd, "signal"), (rsi, "rsi")):
            fplt.plot(table.index, getattr(self._data, column), ax=axis)
        fplt.volume_ocv(table.assign(volume=self._data.histogram)[["open", "close", "volume"]], ax=macd)
        fplt.show(qt_exec=False)
        price.vb.win.resize(1200, 800)

    def surface(self) -> QtWidgets.QWidget:
        return self._axes[0].vb.win.viewport()

    def near(self) -> None:
        self._fplt.set_x_pos(self._table.index[-VISIBLE], self._table.index[-1], ax=self._axes[0])

    def far(self) -> None:
        begin = self._table.index[round(self._count * (1 - FAR_SHARE))]
        self._fplt.set_x_pos(begin, self._table.index[-1], ax=self._axes[0])

    def span(self) -> float:
        return _span(self._axes[0].vb)

    def pan(self, bars: int) -> None:
        self._axes[0].vb.pan_x(steps=bars)

    def tick(self, price: float) -> None:
        self._table.iloc[-1, 1] = price
        self._candles.update_data(self._table[["open", "close", "high", "low"]])

    def flush(self) -> None:
        flush()


class Vnpy:
    """VeighNa's ChartWidget with its candle and volume items (it has no indicators)."""

    far_most = 200_000

    def __init__(self, data: Sheet) -> None:
        from vnpy.trader.constant import Exchange, Interval
        from vnpy.trader.object import BarData

        self._bars = [
            BarData(
                "walk", "walk", Exchange.SMART, datetime.fromtimestamp(t, UTC), Interval.MINUTE, v, 0, 0, o, h, low, c
            )
            for t, o, h, low, c, v in zip(
                data.time.tolist(), data.open, data.high, data.low, data.close, data.volume, strict=True
            )
        ]

    def first(self) -> None:
        from vnpy.chart import CandleItem, ChartWidget, VolumeItem

        self._chart = chart = ChartWidget()
        chart.resize(1200, 800)
        chart.add_plot("candle", hide_x_axis=True)
        chart.add_plot("volume", maximum_height=200)
        chart.add_item(CandleItem, "candle", "candle")
        chart.add_item(VolumeItem, "volume", "volume")
        chart.add_cursor()
        chart.update_history(self._bars)
        chart.show()

    def surface(self) -> QtWidgets.QWidget:
        return self._chart.viewport()

    def near(self) -> None:
        self._show(VISIBLE)

    def far(self) -> None:
        self._show(int(len(self._bars) * FAR_SHARE))

    def span(self) -> float:
        return _span(self._chart._first_plot.getViewBox())

    def pan(self, bars: int) -> None:
        chart = self._chart
        chart._right_ix = max(min(chart._right_ix + bars, len(self._bars)), chart._bar_count)
        chart._update_x_range()

    def tick(self, price: float) -> None:
        bar = self._bars[-1]
        bar.close_price = price
        self._chart.update_bar(bar)

    def flush(self) -> None:
        flush()

    def _show(self, bars: int) -> None:
        self._chart._bar_count = bars
        self._chart._right_ix = len(self._bars)
        self._chart._update_x_range()


class Candles(pg.GraphicsObject):
    """All bars in one QPicture, the way pyqtgraph's custom graphics example draws candlesticks."""

    def __init__(self, data: Sheet) -> None:
        super().__init__()
        self.picture = QtGui.QPicture()
        self.redraw(data, float(data.close[-1]))

    def redraw(self, data: Sheet, last: float) -> None:
        self.picture = QtGui.QPicture()
        painter = QtGui.QPainter(self.picture)
        painter.setPen(pg.mkPen("w"))
        closes = data.close.tolist()
        closes[-1] = last
        rows = zip(data.open.tolist(), data.high.tolist(), data.low.tolist(), closes, strict=True)
        for place, (open_, high, low, close) in enumerate(rows):
            painter.drawLine(QtCore.QPointF(place, low), QtCore.QPointF(place, high))
            painter.setBrush(pg.mkBrush("r" if open_ > close else "g"))
            painter.drawRect(QtCore.QRectF(place - 0.3, open_, 0.6, close - open_))
        painter.end()
        self.update()

    def paint(self, painter: Any, *rest: Any) -> None:
        painter.drawPicture(0, 0, self.picture)

    def boundingRect(self) -> Any:
        return QtCore.QRectF(self.picture.boundingRect())


class Picture:
    """The QPicture example with plots for volume, MACD and RSI below it."""

    far_most = sys.maxsize

    def __init__(self, data: Sheet) -> None:
        self._data, self._count = data, len(data.time)

    def first(self) -> None:
        data, place = self._data, np.arange(len(self._data.time), dtype=float)
        self._view = pg.GraphicsLayoutWidget()
        self._view.resize(1200, 800)
        self._plots = [self._view.addPlot(row=row, col=0) for row in range(4)]
        for plot in self._plots[1:]:
            plot.setXLink(self._plots[0])
        self._candles = Candles(data)
        self._plots[0].addItem(self._candles)
        self._plots[1].plot(place, data.volume)
        for row, column in ((0, "sma"), (0, "trend"), (2, "macd"), (2, "signal"), (2, "histogram"), (3, "rsi")):
            self._plots[row].plot(place, getattr(data, column))
        for plot in self._plots:
            plot.setAutoVisible(y=True)
            plot.setClipToView(True)
        self.near()
        self._view.show()

    def surface(self) -> QtWidgets.QWidget:
        return self._view.viewport()

    def near(self) -> None:
        self._plots[0].setXRange(self._count - VISIBLE, self._count, padding=0)

    def far(self) -> None:
        self._plots[0].setXRange(self._count * (1 - FAR_SHARE), self._count, padding=0)

    def span(self) -> float:
        return _span(self._plots[0].vb)

    def pan(self, bars: int) -> None:
        low, high = self._plots[0].viewRange()[0]
        self._plots[0].setXRange(low + bars, high + bars, padding=0)

    def tick(self, price: float) -> None:
        self._candles.redraw(self._data, price)

    def flush(self) -> None:
        flush()


def main() -> None:
    """Take part as the named contender with the number of bars given."""
    name, count = sys.argv[1], int(sys.argv[2])
    app = pg.mkQApp()  # noqa: F841  must live on
    if name == "vnpy":
        import vnpy.chart  # noqa: F401  what is imported is not the chart's memory
    if name == "finplot":
        import finplot  # noqa: F401
    empty = empty_window()  # noqa: F841
    sheet(100)  # what making the data loads is not the chart's memory
    before = resident_mb()
    data = sheet(count)
    kinds = {"finplot": Finplot, "vnpy": Vnpy, "qpicture": Picture}
    compete(name, count, float(data.close[-1]), kinds[name](data), before)
    sys.stdout.flush()
    os._exit(0)  # some peers crash while being taken down, which is not what is measured


if __name__ == "__main__":
    main()
