"""Indicators on a chart: several of one type, edited live, moved, hidden, removed, in panes, on higher timeframes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import talib
from PySide6.QtTest import QSignalSpy

from app.domain.bars import Bars, Timeframe, weekly
from app.services import studies as studies_service
from app.services.studies import Studies, StudyColumns, StudyLine
from app.ui.charts.studies.choice import added, from_records, moved, to_record, without
from app.ui.charts.studies.indicators import Indicators
from app.ui.charts.values import PRICE
from app.ui.charts.view import ChartView
from tests.ui.charts.conftest import Show, screen, wave


def panes(chart: ChartView) -> tuple[str, ...]:
    return chart.model.panes()


def test_two_of_one_type_have_their_own_settings_and_colours(chart: ChartView, desk: Indicators) -> None:
    desk.add("rsi")
    desk.add("rsi", {"length": 7})
    assert [fitted.study.title for fitted in chart.model.studies] == ["RSI 14", "RSI 7"]
    assert panes(chart) == (PRICE, "rsi", "rsi-2")
    close = wave(400).close
    np.testing.assert_allclose(chart.model.studies[1].study.lines[0].values, talib.RSI(close, 7), equal_nan=True)
    assert len({one.ink for one in desk.choices}) == 2


def test_editing_is_seen_at_once_and_keeps_the_other_settings(chart: ChartView, desk: Indicators) -> None:
    desk.add("macd")
    desk.edit("macd", settings={"fast": 5})
    assert chart.model.studies[0].study.title == "MACD 5 26 9"


def test_settings_that_do_not_fit_are_refused_in_the_legend(chart: ChartView, desk: Indicators) -> None:
    desk.add("macd", {"fast": 30})
    assert chart.model.studies[0].problem
    assert desk.problem("macd") == chart.model.studies[0].problem
    screen(chart)
    desk.edit("macd", settings={"fast": 12})
    assert not desk.problem("macd")


def test_order_and_panes_follow_the_hand(chart: ChartView, desk: Indicators) -> None:
    for name in ("rsi", "macd", "sma"):
        desk.add(name)
    desk.move("macd", -1)
    assert panes(chart) == (PRICE, "macd", "rsi")
    desk.edit("rsi", pane="macd")
    assert panes(chart) == (PRICE, "macd")
    desk.edit("sma", pane="macd")
    assert [fitted.study.key for fitted in chart.model.in_pane("macd")] == ["macd", "rsi", "sma"]
    desk.remove("macd")  # what shared its pane goes home
    assert panes(chart) == (PRICE, "rsi")
    desk.edit("rsi", pane=PRICE)
    assert panes(chart) == (PRICE,)


def test_a_hidden_one_is_not_drawn_and_comes_back(chart: ChartView, desk: Indicators) -> None:
    plain = screen(chart)
    desk.add("sma")
    shown = screen(chart)
    assert shown != plain
    desk.hide("sma")
    assert chart.model.studies[0].samples(chart.canvas.current_frame().groups) == []  # type: ignore[union-attr]
    desk.hide("sma")
    assert screen(chart) == shown


def test_a_weekly_supertrend_on_days_equals_the_weeks_of_those_days(chart: ChartView, desk: Indicators) -> None:
    bars = wave(400)
    desk.add("supertrend", {"length": 5, "factor": 1.0})
    desk.edit("supertrend", timeframe=Timeframe.W1)
    study = chart.model.studies[0].study
    assert study.title == "SUPERTREND 5 1 · 1w"
    week = weekly(bars, ())
    values = Studies().compute("supertrend", week.closed_only, {"length": 5, "factor": 1.0}).lines[0].values
    drawn = study.lines[0].values
    days = bars.time // 86400
    assert np.isfinite(drawn[200:]).all()
    for place in range(200, 390):
        inside = int(np.searchsorted(week.time, bars.time[place], side="right")) - 1
        is_sunday = (days[place] + 4) % 7 == 0  # the last bar of these weeks of seven days
        assert drawn[place] == values[inside if is_sunday else inside - 1]
    assert study.lines[0].direction is not None


def test_bars_of_the_higher_timeframe_are_asked_for_once_and_used(chart: ChartView, desk: Indicators) -> None:
    wanted = QSignalSpy(desk.timeframe_wanted)
    desk.add("sma", {"length": 5})
    desk.edit("sma", timeframe=Timeframe.W1)
    desk.show()
    assert wanted.count() == 1
    week = weekly(wave(400), ())
    desk.feed_higher(Timeframe.W1, Bars(week.time, *[np.full(len(week), 7.0)] * 5, closed=len(week)))
    assert chart.model.studies[0].study.lines[0].values[300] == 7.0


def test_a_shorter_timeframe_is_refused_in_words(chart: ChartView, desk: Indicators) -> None:
    desk.add("sma")
    desk.edit("sma", timeframe=Timeframe.M5)
    assert "5m is shorter than the chart's 1d" in chart.model.studies[0].problem


def test_a_hand_is_heard_and_a_template_is_not(desk: Indicators) -> None:
    heard = QSignalSpy(desk.changed)
    desk.replace_all(added((), "sma"))
    assert heard.count() == 0
    desk.add("ema")
    assert heard.count() == 1


class Broken:
    """A user's own indicator that raises, or gives the wrong shape."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.kinds, self.kind = Studies().kinds, Studies().kind

    def compute(self, name: str, bars: Bars, settings: object = None) -> StudyColumns:
        return StudyColumns(name, "Mine", "price", (StudyLine("mine", "Mine", "line", np.ones(self.shape)),))


