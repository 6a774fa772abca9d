"""Other symbols on one chart, in percent from the left edge."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest

from app.domain.bars import Bars
from app.ui.charts.compare import Comparison
from app.ui.charts.frame import Frame
from app.ui.charts.menu import chart_menu
from app.ui.charts.typing_field import Wanted
from app.ui.charts.values import ScaleMode
from app.ui.charts.view import ChartView
from tests.ui.charts.conftest import Show, screen, wave


def frame(chart: ChartView) -> Frame:
    found = chart.canvas.current_frame()
    assert found is not None
    return found


def doubled(bars: Bars, **columns: np.ndarray) -> Bars:
    return Bars(bars.time, bars.open * 2, bars.high * 2, bars.low * 2, bars.close * 2, bars.volume, bars.closed)


def test_a_symbol_that_moves_alike_lies_on_the_closes_whatever_its_price(chart: ChartView, show: Show) -> None:
    bars = wave(200)
    show(bars)
    chart.set_comparisons([Comparison("msft", "MSFT", doubled(bars))])
    assert chart.model.mode is ScaleMode.PERCENT
    chart.times.show(50, 150)
    now = frame(chart)
    sample = now.panes[0].fitted[0][1][0]
    np.testing.assert_allclose(sample.value, now.groups.close)


def test_its_own_course_is_drawn_in_its_colour(chart: ChartView, show: Show) -> None:
    bars = wave(200)
    show(bars)
    other = doubled(bars)
    other.close[100:] *= 1.2
    chart.set_comparisons([Comparison("msft", "MSFT", other, "warn")])
    chart.times.show(50, 150)
    now, image = frame(chart), screen(chart)
    sample = now.panes[0].fitted[0][1][0]
    place = 80
    assert sample.value[place] == pytest.approx(now.groups.close[place] * 1.2)
    x, y = now.x_of(now.groups.at[place]), now.panes[0].scale.y_of(sample.value[place])
    found = [image.pixelColor(round(x), round(y) + step) for step in (-2, -1, 0, 1, 2)]
    assert any(colour.red() > 150 and colour.green() > 150 and colour.blue() < 130 for colour in found)
    fitted = chart.model.compared[0]
    index = int(now.groups.at[place])
    assert fitted.change_at(index, now.groups) == pytest.approx(
        other.close[index] / other.close[int(now.groups.at[0])] - 1
    )


def test_bars_before_its_first_have_nothing_and_later_bars_are_laid_out(chart: ChartView, show: Show) -> None:
    bars = wave(200)
    show(bars.part(0, 190))
    chart.set_comparisons([Comparison("fb", "FB", doubled(bars).part(100, 200))])
    chart.times.show(50, 150)
    assert np.isnan(frame(chart).panes[0].fitted[0][1][0].value[:30]).all()
    chart.update_bars(bars)
    assert chart.model.compared[0].at(199)[0][1] == bars.close[199] * 2


def test_stopping_puts_the_scale_back_and_another_symbol_starts_afresh(chart: ChartView, show: Show) -> None:
    bars = wave(200)
    show(bars)
    before = screen(chart)
    chart.set_comparisons([Comparison("a", "A", doubled(bars))])
    chart.set_comparisons([])
    assert chart.model.mode is ScaleMode.LINEAR
    assert screen(chart) == before


def test_the_menu_asks_for_the_symbol(chart: ChartView, show: Show) -> None:
    show(wave(50))
    wanted = QSignalSpy(chart.compare_wanted)
    acts = {act.text(): act for act in chart_menu(chart, None).actions()}
    acts["Compare with …"].trigger()
    QTest.keyClicks(chart._field, "msft")
    QTest.keyClick(chart._field, Qt.Key.Key_Return)
    assert wanted.at(0)[0] == "MSFT"
    chart.ask(Wanted.COMPARISON)
    QTest.keyClick(chart._field, Qt.Key.Key_Escape)


def test_an_empty_or_foreign_comparison_draws_nothing(chart: ChartView, show: Show) -> None:
    show(wave(60))
    chart.set_comparisons(
        [Comparison("none", "NONE", wave(0)), Comparison("late", "LATE", wave(5, start=4_000_000_000))]
    )
    screen(chart)
