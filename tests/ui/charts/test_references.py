"""Pictures of whole charts beside reviewed ones, in the product's own themes, with a tolerance for other machines.

Run with TAPELINE_WRITE_REFERENCES=1 to write them anew; look at each before it is committed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from app.domain.bars import Timeframe
from app.domain.claims import Claim, Finding, LevelClaim, Truth
from app.domain.claims import Side as Holds
from app.domain.orders import Side
from app.services.studies import Studies
from app.ui.charts.compare import Comparison
from app.ui.charts.drawings.values import Anchor, Dash, Drawing, Style, Tool
from app.ui.charts.lineage.values import Holding, RiskBand, Trade
from app.ui.charts.shades import Gap, Hours
from app.ui.charts.studies.indicators import Indicators
from app.ui.charts.values import BarStyle, Mark, MarkKind, MarkState, ScaleMode
from app.ui.charts.view import ChartView
from app.ui.theme import Theme
from tests.ui.charts.conftest import AAPL, wave
from tests.ui.charts.test_shades import hourly

FOLDER = Path(__file__).parent / "references"
SIZE = (960, 600)
MEAN, LOUD, SHARE = 2.0, 48, 0.02
"""The mean difference of a channel, what counts as a loud pixel, and the share of loud pixels that is allowed."""


def at(index: int) -> float:
    return float(wave(400).time[index])


def plain(view: ChartView) -> None:
    bars = wave(400, forming=True)
    view.set_series(AAPL, Timeframe.D1, bars, source_text="practice market", zone="US/Eastern")


def panes(view: ChartView) -> None:
    plain(view)
    indicators = Indicators(view, Studies())
    indicators.feed(wave(400, forming=True), Timeframe.D1)
    for name in ("sma", "supertrend", "bollinger", "macd", "rsi"):
        indicators.add(name)


def far_out(view: ChartView) -> None:
    view.set_series(AAPL, Timeframe.M1, wave(60_000, step=60), source_text="practice market", zone="US/Eastern")
    view.set_look(style=BarStyle.OHLC, mode=ScaleMode.LOG)
    view.times.show_all()


def drawn(view: ChartView) -> None:
    plain(view)
    board = view.drawings
    board.put(Drawing("a", Tool.TREND, (Anchor(at(280), 95.0), Anchor(at(330), 108.0)), Style("accent", 2)))
    board.put(Drawing("b", Tool.HORIZONTAL, (Anchor(at(280), 92.0),), Style("warn", 1, Dash.DASHED), "Support"))
    board.put(Drawing("c", Tool.RETRACEMENT, (Anchor(at(340), 90.0), Anchor(at(370), 111.0)), Style("text.muted")))
    board.put(Drawing("d", Tool.RECTANGLE, (Anchor(at(300), 97.0), Anchor(at(320), 103.0)), Style("link.4")))
    board.put(Drawing("e", Tool.MEASURE, (Anchor(at(290), 104.0), Anchor(at(310), 110.0))))


def traded(view: ChartView) -> None:
    plain(view)
    view.lineage.set_trades([
        Trade("t1", Side.BUY, at(290), 92.0, at(320), 108.0, 1600.0, "USD", 2.1),
        Trade("t2", Side.BUY, at(330), 106.0, at(345), 98.0, -800.0, "USD", -1.0),
    ])  # fmt: skip
    view.lineage.set_bands([RiskBand("b", at(370), 100.0, 96.0, (108.0, 112.0))])
    view.lineage.set_holding(Holding("p", 100, 100.0, currency="USD", risk=4.0))
    view.lineage.set_claims([
        Finding(Claim(LevelClaim(Holds.SUPPORT, 91.0), text="support at 91"), Truth.TRUE, 2, ""),
        Finding(Claim(LevelClaim(Holds.RESISTANCE, 106.0), text="resistance at 106"), Truth.FALSE, 0, ""),
    ])  # fmt: skip
    view.set_marks([
        Mark("o1", MarkKind.ORDER, 96.0, "Stop 100", Side.SELL, MarkState.WORKING),
        Mark("o2", MarkKind.ORDER, 112.0, "Target 100", Side.SELL, MarkState.INTENDED),
        Mark("o3", MarkKind.ORDER, 94.0, "Buy 50 LMT · verifying", Side.BUY, MarkState.VERIFYING),
        Mark("f", MarkKind.FILL, 100.0, "Bought 100", Side.BUY, MarkState.DONE, at(370)),
        Mark("s1", MarkKind.SIGNAL, 99.0, "Signal BUY", Side.BUY, MarkState.DONE, at(368)),
        Mark("s2", MarkKind.SIGNAL, 104.0, "Signal SELL", Side.SELL, MarkState.REFUSED, at(352)),
    ])  # fmt: skip


def shaded(view: ChartView) -> None:
    bars = hourly(days=8)
    view.set_series(AAPL, Timeframe.H1, bars, source_text="gateway, delayed 15 min", zone="US/Eastern")
    view.shading.set_hours(Hours("US/Eastern", 570, 960))
    view.shading.set_gaps([Gap(float(bars.time[39]), 2, "2 sessions missing")])
    view.set_age("stale · 3 m", is_stale=True)


def compared(view: ChartView) -> None:
    plain(view)
    other = wave(400)
    other.close[:] = 300 + (other.close - 100) * np.linspace(0.5, 6, 400)
    view.set_comparisons([Comparison("msft", "MSFT", other)])


SCENES: dict[str, Callable[[ChartView], None]] = {
    "plain": plain, "panes": panes, "far_out": far_out, "drawn": drawn, "traded": traded, "shaded": shaded,
    "compared": compared,
}  # fmt: skip


def picture(theme_name: str, scene: str) -> QImage:
    theme = Theme(theme_name)
    view = ChartView(theme)
    view.resize(*SIZE)
    SCENES[scene](view)
    image = view.picture(*SIZE).convertToFormat(QImage.Format.Format_RGB32)
    view.deleteLater()
    QApplication.sendPostedEvents(None, 52)
    return image


def apart(one: QImage, other: QImage) -> tuple[float, float]:
    """Return the mean difference of a channel and the share of pixels that differ loudly."""
    left, right = (
        np.asarray(each.convertToFormat(QImage.Format.Format_RGB32).constBits()).reshape(each.height(), -1, 4)[..., :3]
        for each in (one, other)
    )
    by = np.abs(left.astype(int) - right.astype(int))
    return float(by.mean()), float((by.max(axis=2) > LOUD).mean())


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("scene", SCENES)
def test_the_chart_looks_as_it_was_reviewed(theme: str, scene: str, qapp: QApplication) -> None:
    path = FOLDER / f"{scene}_{theme}.png"
    image = picture(theme, scene)
    if os.environ.get("TAPELINE_WRITE_REFERENCES"):
        image.save(str(path))
    reference = QImage(str(path))
    assert (reference.width(), reference.height()) == SIZE
    mean, loud = apart(image, reference)
    assert mean <= MEAN
    assert loud <= SHARE


def test_the_tolerance_tells_two_scenes_apart(qapp: QApplication) -> None:
    plain_one = QImage(str(FOLDER / "plain_dark.png"))
    for scene in ("panes", "drawn", "traded", "compared"):
        mean, loud = apart(plain_one, QImage(str(FOLDER / f"{scene}_dark.png")))
        assert mean > MEAN or loud > SHARE
