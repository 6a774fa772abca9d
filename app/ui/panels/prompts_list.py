"""The list of prompts: filters for kind, language, scope and words, and the table; quick with thousands."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from app.domain.prompts import Language, Prompt, PromptId, PromptKind
from app.domain.signals import StrategyId
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.cells import Moments
from app.ui.panels.following import Mirror, attempt, once
from app.ui.panels.prompts_rows import (
    EVERYONE,
    KIND_WORDS,
    LANGUAGE_WORDS,
    PromptRow,
    prompt_columns,
    prompt_row,
)
from app.ui.tables import Table, TableModel
from app.ui.widgets.buttons import set_role
from app.ui.widgets.states import Empty

SEARCH_AFTER_MS = 150
_ANY = ""
_FOR_ALL = "*"


class PromptList(QFrame):
    """Shows the prompts that pass the filters; `chosen` tells which one is meant."""

    chosen = Signal(str)

    def __init__(self, handles: Handles) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self._h, self._say = handles, handles.language.say
        self.model: TableModel[PromptRow] = TableModel(
            prompt_columns(Moments(handles), self._say), lambda row: row.prompt.id
        )
        empty = Empty(self._say("There is no prompt."))
        self.table: Table[PromptRow] = Table(handles.theme, self.model, name=self._say("Prompts"), empty=empty)
        self.search = QLineEdit()
        self.kind, self.language, self.scope = QComboBox(), QComboBox(), QComboBox()
        self._containing: frozenset[PromptId] = frozenset()
        self._timer = once(self, SEARCH_AFTER_MS, self._look)
        self._build()
        self._mirror: Mirror[PromptId, Prompt] = Mirror(
            self, handles.bus, lambda: handles.facts.state.prompts, lambda *_: self._show()
        )
        self._uses = Mirror(self, handles.bus, lambda: handles.facts.state.prompt_uses, lambda *_: self._again())
        self._owners = Mirror(self, handles.bus, lambda: handles.facts.state.strategies, lambda *_: self._again())
        self._mirror.look()
        self._owners.look()
        self.table.sort_by("name")

    def current(self) -> PromptId | None:
        """Return the prompt that is chosen, None for none or several."""
        rows = self.table.selected_rows()
        return rows[0].prompt.id if len(rows) == 1 else None

    def selected(self) -> tuple[PromptId, ...]:
        """Return the prompts that are selected."""
        return tuple(row.prompt.id for row in self.table.selected_rows())

    def shown(self) -> tuple[PromptId, ...]:
        """Return the prompts that pass the filters, in their order."""
        return tuple(row.prompt.id for row in self.model.rows())

    def choose(self, prompt: PromptId) -> None:
        """Choose a prompt, taking away the filters that hide it."""
        self._mirror.look()
        self.model.flush()
        if self.model.position_of(prompt) is None:
            self.search.clear()
            for box in (self.kind, self.language, self.scope):
                box.setCurrentIndex(0)
            self._filter()
        self.table.select(prompt)

    def _build(self) -> None:
        for box, name in ((self.kind, "Kind"), (self.language, "Language"), (self.scope, "For")):
            box.setAccessibleName(say(f"{name} of the prompts shown"))
            set_role(box, size="compact")
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.currentIndexChanged.connect(lambda _: self._filter())
        for text, value in (
            (self._say("All kinds"), _ANY),
            *((self._say(KIND_WORDS[each]), each.value) for each in PromptKind),
        ):
            self.kind.addItem(text, value)
        for text, value in (
            (self._say("All languages"), _ANY),
            *((LANGUAGE_WORDS[each], each.value) for each in Language),
        ):
            self.language.addItem(text, value)
        self.search.setPlaceholderText(self._say("Words in the name or the text"))
        self.search.setAccessibleName(self._say("Words in the prompts shown"))
        self.search.setClearButtonEnabled(True)
        set_role(self.search, role="filter")
        self.search.textChanged.connect(lambda _: self._timer.start())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._filters())
        column.addWidget(self.table, 1)
        self.setFocusProxy(self.table)
        self.table.selected.connect(lambda _: self._tell())

    def _filters(self) -> QWidget:
        frame = QFrame()
        set_role(frame, role="panel")
        grid = QGridLayout(frame)
        grid.setContentsMargins(8, 6, 8, 6)
        grid.setSpacing(4)
        grid.addWidget(self.search, 0, 0)
        grid.addWidget(self.kind, 0, 1)
        grid.addWidget(self.language, 1, 0)
        grid.addWidget(self.scope, 1, 1)
        for place in (0, 1):
            grid.setColumnStretch(place, 1)
        return frame

    def _show(self) -> None:
        state = self._h.facts.state
        rows = [prompt_row(each, state.known_strategies, state.prompt_uses) for each in self._h.prompts.kept.all()]
        kept = self.current()
        if len(rows) != self.model.counts()[1]:
            self.model.replace(rows)
            if kept is not None:
                self.table.select(kept)
        else:
            for row in rows:
                if self.model.find(row.prompt.id) != row:
                    self.model.put(row)
            self.model.flush()

    def _again(self) -> None:
        self._offer_scopes()
        self._show()

    def _offer_scopes(self) -> None:
        strategies = self._h.facts.state.strategies.values()
        offered = [
            (self._say("All scopes"), _ANY),
            (self._say(EVERYONE), _FOR_ALL),
            *((each.name, str(each.id)) for each in strategies),
        ]
        if [(self.scope.itemText(i), self.scope.itemData(i)) for i in range(self.scope.count())] == offered:
            return
        kept = self.scope.currentData()
        self.scope.blockSignals(True)
        self.scope.clear()
        for text, value in offered:
            self.scope.addItem(text, value)
        self.scope.setCurrentIndex(max(0, self.scope.findData(kept)))
        self.scope.blockSignals(False)

    def _look(self) -> None:
        """Find the words in the texts as well, which only the store has."""
        words = tuple(self.search.text().split())
        if not words:
            self._filter()
            return

        async def found() -> None:
            containing = await self._h.prompts.kept.containing(words)
            if words == tuple(self.search.text().split()):
                self._containing = containing
                self._filter()

        attempt(self._h, found(), "find prompts")

    def _filter(self) -> None:
        kind, language, scope = (box.currentData() for box in (self.kind, self.language, self.scope))
        words = self.search.text().casefold().split()

        def passes(row: PromptRow) -> bool:
            prompt = row.prompt
            return (
                kind in (_ANY, None, prompt.kind.value)
                and language in (_ANY, None, prompt.language.value)
                and (scope in (_ANY, None) or prompt.strategy == (None if scope == _FOR_ALL else StrategyId(scope)))
                and (prompt.id in self._containing or all(word in prompt.name.casefold() for word in words))
            )

        if not words:
            self._containing = frozenset()
        self.model.filter(accepts=passes)

    def _tell(self) -> None:
        if (prompt := self.current()) is not None:
            self.chosen.emit(prompt)
