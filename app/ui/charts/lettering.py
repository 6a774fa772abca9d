"""Text on a chart: fonts at device size and laid-out strings kept, so that a label costs a microsecond, not twenty."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QStaticText, QTransform

from app.ui.charts.palette import Palette

KEPT = 1500
BODY, CAPTION = 12, 11


class Lettering:
    """Draws and measures text in device pixels for one theme and one scale."""

    def __init__(self, palette: Palette, unit: float) -> None:
        self._palette = palette
        self._unit = unit
        self._fonts: dict[tuple[int, int], QFont] = {}
        self._heights: dict[tuple[int, int], float] = {}
        self._laid: dict[tuple[str, int, int], tuple[QStaticText, float]] = {}

    def width(self, text: str, size: int = CAPTION, weight: int = 400) -> float:
        """Return how wide a text is."""
        return self._lay(text, size, weight)[1]

    def height(self, size: int = CAPTION, weight: int = 400) -> float:
        """Return the height of a line."""
        self._font(size, weight)
        return self._heights[size, weight]

    def draw(
        self, painter: QPainter, x: float, y: float, text: str, ink: QColor, size: int = CAPTION, weight: int = 400
    ) -> float:
        """Draw a text with its left edge at `x`, centred on `y`; return its width."""
        laid, width = self._lay(text, size, weight)
        painter.setFont(self._font(size, weight))
        painter.setPen(ink)
        painter.drawStaticText(QPointF(round(x), round(y - self._heights[size, weight] / 2)), laid)
        return width

    def draw_all(
        self,
        painter: QPainter,
        texts: Iterable[tuple[float, float, str]],
        ink: QColor,
        size: int = CAPTION,
        weight: int = 400,
    ) -> None:
        """Draw texts of one look, each with its left edge and the row it is centred on."""
        painter.setFont(self._font(size, weight))
        painter.setPen(ink)
        half = self._heights[size, weight] / 2
        for x, y, text in texts:
            painter.drawStaticText(QPointF(round(x), round(y - half)), self._lay(text, size, weight)[0])

    def _font(self, size: int, weight: int) -> QFont:
        found = self._fonts.get((size, weight))
        if found is None:
            found = QFont(self._palette.font(size, weight))
            found.setPixelSize(max(1, round(found.pixelSize() * self._unit)))
            self._fonts[size, weight] = found
            self._heights[size, weight] = QFontMetricsF(found).height()
        return found

    def _lay(self, text: str, size: int, weight: int) -> tuple[QStaticText, float]:
        found = self._laid.get((text, size, weight))
        if found is None:
            if len(self._laid) > KEPT:
                self._laid.clear()
            laid = QStaticText(text)
            laid.setTextFormat(Qt.TextFormat.PlainText)
            laid.prepare(QTransform(), self._font(size, weight))
            found = self._laid[text, size, weight] = (laid, laid.size().width())
        return found
