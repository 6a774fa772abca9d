"""The ladder: one rung a line, with a mark, what was found, and the action where the step is missing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from app.services.doctor import Rung
from app.ui.theme import Theme
from app.ui.widgets.buttons import set_role

_MARKS = {
    True: ("circle-check", "ok", "holds"),
    False: ("circle-x", "danger", "missing"),
    None: ("circle", "text.faint", "not known"),
}


class Ladder(QWidget):
    """Rungs from the first to the last; a line is kept while its rung is only found anew."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._lines: list[_Line] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addStretch()
        theme.changed.connect(self._restyle)

    def show_rungs(self, rungs: Sequence[Rung]) -> None:
        """Show these rungs."""
        while len(self._lines) > len(rungs):
            line = self._lines.pop()
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        while len(self._lines) < len(rungs):
            line = _Line(self._theme)
            self._column.insertWidget(len(self._lines), line)
            self._lines.append(line)
        for line, rung in zip(self._lines, rungs, strict=True):
            line.show_rung(rung)

    def rungs(self) -> tuple[Rung, ...]:
        """Return what is shown."""
        return tuple(line.rung for line in self._lines if line.rung is not None)

    def _restyle(self) -> None:
        for line in self._lines:
            line.restyle()


class _Line(QFrame):
    """One rung: mark and name on the left, the sentence beside, the action under it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.rung: Rung | None = None
        self._mark, self._name, self._found, self._action = QLabel(), QLabel(), QLabel(), QLabel()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 4, 0, 4)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(0)
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(self._mark, 0, 0, top)
        grid.addWidget(self._name, 0, 1, top)
        grid.addWidget(self._found, 0, 2, top)
        grid.addWidget(self._action, 1, 2, top)
        grid.setColumnStretch(2, 1)
        for label in (self._found, self._action):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        set_role(self._found, role="muted")
        self._action.hide()

    def show_rung(self, rung: Rung) -> None:
        """Show a rung; one that is the same is left as it is."""
        if rung == self.rung:
            return
        self.rung = rung
        self._name.setText(rung.name[:1].upper() + rung.name[1:])
        self._found.setText(rung.found)
        self._action.setText(rung.action)
        self._action.setVisible(bool(rung.action))
        self.setAccessibleName(f"{rung.name}: {_MARKS[rung.ok][2]}. {rung.found}. {rung.action}")
        self.restyle()

    def restyle(self) -> None:
        """Take the colours and sizes of the theme."""
        icon, token, _ = _MARKS[self.rung.ok if self.rung else None]
        self._mark.setPixmap(self._theme.pixmap(icon, token, 16, self.devicePixelRatioF()))
        self._name.setFixedWidth(self._theme.px(196))
        set_role(self._action, role="" if self.rung and self.rung.ok is False else "caption")
