"""The versions of a prompt: what changed between any two, and restoring, using and deleting them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSplitter, QVBoxLayout

from app.domain.prompts import Prompt, PromptUse, PromptVersion, PromptVersionId
from app.ui.language import Say
from app.ui.panels.cells import Moments
from app.ui.panels.prompts_diff import DiffView, differences
from app.ui.panels.prompts_rows import VersionRow, version_columns
from app.ui.tables import Table, TableModel
from app.ui.theme import Theme
from app.ui.widgets.buttons import act_button, set_role


class PromptVersions(QFrame):
    """Shows versions, the newest first, and what the chosen one changes; the acts are somebody else's."""

    restore_wanted = Signal(str)
    activate_wanted = Signal(str)
    delete_wanted = Signal(str)

    def __init__(self, theme: Theme, moments: Moments, say: Say = str) -> None:
        super().__init__()
        self._say = say
        self.setProperty("role", "panel")
        self.model: TableModel[VersionRow] = TableModel(version_columns(moments, say), lambda row: row.mark.id)
        self.table: Table[VersionRow] = Table(theme, self.model, name=self._say("Versions"))
        self.diff = DiffView(theme)
        self.caption = QLabel()
        self.activate_button = act_button(
            self._say("Use this version"), "", lambda: self._want(self.activate_wanted.emit)
        )
        self.restore_button = act_button(
            self._say("Restore as newest"), "", lambda: self._want(self.restore_wanted.emit)
        )
        self.delete_button = act_button(self._say("Delete version"), "", lambda: self._want(self.delete_wanted.emit))
        self._texts: dict[PromptVersionId, PromptVersion] = {}
        self._newest: PromptVersionId | None = None
        self._build()
        self.table.sort_by("number", descending=True)

    def show_prompt(
        self,
        prompt: Prompt,
        texts: Sequence[PromptVersion],
        uses: Mapping[PromptVersionId, PromptUse],
    ) -> None:
        """Show a prompt's versions with their texts."""
        self._texts = {each.id: each for each in texts}
        newest = prompt.versions[-1].id
        kept = self._one() if newest == self._newest else None
        self._newest = newest
        rows = [
            VersionRow(mark, mark.id == prompt.active, uses[mark.id].readings if mark.id in uses else 0)
            for mark in prompt.versions
        ]
        self.model.replace(rows)
        self.table.select(kept.mark.id if kept is not None and kept.mark in prompt.versions else newest)
        self._compare()

    def _build(self) -> None:
        set_role(self.caption, role="caption")
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(self.table)
        split.addWidget(self.diff)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 2)
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(8)
        row.addWidget(self.caption, 1)
        for button in (self.delete_button, self.restore_button, self.activate_button):
            set_role(button, size="compact")
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(split, 1)
        self.setFocusProxy(self.table)
        self.table.selected.connect(lambda _: self._compare())

    def _compare(self) -> None:
        """Compare the two selected versions, or the selected one with the one before it."""
        rows = sorted(self.table.selected_rows(), key=lambda row: row.mark.number)
        self._offer(rows)
        if not rows:
            self.caption.setText(self._say("Select a version, or two to compare them"))
            self.diff.show_lines(())
            return
        newer = rows[-1]
        older = rows[0] if len(rows) > 1 else self._before(newer)
        new = self._texts[newer.mark.id].text if newer.mark.id in self._texts else ""
        if older is None or older.mark.id not in self._texts:
            self.caption.setText(self._say(f"Version {newer.mark.number} is the first"))
            self.diff.show_lines(differences(new, new, whole=True))
            return
        lines = differences(self._texts[older.mark.id].text, new)
        self.caption.setText(self._say(f"From version {older.mark.number} to version {newer.mark.number}"))
        self.diff.show_lines(lines)

    def _before(self, row: VersionRow) -> VersionRow | None:
        older = [each for each in self.model.rows() if each.mark.number < row.mark.number]
        return max(older, key=lambda each: each.mark.number, default=None)

    def _offer(self, rows: Sequence[VersionRow]) -> None:
        one = rows[0] if len(rows) == 1 else None
        self.activate_button.setEnabled(one is not None and not one.is_active)
        self.restore_button.setEnabled(one is not None and one.mark.id != self._newest)
        self.delete_button.setEnabled(one is not None and not one.is_active and not one.uses)
        used = one is not None and bool(one.uses)
        self.delete_button.setToolTip(
            self._say("It asked for readings that are kept") if used else self._say("Offer this version no more")
        )

    def _one(self) -> VersionRow | None:
        rows = self.table.selected_rows()
        return rows[0] if len(rows) == 1 else None

    def _want(self, tell: Callable[[str], None]) -> None:
        if (row := self._one()) is not None:
            tell(row.mark.id)
