"""How older history comes to a chart: what is being loaded and what the data budget still allows, told on the pane."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter

from app.domain.broker import HistoryBudget
from app.ui.charts.frame import VOLUME_SHARE, Frame
from app.ui.charts.lettering import Lettering
from app.ui.charts.model import ChartModel
from app.ui.charts.moments import bar_text
from app.ui.charts.palette import Inks


@dataclass(frozen=True, slots=True)
class History:
    """Where the older bars of a chart stand."""

    is_loading: bool = False
    is_complete: bool = False
    budget: HistoryBudget | None = None
    problem: str = ""


def history_words(frame: Frame, model: ChartModel) -> str:
    """Return what there is to say about older bars in this view, nothing when there is nothing to wait for."""
    history, series = model.history, model.series
    if series is None or not len(series) or history is None:
        return ""
    budget = history.budget.words() if history.budget is not None else ""
    if history.is_loading:
        return " · ".join(part for part in ("Loading older bars …", budget) if part)
    if frame.left > 1 or frame.right >= len(series):
        return ""  # in the middle, or with everything in view, nobody waits for what lies before
    if history.is_complete:
        return f"History begins {bar_text(int(series.bars.time[0]), model.timeframe, model.zone)}"
    return " · ".join(part for part in (history.problem, budget) if part)


def history_rect(frame: Frame) -> QRect:
    """Return the device pixels that the words may take."""
    pane, tall = frame.panes[0], round(20 * frame.unit)
    foot = round(pane.bottom - VOLUME_SHARE * pane.scale.height - tall - 6 * frame.unit)
    return QRect(0, foot, min(frame.plot, round(520 * frame.unit)), tall)


def draw_history(painter: QPainter, frame: Frame, model: ChartModel, inks: Inks, lettering: Lettering) -> None:
    """Write how older bars come above the volume, at the left edge where they will appear."""
    text = history_words(frame, model)
    if not text:
        return
    unit, room = frame.unit, history_rect(frame)
    wide = lettering.width(text) + 16 * unit
    box = QRect(round(8 * unit), room.top(), round(min(wide, frame.plot - 16 * unit)), room.height())
    has_problem = bool(model.history and model.history.problem and not model.history.is_loading)
    painter.fillRect(box, inks["bg.raised"])
    painter.save()
    painter.setClipRect(box)
    ink = inks["warn" if has_problem else "text.muted"]
    lettering.draw(painter, box.left() + 8 * unit, box.center().y() + 1, text, ink)
    painter.restore()
