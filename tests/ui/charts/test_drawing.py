"""Pixels: bars, volume, studies and marks are where their numbers say, in the colours that mean it."""

from __future__ import annotations

import numpy as np
import pytest

from app.domain.bars import Bars, Timeframe
from app.domain.orders import Side
from app.ui.charts.frame import Frame
from app.ui.charts.lettering import Lettering
from app.ui.charts.values import PRICE, BarStyle, Line, LineStyle, Mark, MarkKind, MarkState, ScaleMode, Study
from app.ui.charts.view import ChartView
from tests.ui.charts.conftest import Show, name_at, rows, screen, wave

RISE, FALL = (100.0, 108.0, 98.0, 106.0), (106.0, 107.0, 95.0, 97.0)


def frame(chart: ChartView) -> Frame:
    found = chart.canvas.current_frame()
    assert found is not None
    return found


def spot(chart: ChartView, index: float, price: float) -> tuple[float, float]:
    """Return the pixel of a price at a bar: the column its wick stands in, which is the one nearest to its middle."""
    now = frame(chart)
    column = now.column_of(index)
    assert abs(column + now.wick / 2 - now.x_of(index)) <= 0.5 + 1e-3
    return float(column), now.panes[0].scale.y_of(price)


def zoomed(chart: ChartView, show: Show, bars: Bars) -> None:
    show(bars)
    chart.set_look(volume=False)
    chart.times.show(-0.5, len(bars) + 6.5)


def test_a_rising_bar_is_hollow_and_a_falling_one_is_filled(chart: ChartView, show: Show) -> None:
    zoomed(chart, show, rows(RISE, FALL, RISE))
    image = screen(chart)
    assert name_at(image, *spot(chart, 0, 107.0)) == "lime"  # wick
    assert name_at(image, *spot(chart, 0, 103.0)) == "midnightblue"  # the panel shows through
    assert name_at(image, *spot(chart, 0, 99.0)) == "lime"
    assert name_at(image, *spot(chart, 1, 102.0)) == "red"
    assert name_at(image, *spot(chart, 1, 96.0)) == "red"


def test_filled_style_fills_both(chart: ChartView, show: Show) -> None:
    zoomed(chart, show, rows(RISE, FALL, RISE))
    chart.set_look(style=BarStyle.FILLED)
    assert name_at(screen(chart), *spot(chart, 0, 103.0)) == "lime"


def test_an_ohlc_bar_has_its_open_left_and_its_close_right(chart: ChartView, show: Show) -> None:
    zoomed(chart, show, rows(RISE, FALL, RISE))
    chart.set_look(style=BarStyle.OHLC)
    image = screen(chart)
    x, opened = spot(chart, 0, 100.0)
    _, closed = spot(chart, 0, 106.0)
    assert name_at(image, x - 4, round(opened)) == "lime"
    assert name_at(image, x + 4, round(opened)) != "lime"
    assert name_at(image, x + 4, round(closed)) == "lime"


@pytest.mark.parametrize("style", [BarStyle.LINE, BarStyle.AREA])
def test_a_line_runs_through_the_closes(chart: ChartView, show: Show, style: BarStyle) -> None:
    zoomed(chart, show, rows(*[(100.0, 101.0, 99.0, 100.0)] * 8, (104.0, 108.0, 92.0, 100.0)))
    chart.set_look(style=style)
    image = screen(chart)
    x, y = spot(chart, 3, 100.0)
    near = {name_at(image, x, y + step) for step in (-1, 0, 1)}
    assert "blue" in near or any(image.pixelColor(round(x), round(y) + s).blue() > 180 for s in (-1, 0, 1))


def test_the_forming_bar_stands_on_its_band_and_says_so(chart: ChartView, show: Show) -> None:
    zoomed(chart, show, rows(RISE, FALL, RISE, closed=2))
    image = screen(chart)
    x, y = spot(chart, 2, 103.0)
    closed_x, _ = spot(chart, 0, 103.0)
    assert name_at(image, *spot(chart, 2, 107.0)) == "lime"
    assert name_at(image, x, y) not in ("lime", name_at(image, closed_x, y))


def test_volume_stands_at_the_foot_in_proportion(chart: ChartView, show: Show) -> None:
    bars = wave(30)
    bars.volume[:] = 100.0
    bars.volume[10] = 1000.0
    show(bars)
    chart.times.show(-0.5, 40)
    image, now = screen(chart), frame(chart)
    pane = now.panes[0]
    tall = pane.bottom - 0.15 * pane.scale.height
    back = name_at(image, now.x_of(35), tall)
    assert name_at(image, round(now.x_of(10)), tall) != back
    assert name_at(image, round(now.x_of(11)), tall) == back
    assert name_at(image, round(now.x_of(11)), pane.bottom - 2) != back


