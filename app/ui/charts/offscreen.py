"""Paint a series with its studies and claims without a window, and write its numbers into the PNG as text as well."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from app.domain.bars import Bars, Timeframe
from app.domain.claims import Finding
from app.domain.errors import UserError
from app.domain.instruments import ConId, Instrument, InstrumentKind, TickBand
from app.services.studies import StudyColumns
from app.ui.charts.model import ChartModel
from app.ui.charts.picture import picture_of
from app.ui.charts.series import Series
from app.ui.charts.studies.choice import Choices, added
from app.ui.charts.studies.drawn import study_of
from app.ui.charts.timerange import TimeRange
from app.ui.charts.values import Phase, Study
from app.ui.theme import Theme
from app.ui.theme.fonts import load_fonts
from app.ui.theme.tokens import theme_names

WIDTH, HEIGHT, UNIT = 1920, 1080, 1.5
LEAST_DECIMALS = 4
"""Values are printed so that a reader can tell them from a neighbour's, whatever the tick."""
NUMBERS = "Tapeline"
"""The PNG's text chunk that holds, as JSON, what is printed on it."""
_started: list[QApplication] = []


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose bars a picture shows."""

    symbol: str
    timeframe: Timeframe
    source: str
    zone: str
    decimals: int


def image_of(
    bars: Bars, studies: Sequence[StudyColumns], subject: Subject, theme: str, claims: Sequence[Finding], visible: int
) -> QImage:
    """Paint the newest `visible` bars; raise UserError for an unknown theme, no bars, or bars that fit no chart."""
    if theme not in theme_names():
        raise UserError(f"There is no theme {theme}; there are: {', '.join(theme_names())}.")
    if not len(bars):
        raise UserError(f"There are no {subject.timeframe} bars of {subject.symbol} to paint.")
    _need_qt()
    model, times = _model(bars, studies, subject), TimeRange()
    model.claims = tuple(claims)
    times.grow(len(bars))
    times.show_last(min(visible, len(bars)))
    image = picture_of(model, times, Theme(theme), WIDTH, HEIGHT, UNIT)
    image.setText(NUMBERS, json.dumps(_numbers(model, subject, theme), sort_keys=True))
    return image


def png_of(image: QImage) -> bytes:
    """Return a picture as PNG; safe in any thread."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def _need_qt() -> None:
    """Have an application without a display where the window has none; the fonts that ship are the only ones used."""
    if QApplication.instance() is None:
        _started.append(QApplication(["tapeline", "-platform", "offscreen"]))
    load_fonts()


def _model(bars: Bars, studies: Sequence[StudyColumns], subject: Subject) -> ChartModel:
    tick = TickBand(Decimal(0), Decimal(1).scaleb(-subject.decimals))
    instrument = Instrument(ConId(0), subject.symbol, InstrumentKind.OTHER, "", "", "", bands=(tick,))
    model = ChartModel(phase=Phase.READY)
    model.show(instrument, subject.timeframe, Series(bars), subject.source, subject.zone)
    model.fit(_drawn(studies, max(subject.decimals, LEAST_DECIMALS)))
    return model


def _drawn(studies: Sequence[StudyColumns], decimals: int) -> list[Study]:
    choices: Choices = ()
    for columns in studies:
        choices = added(choices, columns.name)
    pairs = zip(choices, studies, strict=False)
    return [replace(study_of(choice, columns, choices), decimals=decimals) for choice, columns in pairs]


def _numbers(model: ChartModel, subject: Subject, theme: str) -> dict[str, object]:
    """Return what is printed, unrounded: the newest bar and each study's lines there; what is unavailable is absent."""
    assert model.series is not None
    bar = model.series.at(model.newest)
    studies = {
        fitted.study.title: {line.name: value for line, value in fitted.at(model.newest) if math.isfinite(value)}
        for fitted in model.studies
    }
    return {
        "symbol": subject.symbol, "timeframe": subject.timeframe.value, "theme": theme, "source": subject.source,
        "zone": subject.zone, "time": bar.time, "is_forming": bar.is_forming, "close": bar.close, "studies": studies,
    }  # fmt: skip
