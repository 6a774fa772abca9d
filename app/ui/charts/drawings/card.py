"""Edit one drawing: its words, colour, width, dash, lock, alert, and on which timeframes it is shown."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.ui.charts.drawings.alerts import WATCHED
from app.ui.charts.drawings.board import DrawingBoard
from app.ui.charts.drawings.values import LONGEST, Dash, Drawing, Style
from app.ui.charts.drawings.words import TITLES
from app.ui.charts.palette import Palette
from app.ui.language import say

COLOURS = {
    "accent": "Blue", "up": "Up", "down": "Down", "warn": "Amber", "text.muted": "Grey", "link.2": "Ochre",
    "link.3": "Green", "link.4": "Teal", "link.6": "Violet",
}  # fmt: skip
WIDE = 280


class DrawingCard(QFrame):
    """A small card over the chart; every change is taken at once and can be undone."""

    def __init__(self, board: DrawingBoard, drawing: Drawing, palette: Palette, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("role", "floating")
        self.setObjectName("chart.drawing.card")
        self._board, self._key, self._palette = board, drawing.key, palette
        self.words = QLineEdit(drawing.text, self)
        self.colour, self.dash, self.width_ = QComboBox(self), QComboBox(self), QSpinBox(self)
        self.checks: dict[str, QCheckBox] = {}
        self._lay_out(drawing)
        self.setFocusProxy(self.words)

    def _lay_out(self, drawing: Drawing) -> None:
        self.setFixedWidth(WIDE)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(8)
        title = QLabel(TITLES[drawing.tool], self)
        title.setFont(self._palette.font(13, 600))
        column.addWidget(title)
        form = QFormLayout()
        form.setSpacing(6)
        column.addLayout(form)
        self._fill(drawing)
        for name, field in (("Text", self.words), ("Colour", self.colour), ("Width", self.width_), ("Line", self.dash)):
            field.setAccessibleName(name)
            form.addRow(name, field)
        self._add_check(column, "is_everywhere", "Show on all timeframes", drawing.is_everywhere)
        self._add_check(column, "is_locked", "Locked", drawing.is_locked)
        if drawing.tool in WATCHED:
            self._add_check(column, "alerts", "Alert when the price crosses it", drawing.alerts)
        row = QHBoxLayout()
        remove = QPushButton(say("Remove"), self)
        remove.clicked.connect(self._remove)
        row.addWidget(remove)
        row.addStretch()
        column.addLayout(row)

    def _fill(self, drawing: Drawing) -> None:
        self.words.setMaxLength(LONGEST)
        self.words.editingFinished.connect(self._set_words)
        for token, name in COLOURS.items():
            self.colour.addItem(_swatch(self._palette.colour(token)), name, token)
        self.colour.setCurrentIndex(max(0, self.colour.findData(drawing.style.colour)))
        for dash in Dash:
            self.dash.addItem(dash.value.capitalize(), dash.value)
        self.dash.setCurrentIndex(self.dash.findData(drawing.style.dash.value))
        self.width_.setRange(1, 4)
        self.width_.setValue(drawing.style.width)
        for signal in (self.colour.currentIndexChanged, self.dash.currentIndexChanged, self.width_.valueChanged):
            signal.connect(self._set_style)

    def _add_check(self, column: QVBoxLayout, name: str, words: str, on: bool) -> None:
        check = QCheckBox(words, self)
        check.setChecked(on)
        check.toggled.connect(partial(self._set, name))
        self.checks[name] = check
        column.addWidget(check)

    def _set(self, name: str, on: bool) -> None:
        self._board.edit(self._key, **{name: on})

    def _set_words(self) -> None:
        self._board.edit(self._key, text=self.words.text().strip())

    def _set_style(self) -> None:
        """Take the style over, and use it for what is drawn next."""
        style = Style(self.colour.currentData(), self.width_.value(), Dash(self.dash.currentData()))
        self._board.style = style
        self._board.edit(self._key, style=style)

    def _remove(self) -> None:
        self.close()
        self._board.remove(self._key)


def _swatch(colour: QColor) -> QIcon:
    picture = QPixmap(12, 12)
    picture.fill(colour)
    return QIcon(picture)
