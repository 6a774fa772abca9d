"""Edit one indicator while the chart follows: its settings, timeframe, pane and colour."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.domain.bars import Timeframe
from app.services.studies import StudyParameter
from app.ui.charts.palette import Palette
from app.ui.charts.studies.choice import OWN, Choice
from app.ui.charts.studies.drawn import INKS
from app.ui.charts.studies.higher import is_above
from app.ui.charts.studies.indicators import Indicators
from app.ui.charts.values import PRICE
from app.ui.language import say

WIDE = 300
COLOURS = ("Blue", "Ochre", "Violet", "Teal", "Green", "Red", "Light blue")


class StudyEditor(QFrame):
    """A small card over the chart; every change is taken at once."""

    def __init__(
        self, indicators: Indicators, key: str, palette: Palette, timeframe: Timeframe, parent: QWidget
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("role", "floating")
        self.setObjectName("chart.studies.editor")
        self._of, self._key, self._palette = indicators, key, palette
        self.fields: dict[str, QSpinBox | QDoubleSpinBox | QComboBox] = {}
        self.problem = QLabel(self)
        choice = indicators.choice(key)
        assert choice is not None
        self._lay_out(choice, timeframe)
        indicators.changed.connect(self._follow)
        self._follow()

    def _lay_out(self, choice: Choice, timeframe: Timeframe) -> None:
        self.setFixedWidth(WIDE)
        kind = self._of.engine.kind(choice.name)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(8)
        title = QLabel(kind.title, self)
        title.setFont(self._palette.font(13, 600))
        title.setWordWrap(True)
        column.addWidget(title)
        form = QFormLayout()
        form.setSpacing(6)
        column.addLayout(form)
        for parameter in kind.parameters:
            value = choice.given.get(parameter.name, parameter.default)
            self._add(form, parameter.title, parameter.name, self._number(parameter, value))
        self._add(form, "Timeframe", "timeframe", self._timeframes(choice, timeframe))
        self._add(form, "Pane", "pane", self._panes(choice))
        self._add(form, "Colour", "ink", self._inks(choice))
        self.problem.setWordWrap(True)
        column.addWidget(self.problem)
        column.addLayout(self._acts())

    def _add(self, form: QFormLayout, title: str, name: str, field: QSpinBox | QDoubleSpinBox | QComboBox) -> None:
        field.setAccessibleName(title)
        self.fields[name] = field
        form.addRow(title, field)

    def _number(self, parameter: StudyParameter, value: float) -> QSpinBox | QDoubleSpinBox:
        if parameter.is_whole:
            whole = QSpinBox(self)
            whole.setRange(int(parameter.low), int(parameter.high))
            whole.setValue(int(value))
            whole.valueChanged.connect(partial(self._set, parameter.name))
            return whole
        number = QDoubleSpinBox(self)
        number.setDecimals(2)
        number.setSingleStep(0.1)
        number.setRange(float(parameter.low), float(parameter.high))
        number.setValue(float(value))
        number.valueChanged.connect(partial(self._set, parameter.name))
        return number

    def _timeframes(self, choice: Choice, timeframe: Timeframe) -> QComboBox:
        box = QComboBox(self)
        box.addItem(say("The chart's"), "")
        for one in Timeframe:
            if is_above(timeframe, one):
                box.addItem(say(f"{one.value}, from its close"), one.value)
        box.setCurrentIndex(max(0, box.findData(choice.timeframe.value if choice.timeframe else "")))
        box.currentIndexChanged.connect(lambda _: self._set_timeframe(str(box.currentData())))
        return box

    def _panes(self, choice: Choice) -> QComboBox:
        box = QComboBox(self)
        box.addItem(say("Its own place"), OWN)
        box.addItem(say("Over the prices"), PRICE)
        for one in self._of.choices:
            if one.key != self._key:
                box.addItem(say(f"With {one.key.upper().replace('-', ' ')}"), one.key)
        box.setCurrentIndex(max(0, box.findData(choice.pane)))
        box.currentIndexChanged.connect(lambda _: self._of.edit(self._key, pane=box.currentData()))
        return box

    def _inks(self, choice: Choice) -> QComboBox:
        box = QComboBox(self)
        for place, (token, name) in enumerate(zip(INKS, COLOURS, strict=True)):
            box.addItem(_swatch(self._palette.colour(token)), name, place)
        box.setCurrentIndex(choice.ink % len(INKS))
        box.currentIndexChanged.connect(lambda place: self._of.edit(self._key, ink=place))
        return box

    def _acts(self) -> QHBoxLayout:
        row = QHBoxLayout()
        remove, another = QPushButton(say("Remove"), self), QPushButton(say("Add another"), self)
        remove.clicked.connect(self._remove)
        another.clicked.connect(self._add_another)
        row.addWidget(remove)
        row.addStretch()
        row.addWidget(another)
        return row

    def _set(self, name: str, value: float) -> None:
        self._of.edit(self._key, settings={name: value})

    def _set_timeframe(self, name: str) -> None:
        self._of.edit(self._key, timeframe=Timeframe(name) if name else None)

    def _remove(self) -> None:
        self.close()
        self._of.remove(self._key)

    def _add_another(self) -> None:
        choice = self._of.choice(self._key)
        if choice is not None:
            self.close()
            self._of.add(choice.name, choice.given)

    def _follow(self) -> None:
        """Say what the engine has against the settings."""
        choice = self._of.choice(self._key)
        if choice is None:
            self.close()
            return
        words = self._of.problem(self._key)
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        ink = self._palette.colour("danger").name()
        self.problem.setStyleSheet(f"color: {ink};")


def _swatch(colour: QColor) -> QIcon:
    picture = QPixmap(12, 12)
    picture.fill(colour)
    return QIcon(picture)
