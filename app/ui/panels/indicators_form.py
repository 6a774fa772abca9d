"""The settings of an indicator as fields within their bounds; what does not fit together is said below them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QFrame, QGridLayout, QLabel, QSpinBox

from app.services.studies import StudyKind, StudyParameter
from app.ui.charts.studies.choice import Number
from app.ui.language import Language
from app.ui.panels.indicators_rows import parameter_title
from app.ui.theme import Theme
from app.ui.widgets.buttons import set_role

COLUMNS = 2


class SettingsForm(QFrame):
    """One field a parameter, two in a line."""

    changed = Signal()

    def __init__(self, theme: Theme, words: Language, kind: StudyKind) -> None:
        super().__init__()
        self._theme, self._words = theme, words
        self.fields: dict[str, QSpinBox | QDoubleSpinBox] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        for place, parameter in enumerate(kind.parameters):
            self._add(grid, place, parameter)
        grid.setColumnStretch(2 * COLUMNS, 1)
        if not kind.parameters:
            none = QLabel(words("indicators.no_settings"))
            set_role(none, role="muted")
            grid.addWidget(none, 0, 0)

    def settings(self) -> dict[str, Number]:
        """Return what the fields hold."""
        return {name: field.value() for name, field in self.fields.items()}

    def show_settings(self, settings: Mapping[str, Number]) -> None:
        """Show these values; a name that is no parameter, or a value out of bounds, is left out or bounded."""
        for name, value in settings.items():
            field = self.fields.get(name)
            if isinstance(field, QSpinBox):
                field.setValue(int(value))
            elif field is not None:
                field.setValue(float(value))

    def _add(self, grid: QGridLayout, place: int, parameter: StudyParameter) -> None:
        field: QSpinBox | QDoubleSpinBox
        if parameter.is_whole:
            field = QSpinBox()
            field.setRange(int(parameter.low), int(parameter.high))
            field.setValue(int(parameter.default))
        else:
            field = QDoubleSpinBox()
            field.setDecimals(2)
            field.setSingleStep(0.1)
            field.setRange(float(parameter.low), float(parameter.high))
            field.setValue(float(parameter.default))
        title = parameter_title(parameter.name, parameter.title, self._words)
        field.setAccessibleName(title)
        field.setToolTip(f"{parameter.low:g} – {parameter.high:g}")
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.setFixedWidth(self._theme.px(104))
        field.setKeyboardTracking(False)
        field.valueChanged.connect(partial(self._told, parameter.name))
        self.fields[parameter.name] = field
        label = QLabel(title)
        label.setBuddy(field)
        row, column = divmod(place, COLUMNS)
        grid.addWidget(label, row, 2 * column)
        grid.addWidget(field, row, 2 * column + 1)

    def _told(self, _name: str, _value: float) -> None:
        self.changed.emit()