def test_far_out_each_pixel_column_still_reaches_its_extremes(chart: ChartView, show: Show) -> None:
    bars = wave(40_000)
    bars.high[20_000] = 300.0
    show(bars)
    chart.set_look(volume=False)
    chart.times.show_all()
    image, now = screen(chart), frame(chart)
    assert now.groups.size > 1
    assert len(now.groups) <= now.plot
    x, y = round(now.x_of(20_000)), now.panes[0].scale.y_of(290.0)
    assert {"lime", "red"} & {name_at(image, x + step, y) for step in (-2, -1, 0, 1, 2)}


def test_panning_far_out_does_not_shimmer(chart: ChartView, show: Show) -> None:
    show(wave(40_000))
    chart.set_look(volume=False)
    chart.times.show(10_000, 30_000)
    size = frame(chart).groups.size
    one, per_bar = frame(chart), frame(chart).per_bar
    chart.times.pan(size * 3)
    other = frame(chart)
    shift = other.groups.first - one.groups.first
    np.testing.assert_array_equal(one.groups.high[shift:], other.groups.high[: len(one.groups) - shift])
    assert other.per_bar == pytest.approx(per_bar)


@pytest.mark.parametrize(("span", "bars"), [(137.0, 1.0), (300.0, 7.3), (61.4, 0.4), (222.2, -5.0)])
def test_panning_moves_the_bars_and_draws_none_of_them_anew(
    chart: ChartView, show: Show, span: float, bars: float
) -> None:
    show(wave(900))
    chart.set_look(volume=False)
    chart.model.ranges[PRICE] = (85.0, 117.0)
    before = drawn(chart, 400.0, span)
    shift = round(frame(chart).left * frame(chart).per_bar)
    after = drawn(chart, 400.0 + bars, span)
    shift = round(frame(chart).left * frame(chart).per_bar) - shift
    assert before.any()
    if shift >= 0:
        np.testing.assert_array_equal(after[:, : after.shape[1] - shift], before[:, shift:])
    else:
        np.testing.assert_array_equal(before[:, : before.shape[1] + shift], after[:, -shift:])


def drawn(chart: ChartView, left: float, span: float) -> np.ndarray:
    """Return which pixels below the legend, but for the row of the last price, have the colour of a bar."""
    chart.times.show(left, left + span)
    image, now = screen(chart), frame(chart)
    pixel = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width())
    top, edge = 90, 12  # what enters at an edge was cut off there
    found = np.isin(pixel & 0xFFFFFF, [0x00FF00, 0xFF0000])[top : now.bottom, edge : now.plot - edge].copy()
    found[round(now.panes[0].scale.y_of(now.last)) - top] = False
    return found


def test_a_study_line_passes_through_its_values(chart: ChartView, show: Show) -> None:
    bars = wave(30)
    chart_values = np.full(30, 120.0)
    chart_values[:10] = np.nan
    show(bars)
    chart.set_studies([Study("flat", "Flat", PRICE, (Line("flat", chart_values),))])
    chart.times.show(-0.5, 40)
    image = screen(chart)
    x, y = spot(chart, 20, 120.0)
    assert any(image.pixelColor(round(x), round(y) + step).blue() > 200 for step in (-1, 0, 1))
    x, y = spot(chart, 5, 120.0)
    assert all(image.pixelColor(round(x), round(y) + step).blue() < 200 for step in (-1, 0, 1))


@pytest.mark.parametrize("kind", [np.float64, np.int8])
def test_a_trend_line_takes_the_colour_of_its_direction_and_breaks(chart: ChartView, show: Show, kind: type) -> None:
    show(wave(30))
    way = np.r_[np.zeros(5), np.ones(10), -np.ones(15)]
    line = Line("trend", np.full(30, 120.0), "up", LineStyle.TREND, way.astype(kind))
    chart.set_studies([Study("t", "Trend", PRICE, (line,))])
    chart.times.show(-0.5, 40)
    image = screen(chart)
    found = {}
    for index in (2, 10, 14.5, 20):
        x, y = spot(chart, index, 120.0)
        found[index] = image.pixelColor(round(x), round(y))
    assert found[10].green() > 150 > found[10].red()
    assert found[20].red() > 150 > found[20].green()
    assert max(found[2].red(), found[14.5].red(), found[2].green(), found[14.5].green()) < 100


