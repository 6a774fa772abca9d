"""Paint what the chart says in words: whose bars these are, the bar under the crosshair, and every study's value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QPainter, QRegion

from app.ui.charts.columns import Fitted
from app.ui.charts.compare import FittedComparison
from app.ui.charts.frame import LEGEND_ROW, Frame, Pane
from app.ui.charts.lettering import Lettering
from app.ui.charts.model import ChartModel
from app.ui.charts.palette import Inks
from app.ui.charts.scale import price_decimals
from app.ui.charts.values import PRICE, Hovered, LineStyle, Phase, ScaleMode
from app.ui.widgets.format import compact, number, percent
from app.ui.widgets.format import price as price_text

MARGIN, ROW, CROWDED, NAME_ROOM, VEIL = 10, LEGEND_ROW, 0.5, 230, 0.78


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of a legend row; `gap` is the space before it in design pixels.

    A name is nothing without its value; what is spare goes first where a row is too long.
    """

    text: str
    ink: QColor
    size: int = 11
    weight: int = 400
    gap: int = 6
    is_name: bool = False
    is_spare: bool = False


Row = Sequence[Word]


def draw_legend(
    painter: QPainter,
    frame: Frame,
    exposed: QRegion,
    model: ChartModel,
    index: int,
    inks: Inks,
    lettering: Lettering,
) -> None:
    """Draw the legend of every pane that is exposed, for one bar."""
    for pane in frame.panes:
        if not exposed.intersects(legend_rect(frame, pane)):
            continue
        rows = _price_rows(frame, model, index, inks) if pane.key == PRICE else []
        rows += [_study_row(frame, pane, fitted, index, inks) for fitted, _ in pane.fitted]
        _draw_rows(painter, frame, pane, rows, exposed, inks, lettering)


def legend_rect(frame: Frame, pane: Pane) -> QRect:
    """Return the device pixels a pane's legend may take."""
    rows = len(pane.fitted) + (4 if pane.key == PRICE else 0)
    return QRect(0, pane.top, frame.plot, min(pane.scale.height, round((MARGIN + ROW * rows) * frame.unit)))


def study_rows(frame: Frame, pane: Pane, model: ChartModel) -> list[tuple[str, QRect]]:
    """Return where the name of each study of a pane is written, as far as there is room for it."""
    above = 0
    if pane.key == PRICE and model.series is not None:
        has_source = bool(model.source_text or model.age_text)
        above = 1 + has_source + len(model.series.notes) + (model.mode is not frame.mode)
    unit, found = frame.unit, []
    for place, (fitted, _) in enumerate(pane.fitted, above):
        top = pane.top + (MARGIN - 4 + ROW * place) * unit
        if place and top + ROW * unit > pane.top + CROWDED * pane.scale.height:
            break
        found.append((fitted.study.key, QRect(0, round(top), round(NAME_ROOM * unit), round(ROW * unit))))
    return found


def readout_rect(frame: Frame, model: ChartModel, lettering: Lettering) -> QRect:
    """Return the device pixels of the first row behind its title, all of the legend that a tick changes."""
    words = _title_words(model, frame)
    wide = sum(lettering.width(text, size, weight) + gap * frame.unit for text, _, size, weight, gap in words)
    left = int(MARGIN * frame.unit + wide)
    return QRect(left, 0, frame.plot - left, round((MARGIN - 4) * frame.unit) + round(ROW * frame.unit))


def value_rects(frame: Frame, model: ChartModel, lettering: Lettering) -> list[QRect]:
    """Return the device pixels of all rows behind their titles: what changes when another bar is read out."""
    found = [readout_rect(frame, model, lettering)]
    for pane in frame.panes:
        for (fitted, _), (_, row) in zip(pane.fitted, study_rows(frame, pane, model), strict=False):
            left = int(MARGIN * frame.unit + lettering.width(fitted.study.title))
            found.append(QRect(left, row.top(), frame.plot - left, row.height()))
    return found


def _price_rows(frame: Frame, model: ChartModel, index: int, inks: Inks) -> list[Row]:
    assert model.series is not None
    decimals = price_decimals(frame.panes[0].scale, model.tick, model.decimals)
    bar = model.series.at(index)
    before = model.series.at(index - 1).close if index else math.nan
    rows: list[Row] = [_title(model, frame, inks) + _readout(bar, before, decimals, inks)]
    if model.source_text or model.age_text:
        rows.append(_source(model, inks))
    notes = list(model.series.notes)
    if model.mode is not frame.mode:
        notes.append(f"{model.mode.value} scale needs prices above zero: linear is shown")
    return [*rows, *([Word(note, inks["warn"], gap=0)] for note in notes)]


def _title(model: ChartModel, frame: Frame, inks: Inks) -> list[Word]:
    return [Word(text, inks[token], size, weight, gap) for text, token, size, weight, gap in _title_words(model, frame)]


def _title_words(model: ChartModel, frame: Frame) -> list[tuple[str, str, int, int, int]]:
    """Return text, colour token, size, weight and gap of the words that say whose bars these are."""
    assert model.instrument is not None
    where = model.instrument.primary_exchange or model.instrument.exchange
    parts = [
        model.timeframe.value,
        *([where] if where else []),
        *([model.instrument.currency] if model.instrument.currency and frame.width > 700 * frame.unit else []),
    ]
    words = [(model.instrument.symbol, "text", 13, 600, 0), (" · ".join(parts), "text.muted", 12, 400, 6)]
    if frame.mode is not ScaleMode.LINEAR:
        words.append(("log" if frame.mode is ScaleMode.LOG else "%", "text.muted", 12, 400, 6))
    return words


