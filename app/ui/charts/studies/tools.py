"""What appears at an indicator's name under the pointer: hide, edit, move, remove; a double click edits."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QWidget

from app.ui.charts.frame import Frame
from app.ui.charts.legend import study_rows
from app.ui.charts.palette import Palette
from app.ui.charts.studies.editor import StudyEditor
from app.ui.charts.studies.indicators import Indicators
from app.ui.charts.studies.picker import StudyPicker
from app.ui.charts.takers import Taker
from app.ui.charts.view import ChartView
from app.ui.language import say

ACTS = (
    ("hide", "eye", "Hide or show"), ("edit", "sliders-horizontal", "Edit"), ("up", "chevron-up", "Move up"),
    ("down", "chevron-down", "Move down"), ("remove", "x", "Remove"),
)  # fmt: skip


class RowTools(QFrame):
    """Five small buttons beside the name of the indicator that the pointer is on."""

    def __init__(self, palette: Palette, parent: QWidget) -> None:
        super().__init__(parent)
        self._palette = palette
        self.buttons: dict[str, QToolButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 0, 2, 0)
        row.setSpacing(0)
        for name, _, words in ACTS:
            button = QToolButton(self)
            button.setToolTip(words)
            button.setAccessibleName(words)
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setIconSize(QSize(12, 12))
            button.setFixedSize(20, 18)
            self.buttons[name] = button
            row.addWidget(button)
        self.setFixedSize(len(ACTS) * 20 + 4, 18)
        self.restyle()
        self.hide()

    def restyle(self) -> None:
        """Take in the icons and colours of the theme as it is now."""
        for name, icon, _ in ACTS:
            self.buttons[name].setIcon(self._palette.icon(icon, "text.muted", 12))
        self.setStyleSheet(
            f"RowTools {{ background: {self._palette.colour('bg.raised').name()}; border-radius: 3px; }}"
        )


class StudyHands(QObject, Taker):
    """Connects the names in a chart's legend with its indicators."""

    def __init__(self, view: ChartView, indicators: Indicators, palette: Palette) -> None:
        super().__init__(view)
        self._view, self._of, self._palette = view, indicators, palette
        self.tools = RowTools(palette, view.canvas)
        self._key = ""
        for name, act in (
            ("hide", indicators.hide), ("edit", self.edit), ("remove", indicators.remove),
            ("up", lambda key: indicators.move(key, -1)), ("down", lambda key: indicators.move(key, 1)),
        ):  # fmt: skip
            self.tools.buttons[name].clicked.connect(lambda _=False, act=act: self._do(act))
        palette.changed.connect(self.tools.restyle)
        view.canvas.viewport().installEventFilter(self)
        view.hands.takers.append(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Put the buttons away when the pointer leaves the chart for anything but them."""
        if event.type() == QEvent.Type.Leave and not self.tools.underMouse():
            self.tools.hide()
        return False

    def hover(self, frame: Frame, at: QPointF, keys: Qt.KeyboardModifier) -> Qt.CursorShape | None:
        """Show the buttons beside the name under the pointer."""
        found = self._row_at(frame, at)
        if found is None:
            self.tools.hide()
            return None
        self._key, corner = found
        self.tools.move(corner)
        self.tools.show()
        self.tools.raise_()
        return Qt.CursorShape.PointingHandCursor

    def double_click(self, frame: Frame, at: QPointF) -> bool:
        """Edit the indicator whose name was clicked."""
        found = self._row_at(frame, at)
        if found is None:
            return False
        self.edit(found[0])
        return True

    def edit(self, key: str) -> StudyEditor | None:
        """Open the editor of one indicator."""
        if self._of.choice(key) is None:
            return None
        editor = StudyEditor(self._of, key, self._palette, self._view.model.timeframe, self._view)
        corner = self.tools.pos() if key == self._key else QPoint(24, 40)
        editor.move(self._view.canvas.mapToGlobal(corner + QPoint(0, 20)))
        editor.show()
        return editor

    def pick(self, at: QPoint) -> StudyPicker:
        """Open the catalogue at a point of the screen."""
        picker = StudyPicker(self._of.engine.kinds(), self._view)
        picker.picked.connect(lambda name: self._of.add(name))
        picker.move(at)
        picker.show()
        picker.line.setFocus()
        return picker

    def menu_of(self, key: str) -> QMenu:
        """Return the acts of one indicator as a menu: the way by keyboard."""
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(say("Edit …"), lambda: self.edit(key))
        menu.addAction(say("Hide or show"), lambda: self._of.hide(key))
        menu.addAction(say("Move up"), lambda: self._of.move(key, -1))
        menu.addAction(say("Move down"), lambda: self._of.move(key, 1))
        menu.addAction(say("Remove"), lambda: self._of.remove(key))
        return menu

    def _do(self, act: object) -> None:
        self.tools.hide()
        if callable(act):
            act(self._key)

    def _row_at(self, frame: Frame, at: QPointF) -> tuple[str, QPoint] | None:
        for pane in frame.panes:
            for key, rect in study_rows(frame, pane, self._view.model):
                if rect.contains(at.toPoint()) and self._of.choice(key) is not None:
                    dots = self._view.canvas.dots
                    return key, QPoint(round(rect.right() / dots), round(rect.top() / dots))
        return None