def test_a_study_of_its_own_gets_a_pane_with_its_bounds(chart: ChartView, show: Show) -> None:
    show(wave(60))
    rsi = Study("rsi", "RSI 14", "rsi", (Line("RSI", np.linspace(20, 80, 60)),), (30.0, 70.0), (0.0, 100.0), 1)
    chart.set_studies([rsi])
    now = frame(chart)
    assert [pane.key for pane in now.panes] == [PRICE, "rsi"]
    pane = now.panes[1]
    assert pane.scale.low <= 0
    assert pane.scale.high >= 100
    assert pane.top > now.panes[0].bottom
    assert {level.label for level in pane.levels} >= {"0", "50", "100"}


def test_a_histogram_stands_on_zero(chart: ChartView, show: Show) -> None:
    show(wave(30))
    values = np.where(np.arange(30) % 2 == 0, 2.0, -2.0)
    chart.set_studies([Study("h", "H", "h", (Line("h", values, "up", LineStyle.HISTOGRAM),))])
    chart.times.show(-0.5, 40)
    image, now = screen(chart), frame(chart)
    pane = now.panes[1]
    above, below = pane.scale.y_of(1.0), pane.scale.y_of(-1.0)
    back = name_at(image, now.x_of(36), above)
    assert name_at(image, round(now.x_of(10)), above) != back
    assert name_at(image, round(now.x_of(10)), below) == back
    assert name_at(image, round(now.x_of(11)), below) != back


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.zeros(31), "31 values for 30 bars"),
        (np.zeros((30, 2)), "one column of numbers"),
        (np.zeros(30, np.int64), "decimal numbers"),
    ],
)
def test_a_study_of_the_wrong_shape_is_refused_in_words(
    chart: ChartView, show: Show, values: np.ndarray, words: str
) -> None:
    show(wave(30))
    chart.set_studies([Study("bad", "Bad", PRICE, (Line("bad", values),))])
    assert words in chart.model.studies[0].problem
    screen(chart)


def test_order_lines_say_their_state_by_shape(chart: ChartView, show: Show) -> None:
    show(wave(30))
    prices = {MarkState.WORKING: 111.0, MarkState.INTENDED: 107.0, MarkState.VERIFYING: 103.0}
    marks = [Mark(state, MarkKind.ORDER, price, "x", Side.BUY, state) for state, price in prices.items()]
    chart.set_marks(marks)
    chart.set_look(volume=False)
    chart.times.show(5.0, 45.0)
    image, now = screen(chart), frame(chart)
    start, stop = int(now.x_of(33)), int(now.x_of(40))

    def share(price: float) -> float:
        y = round(now.panes[0].scale.y_of(price))
        return sum(name_at(image, x, y) == "lime" for x in range(start, stop)) / (stop - start)

    assert share(111.0) == 1.0
    assert 0.2 < share(107.0) < 0.8
    assert 0.05 < share(103.0) < 0.8


def test_a_fill_points_at_its_price_and_its_bar(chart: ChartView, show: Show) -> None:
    bars = wave(30)
    show(bars)
    low = float(bars.low[12])
    chart.set_marks([Mark("f", MarkKind.FILL, low, "Bought 100", Side.BUY, MarkState.DONE, at=float(bars.time[12]))])
    chart.times.show(-0.5, 40)
    x, y = spot(chart, 12, low)
    assert name_at(screen(chart), x, y + 5) == "lime"


@pytest.mark.parametrize("price", [1e-8, 0.01, 187.2, 1e7, -37.0, 0.0])
def test_prices_of_any_size_are_drawn(chart: ChartView, show: Show, price: float) -> None:
    size = abs(price) or 1.0
    show(rows(*[(price, price + size * 0.1, price - size * 0.1, price + size * 0.05 * (-1) ** k) for k in range(30)]))
    image, now = screen(chart), frame(chart)
    assert len(now.panes[0].levels) >= 3
    colours = {name_at(image, now.x_of(k), now.panes[0].scale.y_of(price)) for k in range(30)}
    assert colours & {"lime", "red"}


@pytest.mark.parametrize("mode", list(ScaleMode))
@pytest.mark.parametrize("bars", [wave(0), wave(1), wave(1, forming=True), rows((5, 5, 5, 5)), rows((0, 0, 0, 0))])
def test_the_smallest_series_draw_on_every_scale(chart: ChartView, show: Show, bars: Bars, mode: ScaleMode) -> None:
    show(bars)
    chart.set_look(mode=mode)
    screen(chart)
    chart.times.zoom(0.1, 0.0)
    screen(chart)


