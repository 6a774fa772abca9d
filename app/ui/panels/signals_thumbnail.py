"""A small picture of a signal's chart by the chart's own code: the bars up to it, its average, trend and levels."""

from __future__ import annotations

from PySide6.QtGui import QImage, QPainter

from app.domain.bars import Bars
from app.domain.instruments import Instrument
from app.domain.signals import Analysis
from app.services.studies import Studies
from app.ui.charts.frame import frame_of
from app.ui.charts.lettering import Lettering
from app.ui.charts.marks import draw_chips
from app.ui.charts.model import ChartModel
from app.ui.charts.painting import paint_still
from app.ui.charts.palette import Inks
from app.ui.charts.series import Series
from app.ui.charts.studies.choice import added
from app.ui.charts.studies.drawn import study_of
from app.ui.charts.timerange import TimeRange
from app.ui.charts.values import PRICE, Phase
from app.ui.language import Language
from app.ui.panels.analysis_chart import level_marks, range_of
from app.ui.theme import Theme

VISIBLE, FUTURE, SMALL = 60, 0.45, 0.8
MARGIN = 0.14
SHOWN = ("sma", "supertrend")


def up_to(bars: Bars, last_bar: int) -> Bars:
    """Return the closed bars up to and with the signal's own: what it was concluded from."""
    return bars.closed_only.part(0, int((bars.closed_only.time <= last_bar).sum()))


def thumbnail(
    theme: Theme,
    words: Language,
    studies: Studies,
    analysis: Analysis,
    instrument: Instrument,
    bars: Bars,
    width: int,
    height: int,
    ratio: float = 1.0,
) -> QImage:
    """Paint the newest bars and the plan, `width` × `height` pixels of the design."""
    model, times = ChartModel(phase=Phase.READY), TimeRange()
    model.show(instrument, analysis.timeframe, Series(bars), "", "UTC")
    choices = added(added((), SHOWN[0]), SHOWN[1])
    model.fit([study_of(choice, studies.compute(choice.name, bars), choices) for choice in choices])
    model.marks = tuple(level_marks(analysis, words))
    model.shows_volume = False
    prices = [analysis.close, *(mark.price for mark in model.marks)]
    model.ranges[PRICE] = range_of(bars.last(VISIBLE), prices, MARGIN)
    count = len(bars)
    times.grow(count)
    times.show(count - min(VISIBLE, count), count + FUTURE * VISIBLE)
    image = _painted(model, times, theme, round(width * ratio), round(height * ratio), ratio)
    image.setDevicePixelRatio(ratio)
    return image


def _painted(model: ChartModel, times: TimeRange, theme: Theme, width: int, height: int, ratio: float) -> QImage:
    """Paint without the readout: the card says whose bars these are."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    inks, lettering = Inks(theme), Lettering(theme, SMALL * ratio)
    image.fill(inks["bg.panel"])
    frame = frame_of(model, times.left, times.right, width, height, lettering, SMALL * ratio)
    if frame is not None:
        painter = QPainter(image)
        paint_still(painter, frame, model, inks, lettering)
        draw_chips(painter, frame, model, inks, lettering)
        painter.end()
    return image