@pytest.mark.parametrize("shape", [(401,), (400, 2), ()])
def test_a_wrong_shape_is_refused_in_words_on_the_pane(chart: ChartView, show: Show, shape: tuple[int, ...]) -> None:
    bars = wave(400)
    show(bars)
    desk = Indicators(chart, Broken(shape))
    desk.feed(bars, Timeframe.D1)
    desk.add("sma")
    assert "Mine is not drawn" in chart.model.studies[0].problem
    screen(chart)


def test_an_indicator_that_raises_is_one_sentence_and_the_others_are_drawn(
    chart: ChartView, desk: Indicators, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> object:
        raise ZeroDivisionError("division by zero")

    broken = replace(studies_service.find("rsi"), formula=failing)
    found = studies_service.find
    monkeypatch.setattr(studies_service, "find", lambda name: broken if name == "rsi" else found(name))
    desk.replace_all(added(added((), "rsi"), "sma"))
    problems = {fitted.study.key: fitted.problem for fitted in chart.model.studies}
    assert "ZeroDivisionError: division by zero); correct it." in problems["rsi"]
    assert problems["sma"] == ""
    screen(chart)


def test_every_indicator_of_the_catalogue_can_be_put_on_the_chart(chart: ChartView, desk: Indicators) -> None:
    refused = []
    for kind in desk.engine.kinds():
        desk.replace_all(added((), kind.name))
        screen(chart)
        if chart.model.studies[0].problem:
            refused.append(kind.name)
    assert refused == []


def test_patterns_are_marked_at_their_bars(chart: ChartView, desk: Indicators) -> None:
    desk.add("cdlengulfing")
    values = chart.model.studies[0].study.lines[0].values
    assert (values != 0).any()
    plain = chart.model.studies
    shown = screen(chart)
    desk.hide("cdlengulfing")
    assert screen(chart) != shown
    assert plain[0].problem == ""


def test_records_come_back_as_they_were_and_nonsense_is_left_out() -> None:
    choices = added(added(added((), "rsi"), "rsi", {"length": 7}), "sma")
    choices = moved(choices, "sma", -1)
    assert from_records([to_record(one) for one in choices]) == choices
    assert (
        from_records([{"name": 5}, {"settings": {}}, {"name": "sma", "settings": 3}, {"name": "ema", "ink": None}])[
            0
        ].name
        == "ema"
    )
    assert from_records([{"name": "rsi", "pane": "gone"}])[0].pane == ""


def test_keys_stay_unique_after_removals() -> None:
    choices = added(added((), "rsi"), "rsi")
    choices = added(without(choices, "rsi"), "rsi")
    assert sorted(one.key for one in choices) == ["rsi", "rsi-2"]


def test_moving_past_the_ends_changes_nothing() -> None:
    choices = added((), "rsi")
    assert moved(choices, "rsi", -1) == choices
    assert moved(choices, "none", 1) == choices
