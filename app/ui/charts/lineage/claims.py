"""Paint what a reading claimed: verified claims as quiet lines, false ones dotted and struck out.

A claim that names no place on the chart is a line of words at the foot of the price pane.
"""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.domain.claims import Finding, LevelClaim, ShapeClaim, StructureClaim, TrendLineClaim, Truth
from app.ui.charts.frame import VOLUME_SHARE, Frame
from app.ui.charts.lettering import Lettering
from app.ui.charts.lineage.placing import draw_words, point_of, row_of
from app.ui.charts.model import ChartModel
from app.ui.charts.palette import Inks

TICKS = {Truth.TRUE: "✓", Truth.FALSE: "✗", Truth.NOT_CHECKABLE: "?"}
ROW, RING, LONGEST = 17, 3, 64
JOINED = (TrendLineClaim, ShapeClaim, StructureClaim)


def draw_claims(painter: QPainter, frame: Frame, model: ChartModel, inks: Inks, lettering: Lettering) -> None:
    """Draw every claim where it belongs on the chart, the others as a list."""
    placeless = []
    for finding in model.claims:
        points = _points(frame, model, finding)
        if points:
            _placed(painter, frame, finding, points, inks, lettering)
        else:
            placeless.append(finding)
    pane = frame.panes[0]
    y = pane.bottom - (VOLUME_SHARE * pane.scale.height if model.shows_volume else 0) - ROW * frame.unit
    for finding in reversed(placeless):
        _words(painter, frame, 8 * frame.unit, y, finding, inks, lettering)
        y -= ROW * frame.unit


def claim_words(finding: Finding) -> str:
    """Write a claim in its own words, ticked or crossed; one without words by what was found."""
    text = finding.claim.text or finding.sentence
    short = text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
    return f"{TICKS[finding.truth]} {short}"


def ink_of_claim(finding: Finding, inks: Inks) -> QColor:
    """Return the colour of what recomputing a claim came to; the tick or cross says it too."""
    return inks[{Truth.TRUE: "ok", Truth.FALSE: "text.faint", Truth.NOT_CHECKABLE: "text.muted"}[finding.truth]]


def _points(frame: Frame, model: ChartModel, finding: Finding) -> list[QPointF]:
    """Return the corners of a claim's line, else the places it names; a level spans the plot."""
    if isinstance(finding.claim.assertion, LevelClaim):
        y = row_of(frame, finding.claim.assertion.price)
        return [QPointF(0, y), QPointF(frame.plot, y)]
    return [point_of(frame, model, point.time, point.price) for point in finding.points]


def _placed(
    painter: QPainter, frame: Frame, finding: Finding, points: list[QPointF], inks: Inks, lettering: Lettering
) -> None:
    dotted = finding.truth is Truth.FALSE
    style = Qt.PenStyle.DotLine if dotted else Qt.PenStyle.DashLine
    painter.setPen(QPen(ink_of_claim(finding, inks), frame.unit, style))
    if isinstance(finding.claim.assertion, (LevelClaim, *JOINED)):
        painter.drawLines([QLineF(one, other) for one, other in pairwise(points)])
    else:
        for point in points:
            painter.drawEllipse(point, RING * frame.unit, RING * frame.unit)
    end, wide = points[-1], lettering.width(claim_words(finding))
    x = min(max(end.x() - wide - 120 * frame.unit, 8 * frame.unit), frame.plot - wide - 8 * frame.unit)
    _words(painter, frame, x, end.y() - 9 * frame.unit, finding, inks, lettering)


def _words(
    painter: QPainter, frame: Frame, x: float, y: float, finding: Finding, inks: Inks, lettering: Lettering
) -> None:
    text = claim_words(finding)
    draw_words(painter, frame, x, y, text, ink_of_claim(finding, inks), inks, lettering)
    if finding.truth is Truth.FALSE:
        painter.setPen(QPen(inks["danger"], frame.unit))
        painter.drawLine(QLineF(x, y, x + lettering.width(text), y))
