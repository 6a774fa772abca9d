"""Writing a prompt: the text with its marks in colour, the variables it may name, and saving as a new version."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QLineEdit, QPlainTextEdit, QSplitter, QVBoxLayout

from app.domain.prompt_variables import Variable, variables_of
from app.domain.prompts import PromptKind
from app.services.budget import tokens_of
from app.ui.language import Say
from app.ui.panels.prompts_highlight import TemplateHighlighter
from app.ui.tables import Column, Style, Table, TableModel
from app.ui.theme import Theme
from app.ui.widgets.buttons import act_button, set_role
from app.ui.widgets.elided import ElidedLabel
from app.ui.widgets.format import number

LONGEST = 200


class PromptEditor(QFrame):
    """Holds a text and says when it differs from what is kept; `save_wanted` asks to keep it."""

    save_wanted = Signal()
    changed = Signal()

    def __init__(self, theme: Theme, say: Say = str) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self._theme, self._say = theme, say
        self._kept = ""
        self.text = QPlainTextEdit()
        self.marks = TemplateHighlighter(self.text.document(), theme)
        self.model: TableModel[Variable] = TableModel(variable_columns(say), lambda each: each.name)
        self.variables: Table[Variable] = Table(theme, self.model, name=self._say("Variables"))
        self.note, self.activates = QLineEdit(), QCheckBox(self._say("Use it from now on"))
        self.error, self._count = QLabel(), ElidedLabel()
        self.save_button = act_button(self._say("Save as a new version"), "primary", self.save_wanted.emit)
        self._build()
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_text(self, kind: PromptKind, text: str, draft: str | None = None) -> None:
        """Show what is kept of a prompt, or the draft that was begun of it."""
        self._kept = text
        self.marks.set_known(each.name for each in variables_of(kind))
        self.model.replace(variables_of(kind))
        self.text.setPlainText(text if draft is None else draft)
        self.note.clear()
        self.refuse("")
        self._changed()

    @property
    def is_changed(self) -> bool:
        """Whether the text differs from what is kept."""
        return self.text.toPlainText() != self._kept

    def refuse(self, sentence: str) -> None:
        """Say what is wrong below the text; nothing takes the sentence away."""
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))

    def show_line(self, line: int | None) -> None:
        """Put the cursor into a line, counted from 1."""
        if line:
            self.text.setTextCursor(QTextCursor(self.text.document().findBlockByNumber(line - 1)))
            self.text.centerCursor()

    def _build(self) -> None:
        self.text.setAccessibleName(self._say("Text of the prompt"))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.text.setTabChangesFocus(True)
        self.note.setPlaceholderText(self._say("What changed (optional)"))
        self.note.setAccessibleName(self._say("What changed"))
        set_role(self.note, role="compact")
        self.activates.setChecked(True)
        set_role(self.error, role="error")
        self.error.setTextFormat(Qt.TextFormat.PlainText)
        self.error.setWordWrap(True)
        self.error.setContentsMargins(8, 2, 8, 2)
        self.error.hide()
        self._count.setContentsMargins(8, 4, 8, 0)
        set_role(self._count, role="caption")
        set_role(self.save_button, size="compact")
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(self.text)
        split.addWidget(self.variables)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(split, 1)
        column.addWidget(self.error)
        column.addWidget(self._count)
        column.addLayout(self._foot())
        self.setFocusProxy(self.text)
        self.text.textChanged.connect(self._changed)
        self.variables.activated.connect(self._insert)

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 6)
        row.setSpacing(8)
        row.addWidget(self.note, 1)
        row.addWidget(self.activates)
        row.addWidget(self.save_button)
        return row

    def _insert(self, variable: Variable) -> None:
        self.text.insertPlainText(f"{{{{ {variable.name} }}}}")
        self.text.setFocus()

    def _changed(self) -> None:
        text = self.text.toPlainText()
        self._count.setText(self._say(f"{number(len(text))} characters, about {number(tokens_of(text))} tokens"))
        self.save_button.setEnabled(self.is_changed)
        self.changed.emit()

    def _restyle(self) -> None:
        self.text.setFont(self._theme.font(12, mono=True))


def variable_columns(say: Say = str) -> list[Column[Variable]]:
    """Return the columns of the list of variables."""

    def tip(variable: Variable) -> str:
        lines = [variable.meaning, f"For example: {str(variable.example)[:LONGEST]}"]
        outside = ["Written by others: it stands between data marks"] if variable.is_outside else []
        return "\n".join(map(say, [*lines, *outside, "Double click inserts it"]))

    return [
        Column("name", say("Variable"), lambda row: row.name, style=Style.MONO, width=138, tip=tip),
        Column("meaning", say("Meaning"), lambda row: say(row.meaning), width=150, stretch=True, tip=tip, token=_quiet),
    ]


def _quiet(_: Variable) -> str:
    return "text.muted"