def test_a_log_scale_over_zero_is_refused_in_words_and_drawn_linear(chart: ChartView, show: Show) -> None:
    show(rows((1, 2, -1, 1), (1, 2, 0.5, 1)))
    chart.set_look(mode=ScaleMode.LOG)
    assert frame(chart).mode is ScaleMode.LINEAR
    screen(chart)


def test_a_doubling_is_the_same_height_anywhere_on_a_log_scale(chart: ChartView, show: Show) -> None:
    show(rows(*[(2.0**k, 2.0**k * 1.1, 2.0**k * 0.9, 2.0**k) for k in range(12)]))
    chart.set_look(mode=ScaleMode.LOG)
    scale = frame(chart).panes[0].scale
    assert scale.y_of(2) - scale.y_of(4) == pytest.approx(scale.y_of(512) - scale.y_of(1024))


def test_bars_that_cannot_be_true_leave_a_gap_and_a_sentence(chart: ChartView, show: Show) -> None:
    show(rows(RISE, (10, 5, 20, 11), RISE, (float("nan"),) * 4, RISE))
    assert chart.model.series is not None
    assert "2 bars are not drawn" in chart.model.series.notes[0]
    assert frame(chart).panes[0].scale.low > 90
    screen(chart)


def test_the_picture_is_painted_by_the_same_code(chart: ChartView, show: Show) -> None:
    show(wave(200, forming=True))
    image = chart.picture(1920, 1080)
    assert (image.width(), image.height()) == (1920, 1080)
    colours = {image.pixel(x, y) for x in range(0, 1700, 7) for y in range(150, 1000, 7)}
    assert {chart.canvas.inks["up"].rgb(), chart.canvas.inks["down"].rgb()} & colours


def test_a_chart_at_twice_the_dots_draws_wicks_twice_as_wide(chart: ChartView, show: Show) -> None:
    zoomed(chart, show, rows(RISE, FALL, RISE))
    small, large = chart.picture(1280, 720), chart.picture(2560, 1440)
    down = chart.canvas.inks["down"].rgb()

    def widest(image: object, y_share: float) -> int:
        y = int(image.height() * y_share)  # type: ignore[attr-defined]
        return sum(image.pixel(x, y) == down for x in range(image.width() - 200))  # type: ignore[attr-defined]

    shares = [share / 100 for share in range(20, 90)]
    assert max(widest(large, s) for s in shares) == pytest.approx(2 * max(widest(small, s) for s in shares), abs=2)


def test_times_on_the_axis_follow_the_zone(chart: ChartView, show: Show) -> None:
    bars = wave(200, step=900, start=1773408600)
    show(bars, Timeframe.M15, "US/Eastern")
    eastern = frame(chart).moments
    show(bars, Timeframe.M15, "Asia/Tokyo")
    assert eastern != frame(chart).moments


def test_prices_above_zero_get_no_label_below_it(chart: ChartView, show: Show) -> None:
    show(rows((0.2, 90.0, 0.1, 60.0), (60.0, 61.0, 0.1, 0.5)))
    assert all(level.price > 0 for level in frame(chart).panes[0].levels)
    show(rows((2.0, 90.0, -40.0, 60.0), (60.0, 61.0, -30.0, 0.5)))
    assert any(level.price < 0 for level in frame(chart).panes[0].levels)


def test_far_out_a_line_over_the_bars_hides_none_of_their_extremes(chart: ChartView, show: Show) -> None:
    bars = wave(40_000)
    show(bars)
    chart.set_studies(
        [
            Study("over", "Over", PRICE, (Line("over", bars.close.copy()),)),
            Study("own", "Own", "own", (Line("own", bars.close.copy()),)),
        ]
    )
    chart.times.show_all()
    price, own = frame(chart).panes
    (over,), (beside,) = price.fitted[0][1], own.fitted[0][1]
    np.testing.assert_array_equal(over.low, over.value)
    assert (beside.high - beside.low).min() > 5  # alone in its pane it shows what it covered


def test_a_narrow_chart_says_the_close_and_its_change_before_open_high_and_low(
    chart: ChartView, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(Lettering, "draw", lambda self, painter, x, y, text, *_: said.append(text))
    for width, wanted in ((800, {"O", "H", "L", "C"}), (380, {"C"})):
        chart.resize(width, 300)
        said.clear()
        show(rows(RISE, FALL, RISE))
        screen(chart)
        assert {"O", "H", "L", "C"} & set(said) == wanted
        assert any(text.startswith("+9.00 (") for text in said)
