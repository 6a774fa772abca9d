"""The lineage layer: empty at first; trades in the colour of their result, bands, the holding's live result, why."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.domain.claims import (
    Assertion,
    Claim,
    Comparison,
    Finding,
    LevelClaim,
    Line,
    Point,
    TrendLineClaim,
    Truth,
    ValueClaim,
)
from app.domain.claims import Side as Holds
from app.domain.orders import Side
from app.ui.charts.frame import Frame
from app.ui.charts.lineage.card import spoken
from app.ui.charts.lineage.claims import claim_words
from app.ui.charts.lineage.paint import trade_words
from app.ui.charts.lineage.values import Holding, RiskBand, Trade, Why, WhyRow
from app.ui.charts.marks import holding_words, spots
from app.ui.charts.values import Mark, MarkKind, MarkState
from app.ui.charts.view import ChartView
from tests.ui.charts.conftest import Show, screen, wave

ROWS = (
    WhyRow("SuperTrend", "bullish", "104.20", "98.10", "+6.10"),
    WhyRow("Close vs SMA 20", "bullish", "104.20", "101.00", "+3.20"),
    WhyRow("MACD", "bearish", "0.10", "0.30", "−0.20"),
    WhyRow("RSI", "unavailable", "–", "50.00", "–"),
)


def why(index: int) -> Why | None:
    return Why(int(wave(200).time[index]), "Hold: 2 of 4 bullish", ROWS, ("MACD flips above 0.30",)) if index else None


def finding(assertion: Assertion, truth: Truth, text: str, points: tuple[Point, ...] = ()) -> Finding:
    return Finding(Claim(assertion, text=text), truth, None, "What was found.", points)


def frame(chart: ChartView) -> Frame:
    found = chart.canvas.current_frame()
    assert found is not None
    return found


def at(index: int) -> float:
    return float(wave(200).time[index])


def test_the_layer_is_there_and_empty(chart: ChartView, show: Show) -> None:
    show(wave(200))
    before = screen(chart)
    chart.lineage.set_trades([])
    chart.lineage.set_bands([])
    chart.lineage.set_claims([])
    chart.lineage.set_holding(None)
    assert screen(chart) == before
    assert not chart.lineage.explain(100)


@pytest.mark.parametrize(("result", "channel"), [(250.0, "green"), (-80.0, "red")])
def test_a_trade_runs_from_entry_to_exit_in_the_colour_of_its_result(
    chart: ChartView, show: Show, result: float, channel: str
) -> None:
    show(wave(200))
    chart.set_look(volume=False)
    chart.times.show(99.5, 180.5)
    scale = frame(chart).panes[0].scale
    low = scale.low + 0.05 * (scale.high - scale.low)
    chart.lineage.set_trades([Trade("t", Side.BUY, at(120), low, at(160), low, result, "USD", 1.2)])
    image, now = screen(chart), frame(chart)
    y = round(scale.y_of(low))
    found = [image.pixelColor(round(now.x_of(150)), y + step) for step in (-1, 0, 1)]
    assert any(getattr(colour, channel)() > 180 for colour in found)
    outside = [image.pixelColor(round(now.x_of(170)), y + step) for step in (-1, 0, 1)]
    assert all(getattr(colour, channel)() < 120 for colour in outside)


def test_a_result_is_written_with_its_sign_and_r() -> None:
    assert trade_words(Trade("t", Side.BUY, 0, 1, 1, 2, -80.0, "USD", -0.5)) == "−80.00 USD · −0.50 R"
    assert trade_words(Trade("t", Side.BUY, 0, 1)) == ""


def test_a_band_reaches_from_entry_to_stop_and_to_targets(chart: ChartView, show: Show) -> None:
    show(wave(200))
    chart.set_look(volume=False)
    chart.times.show(99.5, 240.5)
    plain = screen(chart)
    chart.lineage.set_bands([RiskBand("b", at(150), 100.0, 96.0, (108.0,), until=at(199))])
    image, now = screen(chart), frame(chart)
    scale, x = now.panes[0].scale, round(now.x_of(190))

    def changed(index: float, price: float) -> bool:
        column, row = round(now.x_of(index)), round(scale.y_of(price))
        return any(image.pixel(column, row + k) != plain.pixel(column, row + k) for k in (-3, 0, 3))

    assert x > 0
    assert changed(160, 97.0)
    assert changed(160, 106.0)
    assert not changed(130, 97.0)
    assert not changed(205, 97.0)
    assert chart.model.risk == 4.0  # a measure counts in this plan's R
    assert scale == frame(chart).panes[0].scale


def test_the_average_line_has_the_live_result(chart: ChartView, show: Show) -> None:
    bars = wave(200, forming=True)
    show(bars)
    chart.lineage.set_holding(Holding("p", 100, 100.0, currency="USD", risk=4.0))
    last = float(bars.close[-1])
    chart.set_last(104.0, float(bars.time[-1]) + 1)
    (spot,) = spots(frame(chart), chart.model)[0]
    assert spot.mark.label == "Long 100 · +400.00 USD · +1.00 R"
    chart.set_last(99.0, float(bars.time[-1]) + 2)
    assert spots(frame(chart), chart.model)[0][0].mark.label == "Long 100 · −100.00 USD · −0.25 R"
    assert last > 0


def test_the_result_on_the_line_is_repainted_with_the_tick_alone(chart: ChartView, show: Show, qtbot: QtBot) -> None:
    bars = wave(200, forming=True)
    show(bars)
    chart.lineage.set_holding(Holding("p", 100, 96.0, currency="USD"))
    before, stills = screen(chart), chart.canvas.stills_painted
    (spot,) = spots(frame(chart), chart.model)[0]
    chart.set_last(float(bars.close[-1]) + 0.4, float(bars.time[-1]) + 1)
    box = chart.canvas.lettering.width(spot.mark.label)
    left, row = int(frame(chart).plot - box - 10), round(spot.chip_y)

    def has_changed() -> bool:
        image = screen(chart)
        return any(image.pixel(x, y) != before.pixel(x, y) for x in range(left, frame(chart).plot - 10)
                   for y in range(row - 6, row + 6))  # fmt: skip

    qtbot.waitUntil(has_changed, timeout=1000)
    assert chart.canvas.stills_painted == stills


def test_a_short_holding_gains_when_the_price_falls() -> None:
    short = Holding("p", -50, 100.0, 2.0, "EUR", 5.0)
    assert short.profit(90.0) == 1000.0
    assert short.r(90.0) == 2.0
    assert holding_words(short, 110.0) == "Short 50 · −1,000.00 EUR · −2.00 R"
    assert holding_words(short, None) == "Short 50"


def test_the_hosts_position_mark_gives_way_to_the_holding(chart: ChartView, show: Show) -> None:
    show(wave(200))
    chart.set_marks([Mark("m", MarkKind.POSITION, 100.0, "Long 100", state=MarkState.WORKING)])
    chart.lineage.set_holding(Holding("p", 100, 100.0))
    assert [spot.mark.key for spot in spots(frame(chart), chart.model)[0]] == ["p"]


def test_a_false_claim_is_struck_out_and_a_true_one_is_not(chart: ChartView, show: Show) -> None:
    show(wave(200))
    chart.times.show(99.5, 180.5)

    def red(truth: Truth) -> int:
        chart.lineage.set_claims([finding(LevelClaim(Holds.SUPPORT, 101.2), truth, "support at 101.20")])
        image, now = screen(chart), frame(chart)
        y = round(now.panes[0].scale.y_of(101.2) - 9 * now.unit)
        colours = (image.pixelColor(x, row) for x in range(now.plot) for row in (y - 1, y, y + 1))
        return sum(colour.name() == "#ff00ff" for colour in colours)  # magenta is this palette's danger

    assert red(Truth.FALSE) > 40
    assert red(Truth.TRUE) == 0


def test_a_claimed_line_runs_through_its_points(chart: ChartView, show: Show) -> None:
    show(wave(200))
    chart.times.show(99.5, 199.5)
    chart.set_look(volume=False)
    before = screen(chart)
    line = TrendLineClaim(Holds.SUPPORT, int(at(110)), int(at(180)))
    ends = (Point(int(at(110)), 92.0), Point(int(at(180)), 106.0))
    chart.lineage.set_claims([finding(line, Truth.TRUE, "higher lows", ends)])
    image, now = screen(chart), frame(chart)

    def is_drawn(index: int, price: float) -> bool:
        column, row = round(now.x_of(index)), round(now.panes[0].scale.y_of(price))
        return any(image.pixel(column + dx, row + dy) != before.pixel(column + dx, row + dy)
                   for dx in range(-6, 7) for dy in (-1, 0, 1))  # fmt: skip

    assert is_drawn(145, 99.0)
    assert not is_drawn(145, 93.0)


def test_a_claim_without_a_place_is_written_at_the_foot_of_the_pane(chart: ChartView, show: Show) -> None:
    show(wave(200))
    before = screen(chart)
    above = ValueClaim(Line("rsi"), Comparison.ABOVE, 50.0)
    chart.lineage.set_claims([finding(above, Truth.FALSE, "RSI above 50")])
    image, now = screen(chart), frame(chart)
    rows = range(round(now.panes[0].bottom * 0.7), round(now.panes[0].bottom))
    assert any(image.pixel(x, y) != before.pixel(x, y) for x in range(10, 90) for y in rows)
    assert not any(image.pixel(x, y) != before.pixel(x, y) for x in range(300, now.plot) for y in rows)


def test_a_claim_says_what_became_of_it_in_its_own_words_or_in_those_of_the_finding() -> None:
    above = ValueClaim(Line("rsi"), Comparison.ABOVE, 50.0)
    assert claim_words(finding(above, Truth.TRUE, "RSI above 50")) == "✓ RSI above 50"
    assert claim_words(finding(above, Truth.FALSE, "")) == "✗ What was found."
    assert claim_words(finding(above, Truth.NOT_CHECKABLE, "x" * 90)) == "? " + "x" * 63 + "…"


def test_resting_on_a_bar_answers_why(chart: ChartView, show: Show, qtbot: QtBot) -> None:
    bars = wave(200)
    show(bars)
    chart.lineage.set_reasons(why)
    now = frame(chart)
    spot = QPoint(round(now.x_of(150)), round(now.panes[0].scale.y_of(float(bars.close[150]))))
    QTest.mouseMove(chart.canvas.viewport(), spot + QPoint(8, 8))
    QTest.mouseMove(chart.canvas.viewport(), spot)
    qtbot.waitUntil(chart.lineage.card.isVisible, timeout=2000)
    assert chart.lineage.card.why == why(150)
    assert "SuperTrend bullish: 104.20 against 98.10, distance +6.10." in chart.lineage.card.accessibleName()
    assert chart.rect().contains(chart.lineage.card.geometry())
    QTest.mouseMove(chart.canvas.viewport(), spot + QPoint(60, 0))
    assert not chart.lineage.card.isVisible()


def test_far_from_the_bar_nothing_pops_up(chart: ChartView, show: Show) -> None:
    show(wave(200))
    chart.lineage.set_reasons(why)
    QTest.mouseMove(chart.canvas.viewport(), QPoint(290, 90))
    QTest.mouseMove(chart.canvas.viewport(), QPoint(300, 95))
    chart.lineage._rested()
    assert not chart.lineage.card.isVisible()


def test_the_crosshair_on_the_keyboard_answers_as_well(chart: ChartView, show: Show) -> None:
    show(wave(200))
    chart.lineage.set_reasons(why)
    QTest.keyClick(chart.canvas, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    chart.lineage._rested()
    assert chart.lineage.card.isVisible()
    assert chart.lineage.card.why == why(199)


def test_nothing_known_is_nothing_said(chart: ChartView, show: Show) -> None:
    show(wave(200))
    chart.lineage.set_reasons(why)
    assert not chart.lineage.explain(0)
    assert not chart.lineage.explain(-1)
    assert not chart.lineage.explain(500)


def test_the_card_reads_as_one_text() -> None:
    answer = why(5)
    assert answer is not None
    assert spoken(answer, "Sat 8 Jan 2000").startswith("Sat 8 Jan 2000: Hold: 2 of 4 bullish. SuperTrend bullish")
