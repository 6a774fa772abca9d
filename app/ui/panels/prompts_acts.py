"""What can be done to prompts, each act one sentence when it is refused: shared by buttons, menus and shortcuts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.domain.errors import UserError
from app.domain.prompts import Prompt, PromptId, PromptVersionId
from app.ui.handles import Handles
from app.ui.panels.following import attempt
from app.ui.panels.prompts_new import Wanted, ask_file, ask_new, ask_sure
from app.ui.widgets.ask import Choice, ask_text
from app.ui.widgets.format import number
from app.ui.widgets.notices import Level, Notice

Choose = Callable[[PromptId], None]
Tell = Callable[[int, int], None]


class PromptActs:
    """Does things to prompts; `choose` shows the one that came of it, `tell` how far an import has come."""

    def __init__(self, handles: Handles, parent: QWidget, choose: Choose, tell: Tell) -> None:
        self._h = handles
        self._parent = parent
        self._choose = choose
        self._tell = tell
        self._is_stopped = False

    def new(self) -> None:
        """Write a new prompt, beginning with the text of its default."""

        async def made() -> None:
            wanted = await self._ask(self._t("New prompt"), self._t("Create prompt"), None)
            if wanted is None:
                return
            start = await self._h.prompts.texts.version_for(wanted.kind, wanted.language)
            prompt = await self._h.prompts.kept.create(
                wanted.name, wanted.kind, wanted.language, start.text, strategy=wanted.strategy
            )
            self._choose(prompt.id)

        attempt(self._h, made(), "new prompt")

    def duplicate(self, prompt: Prompt) -> None:
        """Copy a prompt, for all strategies or one."""

        async def copied() -> None:
            like = Wanted(f"{prompt.name[:75]} copy", prompt.kind, prompt.language, None)
            wanted = await self._ask(self._t(f"Duplicate “{prompt.name}”"), self._t("Duplicate"), like)
            if wanted is not None:
                kept = self._h.prompts.kept
                self._choose((await kept.duplicate(prompt.id, name=wanted.name, strategy=wanted.strategy)).id)

        attempt(self._h, copied(), "duplicate a prompt")

    def rename(self, prompt: Prompt) -> None:
        """Give a prompt another name."""

        async def renamed() -> None:
            act = Choice("rename", self._t("Rename"), "primary")
            name = await ask_text(
                self._h.theme, self._h.window, self._t(f"Rename “{prompt.name}”"), "", act, initial=prompt.name
            )
            if name is not None:
                await self._h.prompts.kept.rename(prompt.id, name)

        attempt(self._h, renamed(), "rename a prompt")

    def set_default(self, prompt: Prompt) -> None:
        """Make a prompt the default of its kind, language and scope; a strategy's own can cease to be it."""
        is_default = not (prompt.is_default and prompt.strategy is not None)
        attempt(self._h, self._h.prompts.kept.set_default(prompt.id, is_default), "set a default prompt")

    def delete(self, prompt: Prompt) -> None:
        """Delete a prompt after asking."""

        async def deleted() -> None:
            t = self._t
            text = t("It is offered no more. What readings were asked with is never deleted.")
            title, act = t(f"Delete “{prompt.name}”?"), t("Delete prompt")
            if await ask_sure(self._h.theme, self._h.window, title, text, act, t):
                await self._h.prompts.kept.delete(prompt.id)

        attempt(self._h, deleted(), "delete a prompt")

    def restore(self, prompt: Prompt, version: str) -> None:
        """Make an older version the newest one."""
        attempt(self._h, self._h.prompts.kept.restore(prompt.id, PromptVersionId(version)), "restore a version")

    def activate(self, prompt: Prompt, version: str) -> None:
        """Use another version."""
        attempt(self._h, self._h.prompts.kept.activate(prompt.id, PromptVersionId(version)), "activate a version")

    def delete_version(self, prompt: Prompt, version: str) -> None:
        """Delete a version that nobody used."""
        attempt(self._h, self._h.prompts.kept.delete_version(prompt.id, PromptVersionId(version)), "delete a version")

    def export(self, prompts: tuple[PromptId, ...]) -> None:
        """Write prompts to a file."""

        async def written(path: Path) -> None:
            count = await self._h.prompts.files.export(path, prompts)
            self._say(f"{number(count)} prompts were written to {path.name}.")

        def take(path: Path) -> None:
            attempt(self._h, written(path), "export prompts")

        ask_file(self._parent, self._t("Export prompts"), "prompts.json", to_save=True, take=take)

    def import_file(self) -> None:
        """Read prompts from a file, all or none."""
        ask_file(self._parent, self._t("Import prompts"), "", to_save=False, take=self.import_from)

    def import_from(self, path: Path) -> None:
        """Read prompts from this file."""

        self._is_stopped = False

        async def read() -> None:
            try:
                came = await self._h.prompts.files.import_file(path, self._checked)
            finally:
                self._tell(0, 0)
            self._say(f"{number(len(came))} prompts came from {path.name}.")
            self._choose(came[0].id)

        attempt(self._h, read(), "import prompts")

    def stop_import(self) -> None:
        """Give up the import that is under way: nothing of it is kept."""
        self._is_stopped = True

    def _checked(self, done: int, total: int) -> None:
        if self._is_stopped:
            raise UserError("The import was stopped; nothing was imported.")
        self._tell(done, total)

    async def _ask(self, title: str, act: str, like: Wanted | None) -> Wanted | None:
        strategies = [each for each in self._h.facts.state.strategies.values() if not each.is_deleted]
        return await ask_new(self._h.theme, self._h.window, title, act, strategies, like=like, say=self._t)

    def _t(self, english: str) -> str:
        return self._h.language.say(english)

    def _say(self, sentence: str) -> None:
        self._h.window.notify(Notice(self._t(sentence), Level.INFO, self._h.clock.now()))
