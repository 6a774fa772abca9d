"""The analysis of any symbol: what the rules say, in both languages, its report, and the states between."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication

from app.domain.bars import BarsKey, Source, Timeframe, from_columns
from app.domain.signals import Direction, Relation
from app.domain.strategies import Targets
from app.ui.panels.analysis import AnalysisPanel
from app.ui.widgets.states import Empty, Failed, Ready, Stale
from tests.support.screen import Screen


def state_of(panel: AnalysisPanel) -> object:
    return panel._overlay.state if panel._overlay is not None else Ready()


async def shown(screen: Screen, symbol: str, way: int = +1) -> AnalysisPanel:
    instrument = await screen.trader.instrument(symbol)
    await screen.trader.trending(instrument, way)
    panel = AnalysisPanel(screen.handles)
    screen.show(panel, 860, 560)
    panel.show_instrument(instrument)
    await screen.until(lambda: panel.surveyed is not None and panel.surveyed.instrument == instrument)
    return panel


@pytest.mark.asyncio(loop_scope="session")
async def test_every_part_of_an_analysis_is_on_show_and_in_the_report(screen: Screen) -> None:
    panel = await shown(screen, "AAPL")
    assert panel.sheet is not None
    found, sheet = panel.sheet.surveyed, panel.sheet
    analysis = found.survey.analysis
    assert (analysis.direction, analysis.relation) == (Direction.BUY, Relation.ALIGNED)
    verdicts = {row.name: row.verdict for row in sheet.primary.model.rows()}
    assert len(verdicts) == len(sheet.confirming.model.rows()) == 4
    assert [row.key for row in sheet.levels.model.rows()] == ["entry", "limit", "stop", "t1", "t2"]
    assert found.survey.example is not None
    assert found.survey.example.quantity > 0
    prices = {mark.price for mark in sheet.chart.model.marks}
    assert analysis.levels is not None
    assert {analysis.levels.limit, analysis.levels.stop, analysis.levels.target_2} <= prices
    low, high = sheet.chart.model.ranges["price"]
    assert all(low < price < high for price in prices)
    panel.copy()
    assert QGuiApplication.clipboard().text() == panel.text()
    assert panel.text().startswith("# AAPL 1d: BUY\n")


@pytest.mark.asyncio(loop_scope="session")
async def test_the_language_changes_what_is_on_show_and_what_is_saved(screen: Screen, tmp_path: Path) -> None:
    panel = await shown(screen, "IBM")
    try:
        screen.handles.window.actions_.trigger("language_zh")
        assert screen.handles.settings.current.language == "zh"
        assert panel.sheet is not None
        assert panel.sheet.primary.model.columns[0].title == "检查"
        file = tmp_path / "report.md"
        panel.save_as(file)
        await screen.until(file.exists)
        await screen.until(lambda: "报告已保存为 report.md。" in screen.told)
        assert file.read_text(encoding="utf-8").startswith("# IBM 1d：买入\n")
        panel.save_as(tmp_path / "nowhere" / "report.md")
        await screen.until(lambda: any("报告无法保存为 report.md：" in told for told in screen.told))
    finally:
        screen.handles.window.actions_.trigger("language_en")
    assert panel.sheet.primary.model.columns[0].title == "Check"


@pytest.mark.asyncio(loop_scope="session")
async def test_targets_by_swings_and_another_timeframe_are_analysed_anew(screen: Screen) -> None:
    panel = await shown(screen, "MSFT")
    plain = panel.surveyed
    assert plain is not None
    panel.targets.chosen.emit(panel.targets.value())
    panel.targets.set_value(Targets.LEVELS.value)
    panel.refresh()
    await screen.until(lambda: panel.surveyed is not plain and panel.surveyed.survey.analysis.reasons)
    assert "both targets are those of the ATR" in " ".join(panel.surveyed.survey.analysis.reasons)  # nothing above
    panel.frames.set_value("1w")
    panel.refresh()
    await screen.until(lambda: panel.surveyed.survey.analysis.timeframe is Timeframe.W1)
    assert panel.surveyed.survey.analysis.confirmation is None


@pytest.mark.asyncio(loop_scope="session")
async def test_a_week_that_is_not_over_says_nothing_yet(screen: Screen) -> None:
    instrument = await screen.trader.instrument("GOOG")
    bars = await screen.trader.trending(instrument, +1)
    last = bars.date_at(len(bars) - 1)
    cut = bars if last.weekday() < 4 else bars.part(0, len(bars) - 1)  # ends within its week
    crash = {name: getattr(cut, name).copy() for name in ("time", "open", "high", "low", "close", "volume")}
    within = cut.time >= cut.time[-1] - (cut.date_at(len(cut) - 1).weekday()) * 86400
    for name in ("open", "high", "low", "close"):
        crash[name][within] *= 0.2
    whole = screen.trader.core.market._built(cut, Timeframe.W1)
    crashed = screen.trader.core.market._built(from_columns(crash, len(cut)), Timeframe.W1)
    assert whole.closed == crashed.closed == len(whole) - 1
    np.testing.assert_array_equal(whole.closed_only.close, crashed.closed_only.close)


@pytest.mark.asyncio(loop_scope="session")
async def test_without_a_symbol_or_bars_it_says_what_to_do(screen: Screen) -> None:
    panel = AnalysisPanel(screen.handles)
    panel.set_link(6)
    screen.show(panel, 860, 560)
    if panel.surveyed is None and panel._instrument is None:
        assert isinstance(state_of(panel), Empty)
    instrument = await screen.trader.instrument("FB")
    few = (await screen.trader.trending(instrument, +1)).last(20)
    store, market = screen.trader.core.store.bars, screen.trader.core.market
    key = BarsKey(Source.PRACTICE, instrument.con_id, Timeframe.D1)
    market._asked.clear()
    read = store.read

    async def only_few(wanted: BarsKey, count: int | None = None) -> object:
        return few if wanted == key else await read(wanted, count)

    store.read = only_few  # type: ignore[method-assign,assignment]
    market._asked[key] = 10_000
    try:
        panel.set_link(0)
        panel._instrument = None
        panel.show_instrument(instrument)
        await screen.until(lambda: isinstance(state_of(panel), Failed))
        assert "34 closed bars and there are 20" in state_of(panel).why  # type: ignore[attr-defined]
    finally:
        store.read = read  # type: ignore[method-assign]
        market._asked.clear()
    panel.refresh()
    await screen.until(lambda: isinstance(state_of(panel), Ready))
    assert panel.surveyed is not None


@pytest.mark.asyncio(loop_scope="session")
async def test_an_analysis_that_a_newer_bar_has_overtaken_is_stale_until_it_is_made_anew(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = await shown(screen, "AAPL")
    market = screen.trader.core.market
    monkeypatch.setattr(type(market), "is_bar_current", lambda *_: False)
    former = panel.surveyed
    panel._keep_current()
    assert isinstance(state_of(panel), Stale)
    monkeypatch.undo()
    await screen.until(lambda: panel.surveyed is not former)
    assert isinstance(state_of(panel), Ready)
