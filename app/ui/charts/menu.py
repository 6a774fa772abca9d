"""The context menu of a chart: the three likely acts first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QMenu, QWidget

from app.domain.orders import Side
from app.ui.charts.compare import Comparison
from app.ui.charts.export import ask_where, write_picture, write_text
from app.ui.charts.model import ChartModel
from app.ui.charts.navigation import Navigator
from app.ui.charts.timerange import TimeRange
from app.ui.charts.typing_field import Wanted
from app.ui.charts.values import BarStyle, ScaleMode
from app.ui.charts.words import visible_csv
from app.ui.language import say
from app.ui.widgets.format import price as price_text

STYLES = {
    BarStyle.HOLLOW: "Hollow candles", BarStyle.FILLED: "Filled candles", BarStyle.OHLC: "OHLC bars",
    BarStyle.LINE: "Line", BarStyle.AREA: "Area",
}  # fmt: skip
SCALES = {ScaleMode.LINEAR: "Linear scale", ScaleMode.LOG: "Log scale", ScaleMode.PERCENT: "Percent scale"}


class Chart(Protocol):
    """What the menu does to a chart."""

    model: ChartModel
    times: TimeRange
    price_picked: SignalInstance
    navigator: Navigator

    def set_look(
        self, *, style: BarStyle | None = None, mode: ScaleMode | None = None, volume: bool | None = None
    ) -> None: ...
    def release_price(self) -> None: ...
    def ask(self, wanted: Wanted) -> None: ...
    def set_comparisons(self, comparisons: Sequence[Comparison]) -> None: ...
    def picture(self) -> QImage: ...
    def say(self, text: str) -> None: ...


def chart_menu(chart: Chart, price: float | None) -> QMenu:
    """Build the menu for a chart at a price; it is gone once it closes."""
    assert isinstance(chart, QWidget)
    menu = QMenu(chart)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if price is not None:
        at = price_text(price, chart.model.decimals)
        menu.addAction(say(f"Buy at {at} …"), lambda: chart.price_picked.emit(price, Side.BUY))
        menu.addAction(say(f"Sell at {at} …"), lambda: chart.price_picked.emit(price, Side.SELL))
    menu.addAction(say("Fit all bars"), chart.times.show_all)
    menu.addAction(say("Go to date …"), partial(chart.ask, Wanted.DATE))
    menu.addAction(say("Next signal or trade"), partial(chart.navigator.step_mark, 1))
    menu.addAction(say("Former signal or trade"), partial(chart.navigator.step_mark, -1))
    menu.addAction(say("Automatic price scale"), chart.release_price)
    menu.addSeparator()
    _choices(menu, chart)
    menu.addAction(say("Compare with …"), partial(chart.ask, Wanted.COMPARISON))
    if chart.model.compared:
        menu.addAction(say("Stop comparing"), partial(chart.set_comparisons, ()))
    menu.addSeparator()
    board = QGuiApplication.clipboard()
    menu.addAction(say("Copy picture"), lambda: board.setImage(chart.picture()))
    menu.addAction(say("Copy visible bars as CSV"), lambda: board.setText(visible_csv(chart.model, chart.times)))
    menu.addAction(say("Save picture …"), partial(_save_picture, chart))
    menu.addAction(say("Save visible bars as CSV …"), partial(_save_bars, chart))
    return menu


def _save_picture(chart: Chart) -> None:
    assert isinstance(chart, QWidget)
    image = chart.picture()
    ask_where(chart, chart.model, "the picture", "png", lambda path: write_picture(path, image, chart.say))


def _save_bars(chart: Chart) -> None:
    assert isinstance(chart, QWidget)
    text = visible_csv(chart.model, chart.times)
    ask_where(chart, chart.model, "the visible bars", "csv", lambda path: write_text(path, text, chart.say))


def _choices(menu: QMenu, chart: Chart) -> None:
    styles, scales = menu.addMenu(say("Bars")), menu.addMenu(say("Price scale"))
    for style, words in STYLES.items():
        act = styles.addAction(words, partial(chart.set_look, style=style))
        act.setCheckable(True)
        act.setChecked(chart.model.style is style)
    for mode, words in SCALES.items():
        act = scales.addAction(words, partial(chart.set_look, mode=mode))
        act.setCheckable(True)
        act.setChecked(chart.model.mode is mode)
    volume = menu.addAction(say("Volume"), lambda: chart.set_look(volume=not chart.model.shows_volume))
    volume.setCheckable(True)
    volume.setChecked(chart.model.shows_volume)