def _readout(bar: Hovered, before: float, decimals: int, inks: Inks) -> list[Word]:
    ink = inks["up" if bar.close >= bar.open else "down"]
    words: list[Word] = []
    for place, (name, value) in enumerate((("O", bar.open), ("H", bar.high), ("L", bar.low), ("C", bar.close))):
        gap, is_spare = 8 if place else 16, name != "C"
        words.append(Word(name, inks["text.muted"], 12, gap=gap, is_name=True, is_spare=is_spare))
        words.append(Word(price_text(value, decimals), ink, 12, gap=3, is_spare=is_spare))
    if math.isfinite(before) and math.isfinite(bar.close):
        change = bar.close - before
        share = f" ({number(change / before * 100, 2, signed=True)} %)" if before else ""
        words.append(
            Word(number(change, decimals, signed=True) + share, inks["up" if change >= 0 else "down"], 12, gap=8)
        )
    words.append(Word("Vol", inks["text.muted"], 12, gap=10, is_name=True))
    words.append(Word(compact(bar.volume), inks["text"], 12, gap=3))
    if bar.is_forming:
        words.append(Word("forming", inks["warn"], 11, gap=10))
    return words


def _source(model: ChartModel, inks: Inks) -> list[Word]:
    is_stale = model.phase is Phase.STALE
    age = [Word(model.age_text, inks["warn"], weight=600 if is_stale else 400, gap=0)]
    source = Word(model.source_text, inks["text.muted"], gap=8 if model.age_text else 0)
    return [*(age if model.age_text else []), source]


def _study_row(frame: Frame, pane: Pane, fitted: Fitted, index: int, inks: Inks) -> Row:
    if fitted.problem:
        return [Word(fitted.problem, inks["danger"], gap=0)]
    if fitted.study.is_hidden:
        return [Word(f"{fitted.study.title} · hidden", inks["text.faint"], gap=0)]
    if isinstance(fitted, FittedComparison):
        return _comparison_row(frame, pane, fitted, index, inks)
    words = [Word(fitted.study.title, inks["text.muted"], gap=0)]
    decimals = fitted.study.decimals if fitted.study.decimals is not None else pane.decimals
    for line, value in fitted.at(index):
        token, way = line.colour, ""
        if line.style is LineStyle.TREND and line.direction is not None and index < len(line.direction):
            token, way = ("up", " ▲") if line.direction[index] > 0 else ("down", " ▼")
        if line.style is LineStyle.HISTOGRAM:
            token = "up" if value >= 0 else "down"
        if not math.isfinite(value):
            token, way = "text.muted", ""
        words.append(Word(price_text(value, decimals) + way, inks[token]))
    return words


def _comparison_row(frame: Frame, pane: Pane, fitted: FittedComparison, index: int, inks: Inks) -> Row:
    line, value = fitted.at(index)[0]
    return [
        Word(fitted.study.title, inks["text.muted"], gap=0),
        Word(price_text(value, pane.decimals), inks[line.colour]),
        Word(percent(fitted.change_at(index, frame.groups)), inks[line.colour]),
    ]


def _draw_rows(
    painter: QPainter, frame: Frame, pane: Pane, rows: Sequence[Row], exposed: QRegion, inks: Inks, lettering: Lettering
) -> None:
    unit = frame.unit
    y = pane.top + (MARGIN + ROW / 2 - 4) * unit
    for row in rows:
        if row is not rows[0] and y + ROW / 2 * unit > pane.top + CROWDED * pane.scale.height:
            return  # a small pane belongs to its bars
        if exposed.intersects(QRect(0, int(y - ROW / 2 * unit), frame.plot, math.ceil(ROW * unit))):
            _draw_row(painter, y, frame, row, exposed, inks, lettering)
        y += ROW * unit


def _draw_row(
    painter: QPainter, y: float, frame: Frame, row: Row, exposed: QRegion, inks: Inks, lettering: Lettering
) -> None:
    """Draw the words that fit on a veil over the bars; words that are not exposed are left as they are."""
    unit = frame.unit
    shown = _fitting(row, frame.plot - 2 * MARGIN * unit, unit, lettering)
    wide = sum(width + word.gap * unit for word, width in shown)
    top, tall = round(y - ROW / 2 * unit), round(ROW * unit)
    painter.fillRect(round((MARGIN - 4) * unit), top, round(wide + 8 * unit), tall, inks.clear("bg.panel", VEIL))
    x = MARGIN * unit
    for word, width in shown:
        x += word.gap * unit
        if exposed.intersects(QRect(int(x), top, math.ceil(width) + 1, tall)):
            lettering.draw(painter, x, y, word.text, word.ink, word.size, word.weight)
        x += width


def _fitting(row: Row, room: float, unit: float, lettering: Lettering) -> list[tuple[Word, float]]:
    """Return the words that fit whole, with their widths; the first is cut with an ellipsis rather than lost."""
    if sum(lettering.width(word.text, word.size, word.weight) + word.gap * unit for word in row) > room:
        row = [word for word in row if not word.is_spare]
    shown: list[tuple[Word, float]] = []
    for word in row:
        width = lettering.width(word.text, word.size, word.weight)
        room -= width + word.gap * unit
        if room < 0 and shown:
            break
        if room < 0:
            share = max(0.0, 1 + room / max(1.0, width))
            word = Word(word.text[: max(1, int(len(word.text) * share) - 2)] + "…", word.ink, word.size, word.weight, 0)
            width = lettering.width(word.text, word.size, word.weight)
        shown.append((word, width))
    while len(shown) > 1 and shown[-1][0].is_name:
        shown.pop()
    return shown
