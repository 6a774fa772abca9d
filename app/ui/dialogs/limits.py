"""The limits that orders are held to, each with unit and bounds: changed one at a time, refused beside its field."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from app.services.limits import Limit
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.following import attempt
from app.ui.widgets.ask import Question
from app.ui.widgets.buttons import act_button, set_role

INTRO = (
    "Every order is held to these, by hand and from strategies alike. A change counts from the next order on and is "
    "written down. Orders that only reduce what is held pass the limits that guard exposure."
)


class LimitsDialog(Question):
    """One line a limit: title, number, unit and what it may be."""

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, handles.window, "Limits", INTRO)
        self._h = handles
        self.fields: dict[str, QLineEdit] = {}
        self._bounds: dict[str, QLabel] = {}
        self.setMaximumWidth(self._theme.px(840))
        self.setMinimumWidth(self._theme.px(820))
        self._lay()

    def keep(self, name: str) -> None:
        """Take over what was typed for a limit; what hinders it is said beside the field, the old number stays."""
        text = self.fields[name].text()

        async def kept() -> None:
            await self._h.limits.change(name, text)
            self._show(name)

        attempt(self._h, kept(), f"limit {name}", refused=lambda sentence: self._refuse(name, sentence))

    def _lay(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        for row, limit in enumerate(self._h.limits.rows()):
            self._line(grid, row, limit)
        grid.setColumnStretch(0, 1)
        self.body.addLayout(grid)
        acts = QHBoxLayout()
        acts.addStretch()
        acts.addWidget(act_button("Close", "", self.close))
        self.body.addLayout(acts)

    def _line(self, grid: QGridLayout, row: int, limit: Limit) -> None:
        name, field = limit.field.name, QLineEdit(written(limit.value))
        field.setAccessibleName(f"{limit.field.title}, {limit.field.unit}")
        field.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        field.setFixedWidth(self._theme.px(110))
        field.editingFinished.connect(lambda: self.keep(name))
        bounds = QLabel(say(f"{limit.field.bounds}, usually {written(limit.field.usual)}"))
        bounds.setWordWrap(True)
        bounds.setMinimumWidth(self._theme.px(300))
        set_role(bounds, role="caption")
        widgets: tuple[QWidget, ...] = (QLabel(limit.field.title), field, QLabel(limit.field.unit), bounds)
        for column, widget in enumerate(widgets):
            grid.addWidget(widget, row, column)
        self.fields[name], self._bounds[name] = field, bounds

    def _show(self, name: str) -> None:
        limit = next(limit for limit in self._h.limits.rows() if limit.field.name == name)
        self.fields[name].setText(written(limit.value))
        self._bounds[name].setText(say(f"{limit.field.bounds}, usually {written(limit.field.usual)}"))
        set_role(self.fields[name], invalid=False)
        set_role(self._bounds[name], role="caption")

    def _refuse(self, name: str, sentence: str) -> None:
        self._bounds[name].setText(sentence)
        set_role(self.fields[name], invalid=True)
        set_role(self._bounds[name], role="error")


def written(value: Decimal) -> str:
    """Return a limit as it is shown and typed: thousands separated, no digits that say nothing."""
    return f"{value.normalize():,f}"


async def limits(handles: Handles) -> None:
    """Show the dialog until it is closed."""
    dialog = LimitsDialog(handles)
    dialog.open()
    await dialog.answer()
