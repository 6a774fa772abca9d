"""Prompts: what the model is asked, in versions; written, compared, seen on real data, tried, and judged by results."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QSplitter

from app.domain.errors import UserError
from app.domain.instruments import Instrument
from app.domain.performance import Performance
from app.domain.prompts import Prompt, PromptId, PromptVersion
from app.services.ports import RenderFailed
from app.ui.handles import Handles
from app.ui.panels.cells import Moments
from app.ui.panels.following import Mirror, attempt, follow, once
from app.ui.panels.prompts_acts import PromptActs
from app.ui.panels.prompts_list import PromptList
from app.ui.panels.prompts_rows import PromptRow
from app.ui.panels.prompts_tabs import PromptTabs
from app.ui.widgets.panel import PanelFrame
from app.ui.widgets.states import Empty, Failed, Loading, Ready

_NO_SYMBOL = "Choose a symbol in the watchlist or the chart: a prompt is shown on its bars."
_NOT_ASKED = "Nothing was asked yet. One question costs what the model's price and the tokens say."


class PromptsPanel(PanelFrame):
    """The prompts on the left, the chosen one on the right."""

    is_built_anew = True

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, "prompts", "Prompts", links=True)
        self._h, self._say = handles, handles.language.say
        self._moments = Moments(handles)
        self._chosen: PromptId | None = None
        self._drafts: dict[PromptId, str] = {}
        self.list = PromptList(handles)
        self.acts = PromptActs(handles, self, self.list.choose, self._tell_import)
        self._texts: tuple[PromptVersion, ...] = ()
        connects = {
            "versions": self._connect_versions,
            "preview": self._connect_preview,
            "trial": self._connect_trial,
            "performance": self._connect_performance,
        }
        self.tabs = PromptTabs(handles, self._moments, connects)
        self.editor = self.tabs.editor
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self.set_link(1)
        self._build()
        self._connect()
        self._mirror: Mirror[PromptId, Prompt] = Mirror(
            self, handles.bus, lambda: handles.facts.state.prompts, lambda changed, _: self._changed(changed)
        )
        follow(self, handles.bus, Performance, self._show_performance)
        self._mirror.look()
        self._choose_first()

    @property
    def prompt(self) -> Prompt | None:
        """The chosen prompt, None when there is none."""
        found = self._h.facts.state.prompts.get(self._chosen) if self._chosen else None
        return None if found is None or found.is_deleted else found

    def take_over(self, former: PromptsPanel) -> None:
        """Go on where the same panel in another language was: its drafts, its prompt and its tab."""
        self._drafts = dict(former._drafts)
        if former._chosen is not None:
            self.list.choose(former._chosen)
            self._load()
        self.tabs.setCurrentIndex(former.tabs.currentIndex())

    def save(self) -> None:
        """Keep the text as a new version, or say what is wrong beside it."""

        async def saved() -> None:
            await self._save(activate=self.editor.activates.isChecked())

        attempt(self._h, saved(), "save a prompt", refused=self.editor.refuse)

    def try_model(self) -> None:
        """Ask the model with the text in the editor, kept first as a version that is not in use."""
        symbol = self._h.selection.instrument(self.link or 1)
        prompt = self.prompt
        if prompt is None or symbol is None:
            self.tabs.trial.show_state(Empty(self._say(_NO_SYMBOL)))
            return
        cancel = asyncio.Event()
        self.tabs.trial.begin(symbol.symbol, cancel)

        async def tried() -> None:
            try:
                version = await self._version_to_try(prompt)
                trials = self._h.prompts.trials
                readings = await trials.run(
                    version, prompt.kind, prompt.language, symbol, tell=self.tabs.trial.tell, cancel=cancel
                )
                self.tabs.trial.show_readings(readings)
            finally:
                self.tabs.trial.end()

        def refused(sentence: str) -> None:
            self.tabs.trial.lamp.set(self._say("Not asked"), "warn")
            self.tabs.trial.show_state(Failed(self._say("The model was not asked."), sentence, retry=self.try_model))

        attempt(self._h, tried(), "try a prompt", refused=refused)

    def show_preview(self) -> None:
        """Show the text in the editor on the bars of the symbol in sight."""
        symbol = self._h.selection.instrument(self.link or 1)
        prompt = self.prompt
        if prompt is None or symbol is None:
            self.tabs.preview.show_state(Empty(self._say(_NO_SYMBOL)))
            return
        text = self.editor.text.toPlainText()
        self.tabs.preview.show_state(Loading(self._say(f"Reading the bars of {symbol.symbol}")))

        async def shown() -> None:
            try:
                made = await self._h.prompts.trials.preview(prompt.kind, prompt.language, text, symbol)
            except RenderFailed as failed:
                self.editor.show_line(failed.line)
                raise UserError(f"{in_line(failed)}.") from None
            self.tabs.preview.show_preview(made)

        def refused(sentence: str) -> None:
            nothing = Failed(self._say("There is nothing to show."), sentence, retry=self.show_preview)
            self.tabs.preview.show_state(nothing)

        attempt(self._h, shown(), "preview a prompt", refused=refused)

    def work_out(self) -> None:
        """Work the figures out anew."""
        attempt(self._h, self._h.prompts.performance.refresh(), "prompt performance")

    def _build(self) -> None:
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.list)
        self.add(self._split, 1)
        once(self, 0, self._seat_tabs).start()  # list and tabs are two turns of the loop: each takes milliseconds
        self.setFocusProxy(self.list)
        self.add_act("plus", self._say("New prompt…"), self.acts.new, shortcut="Ctrl+N")
        self.add_act("copy", self._say("Duplicate the prompt…"), lambda: self._with(self.acts.duplicate))
        self.add_act("save", self._say("Save the text as a new version"), self.save, shortcut="Ctrl+S")
        self.add_menu_act(self._say("Rename…"), lambda: self._with(self.acts.rename), shortcut="F2")
        self.add_menu_act(self._say("Make it the default, or not"), lambda: self._with(self.acts.set_default))
        self.add_menu_act(self._say("Export what is selected, or all shown…"), self._export)
        self.add_menu_act(self._say("Import…"), self.acts.import_file)
        self.add_menu_act(self._say("Delete…"), lambda: self._with(self.acts.delete))

    def _seat_tabs(self) -> None:
        self._split.addWidget(self.tabs)
        self._split.setStretchFactor(0, 0)
        self._split.setStretchFactor(1, 1)
        self._split.setSizes([self.theme.px(430), self.theme.px(500)])

    def _connect_versions(self) -> None:
        versions = self.tabs.versions
        versions.restore_wanted.connect(lambda version: self._with(lambda p: self.acts.restore(p, version)))
        versions.activate_wanted.connect(lambda version: self._with(lambda p: self.acts.activate(p, version)))
        versions.delete_wanted.connect(lambda version: self._with(lambda p: self.acts.delete_version(p, version)))
        if self.prompt is not None and self._texts:
            versions.show_prompt(self.prompt, self._texts, self._h.facts.state.prompt_uses)

    def _connect_preview(self) -> None:
        self.tabs.preview.refresh_wanted.connect(self.show_preview)
        self.tabs.preview.show_state(Empty(self._say(_NO_SYMBOL)))

    def _connect_trial(self) -> None:
        self.tabs.trial.run_wanted.connect(self.try_model)
        self.tabs.trial.show_state(Empty(self._say(_NOT_ASKED)))

    def _connect_performance(self) -> None:
        self.tabs.performance.refresh_wanted.connect(self.work_out)

    def _connect(self) -> None:
        self.list.chosen.connect(lambda chosen: self._choose(PromptId(chosen)))
        self.list.table.menu_wanted.connect(self._open_menu)
        self.editor.save_wanted.connect(self.save)
        self.editor.changed.connect(self._note_draft)
        self.tabs.currentChanged.connect(lambda _: self._tab_shown())
        self._h.selection.picked.connect(self._picked)

    def _choose_first(self) -> None:
        rows = self.list.model.rows()
        if rows:
            self.list.table.select(rows[0].prompt.id)

    def _choose(self, chosen: PromptId) -> None:
        if chosen != self._chosen:
            self._chosen, self._texts = chosen, ()
            if self.tabs.has("trial"):
                self.tabs.trial.show_state(Empty(self._say(_NOT_ASKED)))
            self._load()

    def _changed(self, changed: Sequence[Prompt]) -> None:
        if any(each.id == self._chosen for each in changed):
            self._load()

    def _load(self) -> None:
        """Show the chosen prompt as it is now; what was begun to be written of it stays."""
        prompt = self.prompt
        if prompt is None:
            nothing = Empty(self._say("There is no prompt."), self._say("Write one"), self.acts.new)
            self.show_state(Ready() if self._h.prompts.kept.all() else nothing)
            return

        async def loaded() -> None:
            texts = await self._h.prompts.kept.texts(prompt.id)
            if prompt.id == self._chosen:
                self._show(prompt, texts)

        def refused(sentence: str) -> None:
            self.show_state(Failed(self._say("The prompt could not be read."), sentence, retry=self._load))

        attempt(self._h, loaded(), "load a prompt", refused=refused)

    def _show(self, prompt: Prompt, texts: tuple[PromptVersion, ...]) -> None:
        active = next(each for each in texts if each.id == prompt.active)
        if self._drafts.get(prompt.id) == active.text:
            del self._drafts[prompt.id]
        self.editor.show_text(prompt.kind, active.text, self._drafts.get(prompt.id))
        self._texts = texts
        if self.tabs.has("versions"):
            self.tabs.versions.show_prompt(prompt, texts, self._h.facts.state.prompt_uses)
        self.show_state(Ready())
        self._tab_shown()

    def _note_draft(self) -> None:
        if self._chosen is not None and self.editor.is_changed:
            self._drafts[self._chosen] = self.editor.text.toPlainText()
        elif self._chosen is not None:
            self._drafts.pop(self._chosen, None)
        self.tabs.setTabText(0, self._say("Text •") if self.editor.is_changed else self._say("Text"))

    async def _save(self, *, activate: bool) -> PromptVersion:
        prompt = self.prompt
        if prompt is None:
            raise UserError("Choose a prompt first.")
        try:
            text, note = self.editor.text.toPlainText(), self.editor.note.text().strip()
            version = await self._h.prompts.kept.edit(prompt.id, text, note=note, activate=activate)
        except RenderFailed as failed:
            self.editor.show_line(failed.line)
            raise UserError(f"{in_line(failed)}; nothing was saved.") from None
        self._drafts.pop(prompt.id, None)
        return version

    async def _version_to_try(self, prompt: Prompt) -> PromptVersion:
        if self.editor.is_changed:
            return await self._save(activate=False)
        return await self._h.prompts.kept.text(prompt.active)

    def _tab_shown(self) -> None:
        if self.tabs.shown == "preview":
            self.show_preview()
        elif self.tabs.shown == "performance":
            figures = self._h.prompts.performance
            if figures.latest is not None and figures.is_current:
                self._show_performance(figures.latest)
            else:
                self.work_out()

    def _picked(self, group: int, _: Instrument) -> None:
        if group == (self.link or 1) and self.isVisible():
            self._tab_shown()

    def _show_performance(self, found: Performance) -> None:
        if not self.tabs.has("performance"):
            return
        state = self._h.facts.state
        when = f"{self._moments.write(found.at)} {self._moments.zone}"
        self.tabs.performance.show_performance(found, state.prompts, state.known_strategies, when)

    def _tell_import(self, done: int, total: int) -> None:
        checking = Loading(self._say("Checking prompts"), done, total, cancel=self.acts.stop_import)
        self.list.table.show_state(checking if done < total else Ready())

    def _export(self) -> None:
        chosen = self.list.selected()
        self.acts.export(chosen if len(chosen) > 1 else self.list.shown())

    def _with(self, act: Callable[[Prompt], object]) -> None:
        if (prompt := self.prompt) is not None:
            act(prompt)

    def _open_menu(self, row: PromptRow | None, at: QPoint) -> None:
        if row is None:
            return
        prompt = row.prompt
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        word = (
            self._say("No longer the default")
            if prompt.is_default and prompt.strategy
            else self._say("Make it the default")
        )
        menu.addAction(word, lambda: self.acts.set_default(prompt)).setEnabled(
            not prompt.is_default or prompt.strategy is not None
        )
        menu.addAction(self._say("Duplicate…"), lambda: self.acts.duplicate(prompt))
        menu.addAction(self._say("Rename…"), lambda: self.acts.rename(prompt))
        menu.addSeparator()
        menu.addAction(self._say("Export…"), lambda: self.acts.export(self.list.selected() or (prompt.id,)))
        menu.addAction(self._say("Delete…"), lambda: self.acts.delete(prompt))
        menu.popup(at)


def in_line(failed: RenderFailed) -> str:
    """Say what is wrong with a text and where, for one who is looking at it."""
    where = f"Line {failed.line}: " if failed.line else ""
    return f"{where}{failed.wrong}"
