"""The strip of drawing tools at the left of a chart: each button wears a small picture of what it draws."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.ui.charts.drawings.board import DrawingBoard
from app.ui.charts.drawings.values import Tool
from app.ui.charts.drawings.words import TITLES
from app.ui.charts.palette import Palette

WIDE, SIDE = 30, 16
Lines = Sequence[tuple[float, float, float, float]]
GLYPHS: dict[str, Lines] = {
    Tool.TREND: ((2, 13, 14, 3),),
    Tool.RAY: ((2, 13, 15, 5), (15, 5, 11, 5), (15, 5, 13, 8.5)),
    Tool.HORIZONTAL: ((1, 8, 15, 8), (6, 6, 10, 6), (6, 10, 10, 10)),
    Tool.VERTICAL: ((8, 1, 8, 15), (6, 6, 6, 10), (10, 6, 10, 10)),
    Tool.CHANNEL: ((2, 9, 14, 2), (2, 14, 14, 7)),
    Tool.RECTANGLE: ((2, 4, 14, 4), (14, 4, 14, 12), (14, 12, 2, 12), (2, 12, 2, 4)),
    Tool.RETRACEMENT: ((1, 3, 15, 3), (1, 7, 15, 7), (1, 10, 15, 10), (1, 14, 15, 14)),
    Tool.EXTENSION: ((1, 14, 6, 6), (6, 6, 9, 10), (9, 3, 15, 3), (9, 7, 15, 7), (9, 12, 15, 12)),
    Tool.TEXT: ((3, 3, 13, 3), (8, 3, 8, 14), (3, 3, 3, 5), (13, 3, 13, 5)),
    Tool.MEASURE: ((2, 11, 11, 2), (5, 14, 14, 5), (2, 11, 5, 14), (11, 2, 14, 5), (5, 8, 7, 10), (8, 5, 10, 7)),
    "magnet": ((4, 2, 4, 9), (12, 2, 12, 9), (4, 9, 6, 12), (12, 9, 10, 12), (6, 12, 10, 12), (2.5, 4, 5.5, 4),
               (10.5, 4, 13.5, 4)),
}  # fmt: skip


class ToolStrip(QWidget):
    """One button a tool, then magnet, undo, redo, hide all and remove all."""

    def __init__(self, board: DrawingBoard, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._board, self._palette = board, palette
        self.buttons: dict[str, QToolButton] = {}
        self.setFixedWidth(WIDE)
        self.setObjectName("chart.tools")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Ignored)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(2, 4, 2, 4)
        self._column.setSpacing(1)
        for tool in Tool:
            self._add(tool.value, TITLES[tool], lambda on, tool=tool: self._take(tool, on), checks=True)
        self._column.addSpacing(6)
        self._add("magnet", "Magnet: anchors snap to open, high, low and close", board.set_magnet, checks=True)
        self._add("undo", "Undo drawing (Ctrl+Z)", lambda _: board.undo())
        self._add("redo", "Redo drawing (Ctrl+Shift+Z)", lambda _: board.redo())
        self._add("eye", "Show drawings", board.set_shown, checks=True)
        self._add("trash-2", "Remove all drawings that are not locked", lambda _: board.clear())
        self._column.addStretch()
        board.changed.connect(self._follow)
        palette.changed.connect(self.restyle)
        self.restyle()
        self._follow()

    def restyle(self) -> None:
        """Take in the colours of the theme as it is now."""
        for name, button in self.buttons.items():
            if name in GLYPHS:
                ink, held = self._palette.colour("text.muted"), self._palette.colour("accent")
                button.setIcon(_glyph(GLYPHS[name], ink, held, self.devicePixelRatioF()))
            else:
                button.setIcon(self._palette.icon(name, "text.muted", SIDE))

    def _add(self, name: str, words: str, act: object, *, checks: bool = False) -> None:
        button = QToolButton(self)
        button.setToolTip(words)
        button.setAccessibleName(words)
        button.setAutoRaise(True)
        button.setCheckable(checks)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setIconSize(QSize(SIDE, SIDE))
        button.setFixedSize(26, 26)
        button.clicked.connect(act)
        self.buttons[name] = button
        self._column.addWidget(button)

    def _take(self, tool: Tool, on: bool) -> None:
        self._board.take(tool if on else None)
        self._board.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def _follow(self) -> None:
        """Show which tool is in hand and whether the magnet pulls."""
        for tool in Tool:
            self.buttons[tool.value].setChecked(self._board.tool is tool)
        self.buttons["magnet"].setChecked(self._board.has_magnet)
        self.buttons["eye"].setChecked(self._board.canvas.model.shows_drawings)


def _glyph(lines: Lines, ink: QColor, held: QColor, dots: float) -> QIcon:
    icon = QIcon()
    for colour, state in ((ink, QIcon.State.Off), (held, QIcon.State.On)):
        picture = QPixmap(round(SIDE * dots), round(SIDE * dots))
        picture.setDevicePixelRatio(dots)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLines([QLineF(*line) for line in lines])
        painter.end()
        icon.addPixmap(picture, QIcon.Mode.Normal, state)
    return icon
