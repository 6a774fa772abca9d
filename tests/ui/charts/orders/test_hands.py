"""Order lines under a hand: a wish on release, nothing on Escape, nothing when the world changed meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QSignalSpy, QTest
from pytestqt.qtbot import QtBot

from app.domain.bars import Timeframe
from app.domain.orders import Side
from app.ui.charts.frame import Frame
from app.ui.charts.marks import spots
from app.ui.charts.orders.terms import Terms, drag_words, on_tick
from app.ui.charts.values import Mark, MarkKind, MarkState
from app.ui.charts.view import ChartView
from tests.ui.charts.conftest import AAPL, Show, screen, wave

STOP = Mark("stop", MarkKind.ORDER, 96.0, "Stop 100", Side.SELL, MarkState.WORKING)
TERMS = Terms("stop", Side.SELL, 100, 96.0, 0.01, 2, reference=100.0, currency="USD", risk=4.0, atr=2.0)


def frame(chart: ChartView) -> Frame:
    found = chart.canvas.current_frame()
    assert found is not None
    return found


def row(chart: ChartView, price: float) -> int:
    return round(frame(chart).panes[0].scale.y_of(price))


def ready(chart: ChartView, show: Show, *marks: Mark) -> None:
    show(wave(200))
    chart.set_marks(marks or (STOP,))
    chart.orders.set_terms([TERMS])


def hold(chart: ChartView, price: float, to: float) -> None:
    view = chart.canvas.viewport()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(200, row(chart, price)))
    QTest.mouseMove(view, QPoint(205, (row(chart, price) + row(chart, to)) // 2))
    QTest.mouseMove(view, QPoint(205, row(chart, to)))


def let_go(chart: ChartView, price: float) -> None:
    QTest.mouseRelease(chart.canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(205, row(chart, price)))


def test_a_drag_is_a_wish_on_release_and_the_line_stays_until_the_broker_agrees(chart: ChartView, show: Show) -> None:
    ready(chart, show)
    moved, left = QSignalSpy(chart.orders.order_moved), chart.times.left
    hold(chart, 96.0, 93.0)
    assert moved.count() == 0  # nothing is wanted before the hand lets go
    let_go(chart, 93.0)
    assert moved.count() == 1
    assert moved.at(0)[0] == "stop"
    price = moved.at(0)[1]
    assert price == pytest.approx(93.0, abs=0.15)
    assert price * 100 == pytest.approx(round(price * 100))  # on its tick
    assert chart.model.marks == (STOP,)
    assert chart.orders.wishes == {"stop": price}
    assert chart.times.left == left
    chart.set_marks([replace(STOP, price=price)])
    assert chart.orders.wishes == {}


def test_while_dragged_the_line_says_what_it_would_mean(chart: ChartView, show: Show) -> None:
    ready(chart, show)
    before = screen(chart)
    hold(chart, 96.0, 93.0)
    chart.canvas.move_cross(None)
    image, y = screen(chart), row(chart, 93.0)
    assert any(image.pixelColor(x, y) != before.pixelColor(x, y) for x in range(100, 500))
    assert image.pixelColor(30, row(chart, 96.0)).red() > 150  # where it is stays
    let_go(chart, 93.0)


def test_the_words_on_the_line() -> None:
    words = drag_words(TERMS, 94.0)
    assert words == "94.00  ·  −600.00 USD  ·  −1.50 R  ·  −600 ticks  ·  −6.00 %  ·  3.00 ATR"
    short = replace(TERMS, holds=Side.SELL, worth=5.0)
    assert "+3,000.00 USD" in drag_words(short, 94.0)
    bare = replace(TERMS, reference=None, risk=None, atr=None)
    assert drag_words(bare, 94.0) == "94.00"
    assert "– R" in drag_words(replace(TERMS, risk=None), 94.0)


@pytest.mark.parametrize(
    ("price", "tick", "found"), [(93.014, 0.01, 93.01), (1e-9, 1e-8, 1e-8), (1e7 + 0.13, 0.25, 1e7 + 0.25)]
)
def test_prices_land_on_the_tick_and_never_at_nought(price: float, tick: float, found: float) -> None:
    assert on_tick(price, tick) == pytest.approx(found, rel=1e-12)


def test_escape_puts_the_line_back(chart: ChartView, show: Show) -> None:
    ready(chart, show)
    before = screen(chart)
    moved = QSignalSpy(chart.orders.order_moved)
    hold(chart, 96.0, 93.0)
    QTest.keyClick(chart.canvas, Qt.Key.Key_Escape)
    let_go(chart, 93.0)
    chart.canvas.move_cross(None)
    assert moved.count() == 0
    assert chart.orders.wishes == {}
    chart._saying.hide()
    assert screen(chart) == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda chart: chart.set_marks([]), "filled or cancelled"),
        (lambda chart: chart.set_marks([replace(STOP, state=MarkState.VERIFYING)]), "no longer settled"),
        (lambda chart: chart.set_marks([replace(STOP, price=95.0)]), "moved elsewhere"),
        (lambda chart: chart.orders.set_terms([replace(TERMS, quantity=40)]), "filled in part"),
        (lambda chart: chart.orders.set_terms([]), "can no longer be moved"),
        (lambda chart: chart.orders.abandon("The session dropped; nothing was changed."), "session dropped"),
        (
            lambda chart: chart.set_series(
                replace(AAPL, con_id=900000002), Timeframe.D1, wave(200), source_text="", zone="UTC"
            ),
            "Another chart was chosen",
        ),
    ],
)
def test_a_drag_ends_in_words_when_the_world_changes(chart: ChartView, show: Show, change, words: str) -> None:  # type: ignore[no-untyped-def]
    ready(chart, show)
    moved = QSignalSpy(chart.orders.order_moved)
    hold(chart, 96.0, 93.0)
    change(chart)
    assert words in chart._saying.text()
    assert chart.orders.dragged == ""
    let_go(chart, 93.0)
    assert moved.count() == 0


def test_a_drag_goes_on_while_only_other_orders_change(chart: ChartView, show: Show) -> None:
    ready(chart, show)
    moved = QSignalSpy(chart.orders.order_moved)
    hold(chart, 96.0, 93.0)
    chart.set_marks([STOP, replace(STOP, key="other", price=110.0)])
    chart.orders.set_terms([TERMS])
    let_go(chart, 93.0)
    assert moved.count() == 1


@pytest.mark.parametrize("state", [MarkState.SENT, MarkState.VERIFYING])
def test_what_the_broker_has_not_settled_cannot_be_pulled(chart: ChartView, show: Show, state: MarkState) -> None:
    ready(chart, show, replace(STOP, state=state))
    moved = QSignalSpy(chart.orders.order_moved)
    hold(chart, 96.0, 93.0)
    let_go(chart, 93.0)
    assert moved.count() == 0
    assert "has not settled" in chart._saying.text()


def test_a_line_without_terms_is_not_taken(chart: ChartView, show: Show) -> None:
    ready(chart, show)
    chart.orders.set_terms([])
    left = chart.times.left
    hold(chart, 96.0, 93.0)
    let_go(chart, 93.0)
    assert chart.orders.wishes == {}
    assert chart.times.left != left


def test_a_click_on_the_line_picks_it(chart: ChartView, show: Show) -> None:
    ready(chart, show)
    picked = QSignalSpy(chart.mark_picked)
    QTest.mouseClick(chart.canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(200, row(chart, 96.0)))
    assert picked.at(0)[0] == "stop"


@pytest.mark.parametrize("act", ["cancel", "edit"])
def test_cancel_and_edit_stand_on_the_line(chart: ChartView, show: Show, act: str) -> None:
    ready(chart, show)
    screen(chart)
    heard = QSignalSpy(chart.orders.cancel_wanted if act == "cancel" else chart.orders.edit_wanted)
    box = next(box for _, name, box in chart.orders._buttons(frame(chart)) if name == act)
    QTest.mouseClick(chart.canvas.viewport(), Qt.MouseButton.LeftButton, pos=box.center().toPoint())
    assert heard.at(0)[0] == "stop"
    (spot,) = spots(frame(chart), chart.model)[0]
    assert box.right() < frame(chart).plot - chart.canvas.lettering.width(spot.mark.label)


def test_a_wish_that_was_refused_is_forgotten(chart: ChartView, show: Show) -> None:
    ready(chart, show)
    hold(chart, 96.0, 93.0)
    let_go(chart, 93.0)
    chart.orders.settle("stop")
    assert chart.orders.wishes == {}


def test_a_sent_order_pulses_and_rests_once_acknowledged(chart: ChartView, show: Show, qtbot: QtBot) -> None:
    ready(chart, show, replace(STOP, state=MarkState.SENT))
    assert chart._pulse.is_beating
    screen(chart)
    y, stills, seen = row(chart, 96.0), chart.canvas.stills_painted, set()

    def has_pulsed() -> bool:
        seen.add(screen(chart).pixelColor(300, y - 1).rgb())
        return len(seen) > 2

    qtbot.waitUntil(has_pulsed, timeout=2000)
    assert chart.canvas.stills_painted == stills
    chart.set_marks([STOP])
    assert not chart._pulse.is_beating


def test_an_entry_of_a_bracket_that_has_not_left_yet_can_be_pulled(chart: ChartView, show: Show) -> None:
    ready(chart, show, replace(STOP, state=MarkState.INTENDED))
    moved = QSignalSpy(chart.orders.order_moved)
    hold(chart, 96.0, 97.5)
    let_go(chart, 97.5)
    assert moved.count() == 1


def test_the_ghost_stays_within_the_price_pane(chart: ChartView, show: Show) -> None:
    ready(chart, show)
    moved = QSignalSpy(chart.orders.order_moved)
    view = chart.canvas.viewport()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(200, row(chart, 96.0)))
    QTest.mouseMove(view, QPoint(205, 300))
    QTest.mouseMove(view, QPoint(205, 5000))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(205, 5000))
    scale = frame(chart).panes[0].scale
    assert scale.low <= moved.at(0)[1] <= scale.high
