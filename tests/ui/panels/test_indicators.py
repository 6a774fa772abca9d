"""The indicators panel: search and groups, seen on a chart, saved, deleted only when unused, and one of one's own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from PySide6.QtWidgets import QLineEdit

from app.domain.bars import Timeframe
from app.ui.charts.values import Phase
from app.ui.panels.chart import ChartPanel
from app.ui.panels.indicators import IndicatorsPanel
from app.ui.panels.indicators_saved import Configuration, uses_of
from tests.support.screen import Screen


@pytest_asyncio.fixture(loop_scope="session")
async def panel(screen: Screen) -> AsyncIterator[IndicatorsPanel]:
    instrument = await screen.trader.instrument("AAPL")
    await screen.trader.trending(instrument, +1)
    await screen.trader.strategy(symbols=("AAPL",))
    screen.handles.settings.change(indicator_presets=[], chart_presets=[])
    made = IndicatorsPanel(screen.handles)
    screen.show(made, 860, 560)
    made._pick(instrument)
    await screen.until(lambda: made._bars is not None)
    yield made
    screen.handles.settings.change(indicator_presets=[], chart_presets=[])
    folder = screen.trader.core.own_indicators.folder
    for file in folder.glob("*.py"):
        file.unlink()
    await screen.trader.core.own_indicators.look()


def shown(panel: IndicatorsPanel) -> list[str]:
    return [row.name for row in panel.table.model.rows()]


@pytest.mark.asyncio(loop_scope="session")
async def test_the_whole_catalogue_is_found_by_words_and_by_group(screen: Screen, panel: IndicatorsPanel) -> None:
    assert len(shown(panel)) == len(screen.handles.studies.kinds()) > 190
    assert shown(panel)[:3] == ["sma", "ema", "wma"]
    panel.search.setText("relative strength")
    assert shown(panel)[0] == "rsi"
    panel.search.returnPressed.emit()
    await screen.until(lambda: panel.detail is not None)
    assert panel.detail.row.name == "rsi"
    panel.search.clear()
    panel.group.setCurrentIndex(panel.group.findData("first"))
    assert len(shown(panel)) == 13
    panel.group.setCurrentIndex(panel.group.findData("Pattern Recognition"))
    assert all(name.startswith("cdl") for name in shown(panel))
    panel.group.setCurrentIndex(0)


@pytest.mark.asyncio(loop_scope="session")
async def test_settings_are_seen_on_the_chart_and_what_does_not_fit_is_said(
    screen: Screen, panel: IndicatorsPanel
) -> None:
    panel.table.select("macd")
    detail = panel.detail
    assert detail is not None
    assert detail.form is not None
    assert detail.chart.model.phase is Phase.READY
    assert [fitted.study.title for fitted in detail.chart.model.studies] == ["MACD 12 26 9"]
    detail.form.fields["fast"].setValue(30)
    assert detail.problem.text() == (
        "Moving average convergence divergence: the fast length must be below the slow one, not 30 against 26."
    )
    detail.form.fields["fast"].setValue(5)
    assert not detail.problem.text()
    assert detail.chart.model.studies[0].study.title == "MACD 5 26 9"


@pytest.mark.asyncio(loop_scope="session")
async def test_a_configuration_is_saved_and_deleted_only_while_nothing_uses_it(
    screen: Screen, panel: IndicatorsPanel
) -> None:
    panel.table.select("rsi")
    detail = panel.detail
    assert detail is not None
    assert detail.form is not None
    detail.form.fields["length"].setValue(7)
    detail._save()
    question = await screen.question()
    assert question.findChild(QLineEdit).text() == "RSI 7"
    await screen.answer("save")
    await screen.until(lambda: panel.saved.of("rsi"))
    (fast,) = panel.saved.of("rsi")
    assert fast.settings == (("length", 7),)
    usual = Configuration("Usual", "rsi", (("length", 14),))
    panel.saved.save(usual)
    panel.refresh()
    panel.forget(usual)
    await screen.until(lambda: any("Usual (length 14) is used by Strategy Three of four" in one for one in screen.told))
    assert len(panel.saved.of("rsi")) == 2
    panel.forget(fast)
    await screen.until(lambda: panel.saved.of("rsi") == [usual])


@pytest.mark.asyncio(loop_scope="session")
async def test_strategies_charts_and_templates_that_use_it_are_listed(screen: Screen, panel: IndicatorsPanel) -> None:
    instrument = await screen.trader.instrument("AAPL")
    chart = ChartPanel(screen.handles)
    chart.setParent(screen.handles.window)
    try:
        chart.show_instrument(instrument)
        await screen.until(lambda: chart.view.model.instrument is not None)
        screen.handles.selection.study_wanted.emit(chart.link, "sma", {"length": 55})
        chart.tools.save(0, "Mine")
        found = {(use.kind, use.where, dict(use.settings).get("length")) for use in uses_of(screen.handles, "sma")}
        assert ("strategy", "Three of four", 20) in found
        assert ("chart", f"AAPL {Timeframe.D1}", 55) in found
        assert ("template", "Mine", 55) in found
        panel.saved.save(Configuration("Slow", "sma", (("length", 55),)))
        panel.forget(panel.saved.of("sma")[0])
        await screen.until(lambda: any("Slow (length 55) is used by Chart AAPL 1d" in one for one in screen.told))
    finally:
        chart.setParent(None)
        chart.close()
        chart.deleteLater()


@pytest.mark.asyncio(loop_scope="session")
async def test_an_own_indicator_is_read_confirmed_drawn_and_refused_while_used(
    screen: Screen, panel: IndicatorsPanel
) -> None:
    own = screen.trader.core.own_indicators
    await own.write("my_middle")
    panel._written("my_middle")
    detail = panel.detail
    assert detail is not None
    assert detail.code is not None
    assert (detail.row.state, detail.tabs.value()) == ("new", "code")
    assert detail.code.code.toPlainText() == (own.folder / "my_middle.py").read_text()
    assert "read its code and confirm it" in detail.problem.text()
    detail.code.confirm_button.click()
    await screen.until(lambda: panel.detail.row.state == "confirmed", 20)
    await screen.until(lambda: panel.detail.chart.model.studies and not panel.detail.chart.model.studies[0].problem, 20)
    panel.saved.save(Configuration("Middle", "my_middle", (("length", 20),)))
    panel.detail.code.delete_button.click()
    await screen.until(lambda: "is used by Configuration Middle" in panel.detail.code.problem.text())
    panel.saved.forget("Middle")
    (own.folder / "my_middle.py").write_text("def my_middle(close):\n    return close[1:]\n")
    await own.look()
    await screen.until(lambda: panel.detail is not None and panel.detail.row.state == "changed")
    panel.detail.code.confirm_button.click()
    await screen.until(lambda: "one a bar, and gave the shape" in panel.detail.code.problem.text(), 20)
    assert panel.detail.row.state == "changed"
    panel.detail.code.delete_button.click()
    await screen.answer("delete")
    await screen.until(lambda: "my_middle" not in shown(panel))


@pytest.mark.asyncio(loop_scope="session")
async def test_it_is_all_there_in_chinese(screen: Screen, panel: IndicatorsPanel) -> None:
    panel.table.select("rsi")
    try:
        screen.handles.language.set("zh")
        assert panel.table.model.columns[1].title == "指标"
        assert panel.detail is not None
        assert panel.detail.row.name == "rsi"
        assert panel.search.placeholderText().startswith("搜索")
    finally:
        screen.handles.language.set("en")
