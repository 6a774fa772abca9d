"""What does this code mean: the broker's codes with cause, remedy and severity, found by number or words."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QVBoxLayout

from app.domain.codes import CodeMeaning, Severity
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.cells import words
from app.ui.tables import Column, Style, Table, TableModel
from app.ui.widgets.buttons import set_role
from app.ui.widgets.states import Empty

_TOKENS = {Severity.INFO: "text.muted", Severity.WARNING: "warn", Severity.ERROR: "danger"}


def explain_code(handles: Handles, code: int | None = None) -> CodesDialog:
    """Open the table of codes, at one of them where it is known, and return it."""
    dialog = CodesDialog(handles)
    if code is not None:
        dialog.look_up(code)
    dialog.open()
    return dialog


class CodesDialog(QDialog):
    """The codes in a table; what the chosen one means stands below it in whole sentences."""

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(say("What does this code mean?"))
        self.model: TableModel[CodeMeaning] = TableModel(code_columns(), lambda row: row.code)
        self.table: Table[CodeMeaning] = Table(
            handles.theme, self.model, name="Codes of the broker", empty=Empty("No code is known.")
        )
        self.meaning = QLabel(say("Type a number or a word."))
        self._build()
        self.model.replace(handles.codes)
        self.table.selected.connect(self._say)
        self.table.show_filter()

    def look_up(self, code: int) -> None:
        """Show what one code means."""
        self.table.set_filter(str(code))
        self.table.select(code)
        if self.model.find(code) is None:
            self.table.set_filter("")
            self.meaning.setText(
                say(
                    f"Code {code} is not in the table. It proves nothing about an order by itself: the broker is asked."
                )
            )

    def _build(self) -> None:
        set_role(self, role="panel")
        self.meaning.setWordWrap(True)
        self.meaning.setMinimumHeight(64)
        self.meaning.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.meaning.setAccessibleName(say("What the chosen code means"))
        self.meaning.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(self.table, 1)
        column.addWidget(self.meaning)
        self.resize(1080, 520)

    def _say(self, rows: list[CodeMeaning]) -> None:
        if rows:
            told = rows[0]
            self.meaning.setText(f"{told.code}, {told.severity.value}: {told.cause} {told.fix} {told.for_order}")


def code_columns() -> list[Column[CodeMeaning]]:
    """Return the columns of the table of codes."""
    return [
        Column("code", "Code", lambda row: row.code, style=Style.NUMBER, width=64),
        Column(
            "severity",
            "Severity",
            lambda row: words(row.severity),
            width=80,
            token=lambda row: _TOKENS[row.severity],
        ),
        Column("cause", "Cause", lambda row: row.cause, width=350, tip=lambda row: row.cause),
        Column("fix", "What to do", lambda row: row.fix, width=290, tip=lambda row: row.fix),
        Column("order", "For an order", lambda row: row.for_order, stretch=True, tip=lambda row: row.for_order),
    ]
